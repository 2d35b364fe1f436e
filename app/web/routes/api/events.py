"""Events in: one, many, and the question whether some have arrived."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError

from app.models import BatchEventIn, BatchIn, BatchOut, BatchResult, EventIn, EventOut, KnownIn, KnownOut
from app.services.recording import record
from app.services.recording.batch import Result, record_batch
from app.services.recording.incoming import Incoming, Receipt
from app.services.recording.response import EventAnswer
from app.tracking.records import TASK_FIELDS, Task
from app.tracking.timestamps import moment_of
from app.web.admission import KIB, Demands, GuardedRoute
from app.web.dependencies import Context, TrackingContext, database_of
from app.web.direct_route import DirectRoute
from app.web.errors import sentence_of
from app.web.metrics import metrics_of

router = APIRouter(tags=["events"], route_class=GuardedRoute)
recorders = APIRouter(tags=["events"], route_class=DirectRoute)


@recorders.post("/events", summary="Record an event")
@Demands(limit="events", json_only=True, counts="event")
async def post_event(body: EventIn, context: TrackingContext) -> EventOut:
    """Record one event; the answer holds all that a widget draws."""
    user = context.user
    of_event = (user, incoming_of(body), receipt_of(body.sent_at, context))
    answer = await database_of(context.request).write(
        lambda conn: record.record_event(conn, *of_event),
        quick=lambda conn: record.record_newest(conn, *of_event),
        owner=user.id,
    )
    metrics_of(context.request).events.labels("repeated" if answer.duplicate else "recorded").inc()
    return answer_out(answer, context.now)


@recorders.post("/events/batch", summary="Record many events", response_model_exclude_unset=True)
@Demands(limit="events", json_only=True, body=1024 * KIB)
async def post_batch(body: BatchIn, context: TrackingContext) -> BatchOut:
    """Record events that waited, in the order of their times. A refused one does not stop the rest."""
    items, receipt = [item_of(item) for item in body.events], receipt_of(body.sent_at, context)
    results = await context.write(record_batch, context.user, items, receipt)
    for result in results:
        outcome = "repeated" if result.status == "duplicate" else result.status
        metrics_of(context.request).events.labels(outcome).inc()
    ids = [item.get("event_id") if isinstance(item, dict) else None for item in body.events]
    return BatchOut(results=[result_out(*pair) for pair in zip(results, ids, strict=True)])


@router.post("/events/known", summary="Which events have arrived")
@Demands(limit="events", json_only=True)
async def post_known(body: KnownIn, context: TrackingContext) -> KnownOut:
    """Which of these events are recorded: for a client that wants to know whether everything arrived."""
    canonical = {event_id: event_id.lower() for event_id in body.event_ids}
    known = await context.read(record.known_events, context.user, list(canonical.values()))
    return KnownOut(known=[event_id for event_id in canonical if canonical[event_id] in known])


@router.get("/sessions/current", summary="How things stand")
async def get_current(context: TrackingContext) -> EventOut:
    """How things stand, without an event; `session_id` is null when no session is active."""
    return answer_out(await context.read(record.current, context.user, context.now), context.now)


def receipt_of(sent_at: str | None, context: Context) -> Receipt:
    """What is known of events that arrive now."""
    return Receipt(received=context.now, sent_at=sent_at, idle_us=context.settings.session_idle_us)


def incoming_of(body: EventIn) -> Incoming:
    """The event, as the services know it."""
    return Incoming(
        type=body.type,
        timestamp=body.timestamp,
        event_id=None if body.event_id is None else body.event_id.lower(),
        discard=bool(body.discard),
        task=Task(**{name: getattr(body, name) for name in TASK_FIELDS}),
    )


def item_of(raw: Any) -> Incoming | Result:
    """An event of a batch, or why it is none."""
    try:
        return incoming_of(BatchEventIn.model_validate(raw))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        detail = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'event'}: {sentence_of(problem)}"
            for problem in problems
            if problem["type"] != "extra_forbidden"
        )
        if any(problem["type"] == "extra_forbidden" for problem in problems):
            detail = "; ".join(filter(None, [detail, "a field is not known here"]))
        has_id = isinstance(raw, dict) and all(problem["loc"][:1] != ("event_id",) for problem in problems)
        return Result("refused", raw["event_id"] if has_id else None, detail)


def result_out(result: Result, sent: Any) -> BatchResult:
    """What became of an event, under its id as it was sent; the other fields only where they say something."""
    said = {"detail": result.detail, "clock_differs": result.clock_differs}
    event_id = None if result.event_id is None else str(sent)
    return BatchResult(
        status=result.status, event_id=event_id, **{name: value for name, value in said.items() if value}
    )


def answer_out(answer: EventAnswer, now: datetime) -> EventOut:
    """The answer as JSON shows it."""
    fields = answer.fields()
    for name in ("current_question_started_at", "paused_since"):
        fields[name] = None if fields[name] is None else moment_of(fields[name])
    return EventOut(server_timestamp=now, **fields)
