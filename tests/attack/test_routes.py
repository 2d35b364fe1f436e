"""The route table, walked with requests that would work: who may do what, and from where.

What is refused leaves every row of every table as it was.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from httpx2 import Response

from app.web.csrf import CROSS_SITE, INVALID, LIFETIME_SECONDS, MISSING, OPEN_TOO_LONG, SAFE_METHODS
from app.web.middleware.headers import content_security_policy
from tests.attack.pages import Forms, Inline, form_to
from tests.attack.requests import REQUESTS
from tests.attack.sending import Attacker
from tests.http.test_routes import PUBLIC
from tests.routes import BEFORE_LOGIN

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def test_every_route_has_a_request_that_works(attacker: Attacker) -> None:
    assert set(REQUESTS) == set(attacker.calls())


def test_request_works_for_its_owner(attacker: Attacker) -> None:
    for call in REQUESTS:
        fresh = attacker.in_a_new_world()
        assert fresh.calls()[call].pattern.match(fresh.request(call).path)
        before = fresh.dump()
        answer = fresh.as_owner(call)
        assert (call, answer.status_code, answer.text[:300]) == (
            call,
            REQUESTS[call].status,
            answer.text[:300],
        )
        # What cannot change anything in this database could not show that a refusal changed nothing either.
        changes = call[0] not in SAFE_METHODS and call != ("POST", "/events/known")
        assert (call, fresh.dump() != before) == (call, changes)


def test_request_works_with_a_slash_at_the_end_of_its_path(attacker: Attacker) -> None:
    for call in REQUESTS:
        if call[1] != "/":
            fresh = attacker.in_a_new_world()
            request = fresh.request(call)
            answer = fresh.as_owner(call, replace(request, path=f"{request.path}/"))
            assert (call, answer.status_code) == (call, REQUESTS[call].status)


# --- Who ---------------------------------------------------------------------------------------------


def test_anonymous_gets_nothing_but_the_public_routes(attacker: Attacker) -> None:
    before = attacker.dump()
    for call, entry in attacker.calls().items():
        if call in PUBLIC:
            continue
        answer = attacker.send(call[0], attacker.request(call))
        if entry.is_page and call[0] == "GET":
            assert (call, answer.status_code) == (call, 303)
            assert answer.headers["location"].startswith("/login?next=/")
        else:
            assert (call, answer.status_code) == (call, 401)
    assert attacker.dump() == before


def test_token_in_the_query_string_is_no_identity(attacker: Attacker) -> None:
    before = attacker.dump()
    token = attacker.world.login
    query = dict.fromkeys(("access_token", "token", "jwt", "api_key", "key", "bearer"), token)
    query |= {"authorization": f"Bearer {token}", "Authorization": f"Bearer {token}"}
    for call in set(attacker.calls()) - PUBLIC:
        request = attacker.request(call)
        request = replace(request, query=request.query | query)
        assert (call, attacker.send(call[0], request).status_code in {401, 303}) == (call, True)
    assert attacker.dump() == before


def test_reading_changes_no_row(attacker: Attacker) -> None:
    before = attacker.dump()
    for call in attacker.calls():
        if call[0] not in SAFE_METHODS:
            continue
        for method in ("GET", "HEAD"):
            for headers in (attacker.world.cookie, attacker.world.bearer, attacker.world.personal_bearer, {}):
                attacker.send(method, attacker.request(call), headers)
                assert (call, method, attacker.dump() == before) == (call, method, True)


# --- From where --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["none", "empty", "garbage", "tampered", "of another login", "from before login", "expired"]
)
def test_cookie_request_without_its_csrf_token_changes_nothing(attacker: Attacker, kind: str) -> None:
    world = attacker.world
    good = attacker.csrf(world.cookie)
    token = {
        "none": None,
        "empty": "",
        "garbage": "garbage",
        "tampered": good[:10] + ("A" if good[10] != "A" else "B") + good[11:],
        "of another login": attacker.csrf({"cookie": f"access_token={world.other_login}"}),
        "from before login": attacker.csrf({}),
        "expired": good,
    }[kind]
    before = attacker.dump()
    later = timedelta(seconds=LIFETIME_SECONDS + 2 if kind == "expired" else 0)
    with time_machine.travel(datetime.now(UTC) + later):
        for call in set(attacker.unsafe()) - set(BEFORE_LOGIN):
            answer = attacker.send(call[0], attacker.request(call), world.cookie, csrf=token)
            is_page = attacker.calls()[call].is_page
            sentence = OPEN_TOO_LONG if is_page else MISSING if kind in ("none", "empty") else INVALID
            assert (call, answer.status_code, sentence in unescape(answer.text)) == (call, 400, True)
    assert attacker.dump() == before


@pytest.mark.parametrize("kind", ["header", "form", "query"])
def test_csrf_token_counts_in_header_or_form_alone(attacker: Attacker, kind: str) -> None:
    for call in set(attacker.unsafe()) - set(BEFORE_LOGIN):
        fresh = attacker.in_a_new_world()
        request, token = fresh.request(call), fresh.csrf(fresh.world.cookie)
        headers = dict(fresh.world.cookie)
        match kind:
            case "header":
                headers["x-csrf-token"] = token
            case "form" if request.json is None:
                request = replace(request, form={**(request.form or {}), "csrf_token": token})
            case "form":
                continue
            case "query":
                request = replace(request, query={"csrf_token": token, "x-csrf-token": token})
        before = fresh.dump()
        answer = fresh.send(call[0], request, headers)
        expected = 400 if kind == "query" else REQUESTS[call].status
        assert (call, answer.status_code) == (call, expected)
        assert kind != "query" or fresh.dump() == before


@pytest.mark.parametrize("kind", ["expired", "of another login"])
def test_every_form_left_open_comes_again_with_what_was_typed(attacker: Attacker, kind: str) -> None:
    forms = [call for call in attacker.unsafe() if attacker.calls()[call].is_page]
    assert len(forms) > 10
    for call in forms:
        fresh = attacker.in_a_new_world()
        request, before_login = fresh.request(call), call in BEFORE_LOGIN
        assert request.form is not None
        cookies = {} if before_login else fresh.world.cookie
        other = {"cookie": f"access_token={fresh.world.other_login}"}
        stale = fresh.csrf(other if kind == "of another login" else cookies)
        later = timedelta(hours=25 if kind == "expired" else 0)
        before = fresh.dump()
        with time_machine.travel(datetime.now(UTC) + later):
            # The CSRF cookie has expired as well: the browser sends none.
            answer = fresh.send(call[0], request, cookies, csrf=stale)
            assert (call, answer.status_code, OPEN_TOO_LONG in answer.text) == (call, 400, True)
            assert fresh.dump() == before
            again = form_to(request.path, answer.text)
            for name, value in request.form.items():
                expected = "" if "password" in name else value
                if name not in ("when", "event_id"):  # a button, and an id that is made anew
                    assert (call, name, again.get(name, "")) == (call, name, expected)
            kept = [*cookies.values(), answer.headers["set-cookie"].partition(";")[0]]
            sent = fresh.send(call[0], request, {"cookie": "; ".join(kept)}, csrf=again["csrf_token"])
            assert (call, sent.status_code) == (call, REQUESTS[call].status)


def test_form_of_another_site_does_not_come_again(attacker: Attacker) -> None:
    for call, entry in attacker.calls().items():
        if call[0] in SAFE_METHODS or not entry.is_page:
            continue
        for site in ("same-site", "cross-site"):
            headers = attacker.world.cookie | {"sec-fetch-site": site}
            for cookie in (headers, {"sec-fetch-site": site}):
                answer = attacker.send(call[0], attacker.request(call), cookie, csrf="stale")
                reader = Forms()
                reader.feed(answer.text)
                actions = {address for addresses, _ in reader.found for address in addresses}
                assert (call, site, actions - {"/logout"}) == (call, site, set())


def test_cookie_request_from_another_site_changes_nothing(attacker: Attacker) -> None:
    world = attacker.world
    before = attacker.dump()
    for call in attacker.unsafe():
        token = attacker.csrf({} if call in BEFORE_LOGIN else world.cookie)
        cookies = f"csrf_token={token}; access_token={world.login}"
        headers = {"cookie": cookies, "sec-fetch-site": "cross-site"}
        answer = attacker.send(call[0], attacker.request(call), headers, csrf=token)
        assert (call, answer.status_code, CROSS_SITE in answer.text) == (call, 400, True)
    assert attacker.dump() == before


def test_login_and_registration_of_another_browser_change_nothing(attacker: Attacker) -> None:
    mine, theirs = attacker.csrf({}), attacker.csrf({})
    other = attacker.csrf({"cookie": f"access_token={attacker.world.other_login}"})
    before = attacker.dump()
    for call, form in BEFORE_LOGIN.items():
        request = attacker.request(call)
        refused: list[tuple[str, str | None]] = [
            (f"csrf_token={mine}", None),
            (f"csrf_token={mine}", theirs),
            ("csrf_token=nonsense", mine),
            (f"access_token={attacker.world.login}", other),
        ]
        for cookie, token in [*refused, *([("", mine)] if form else [])]:
            answer = attacker.send("POST", request, {"cookie": cookie} if cookie else {}, csrf=token)
            assert (call, cookie, answer.status_code) == (call, cookie, 400)
        if form:  # a header is no field
            headers = {"cookie": f"csrf_token={mine}", "x-csrf-token": mine}
            assert (call, attacker.send("POST", request, headers).status_code) == (call, 400)
    assert attacker.dump() == before


# --- What --------------------------------------------------------------------------------------------

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY")


def test_what_is_somebody_elses_is_like_what_does_not_exist(attacker: Attacker) -> None:
    mine, theirs = attacker.world, attacker.in_a_new_world()
    before = attacker.dump_of(mine.user)
    own = {mine.ended: theirs.world.ended, mine.running: theirs.world.running}
    own |= {mine.deleted: theirs.world.deleted}
    for call in attacker.calls():
        request = attacker.request(call)
        ids = [part for part in request.path.split("/") if UUID.fullmatch(part)]
        if not ids:
            continue
        paths = {request.path}
        if len(ids) > 1:  # their own session and somebody else's question
            paths.add(request.path.replace(ids[0], own[ids[0]]))
        for path in paths:
            for headers in (theirs.world.bearer, theirs.world.personal_bearer):
                for method in METHODS:
                    asked = replace(request, path=path)
                    invented = UUID.sub(
                        lambda found: found[0] if found[0] in own.values() else str(uuid4()), path
                    )
                    unknown = replace(request, path=invented)
                    answers = [attacker.send(method, each, headers) for each in (asked, unknown)]
                    assert (call, method, shape(answers[0])) == (call, method, shape(answers[1]))
                    assert answers[0].status_code in {403, 404, 405, 422}
                    if method == call[0] and headers == theirs.world.bearer:
                        assert (call, answers[0].status_code) == (call, 404)
    assert attacker.dump_of(mine.user) == before


def shape(answer: Response) -> tuple[int, str, str | None]:
    """The content of an answer, without ids and without the tokens of its forms."""
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", UUID.sub("id", answer.text))
    return answer.status_code, text, answer.headers.get("allow")


@pytest.mark.parametrize(
    "written", ["nonsense", "%00", "%2e%2e%2fme", "0", "-1", "1" * 5000, "%F0%9F", "é", "{id}"]
)
def test_malformed_id_is_like_one_that_does_not_exist(attacker: Attacker, written: str) -> None:
    before = attacker.dump()
    for call in attacker.calls():
        request = attacker.request(call)
        path = UUID.sub(written, request.path)
        if path != request.path:
            answer = attacker.send(call[0], replace(request, path=path), attacker.world.bearer)
            assert (call, answer.status_code) == (call, 404)
    assert attacker.dump() == before


@pytest.mark.parametrize("written", ["%0a", "%0d%0a", "%00", "%09", "%1f", "%7f", "%c2%85", "%0a/"])
def test_path_with_a_control_character_is_like_one_that_does_not_exist(
    attacker: Attacker, written: str
) -> None:
    before = attacker.dump()
    metrics = {"authorization": "Bearer a-token-for-whoever-collects-metrics"}
    for call in attacker.calls():
        request = attacker.request(call)
        headers = metrics if call[1] == "/metrics" else attacker.world.bearer
        for path in (request.path + written, request.path.replace("/", f"/{written.strip('/')}", 1)):
            answer = attacker.send(call[0], replace(request, path=path), headers)
            assert (call, path, answer.status_code) == (call, path, 404)
    for path in ("/static/style.css", "/widget/messages.js", "/docs-assets/swagger-ui.css"):
        assert attacker.client.get(path).status_code == 200
        assert (path, attacker.client.get(path + written).status_code) == (path, 404)
    assert attacker.dump() == before


def test_events_of_another_user_are_unknown_and_untouched(attacker: Attacker) -> None:
    theirs = attacker.in_a_new_world().world
    before = attacker.dump_of(attacker.world.user)
    asked = {"event_ids": [attacker.world.event]}
    known = attacker.client.post("/events/known", json=asked, headers=theirs.bearer)
    assert known.json() == {"known": []}
    body = {"type": "NEXT", "event_id": attacker.world.event, "session_id": attacker.world.running}
    answer = attacker.client.post("/events", json=body, headers=theirs.bearer)
    assert (answer.status_code, answer.json()["session_id"]) == (200, theirs.running)
    assert attacker.dump_of(attacker.world.user) == before


@pytest.mark.parametrize(
    "name", ["role", "is_active", "user_id", "id", "email_key", "password_hash", "scope"]
)
def test_field_that_a_body_does_not_have_is_refused(attacker: Attacker, name: str) -> None:
    before = attacker.dump()
    for call in attacker.unsafe():
        request = attacker.request(call)
        if request.form is not None:
            asked = replace(request, form={**request.form, name: "admin"})
        else:
            asked = replace(request, json={**(request.json or {}), name: "admin"})
        answer = attacker.as_owner(call, asked)
        assert (call, answer.status_code) == (call, 422)
    assert attacker.dump() == before


def test_field_that_an_event_of_a_batch_does_not_have_is_refused(attacker: Attacker) -> None:
    before = attacker.dump()["events"]
    (event,) = (attacker.request(("POST", "/events/batch")).json or {})["events"]
    for name in ("role", "is_active", "user_id", "text"):
        batch = {"events": [event | {name: "admin"}]}
        answer = attacker.client.post("/events/batch", json=batch, headers=attacker.world.bearer)
        assert [result["status"] for result in answer.json()["results"]] == ["refused"]
    assert attacker.dump()["events"] == before


# --- What every answer carries -----------------------------------------------------------------------


def test_every_answer_carries_the_security_headers(attacker: Attacker) -> None:
    for call, entry in attacker.calls().items():
        fresh = attacker.in_a_new_world()
        request = fresh.request(call)
        answers = [
            fresh.send(call[0], request),
            fresh.send(call[0], request, fresh.world.cookie),
            fresh.send("BREW", request, fresh.world.bearer),
            fresh.send("POST", replace(request, json=None, form={"a": "x" * 70_000}), fresh.world.bearer),
            fresh.as_owner(call),
        ]
        for answer in answers:
            headers = answer.headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "same-origin"
            docs = {"img_src": "'self' data:"} if call[1] == "/docs" and answer.is_success else {}
            assert headers["content-security-policy"] == content_security_policy(**docs)
            script = call[1] == "/raterhub-tracker.user.js" and answer.is_success
            assert headers["cache-control"] == ("no-cache" if script else "no-store")
            assert "server" not in headers
            assert not any("\r" in value or "\n" in value for value in headers.values())
            is_html = headers.get("content-type", "").startswith("text/html")
            assert (call, is_html and not entry.is_page) == (call, False)


def test_every_page_holds_no_inline_script_or_style(attacker: Attacker) -> None:
    seen = 0
    for call, entry in attacker.calls().items():
        if not entry.is_page:
            continue
        for headers in ({}, attacker.world.cookie):
            answer = attacker.send(call[0], attacker.request(call), headers)
            if answer.headers.get("content-type", "").startswith("text/html"):
                reader = Inline()
                reader.feed(answer.text)
                assert (call, reader.found) == (call, [])
                seen += 1
    assert seen > 20


def test_no_compressed_page_repeats_what_was_typed(attacker: Attacker) -> None:
    """Else the length of the answer would disclose what else is in it."""
    names = {name for request in REQUESTS.values() for name in request.query} | {"next", "email", "version"}
    compressed = 0
    for call, entry in attacker.calls().items():
        if not entry.is_page or call[0] != "GET":
            continue
        example = attacker.request(call)
        for name in sorted(names):
            for text in ("typed7f3a9c", "/typed7f3a9c"):
                request = replace(example, query=example.query | {name: text})
                for headers in ({}, attacker.world.cookie):
                    answer = attacker.send("GET", request, headers | {"accept-encoding": "gzip"})
                    if answer.headers.get("content-encoding") == "gzip":
                        assert (call, name, "typed7f3a9c" in answer.text) == (call, name, False)
                        compressed += 1
    assert compressed > 50
