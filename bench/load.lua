-- One load for wrk. Arguments: kind, file with one access token per line, batch size.
-- Kinds: "event" (POST /events, newer than all before it), "late" (the same, into the past half year), "batch"
-- (POST /events/batch, newest ones), or the path of a page or JSON document to get. Every event has an id of its own.

local tokens, headers, kind, size = {}, {}, nil, 0
local count, start = 0, os.time()
local hex = "0123456789abcdef"

local function uuid()
  return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function()
    local digit = math.random(1, 16)
    return string.sub(hex, digit, digit)
  end))
end

local function json(seconds, microseconds)
  return string.format('{"type":"NEXT","timestamp":"%s.%06dZ","event_id":"%s"}',
    os.date("!%Y-%m-%dT%H:%M:%S", seconds), microseconds, uuid())
end

-- Ten thousand to a second: ahead of the clock by no more than the server can take in.
local function newest()
  count = count + 1
  return json(start + math.floor(count / 10000), count % 10000 * 100)
end

-- Somewhere in the working hours of the past half year.
local function late()
  return json(start - 86400 * math.random(1, 180) - math.random(600, 25000), math.random(0, 999999))
end

function init(arguments)
  kind, size = arguments[1], tonumber(arguments[3])
  for token in io.lines(arguments[2]) do
    tokens[#tokens + 1] = token
    headers[#headers + 1] = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
  end
  math.randomseed(start + #tokens + tonumber(arguments[4]))
end

local turn = 0

function request()
  turn = turn % #headers + 1
  if kind == "event" then
    return wrk.format("POST", "/events", headers[turn], newest())
  elseif kind == "late" then
    return wrk.format("POST", "/events", headers[turn], late())
  elseif kind == "batch" then
    local events = {}
    for number = 1, size do events[number] = newest() end
    return wrk.format("POST", "/events/batch", headers[turn], '{"events":[' .. table.concat(events, ",") .. "]}")
  end
  return wrk.format("GET", kind, headers[turn])
end

function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"failed":%d,"p50":%d,"p95":%d,"p99":%d,"mean":%.1f}\n',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.mean))
end
