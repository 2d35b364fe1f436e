"""Holding what is stored against the log: `raterhub-tracker verify`."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from app.store import log, purged, tracked
from app.tracking.encoding import load_state
from app.tracking.machine import Effect
from app.tracking.rebuild import Follows, rebuild


def users_with_a_log(connection: Connection) -> list[int]:
    """Whom to verify."""
    return tracked.user_ids(connection)


def differences(connection: Connection, user_id: int) -> list[str]:
    """One sentence for each difference between the log of a user and what is stored; empty when there is none."""
    whole = log.whole(connection, user_id)
    rebuilt = rebuild(row for row, raw in whole if raw.deletion is None)
    found = list(_lost_events(connection, user_id, {raw.seq for _, raw in whole}))
    for row, raw in whole:
        expected = rebuilt.rows.get(row.event.seq, Follows(None, Effect.VOID, None))
        stored = Follows(load_state(raw.state), Effect(raw.effect), raw.undoes)
        if stored != expected:
            found.append(f"event {raw.seq}: {_fields_that_differ(stored, expected)}")
    stored_questions = tracked.all_questions(connection, user_id)
    found += _compare("question closed by event", stored_questions, rebuilt.questions)
    for number, target in tracked.own_targets(connection, user_id).items():
        if stored_questions[number].own_target != target:
            found.append(f"question closed by event {number}: own_target is {target}, not its target_minutes")
    found += _compare("session opened by event", tracked.all_sessions(connection, user_id), rebuilt.sessions)
    return found


def _lost_events(connection: Connection, user_id: int, numbers: set[int]) -> Iterator[str]:
    # Rows are numbered without a gap, and which of them left for good is known: another missing one was lost.
    last = tracked.last_seq(connection, user_id)
    left = {n for one in purged.ranges(connection, user_id) for n in range(one.first, one.last + 1)}
    for number in sorted({*range(1, last + 1)} - numbers - left):
        yield f"event {number}: lost, the log has no such row"
    for number in sorted(numbers & left):
        yield f"event {number}: in the log, though it left for good"
    for number in sorted(left - {*range(1, last + 1)}):
        yield f"event {number}: left for good, though the last one recorded is {last}"
    for number in sorted(numbers - {*range(1, last + 1)}):
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
