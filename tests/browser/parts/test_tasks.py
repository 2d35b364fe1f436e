"""Which task a NEXT opens, and how a question is described when its task is known at last."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import pytest

ID = "00000000-0000-4000-8000-00000000ffff"
FIELDS = {"task_id": "B", "target_minutes": 2}
START = 1_777_629_600_000.999  # 2026-05-01T10:00:00.000999Z
PRESSED = 1_777_629_600_000_999


def opened(task: str | None, after: str | None, **more: Any) -> dict[str, Any]:
    """A question as the browser remembers it."""
    event = {"event_id": ID, "type": "NEXT", "timestamp": "2026-05-01T10:00:00.000999Z", "discard": True}
    return {
        "id": ID,
        "account": None,
        "event": event,
        "opening": False,
        "task": task,
        "after": after,
        "times": 0,
        **more,
    }


def page_of(task: str | None, place: str = "task") -> dict[str, Any]:
    """A reading of a page that shows this task."""
    return {"place": place, "task": task, "fields": FIELDS, "estimate": "", "checks": []}


def typed(task_type: str | None) -> dict[str, Any]:
    """A question opened for task B, with that type."""
    one = opened("B", None)
    one["event"] = {**one["event"], **FIELDS, **({"task_type": task_type} if task_type else {})}
    return one


def typed_page(task_type: str | None) -> dict[str, Any]:
    """A reading of task B, with that type."""
    return {**page_of("B"), "fields": {**FIELDS, **({"task_type": task_type} if task_type else {})}}


@pytest.mark.parametrize(
    ("open_question", "reading", "expected"),
    [
        (None, page_of("B"), {"fields": FIELDS, "task": "B", "after": None}),
        (opened("A", None), page_of("B"), {"fields": FIELDS, "task": "B", "after": None}),
        (opened("B", None), page_of("B"), {"fields": {}, "task": None, "after": "B"}),
        (opened(None, "B"), page_of("B"), {"fields": {}, "task": None, "after": "B"}),
        (opened(None, "A"), page_of("B"), {"fields": FIELDS, "task": "B", "after": None}),
        (opened(None, None), page_of("B"), {"fields": FIELDS, "task": "B", "after": None}),
        (opened("A", None), page_of("B", "list"), {"fields": {}, "task": None, "after": None}),
        (opened("A", None), page_of(None), {"fields": {}, "task": None, "after": None}),
    ],
    ids=[
        "first", "another task", "the same task", "the same once more", "after the next page came",
        "opened elsewhere", "on the list", "without a name",
    ],
)  # fmt: skip
def test_what_a_next_knows_of_the_question_that_it_opens(
    call: Callable[..., Any], open_question: Any, reading: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert call("tasks.nextFor", open_question, reading) == expected


@pytest.mark.parametrize(
    ("open_question", "reading", "found"),
    [
        (opened(None, "A"), page_of("B"), True),
        (opened(None, None), page_of("B"), True),
        (opened(None, "B"), page_of("B"), False),
        (opened("A", None), page_of("B"), False),
        (opened("B", None), page_of("B"), True),  # the estimated time was drawn late
        (typed(None), typed_page("Needs met"), True),  # she picked a type when she saw the task
        (typed("Side by side"), typed_page("Needs met"), True),
        (typed("Needs met"), typed_page("Needs met"), False),
        (typed("Needs met"), typed_page(None), False),
        (opened(None, "A"), page_of("B", "list"), False),
        (opened(None, "A"), page_of(None), False),
        (None, page_of("B"), False),
    ],
)
def test_task_is_found_only_for_a_question_that_has_none(
    call: Callable[..., Any], open_question: Any, reading: dict[str, Any], found: bool
) -> None:
    assert call("tasks.isFound", open_question, reading) is found


def test_question_is_described_right_after_its_next_with_ids_that_follow_from_it(
    call: Callable[..., Any],
) -> None:
    open_question = opened(None, "A")
    undo = {
        "event_id": "00000000-0000-4000-8000-000000000000",
        "type": "UNDO",
        "timestamp": "2026-05-01T10:00:00.001000Z",
    }
    again = {
        "event_id": "00000000-0000-4000-8000-000000000001",
        "type": "NEXT",
        "timestamp": "2026-05-01T10:00:00.001001Z",
        "discard": True,
        **FIELDS,
    }
    assert call("tasks.describing", open_question, "B", FIELDS, START) == {
        "events": [undo, again],
        "known": {**open_question, "event": again, "task": "B", "times": 1, "pressed": PRESSED},
    }
    assert call("tasks.describing", open_question, "B", {}, START) == {
        "events": [],
        "known": {**open_question, "task": "B"},
    }


def test_first_question_of_a_session_is_described_by_a_next_before_its_own(call: Callable[..., Any]) -> None:
    once = call("tasks.describing", opened(None, None, opening=True), "B", FIELDS, START)
    twice = call("tasks.describing", once["known"], "B", {**FIELDS, "task_type": "Long"}, START - 0.001)
    assert [told(each) for each in (once, twice)] == [
        {"UNDO": "2026-05-01T10:00:00.001000Z", "NEXT": "2026-05-01T10:00:00.000998Z"},
        {"UNDO": "2026-05-01T10:00:00.001001Z", "NEXT": "2026-05-01T10:00:00.000997Z"},
    ]
    assert [event["event_id"][-4:] for each in (once, twice) for event in each["events"]] == [
        "0001", "0000", "0003", "0002",
    ]  # fmt: skip
    # In the order of their times: what is sent before the rest is there must not be the UNDO.
    assert [event["type"] for event in twice["events"]] == ["NEXT", "UNDO"]
    assert twice["events"][0]["task_type"] == "Long"


def test_question_is_described_after_the_place_that_the_server_gave_to_its_next(
    call: Callable[..., Any],
) -> None:
    described = call("tasks.describing", opened(None, "A"), "B", FIELDS, START + 250)
    assert told(described) == {"UNDO": "2026-05-01T10:00:00.251000Z", "NEXT": "2026-05-01T10:00:00.251001Z"}


def told(described: dict[str, Any]) -> dict[str, str]:
    """The time of each event, by its type."""
    return {event["type"]: event["timestamp"] for event in described["events"]}


def test_open_question_is_the_one_opened_at_its_start(call: Callable[..., Any]) -> None:
    def at(second: int, task: str) -> dict[str, Any]:
        one = opened(task, None)
        one["event"] = {**one["event"], "timestamp": f"2026-05-01T10:00:{second:02d}.000500Z"}
        return one

    known = [at(0, "A"), at(2, "B"), at(30, "C")]
    start = 1_777_629_600_000  # 2026-05-01T10:00:00Z

    def found(shift: int, *moments: float) -> list[str | None]:
        ones = [call("tasks.openedAt", known, start + ms, shift) for ms in moments]
        return [one and one["task"] for one in ones]

    assert found(3_600_000, 0, 900, 1900, 30_000.5, 31_000, 40_000) == ["A", "A", "B", "C", "C", None]
    # Of a clock that is not corrected, another moment is another browser's question.
    assert found(0, 0, 0.5, 1, 900, 1900, 2000.5, 30_000.5, 31_000) == ["A", "A", *[None] * 3, "B", "C", None]
    assert call("tasks.openedAt", known, 0, 0) is None


def test_only_the_latest_questions_are_remembered(call: Callable[..., Any]) -> None:
    many: list[Any] = []
    for number in range(25):
        one = opened(str(number), None)
        one["id"] = str(number)
        one["event"] = {**one["event"], "timestamp": f"2026-05-01T10:00:{number:02d}Z"}
        many = call("tasks.withOpened", many, one)
    assert [one["task"] for one in many] == [str(number) for number in range(5, 25)]


def test_of_two_tabs_that_remember_a_question_the_one_that_knows_more_counts(
    call: Callable[..., Any],
) -> None:
    unread, read = opened(None, "A"), opened("B", "A")
    described = opened("B", "A", times=1)

    def remembered(order: Iterable[Any]) -> Any:
        many: list[Any] = []
        for one in order:
            many = call("tasks.withOpened", many, one)
        return many

    kept = [remembered(order) for order in itertools.permutations([unread, read, described])]
    assert kept == [[described]] * 6
    assert call("tasks.withOpened", [unread], read) == [read]
    assert call("tasks.withOpened", [read], unread) == [read]
