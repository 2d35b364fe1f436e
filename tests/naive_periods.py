"""An independent, naive computation of the period summary: every figure is counted afresh over all questions.

Of the application it uses `date_of` (which local day an instant belongs to) and `pacing` (label, score and duration of
given sums), which are tested elsewhere. Instants and spans are whole microseconds.

Where the contract says no more, this is how it is read:

- A question's weekday is that of its local day, and its hour is what the wall clock shows when it starts. The two
  disagree only where midnight comes twice: 23:30 shown after the first midnight belongs to the new day.
- The range before a range ends on the day before it and has as many local dates, dates that a zone skipped included.
- `so_far` counts what starts strictly before the first instant at which the clock of the same local day shows the time
  of now or a later one: where it skips that time, the jump.
- The same local day is: for a day the day before; for a week and a range the day as many days after its first day; for
  a month the day of the same number, and where there is none the whole month before; for a year the same day and month,
  and for a missing 29 February everything before 1 March.
- A session counts in `so_far` as it does in a day: if it, or one of its counted questions, starts before that instant.
- An outlier starts in the period. The questions that it is compared with start from the day that the contract names
  to the last day of the period. Lengths are compared in whole microseconds, without rounding a median.
- The histogram and the bands compare whole microseconds; a ratio that lies on an edge belongs above it.
- A week or a period before that reaches outside the known calendar keeps its dates; they are empty.
- The zone is the one that the profile shows: a zone that is lost counts as UTC.
"""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.tracking.days import date_of
from app.tracking.pacing import mmss, pace_of
from app.tracking.timestamps import micros_of

S = 1_000_000
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Start:
    """Something that starts: when, and on which local day."""

    id: str
    started_at: str
    start: int
    day: date


@dataclass(frozen=True)
class Asked(Start):
    """A counted question."""

    session_id: str
    index: int
    hour: int
    raw: int
    active: int
    target: int
    task_type: str | None


@dataclass(frozen=True)
class Session(Start):
    """A session with its counted questions."""

    questions: list[Asked]


@dataclass(frozen=True)
class Profile:
    """The fields of a profile that period summaries depend on."""

    external_id: str
    zone: str = "UTC"
    week_starts_on: int = 1
    target_minutes: float = 5.5


def sessions_of(summaries: Iterable[dict[str, Any]], zone: str) -> list[Session]:
    """The sessions, from their answers to `GET /sessions/{id}/summary`."""
    return [
        Session(
            **_start(summary["session_id"], summary["started_at"], zone),
            questions=[
                Asked(
                    **_start(question["id"], question["started_at"], zone),
                    session_id=summary["session_id"],
                    index=question["index"],
                    hour=datetime.fromisoformat(question["started_at"]).astimezone(ZoneInfo(zone)).hour,
                    raw=round(question["raw_seconds"] * S),
                    active=round(question["active_seconds"] * S),
                    target=max(1, round(question["target_minutes"] * 60 * S)),
                    task_type=question["task_type"],
                )
                for question in summary["questions"]
            ],
        )
        for summary in summaries
    ]


def _start(uid: str, started_at: str, zone: str) -> dict[str, Any]:
    start = micros_of(datetime.fromisoformat(started_at))
    return {"id": uid, "started_at": started_at, "start": start, "day": date_of(start, zone)}


def period_summary(
    kind: str,
    first: date,
    last: date | None = None,
    *,
    profile: Profile,
    now: datetime,
    sessions: list[Session],
) -> dict[str, Any]:
    """What `GET /dashboard/{kind}/json` answers at `now`, as JSON.

    `first` is any day of the period; of a range the first, and `last` its last. `sessions` are all of the user's
    sessions that are not deleted, cut into days by the zone of the profile.
    """
    first, last = (first, last) if last else bounds(kind, first, profile.week_starts_on)
    today = date_of(micros_of(now), profile.zone)
    questions = [q for session in sessions for q in session.questions if first <= q.day <= last]
    _, active, target = (sum(figures) for figures in _columns(questions))
    pace = pace_of(active, target, len(questions))
    summary = {
        "period": kind,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "timezone": profile.zone,
        "user_external_id": profile.external_id,
        **sums(sessions, within(first, last)),
        "total_active_mmss": mmss(active),
        "avg_active_seconds": active / len(questions) / S if questions else 0,
        "avg_active_mmss": mmss(active, len(questions)),
        "pace_label": pace.label,
        "pace_emoji": pace.emoji,
        "target_minutes_per_question": (
            target / len(questions) / 60 / S if questions else profile.target_minutes
        ),
        "previous": _previous(kind, first, last, profile, now, sessions),
        "days": [
            {"date": day.isoformat(), **sums(sessions, within(day, day))} for day in every_day(first, last)
        ],
        "hours": [{"hour": h, **_part([q for q in questions if q.hour == h])} for h in range(24)],
        "weekdays": [
            {"weekday": w, **_part([q for q in questions if q.day.isoweekday() == w])} for w in range(1, 8)
        ],
        "task_types": _task_types(questions),
        "positions": [
            {
                "from": low,
                "to": high,
                **_part([q for q in questions if low <= q.index and (high is None or q.index <= high)]),
            }
            for low, high in ((1, 10), (11, 25), (26, 50), (51, None))
        ],
        "distribution": _distribution(questions),
        "outliers": _outliers(first, last, today, sessions),
    }
    if kind in ("year", "range"):
        summary["months"] = _months(first, last, sessions)
    return summary


def bounds(kind: str, day: date, week_starts_on: int) -> tuple[date, date]:
    """The first and last day of the day, week, month or year that `day` lies in."""
    if kind == "day":
        return day, day
    if kind == "week":
        first = day
        while first.isoweekday() != week_starts_on:
            first -= DAY
        return first, first + 6 * DAY
    if kind == "month":
        return day.replace(day=1), (day.replace(day=1) + 31 * DAY).replace(day=1) - DAY
    return date(day.year, 1, 1), date(day.year, 12, 31)


def every_day(first: date, last: date) -> list[date]:
    """All dates from `first` to `last`."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def within(first: date, last: date) -> Callable[[Start], bool]:
    """Whether something starts on one of these days."""
    return lambda start: first <= start.day <= last


def sums(sessions: list[Session], belongs: Callable[[Start], bool]) -> dict[str, Any]:
    """The six sums over what starts where it belongs."""
    questions = [q for session in sessions for q in session.questions if belongs(q)]
    raw, active, target = (sum(figures) for figures in _columns(questions))
    pace = pace_of(active, target, len(questions))
    return {
        "total_sessions": sum(
            1 for session in sessions if belongs(session) or any(belongs(q) for q in session.questions)
        ),
        "total_questions": len(questions),
        "total_raw_seconds": raw / S,
        "total_active_seconds": active / S,
        "pace_ratio": pace.ratio,
        "score": pace.score,
    }


def _columns(questions: Sequence[Asked]) -> tuple[list[int], list[int], list[int]]:
    return [q.raw for q in questions], [q.active for q in questions], [q.target for q in questions]


def _part(questions: Sequence[Asked]) -> dict[str, Any]:
    """The three figures of an hour, a weekday, a task type, a position."""
    _, active, target = (sum(figures) for figures in _columns(questions))
    return {
        "total_questions": len(questions),
        "total_active_seconds": active / S,
        "pace_ratio": active / target if questions else 0,
    }


def _percentiles(questions: Sequence[Asked]) -> dict[str, float]:
    lengths = [q.active for q in questions]
    if len(lengths) < 2:
        p50 = p80 = p95 = float(lengths[0]) if lengths else 0.0
    else:
        p50 = statistics.median(lengths)
        hundredths = statistics.quantiles(lengths, n=100, method="inclusive")
        p80, p95 = hundredths[80 - 1], hundredths[95 - 1]
    return {
        "median_active_seconds": p50 / S,
        "p80_active_seconds": p80 / S,
        "p95_active_seconds": p95 / S,
    }


def _months(first: date, last: date, sessions: list[Session]) -> list[dict[str, Any]]:
    months = sorted({bounds("month", day, 1) for day in every_day(first, last)})
    return [
        {"month": f"{begin:%Y-%m}", **sums(sessions, within(max(first, begin), min(last, end)))}
        for begin, end in months
    ]


def _task_types(questions: list[Asked]) -> list[dict[str, Any]]:
    types = {q.task_type for q in questions}
    of_type = {name: [q for q in questions if q.task_type == name] for name in types}
    ordered = sorted(types, key=lambda name: (-len(of_type[name]), name is None, name or ""))
    return [{"task_type": name, **_part(of_type[name]), **_percentiles(of_type[name])} for name in ordered]


def _distribution(questions: list[Asked]) -> dict[str, Any]:
    """How long questions took, alone and beside their own targets."""

    def share(low: int, high: float) -> float:
        """The part of the questions whose active time is from `low` to below `high` tenths of its target."""
        within = [q for q in questions if low * q.target <= 10 * q.active and 10 * q.active < high * q.target]
        return len(within) / len(questions) if questions else 0

    def count(low: int) -> int:
        """The questions from `low` tenths to below one tenth more; from 20 tenths on all."""
        return len([q for q in questions if min(10 * q.active // q.target, 20) == low])

    return {
        **_percentiles(questions),
        "below_band_share": share(0, 7),
        "in_band_share": share(7, 11),
        "above_band_share": share(11, float("inf")),
        "histogram": [
            {
                "from_ratio": low / 10,
                "to_ratio": (low + 1) / 10 if low < 20 else None,
                "total_questions": count(low),
            }
            for low in range(21)
        ],
    }


def _outliers(first: date, last: date, today: date, sessions: list[Session]) -> list[dict[str, Any]]:
    """The questions of the period that took more than three times what is usual for their type."""
    since = min(first, min(last, today) - 90 * DAY)
    compared = [q for session in sessions for q in session.questions if since <= q.day <= last]
    found = []
    for task_type in {q.task_type for q in compared}:
        of_type = [q for q in compared if q.task_type == task_type]
        lengths = sorted(q.active for q in of_type)
        twice_median = lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]
        if len(lengths) >= 10:
            long = [q for q in of_type if 2 * q.active > 3 * twice_median]
            found += [(question, twice_median / 2) for question in long if first <= question.day]
    found.sort(key=lambda pair: (-pair[0].active, pair[0].start))
    return [
        {
            "session_id": question.session_id,
            "question_id": question.id,
            "started_at": question.started_at,
            "task_type": question.task_type,
            "active_seconds": question.active / S,
            "usual_seconds": usual / S,
        }
        for question, usual in found[:20]
    ]


def _previous(
    kind: str, first: date, last: date, profile: Profile, now: datetime, sessions: list[Session]
) -> dict[str, Any]:
    if kind == "range":
        before = first - (last - first) - DAY, first - DAY
    else:
        before = bounds(kind, first - DAY, profile.week_starts_on)
    today = date_of(micros_of(now), profile.zone)
    return {
        "from": before[0].isoformat(),
        "to": before[1].isoformat(),
        **sums(sessions, within(*before)),
        "so_far": _so_far(kind, first, before, profile, now, sessions) if first <= today <= last else None,
    }


def _so_far(
    kind: str,
    first: date,
    before: tuple[date, date],
    profile: Profile,
    now: datetime,
    sessions: list[Session],
) -> dict[str, Any]:
    """The sums of the period before, up to the same day and clock time as now in the running one."""
    zone = ZoneInfo(profile.zone)
    today, clock = date_of(micros_of(now), profile.zone), now.astimezone(zone).time()
    same_day, until = _same_day(kind, first, before, today), clock
    if same_day is None:
        same_day, until = (before[1] + DAY if kind == "month" else date(before[0].year, 3, 1)), time()
    shown = datetime.combine(same_day, until)

    def belongs(start: Start) -> bool:
        if not before[0] <= start.day <= before[1]:
            return False
        if start.day != same_day:
            return start.day < same_day
        wall = datetime.fromisoformat(start.started_at).astimezone(zone).replace(tzinfo=None)
        # The first of two instants at which the clock shows it; where it never does, the clock itself decides.
        return wall < shown and start.start < micros_of(shown.replace(tzinfo=zone))

    return sums(sessions, belongs)


def _same_day(kind: str, first: date, before: tuple[date, date], today: date) -> date | None:
    """Today's counterpart in the period before; None where the calendar has none."""
    try:
        if kind == "month":
            return before[0].replace(day=today.day)
        if kind == "year":
            return today.replace(year=before[0].year)
    except ValueError:
        return None
    return before[0] + (today - first)
