"""Ending a session from a page, twice at once."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from app.database import Database
from app.services import corrections, reading
from app.services.corrections import End
from tests.raters import add_user
from tests.recording import IDLE_US, record_session

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)
NOW = NINE + timedelta(minutes=20)


def test_form_sent_twice_at_once_ends_the_session_once(database: Database) -> None:
    user = database.write_now(add_user)
    uid = database.write_now(lambda conn: record_session(conn, user, NINE, [5, 5], ended=False))
    end = End("now", "", str(uuid.uuid4()))
    ended = threading.Event()

    def first(conn: Connection) -> str:
        answered = corrections.end_session(conn, user, uid, end, idle_us=IDLE_US, now=NOW)
        ended.set()
        time.sleep(0.3)  # not committed yet: the second comes now
        return answered

    def second(conn: Connection) -> str:
        return corrections.end_session(
            conn, user, uid, end, idle_us=IDLE_US, now=NOW + timedelta(milliseconds=50)
        )

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(database.write_now, first)
        ended.wait(30)
        other = threads.submit(database.write_now, second)
        assert (one.result(), other.result()) == (uid, uid)
    summary = database.read_now(lambda conn: reading.session_summary(conn, user, uid, NOW))
    assert (summary.ended_at, summary.total_questions) == (NOW, 3)
