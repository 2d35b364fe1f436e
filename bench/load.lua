-- One load for wrk. Arguments: kind, file with one access token per line, batch size.
-- Kinds: "event" (POST /events), "batch" (POST /events/batch), or the path of a page or JSON document to get.
-- Every event is newer than those before it and has an event_id of its own.

local tokens, headers, kind, size = {}, {}, nil, 0
local count, start = 0, os.time()
local hex = "0123456789abcdef"

local function uuid()
  return (string.gsub("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", "x", function()
    local digit = math.random(1, 16)
    return string.sub(hex, digit, digit)
  end))
end

local function event()
  count = count + 1
  local at = start + math.floor(count / 1000)
  return string.format('{"type":"NEXT","timestamp":"%s.%03dZ","event_id":"%s"}',
    os.date("!%Y-%m-%dT%H:%M:%S", at), count % 1000, uuid())
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
    return wrk.format("POST", "/events", headers[turn], event())
  elseif kind == "batch" then
    local events = {}
    for number = 1, size do events[number] = event() end
    return wrk.format("POST", "/events/batch", headers[turn], '{"events":[' .. table.concat(events, ",") .. "]}")
  end
  return wrk.format("GET", kind, headers[turn])
end

function done(summary, latency)
  io.write(string.format(
    'RESULT {"requests":%d,"microseconds":%d,"failed":%d,"p50":%d,"p99":%d,"mean":%.1f}\n',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.mean))
end
