"""Comparing what is stored with what follows from the log: `raterhub-tracker verify`."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from app.store import log, purging, questions, sessions
from app.store.log import users_with_a_log as users_with_a_log
from app.tracking.projection import project
from app.tracking.records import LOG_BEGIN, LOG_END


def differences(connection: Connection, user_id: int) -> list[str]:
    """One sentence for each difference between the log of a user and what is stored; empty when there is none."""
    rows, numbers = log.whole(connection, user_id)
    projection = project(rows)
    found = list(_lost_events(connection, user_id, numbers))
    stored_questions = questions.between(connection, user_id, LOG_BEGIN, LOG_END)
    found += _compare("question closed by event", stored_questions, projection.questions)
    for number, target in questions.own_targets_us(connection, user_id).items():
        if stored_questions[number].task.target_us != target:
            found.append(
                f"question closed by event {number}: own_target_us is {target}, not its target_minutes"
            )
    stored = sessions.begun_between(connection, user_id, LOG_BEGIN, LOG_END)
    stored_sessions = {session.opened_by: session for session in stored}
    return found + list(_compare("session opened by event", stored_sessions, projection.sessions))


def _lost_events(connection: Connection, user_id: int, numbers: set[int]) -> Iterator[str]:
    # Rows are numbered without a gap, and which of them were purged is known: any other missing one was lost.
    last = log.last_seq(connection, user_id)
    gone = purging.purged_numbers(connection, user_id)
    given = {*range(1, last + 1)}
    for number in sorted(given - numbers - gone):
        yield f"event {number}: lost, the log has no such row"
    for number in sorted(numbers & gone):
        yield f"event {number}: in the log, though it was purged"
    for number in sorted((numbers | gone) - given):
        yield f"event {number}: numbered above the last one recorded, {last}"


def _compare(what: str, stored: Mapping[int, Any], expected: Mapping[int, Any]) -> Iterator[str]:
    for number in sorted(stored.keys() | expected.keys()):
        if number not in stored:
            yield f"{what} {number}: missing"
        elif number not in expected:
            yield f"{what} {number}: does not follow from the log"
        elif stored[number] != expected[number]:
            yield f"{what} {number}: {_fields_that_differ(stored[number], expected[number])}"


def _fields_that_differ(stored: Any, expected: Any) -> str:
    return "; ".join(
        f"{field.name} is {getattr(stored, field.name)}, the log gives {getattr(expected, field.name)}"
        for field in fields(stored)
        if getattr(stored, field.name) != getattr(expected, field.name)
    )
