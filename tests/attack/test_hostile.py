"""Hostile strings through every field there is, and through every kind of answer. Never a 5xx, never executable."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import Response

from app.services.exporting import FORMULA_STARTS
from app.tracking.labels import plain_label
from tests.attack.hostile import EXECUTABLE, HOSTILE
from tests.attack.pages import Inline
from tests.attack.requests import NAME, REQUESTS, Request
from tests.attack.sending import Attacker
from tests.routes import Call

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def is_harmless(answer: Response) -> bool:
    """Whether nothing in the answer is executable, and its type is the one declared."""
    if answer.status_code >= 500 or any("\r" in text or "\n" in text for text in answer.headers.values()):
        return False
    if set(answer.cookies) - KNOWN_COOKIES:
        return False
    kind = answer.headers.get("content-type", "")
    if kind.startswith("application/json"):
        json.loads(answer.content)
    if kind.startswith(("application/json", "text/csv")):
        return True  # "nosniff": there, markup is no markup
    if kind.startswith(
        "text/javascript"
    ):  # nor is it there, but what is executable there is so in a script as well
        return not any(text in answer.text for text in EXECUTABLE)
    reader = Inline()
    reader.feed(answer.text)
    return reader.found == [] and not any(text in answer.text for text in EXECUTABLE)


KNOWN_COOKIES = {"access_token", "csrf_token", "known_browser"}

# --- In ----------------------------------------------------------------------------------------------


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where texts stand in a body."""
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*way, name))


def put(value: Any, way: tuple[Any, ...], text: str) -> Any:
    """The body with another text at that place."""
    if not way:
        return text
    if isinstance(value, dict):
        return value | {way[0]: put(value[way[0]], way[1:], text)}
    return [put(item, way[1:], text) if number == way[0] else item for number, item in enumerate(value)]


def fields_of(call: Call) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Every text of a route's example: in the body, the query, the path."""
    example = REQUESTS[call]
    for part in ("json", "form", "query"):
        yield from ((part, way) for way in places(getattr(example, part)))
    yield from (("path", (name,)) for name in NAME.findall(example.path))


def with_text(attacker: Attacker, call: Call, part: str, way: tuple[Any, ...], text: str) -> Request:
    """The route's request with a text in one of its fields."""
    request = attacker.request(call)
    if part == "path":
        own = getattr(attacker.world, way[0])
        return replace(request, path=request.path.replace(own, quote(text, safe="", errors="surrogatepass")))
    return replace(request, **{part: put(getattr(request, part), way, text)})


def send_through_every_field(attacker: Attacker, share: int) -> int:
    """Every `share`-th of the strings through each field, beginning with another one each time."""
    number = 0
    for call in REQUESTS:
        for part, way in fields_of(call):
            fresh, number = attacker.in_a_new_world(), number + 1
            for name, text in list(HOSTILE.items())[number % share :: share]:
                answer = fresh.as_owner(call, with_text(fresh, call, part, way, text))
                assert (call, part, way, name, is_harmless(answer)) == (call, part, way, name, True)
    return number


def assert_one_object_per_line(log: str) -> None:
    for line in filter(None, log.split("\n")):
        assert isinstance(json.loads(line), dict), line


def test_hostile_text_in_any_field_is_harmless(
    attacker: Attacker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send_through_every_field(attacker, 5) > 70
    assert_one_object_per_line(capsys.readouterr().err)


@pytest.mark.soak
def test_every_hostile_text_in_every_field_is_harmless(
    attacker: Attacker, capsys: pytest.CaptureFixture[str]
) -> None:
    send_through_every_field(attacker, 1)
    assert_one_object_per_line(capsys.readouterr().err)


HEADERS = """
authorization cookie x-csrf-token host origin referer content-type accept accept-language user-agent range expect
if-none-match if-modified-since x-forwarded-for x-forwarded-host x-forwarded-proto forwarded x-real-ip x-request-id
sec-fetch-site x-http-method-override access-control-request-method
""".split()  # noqa: SIM905
CALLS: list[Call] = [
    ("GET", "/me"),
    ("GET", "/dashboard/today"),
    ("GET", "/raterhub-tracker.user.js"),
    ("GET", "/export/questions.csv"),
    ("GET", "/login"),
    ("POST", "/events"),
    ("POST", "/login"),
    ("POST", "/auth/login"),
]


def test_hostile_text_in_any_header_is_harmless(
    attacker: Attacker, capsys: pytest.CaptureFixture[str]
) -> None:
    # HTTP servers refuse what would end a header.
    texts = [(name, text) for name, text in HOSTILE.items() if not set(text) & set("\r\n\x00")]
    for number, call in enumerate(CALLS):
        request = attacker.request(call)
        for header in HEADERS:
            for name, text in texts[number % 5 :: 5]:
                raw = text.encode("utf-8", "surrogatepass")
                for value in (raw, b"Bearer " + raw, b"access_token=" + raw + b"; csrf_token=" + raw):
                    if value is not raw and header not in {"authorization", "cookie"}:
                        continue
                    answer = attacker.send(call[0], request, {header: value})
                    assert (call, header, name, is_harmless(answer)) == (call, header, name, True)
    assert_one_object_per_line(capsys.readouterr().err)


# --- Out ---------------------------------------------------------------------------------------------


def test_hostile_text_that_was_stored_comes_out_harmless_everywhere(attacker: Attacker) -> None:
    stored = 0
    exits = [call for call in REQUESTS if call[0] == "GET"]
    for name, text in HOSTILE.items():
        fresh = attacker.in_a_new_world()
        kept = plant(fresh, text)
        if not kept:
            continue
        stored += 1
        for call in exits:
            request = fresh.request(call)
            for path in {request.path, request.path.replace(fresh.world.ended, fresh.world.running)}:
                query = {k: v for k, v in request.query.items() if k not in {"from", "to", "date"}}
                answer = fresh.send("GET", replace(request, path=path, query=query), fresh.world.cookie)
                assert (call, name, is_harmless(answer)) == (call, name, True)
        check_json(fresh, text, kept)
        check_cells(fresh, text, kept)
    assert stored >= 25


def plant(attacker: Attacker, text: str) -> set[str]:
    """Put the text wherever it is taken; which fields took it."""
    kept = set()
    profile = {"first_name": text, "last_name": text, "timezone": "UTC", "target_minutes_per_question": "5"}
    call = ("POST", "/profile")
    if attacker.as_owner(call, replace(attacker.request(call), form=profile)).status_code == 303:
        kept.add("name")
    call = ("POST", "/tokens")
    if attacker.as_owner(call, replace(attacker.request(call), json={"name": text})).status_code == 201:
        kept.add("token")
    call = ("POST", "/events")
    for field in ("task_id", "task_type"):
        body = {"type": "NEXT", field: text}
        if attacker.as_owner(call, replace(attacker.request(call), json=body)).status_code == 200:
            kept.add(field)
    if kept:
        assert (
            attacker.as_owner(call, replace(attacker.request(call), json={"type": "NEXT"})).status_code == 200
        )
    return kept


def check_json(attacker: Attacker, text: str, kept: set[str]) -> None:
    """What comes out is what went in, but for the space around a name and the kind of white space in a label."""
    get, headers = attacker.client.get, attacker.world.bearer
    if "name" in kept:
        shown = get("/me", headers=headers).json()["first_name"]
        # A form cannot encode half a character: it arrives as a sign of replacement.
        arrived = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        assert (shown or "") == unicodedata.normalize("NFC", arrived).strip()
    questions = get(f"/sessions/{attacker.world.running}/summary", headers=headers).json()["questions"]
    for field in kept & {"task_id", "task_type"}:
        assert plain_label(text) in [question[field] for question in questions]


def check_cells(attacker: Attacker, text: str, kept: set[str]) -> None:
    """No cell begins a formula, in the list separators of any country."""
    answer = attacker.client.get("/export/questions.csv", headers=attacker.world.bearer)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) >= 4
    for row in rows:
        assert None not in row  # no text has become two cells
        for cell in row.values():
            for part in cell.replace("|", ";").replace("\t", ";").split(";"):
                assert not part.startswith(tuple(FORMULA_STARTS))
    for field in kept & {"task_id", "task_type"}:
        text = plain_label(text)
        assert (
            text in [row[field].replace("'", "") if row[field] != text else text for row in rows]
            or "'" in text
        )
