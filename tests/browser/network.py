"""What can become of a request on its way: to the server and back, or one of many ways of failing."""

import http.client
import json
import random
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

Details = dict[str, Any]  # method, url, headers, data: as the script passes them to its manager
Answer = tuple[int, str, str]  # status (0 = none came), headers, text
NOTHING: Answer = (0, "", "")
SLOW_SECONDS = 0.4
LOGIN_PAGE = "<!doctype html><title>Free wifi</title><form>Room number <input></form>"


def exchange(details: Details) -> Answer:
    """One request to the real server."""
    data = details["data"].encode() if details.get("data") else None
    request = urllib.request.Request(
        details["url"], data=data, headers=details["headers"], method=details["method"]
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, str(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, str(error.headers), error.read().decode()
    except (OSError, http.client.HTTPException):
        return NOTHING


def _reset(details: Details) -> Answer:
    """The connection breaks in the middle of the request."""
    parts = urlsplit(details["url"])
    body = (details.get("data") or "").encode()
    head = f"{details['method']} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in details["headers"].items())
    half = f"{head}Content-Length: {len(body) + 1}\r\n\r\n".encode() + body[: len(body) // 2]
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5) as connection:
            connection.sendall(half)
    except OSError:
        pass  # nobody listens: broken all the same
    return NOTHING


def _truncated(details: Details) -> Answer:
    status, headers, text = exchange(details)
    return status, headers, text[: len(text) // 2]


def _lost_answer(details: Details) -> Answer:
    exchange(details)
    return NOTHING


def _slow(details: Details) -> Answer:
    answer = exchange(details)
    time.sleep(SLOW_SECONDS)
    return answer


def _always(status: int, text: str, headers: str = "") -> Callable[[Details], Answer]:
    return lambda details: (status, headers, text)


FAULTS: dict[str, Callable[[Details], Answer]] = {
    "offline": _always(0, ""),
    "reset": _reset,
    "time-out before the commit": _always(0, ""),
    "time-out after the commit": _lost_answer,
    "truncated": _truncated,
    "slow": _slow,
    "500": _always(500, "Internal Server Error"),
    "502": _always(502, "<html>Bad gateway</html>"),
    "503": _always(503, json.dumps({"detail": "The database does not answer."}), "Retry-After: 1\r\n"),
    "429": _always(429, json.dumps({"detail": "Too often."})),
    "429 with Retry-After": _always(429, json.dumps({"detail": "Too often."}), "Retry-After: 1\r\n"),
    "408": _always(408, ""),
    "login page": _always(200, LOGIN_PAGE),
    "refusal of a proxy": _always(403, "<html>Forbidden</html>"),
}


def at_random(chance: random.Random, share: float) -> Iterator[str | None]:
    """A fault for about `share` of all requests, without end."""
    while True:
        yield chance.choice(list(FAULTS)) if chance.random() < share else None
