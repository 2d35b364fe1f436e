"""Period summaries over HTTP beside those of the naive computation, for users with any history."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import time_machine
from httpx2 import Response
from starlette.testclient import TestClient

from app.config import Settings
from tests.naive_periods import Profile, period_summary, sessions_of
from tests.raters import Rater, new_rater
from tests.recording import event_body
from tests.summaries import summaries_of

KINDS = ("day", "week", "month", "year")


@contextmanager
def at(now: datetime) -> Iterator[None]:
    """Fix the clock at `now` within the block."""
    with time_machine.travel(now, tick=False):
        yield


@dataclass(frozen=True)
class Counted:
    """A user of the running app, whose periods are asked for."""

    client: TestClient
    rater: Rater
    profile: Profile

    def record(self, events: list[dict[str, Any]]) -> None:
        """Send events in batches, as a widget does."""
        for begin in range(0, len(events), 500):
            batch = {"events": events[begin : begin + 500]}
            answer = self.client.post("/events/batch", json=batch, headers=self.rater.token)
            assert answer.status_code == 200, answer.text

    def with_profile(self, **changed: Any) -> "Counted":
        """Save `changed` fields of `Profile` by the form; a user with the new profile."""
        profile = replace(self.profile, **changed)
        fields = {
            "first_name": "",
            "last_name": "",
            "timezone": profile.zone,
            "target_minutes_per_question": str(profile.target_minutes),
            "week_starts_on": str(profile.week_starts_on),
        }
        saved = self.client.post("/profile", data=fields, headers=self.rater.login, follow_redirects=False)
        assert saved.status_code == 303, saved.text
        return replace(self, profile=profile)

    def sessions(self) -> list[dict[str, Any]]:
        """The session summaries, oldest first."""
        return summaries_of(self.client, self.rater)

    def get(self, kind: str, **query: str) -> Response:
        """The answer for a period."""
        return self.client.get(f"/dashboard/{kind}/json", params=query, headers=self.rater.token)

    def summary(self, kind: str, first: date | None = None, last: date | None = None) -> dict[str, Any]:
        """The period summary: of the period of `first` (of today without it), or from `first` to `last`."""
        if kind == "range":
            answer = self.get(kind, **{"from": str(first), "to": str(last)})
        else:
            answer = self.get(kind, **({} if first is None else {"date": str(first)}))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def expected(
        self,
        kind: str,
        first: date,
        last: date | None = None,
        *,
        now: datetime,
        sessions: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """The period summary that the naive computation makes of the session summaries."""
        cut = sessions_of(sessions, self.profile.zone)
        return period_summary(kind, first, last, profile=self.profile, now=now, sessions=cut)


def new_counted(client: TestClient, settings: Settings, **profile: Any) -> Counted:
    """A user without history; `profile` are fields of `Profile`."""
    rater = new_rater(client.app.state.database, settings)  # type: ignore[attr-defined]
    return Counted(client, rater, Profile(rater.user.external_id)).with_profile(**profile)


def assert_as_expected(
    user: Counted, kind: str, first: date, last: date | None = None, *, now: datetime
) -> None:
    """Compare the period summary with that of the naive computation."""
    expected = user.expected(kind, first, last, now=now, sessions=user.sessions())
    assert differences(expected, user.summary(kind, first, last)) == []


def counts(entries: list[dict[str, Any]], name: str) -> dict[Any, int]:
    """How many questions an entry has, by its `name`; without those that have none."""
    return {entry[name]: entry["total_questions"] for entry in entries if entry["total_questions"]}


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Where two JSON values differ; numbers may by 1e-9, or as much of a second."""
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = (
            [f"{where}: fields {sorted(expected)}, not {sorted(found)}"]
            if expected.keys() != found.keys()
            else []
        )
        both = [key for key in expected if key in found]
        return keys + [
            line for key in both for line in differences(expected[key], found[key], f"{where}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for n, (one, other) in pairs for line in differences(one, other, f"{where}[{n}]")]
    if isinstance(expected, float | int) and isinstance(found, float | int):
        same = math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-9)
    else:
        same = expected == found
    return [] if same else [f"{where}: {expected!r}, not {found!r}"]


def session_events(
    start: datetime, questions: list[dict[str, Any]], ending: str = "EXIT"
) -> list[dict[str, Any]]:
    """The events of a session: each question has its `seconds`, may have `paused` ones and `discard`, and the fields
    of its NEXT. `ending` is EXIT, or "open" for a session that is left running on one more question.
    """
    events, moment, discard = [], start, False
    for number, question in enumerate(questions):
        fields = {
            name: value for name, value in question.items() if name not in ("seconds", "paused", "discard")
        }
        events.append(event_body("NEXT", moment, discard=discard, **fields))
        if question.get("paused"):
            events.append(event_body("PAUSE", moment))
            events.append(event_body("PAUSE", moment + timedelta(seconds=question["paused"])))
        moment += timedelta(seconds=question.get("paused", 0) + question["seconds"])
        discard = question.get("discard", False)
        if number == len(questions) - 1:
            events.append(event_body("EXIT" if ending == "EXIT" else "NEXT", moment, discard=discard))
    return events
