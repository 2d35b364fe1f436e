"""Holds the journals of all browsers of an account against what the server recorded."""

import json
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Any

from tests.browser.faults.account import Account, Recorded, fold, has_effect
from tests.browser.faults.client import Client, Press
from tests.browser.faults.matching import pairs
from tests.browser.manager import Sent
from tests.naive import Row

TOLERANCE_SECONDS = 0.01  # two clocks read one after the other
CORRECTED_BEYOND_SECONDS = 60  # of difference between the clocks, from which on the server corrects

Event = dict[str, Any]


def assert_counted_once(account: Account, *clients: Client) -> None:
    """Every press of every journal counts once, at its time; nothing else does; and all figures follow from it."""
    recorded = {each.event_id: each for each in account.log()}
    for client in clients:
        assert_pressed(client, kept_events(client), recorded)
    assert_filed_once(account, *clients)


def assert_filed_once(account: Account, *clients: Client) -> None:
    """All that was ever in a storage is recorded once or refused rightly; nothing else is; all figures follow."""
    log = account.log()
    recorded = {each.event_id: each for each in log}
    assert len(recorded) == len(log)
    known: set[str] = set()
    for client in clients:
        events = kept_events(client)
        known |= {event["event_id"] for event in events}
        assert_refused_with_reason(client, events, recorded, log, acknowledged(clients))
        stamps = [event["timestamp"] for event in events]
        assert sorted(set(stamps)) == sorted(stamps), f"two events share a stamp: {stamps}"
    assert recorded.keys() - known == set(), "recorded, but never in a storage"
    assert account.figures() == fold(log)


def kept_events(client: Client) -> list[Event]:
    """Every event that was ever in the browser's storage, in the order of the stamps."""
    return [value["event"] for _, value in sorted(client.manager.ever_set("event:").items())]


def assert_pressed(client: Client, events: list[Event], recorded: dict[str, Recorded]) -> None:
    """Each event is a press of the journal, at its time, and each press that nothing cut off is an event."""
    # One at a time they could not be paired: where a clock is off and a request took long, an event fits several
    # presses, and a press that took the first of them would leave none for another.
    presses = sorted(client.journal, key=lambda press: not press.certain)
    inexact = inexactness(client)
    fitting = [
        [i for i, event in enumerate(events) if fits(press, event, recorded, inexact)] for press in presses
    ]
    pressed = pairs(fitting)
    lost = [press for i, press in enumerate(presses) if press.certain and i not in pressed.values()]
    unknown = [event for i, event in enumerate(events) if i not in pressed]
    assert lost == [], (
        f"{lost} came to nothing; nobody pressed {described(unknown, recorded)}\n{story(client)}"
    )
    assert unknown == [], f"nobody pressed {described(unknown, recorded)}\n{story(client)}"


def inexactness(client: Client) -> dict[str, float]:
    """Seconds by which an event may be filed late: a clock that is off is put right as exactly as a request takes."""
    longest: dict[str, float] = {}
    for sent in client.manager.sent:
        if sent.method == "POST" and is_off(sent):
            for event_id in ids_in(sent):
                longest[event_id] = max(longest.get(event_id, 0), sent.answered - sent.left)
    return longest


def fits(press: Press, event: Event, recorded: dict[str, Recorded], inexact: dict[str, float]) -> bool:
    """Whether the event can be this press: type, discard and, where it was recorded, the time."""
    if (event["type"], event.get("discard", False)) != press.kind:
        return False
    row = recorded.get(event["event_id"])
    if (
        row is None
    ):  # never recorded: only its stamp shows the time, and where a clock was set back not even that
        return press.early > 0 or _within(press, seconds_of(event["timestamp"]) - press.ahead, 1, 1)
    return _within(press, row.at, press.early, inexact.get(event["event_id"], 0))


def _within(press: Press, at: float, early: float, late: float) -> bool:
    at -= press.meant
    return press.earliest - TOLERANCE_SECONDS - early <= at <= press.latest + TOLERANCE_SECONDS + late


def assert_refused_with_reason(
    client: Client,
    events: list[Event],
    recorded: dict[str, Recorded],
    log: list[Recorded],
    told: dict[str, float],
) -> None:
    """What was not recorded is kept with a reason, and where the state machine refused it, it was right."""
    reasons = {
        value["event"]["event_id"]: value["reason"] for value in client.manager.ever_set("refused:").values()
    }
    for event in events:
        if event["event_id"] in recorded:
            continue
        refusals = [sent for sent in deliveries(client, event) if sent.status == 400]
        assert reasons.get(event["event_id"]) or refusals, f"lost: {event}\n{story(client)}"
        if refusals:
            assert is_void(event, refusals[-1], log, told), (
                f"refused for nothing: {event}\n{log}\n{story(client)}"
            )
            assert_tried_after_those_before(event, refusals[-1], events, recorded)


def is_void(event: Event, refusal: Sent, log: list[Recorded], told: dict[str, float]) -> bool:
    """Whether the event had no effect, whenever in the refusing exchange it was judged.

    What stood in the log then is a beginning of it: with all that `told` says was acknowledged before, and without what
    was received afterwards. A row may be received before another and come into the log after it.
    """
    stamp, sent_at = seconds_of(event["timestamp"]), seconds_of(refusal.body["sent_at"])
    least = max((n for n, row in enumerate(log, 1) if told.get(row.event_id, inf) <= refusal.left), default=0)
    most = next((n for n, row in enumerate(log) if row.received > refusal.answered), len(log))
    for moment in moments_of(refusal, stamp - sent_at, log):
        off = moment - sent_at
        at = stamp + (off if abs(off) > CORRECTED_BEYOND_SECONDS else 0)
        row = Row(10**9, event["type"], int(at * 1e6), event.get("discard", False))
        if not all(has_effect(log[:n], row) for n in range(least, most + 1)):
            return True
    return False


def moments_of(refusal: Sent, age: float, log: list[Recorded]) -> list[float]:
    """One for each place that the event can have had while the exchange lasted; Unix seconds.

    One whose time is corrected, its stamp being `age` (less than 0) seconds after `sent_at`, is filed after the more
    rows, the later it is received.
    """
    turns = {each.at - age for each in log}
    turns = {turn for turn in turns if refusal.left < turn < refusal.answered}
    edges = sorted(turns | {refusal.left, refusal.answered})
    return edges + [(one + other) / 2 for one, other in pairwise(edges)]


def acknowledged(clients: tuple[Client, ...]) -> dict[str, float]:
    """When each event that was acknowledged first was; Unix seconds."""
    told: dict[str, float] = {}
    for sent in [each for client in clients for each in client.manager.sent if each.status == 200]:
        try:
            results = json.loads(sent.text).get("results")
        except json.JSONDecodeError:
            continue  # a truncated answer
        kept = [True] if results is None else [result["status"] != "refused" for result in results]
        for event_id, is_kept in zip(ids_in(sent), kept, strict=False):
            if is_kept:
                told[event_id] = min(sent.answered, told.get(event_id, inf))
    return told


def assert_tried_after_those_before(
    event: Event, refusal: Sent, events: list[Event], recorded: dict[str, Recorded]
) -> None:
    """A refusal counts only once nothing earlier waits."""
    earlier = [each for each in events if each["timestamp"] < event["timestamp"]]
    late = [
        each
        for each in earlier
        if each["event_id"] in recorded and recorded[each["event_id"]].received > refusal.answered
    ]
    assert late == [], f"{event} was given up before {late} had arrived"


def deliveries(client: Client, event: Event) -> list[Sent]:
    """Every request that carried the event by itself or among others."""
    return [
        sent for sent in client.manager.sent if sent.method == "POST" and event["event_id"] in ids_in(sent)
    ]


def ids_in(sent: Sent) -> list[str]:
    """The ids of the events in a request."""
    events = (sent.body or {}).get("events", [sent.body or {}])
    return [each["event_id"] for each in events if "event_id" in each]


def is_off(sent: Sent) -> bool:
    """Whether the request left with a clock that the server corrects."""
    return abs(seconds_of(sent.body["sent_at"]) - sent.left) > CORRECTED_BEYOND_SECONDS - 1


def seconds_of(stamp: str) -> float:
    """ISO 8601 as Unix seconds."""
    return datetime.fromisoformat(stamp).timestamp()


def described(events: list[Event], recorded: dict[str, Recorded]) -> list[tuple[Any, ...]]:
    """Type, stamp, and where it was filed."""
    return [
        (event["type"], event.get("discard"), event["timestamp"], row.at if row else None)
        for event in events
        for row in [recorded.get(event["event_id"])]
    ]


def story(client: Client) -> str:
    """The journal and what was sent, for whoever has to find out: seconds of the minute, ids by their first digits."""
    lines = [f"{at(press.earliest)}-{at(press.latest)} {press}" for press in client.journal]
    for sent in client.manager.sent:
        path, events = sent.url.rsplit("/", 1)[-1], (sent.body or {}).get("events", [sent.body or {}])
        told = " ".join(brief(event) for event in events if "type" in event)
        lines.append(f"{at(sent.left)}-{at(sent.answered)} {path} {told} -> {sent.status} {sent.text[:100]}")
    refusals = [change for change in client.manager.changes if change.key.startswith("refused:")]
    return "\n".join([*lines, *map(str, refusals)])


def at(seconds: float) -> str:
    """Seconds of the minute."""
    return f"{seconds % 60:06.3f}"


def brief(event: Event) -> str:
    """Type, where it lies in its minute, and id."""
    mark = "!" if event.get("discard") else ""
    return f"{event['type']}{mark}@{event['timestamp'][17:-1]}#{event['event_id'][:4]}"
