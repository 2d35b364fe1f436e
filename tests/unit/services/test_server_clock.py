"""Where events without a time stamp lie: by the server's clock, and never before one that it placed earlier."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.database import Database
from app.db_models import events
from app.services.recording.incoming import Receipt
from app.services.recording.record import record_event
from app.tracking.timestamps import micros_of
from tests.recording import IDLE_US, counted_statements
from tests.unit.services.user_log import NINE, UserLog

# (minute of the server's clock, minute of the event's own time stamp; None: it has none)
arrivals = st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 30)), min_size=1, max_size=12)


@given(arrivals)
def test_event_without_a_time_stamp_never_lies_before_one_that_the_server_placed(
    database: Database, arrivals: list[tuple[int, int | None]]
) -> None:
    with database.engine.connect() as connection:
        log = UserLog(connection)
        placed: list[int] = []
        for clock, stamp in arrivals:
            received = NINE + timedelta(minutes=clock)
            log.press("NEXT", stamp, received)
            if stamp is None:
                placed.append(max([micros_of(received), *placed[-1:]]))
        stored = select(events.c.at_us).where(
            events.c.user_id == log.user.id, events.c.sent_timestamp.is_(None)
        )
        assert list(connection.execute(stored.order_by(events.c.seq)).scalars()) == placed
        assert log.is_sound()
        connection.rollback()


def test_repetition_without_a_time_stamp_keeps_its_place_when_the_clock_is_set_back(log: UserLog) -> None:
    incoming, first = log.press("NEXT", None, NINE)
    again = log.send(incoming, NINE - timedelta(hours=1))
    assert (again.duplicate, again.current_question_started_at) == (True, micros_of(NINE))
    assert first.current_question_started_at == micros_of(NINE)


def test_answer_kept_by_another_version_is_given_again(log: UserLog) -> None:
    """A version that was taken back knew more of an answer, an earlier one less."""
    incoming, first = log.press("NEXT", 0)
    of_event = events.c.user_id == log.user.id
    kept = json.loads(log.connection.execute(select(events.c.answer).where(of_event)).scalar_one())
    del kept["clock_differs"]
    other = json.dumps(kept | {"mood": "fine"})
    log.connection.execute(events.update().where(of_event).values(answer=other))
    assert log.send(incoming) == replace(first, duplicate=True)


@pytest.mark.parametrize("stamped_last", [False, True])
def test_time_of_the_server_costs_an_ordinary_event_no_statement(
    log: UserLog, database: Database, stamped_last: bool
) -> None:
    log.press("NEXT", 0 if stamped_last else None, NINE)
    sent = {}
    for minute in (1, None):
        received = NINE + timedelta(minutes=2 if minute is None else 1)
        with counted_statements(database) as statements:
            receipt = Receipt(received=received, sent_at=None, idle_us=IDLE_US)
            record_event(log.connection, log.user, log.incoming("NEXT", minute), receipt)
        sent[minute] = len(statements)
    assert sent[1] == sent[None]
