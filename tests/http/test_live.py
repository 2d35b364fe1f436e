"""`GET /live`: what a stream sends, to whom, how many there may be, and when it ends. Streams from a real server."""

import asyncio
import json
import queue
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import fastapi.routing
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event, text

from app.config import Settings
from app.database import Database
from app.main import create_app
from app.services import live, purging
from app.services.accounts import administration
from app.web import live as streams
from tests.raters import Rater, new_rater
from tests.recording import event_body
from tests.streams import Stream, opened, served
from tests.waiting import wait_until

A_MINUTE = timedelta(minutes=1)
FIELDS = ("session_id", "is_active", "is_paused", "total_questions")
SILENT_SECONDS = 1.5  # without an event, after which none is expected


@pytest.fixture
def rater(database: Database, settings: Settings) -> Rater:
    """Somebody without history."""
    return new_rater(database, settings)


@pytest.fixture
def url(settings: Settings) -> Iterator[str]:
    """A server's origin."""
    with served(create_app(settings)) as origin:
        yield origin


def send(url: str, rater: Rater, kind: str, **fields: Any) -> None:
    """Post an event, as a widget does."""
    answer = httpx2.post(f"{url}/events", json={"type": kind, **fields}, headers=rater.token)
    assert answer.status_code == 200, answer.text


def current(url: str, rater: Rater) -> dict[str, Any]:
    answer = httpx2.get(f"{url}/sessions/current", headers=rater.login).json()
    return {name: answer[name] for name in FIELDS}


def is_silent(stream: Stream) -> bool:
    """Whether no event comes."""
    try:
        stream.event(SILENT_SECONDS)
    except queue.Empty:
        return True
    return False


# --- Events ------------------------------------------------------------------------------------------


def test_each_event_sends_the_state_of_the_session(url: str, rater: Rater) -> None:
    with opened(url, rater.login) as stream:
        for kind in ("NEXT", "PAUSE", "NEXT", "UNDO", "EXIT"):
            send(url, rater, kind)
            assert stream.event() == current(url, rater)


def test_cookie_opens_a_stream(url: str, rater: Rater) -> None:
    cookie = {"cookie": f"access_token={rater.login['authorization'].removeprefix('Bearer ')}"}
    with opened(url, cookie) as stream:
        send(url, rater, "NEXT")
        assert stream.event()["is_active"] is True


def test_batch_sends_one_event(url: str, rater: Rater) -> None:
    start = datetime(2026, 11, 21, 9, tzinfo=UTC)
    events = [event_body("NEXT", start + minute * A_MINUTE) for minute in range(30)]
    with opened(url, rater.login) as stream:
        sent = httpx2.post(f"{url}/events/batch", json={"events": events}, headers=rater.token)
        assert sent.status_code == 200, sent.text
        assert stream.event()["total_questions"] == 29
        assert is_silent(stream)


def test_changes_of_other_users_and_of_no_page_send_nothing(
    url: str, rater: Rater, database: Database, settings: Settings
) -> None:
    other = new_rater(database, settings)
    with opened(url, rater.login) as stream:
        send(url, other, "NEXT")
        for path in ("/me", "/sessions/current", "/dashboard/today"):
            httpx2.get(f"{url}{path}", headers=rater.login)
        assert httpx2.post(f"{url}/events", json={"type": "PAUSE"}, headers=rater.token).status_code == 400
        assert is_silent(stream)


def test_connected_browser_is_told(url: str, rater: Rater) -> None:
    with opened(url, rater.login) as stream:
        httpx2.post(f"{url}/tokens", json={"name": "one more"}, headers=rater.login)
        assert stream.event()["session_id"] is None
        httpx2.get(f"{url}/sessions/current", headers=rater.token)  # a token's use is no change
        assert is_silent(stream)


def test_every_correction_sends_an_event(url: str, rater: Rater) -> None:
    session = rater.record_session(datetime(2026, 11, 21, 9, tzinfo=UTC), [3, 4, 5])
    address = f"{url}/sessions/{session}"
    summary = httpx2.get(f"{address}/summary", headers=rater.login).json()
    question = f"{address}/questions/{summary['questions'][1]['id']}"
    with opened(url, rater.login) as stream:
        for method, where, body in (
            ("PATCH", address, {"target_minutes_per_question": 3.5}),
            ("DELETE", question, None),
            ("POST", f"{question}/restore", None),
            ("DELETE", address, None),
            ("POST", f"{address}/restore", None),
        ):
            answer = httpx2.request(method, where, json=body, headers=rater.login)
            assert (where, answer.status_code) == (where, 200)
            assert stream.event() == dict.fromkeys(FIELDS) | {
                "is_active": False,
                "is_paused": False,
                "total_questions": 0,
            }
        assert is_silent(stream)


def test_changed_profile_sends_an_event(url: str, rater: Rater) -> None:
    token = httpx2.get(f"{url}/auth/csrf", headers=rater.login).json()["csrf_token"]
    form = {"timezone": "Asia/Tokyo", "target_minutes_per_question": "6", "csrf_token": token}
    with opened(url, rater.login) as stream:
        answer = httpx2.post(f"{url}/profile", data=form, headers=rater.login)
        assert answer.status_code == 303, answer.text
        assert stream.event()["is_active"] is False


def test_commands_and_the_purge_in_another_process_send_events(
    url: str, rater: Rater, database: Database
) -> None:
    start = datetime(2026, 9, 1, 9, tzinfo=UTC)
    session = rater.record_session(start, [3, 4])
    with opened(url, rater.login) as stream:
        rater.press("NEXT", datetime(2026, 11, 21, 9, tzinfo=UTC))
        assert stream.event()["is_active"] is True
        later = datetime.now(UTC) + timedelta(days=31)
        httpx2.delete(f"{url}/sessions/{session}", headers=rater.login)
        stream.event()
        purged = database.write_now(lambda conn: purging.purge_some(conn, rater.user.id, later))
        assert purged["sessions"] == 1
        assert stream.event()["is_active"] is True


def test_page_of_an_older_version_gets_an_event_at_once(url: str, rater: Rater, database: Database) -> None:
    def version() -> str:
        return database.read_now(lambda conn: live.version(conn, rater.user))

    old = version()
    send(url, rater, "NEXT")
    with opened(url, rater.login, f"/live?version={old}") as stream:
        assert stream.event() == current(url, rater)
        assert is_silent(stream)
    with opened(url, rater.login, f"/live?version={version()}") as stream:
        assert is_silent(stream)


def test_response_is_an_event_stream_that_is_not_stored(url: str, rater: Rater) -> None:
    with opened(url, rater.login) as stream:
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert "no-store" in stream.headers["cache-control"]
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["content-security-policy"].startswith("default-src 'none'")
        assert len(stream.headers["x-request-id"]) == 16


def test_comment_comes_every_15_seconds(url: str, rater: Rater, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fastapi.routing._PING_INTERVAL == 15  # type: ignore[attr-defined]
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.2)
    with opened(url, rater.login) as stream:
        assert [stream.lines.get(timeout=20) for _ in range(4)] == [": ping", "", ": ping", ""]


def test_head_is_answered_and_ends(url: str, rater: Rater) -> None:
    answer = httpx2.head(f"{url}/live", headers=rater.login)
    assert (answer.status_code, answer.content) == (200, b"")


# --- Who, and how many -------------------------------------------------------------------------------


def test_nobody_and_personal_tokens_get_no_stream(url: str, rater: Rater) -> None:
    with opened(url, {}) as stream:
        assert stream.status == 401
    with opened(url, rater.token) as stream:
        assert stream.status == 403
    with opened(url, {}, f"/live?access_token={rater.login['authorization'][7:]}") as stream:
        assert stream.status == 401


def test_sixth_stream_of_a_user_is_refused_until_one_is_closed(
    url: str, rater: Rater, database: Database, settings: Settings
) -> None:
    with ExitStack() as stack:
        five = [stack.enter_context(opened(url, rater.login)) for _ in range(5)]
        assert [stream.status for stream in five] == [200] * 5
        with opened(url, rater.login) as sixth:
            assert (sixth.status, sixth.headers["retry-after"]) == (429, "20")
            assert json.loads(sixth.body) == {"detail": streams.TOO_MANY_OF_A_USER}
        with opened(url, new_rater(database, settings).login) as of_another:
            assert of_another.status == 200
        five[0].close()

        def opens() -> bool:
            with opened(url, rater.login) as again:
                return again.status == 200

        wait_until(opens)


def test_beyond_the_streams_of_a_process_it_is_503(
    url: str, rater: Rater, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert streams.MAX_STREAMS == 500
    monkeypatch.setattr(streams, "MAX_STREAMS", 2)
    others = [new_rater(database, settings) for _ in range(2)]
    with opened(url, others[0].login), opened(url, others[1].login), opened(url, rater.login) as third:
        assert (third.status, third.headers["retry-after"]) == (503, "20")
        assert json.loads(third.body) == {"detail": streams.TOO_MANY}


def test_stream_ends_after_its_greatest_number_of_events() -> None:
    stream = streams.Stream("login", "0")
    state = live.UserState("1", None, is_active=False, is_paused=False, total_questions=0)

    async def sent() -> int:
        stream.publish(state)
        count = 0
        async for _ in stream.changes():
            count += 1
            stream.publish(live.UserState(str(count + 1), None, False, False, count))
        return count

    assert asyncio.run(sent()) == streams.MAX_EVENTS


# --- When it ends ------------------------------------------------------------------------------------


@contextmanager
def checking_logins_often(settings: Settings) -> Iterator[str]:
    """The origin of a server that checks the logins of streams every 0.2 seconds."""
    app = create_app(settings)
    assert app.state.live.login_check_seconds == 60
    app.state.live.login_check_seconds = 0.2
    with served(app) as origin:
        yield origin


@pytest.mark.parametrize("how", ["logout", "deactivated", "expired", "deleted"])
def test_stream_ends_with_its_login_and_with_no_other(
    settings: Settings, database: Database, how: str
) -> None:
    ending = new_rater(database, settings)
    staying = new_rater(database, settings)
    if how == "expired":
        soon = datetime.now(UTC) + timedelta(seconds=2)
        expire = text("UPDATE logins SET expires_at = :at WHERE user_id = :user")
        at = {"at": int(soon.timestamp() * 1_000_000), "user": ending.user.id}
        database.write_now(lambda conn: conn.execute(expire, at).rowcount)
    with (
        checking_logins_often(settings) as url,
        opened(url, ending.login) as ended,
        opened(url, staying.login) as stays,
    ):
        if how == "logout":
            assert httpx2.post(f"{url}/auth/logout", headers=ending.login).status_code == 200
        elif how == "deactivated":
            database.write_now(lambda conn: administration.deactivate(conn, ending.user.id))
        elif how == "deleted":
            database.write_now(lambda conn: administration.delete(conn, ending.user.id))
        assert ended.ends()
        assert not stays.ends(0.5)


# --- What it costs -----------------------------------------------------------------------------------


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """An application whose statements can be seen."""
    return create_app(settings)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_idle_streams_send_postgresql_nothing(app: FastAPI, database: Database, settings: Settings) -> None:
    asked = text(
        "SELECT pid, query_start, query FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        " ORDER BY pid"
    )

    def statements() -> list[Any]:
        return database.read_now(lambda conn: list(conn.execute(asked)))

    raters = [new_rater(database, settings) for _ in range(10)]
    with served(app) as url, ExitStack() as stack:
        opened_streams = [stack.enter_context(opened(url, rater.login)) for rater in raters for _ in range(5)]
        assert [stream.status for stream in opened_streams] == [200] * 50
        time.sleep(1)
        before = statements()
        assert "LISTEN raterhub_changes" in [row.query for row in before]
        time.sleep(3)
        assert statements() == before


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_idle_streams_ask_sqlite_once_a_second_and_none_ask_nothing(
    app: FastAPI, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[float, str]] = []
    monkeypatch.setattr(streams, "GRACE_SECONDS", 0.1)
    raters = [new_rater(database, settings) for _ in range(10)]

    def watch(driver: sqlite3.Connection, _record: object) -> None:
        driver.set_trace_callback(lambda statement: sent.append((time.monotonic(), statement)))

    with served(app) as url:
        event.listen(app.state.database.engine, "connect", watch)
        with ExitStack() as stack:
            for rater in raters:
                for _ in range(5):
                    stack.enter_context(opened(url, rater.login))
            time.sleep(1)
            sent.clear()
            time.sleep(3.5)
            asked = list(sent)
            assert {statement for _, statement in asked} == {"PRAGMA data_version"}
            times = [at for at, _ in asked]
            assert all(later - earlier > 0.9 for earlier, later in pairwise(times))
        wait_until(lambda: app.state.live.count == 0)
        time.sleep(1.5)
        sent.clear()
        time.sleep(2.5)
        assert sent == []


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_change_while_the_listener_is_disconnected_is_sent_after_it_reconnects(
    url: str, rater: Rater, database: Database
) -> None:
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query = 'LISTEN raterhub_changes'"
    )
    with opened(url, rater.login) as stream:
        rater.press("NEXT", datetime(2026, 11, 21, 9, tzinfo=UTC))
        stream.event()
        assert database.write_now(lambda conn: conn.execute(cut).all()) == [(True,)]
        rater.press("NEXT", datetime(2026, 11, 21, 9, 5, tzinfo=UTC))
        assert stream.event()["total_questions"] == 1
        rater.press("NEXT", datetime(2026, 11, 21, 9, 9, tzinfo=UTC))
        assert stream.event()["total_questions"] == 2


def test_open_streams_are_a_metric(settings: Settings, rater: Rater) -> None:
    with (
        served(create_app(settings.model_copy(update={"metrics_loopback": True}))) as url,
        opened(url, rater.login),
        opened(url, rater.login),
    ):
        assert "raterhub_live_streams 2.0" in httpx2.get(f"{url}/metrics").text
