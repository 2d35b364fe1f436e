"""Bodies that are too large, too deep or of too many parts, to every route that takes one."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app import auth
from tests.attack.requests import REQUESTS
from tests.attack.sending import FORM, JSON, Attacker
from tests.routes import BEFORE_LOGIN, Call

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

BODIES: dict[str, tuple[str, bytes]] = {
    "arrays 10,000 deep": (JSON, b"[" * 10_000 + b"]" * 10_000),
    "objects 10,000 deep": (JSON, b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "never closed": (JSON, b"[" * 60_000),
    "event deep": (JSON, b'{"type": "NEXT", "session_id": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "batch deep": (JSON, b'{"events": [' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"]}"),
    "number of 60,000 digits": (JSON, b'{"target_minutes_per_question": ' + b"9" * 60_000 + b"}"),
    "exponent": (JSON, b'{"target_minutes_per_question": 1e999999999}'),
    "one name 6,000 times": (JSON, b"{" + b'"type":1,' * 6_000 + b'"type":1}'),
    "6,000 names": (JSON, json.dumps({f"n{n}": n for n in range(5_000)}).encode()),
    "not UTF-8": (JSON, b'{"type": "\xff\xfe"}'),
    "NaN": (JSON, b'{"target_minutes_per_question": NaN}'),
    "nothing": (JSON, b""),
    "NUL": (JSON, b"\x00" * 1000),
    "30,000 fields": (FORM, b"a&" * 30_000),
    "16,000 values": (FORM, b"a=b&" * 16_000),
    "percent signs": (FORM, b"%" * 60_000),
    "plus signs": (FORM, b"+" * 60_000),
    "parts without end": ("multipart/form-data; boundary=x", b"--x\r\n" * 12_000),
    "1,000 files": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n.\r\n' * 800 + b"--x--\r\n",
    ),
    "headers of a part": (
        "multipart/form-data; boundary=x",
        b"--x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n.\r\n--x--\r\n",
    ),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "long boundary": (f"multipart/form-data; boundary={'x' * 5000}", b"--x\r\n"),
    "charset": ("application/json; charset=utf-7", b"+AHs-"),
    "another type": ("application/xml", b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"),
}


def post(attacker: Attacker, call: Call, body: bytes, kind: str) -> tuple[int, str]:
    method, _ = call
    headers = {"content-type": kind, **attacker.world.bearer}
    if call in BEFORE_LOGIN:
        token = attacker.csrf({})
        headers |= {"x-csrf-token": token, "cookie": f"csrf_token={token}"}
    attacker.client.cookies.clear()
    path = attacker.request(call).path
    answer = attacker.client.request(method, path, content=body, headers=headers, follow_redirects=False)
    return answer.status_code, answer.text


def noting(calls: list[str], function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; each call of it is noted."""

    def noted(*args: Any) -> Any:
        calls.append(function.__name__)
        return function(*args)

    return noted


def test_odd_body_is_refused_by_every_route_that_takes_one(
    attacker: Attacker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    for name in ("verify_password", "hash_password"):
        monkeypatch.setattr(auth, name, noting(hashed, getattr(auth, name)))
    takes_body = [call for call, request in REQUESTS.items() if request.json or request.form]
    before = attacker.dump()
    for call in takes_body:
        for name, (kind, body) in BODIES.items():
            status, text = post(attacker, call, body, kind)
            assert (call, name, status in {400, 413, 415, 422}) == (call, name, True)
            assert len(text) < 64 * 1024
    assert hashed == []
    assert attacker.dump() == before


def test_body_above_its_limit_is_413_at_every_route(attacker: Attacker) -> None:
    before = attacker.dump()
    for call in attacker.unsafe():
        limit = attacker.calls()[call].demands.body
        for kind in (JSON, FORM):
            assert (call, post(attacker, call, b" " * (limit + 1), kind)[0]) == (call, 413)
    assert attacker.dump() == before


def test_query_and_path_of_any_length_are_answered(attacker: Attacker) -> None:
    before = attacker.dump()
    for call in attacker.calls():
        request = attacker.request(call)
        many = {f"n{n}": "x" for n in range(5_000)}
        answers = [
            attacker.send(call[0], replace(request, query=request.query | {"x": "y" * 60_000})),
            attacker.send(call[0], replace(request, query=many)),
            attacker.send(
                call[0], replace(request, path=request.path + "/x" * 20_000), attacker.world.bearer
            ),
        ]
        assert (call, [answer.status_code < 500 for answer in answers]) == (call, [True] * 3)
    assert attacker.dump() == before
