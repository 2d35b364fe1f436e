"""Shapes of events, alone and in batches, and of the answer to one."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictStr, WithJsonSchema

from app.shapes.bodies import Body
from app.tracking.labels import LONGEST_TASK_ID, LONGEST_TASK_TYPE, plain_label
from app.tracking.machine import EventType
from app.tracking.records import LONGEST_TARGET_MINUTES
from app.tracking.timestamps import parse_timestamp

LARGEST_BATCH = 500
MOST_ASKED = 1000  # ids in one question to /events/known


def _timestamp(text: str) -> str:
    parse_timestamp(text)
    return text


Timestamp = Annotated[
    StrictStr,
    Field(
        max_length=64,
        description="ISO 8601; UTC without an offset.",
        json_schema_extra={"format": "date-time"},
        examples=["2026-11-21T09:41:07.250Z"],
    ),
    AfterValidator(_timestamp),
]
EventId = Annotated[
    StrictStr,
    Field(
        pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        json_schema_extra={"format": "uuid"},
        examples=["3f0c8a52-6c1e-4f0e-9d5b-2a7c1e9b4d10"],
    ),
]
TargetMinutes = Annotated[
    float, Field(strict=True, gt=0, le=LONGEST_TARGET_MINUTES, allow_inf_nan=False, examples=[5.5])
]
Label = Annotated[StrictStr, AfterValidator(plain_label)]
Ignored = Annotated[Any, Field(deprecated=True, description="Accepted from older clients, ignored.")]


class EventIn(Body):
    """One key press or click of the widget."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "NEXT",
                    "timestamp": "2026-11-21T09:41:07.250Z",
                    "event_id": "3f0c8a52-6c1e-4f0e-9d5b-2a7c1e9b4d10",
                    "target_minutes": 4.5,
                    "task_id": "t-1",
                    "task_type": "side by side",
                }
            ]
        }
    )

    type: EventType
    timestamp: Annotated[
        Timestamp | None,
        Field(
            description="When it happened; where it is missing, the server's clock counts, and never a time before "
            "the newest event that it placed."
        ),
    ] = None
    sent_at: Annotated[
        Timestamp | None,
        Field(description="The client's clock at sending: one off by over 60 s, up to 12 h, is corrected."),
    ] = None
    event_id: Annotated[EventId | None, Field(description="Sent repeatedly, it has one effect.")] = None
    discard: Annotated[
        StrictBool | None, Field(description="NEXT, EXIT: the question that it closes counts nowhere.")
    ] = None
    target_minutes: Annotated[
        TargetMinutes | None, Field(description="NEXT: target of the question that it opens.")
    ] = None
    task_id: Annotated[
        Label | None,
        Field(max_length=LONGEST_TASK_ID, description="NEXT: of the question that it opens; opaque."),
    ] = None
    task_type: Annotated[
        Label | None,
        Field(
            max_length=LONGEST_TASK_TYPE,
            description="NEXT: of the question that it opens; any white space counts as a space.",
        ),
    ] = None
    session_id: Ignored = None
    current_question_index: Ignored = None


class BatchEventIn(EventIn):
    """One event of a batch."""

    event_id: EventId


EVENT_SCHEMA = EventIn.model_json_schema(ref_template="#/components/schemas/{model}") | {"title": "Event"}


class BatchIn(Body):
    """Events that waited, in any order."""

    # Each is looked at by itself, so that a malformed one does not stop the rest.
    events: Annotated[
        list[Annotated[Any, WithJsonSchema(EVENT_SCHEMA)]],
        Field(min_length=1, max_length=LARGEST_BATCH, description="Every event needs an `event_id`."),
    ]
    sent_at: Annotated[
        Timestamp | None, Field(description="The client's clock at sending, for all of them.")
    ] = None


class BatchResult(BaseModel):
    """What became of one event."""

    status: Literal["recorded", "duplicate", "refused"]
    event_id: str | None
    detail: Annotated[str | None, Field(description="Why it was refused.")] = None
    clock_differs: Annotated[bool, Field(description="As in the answer to one event; left out if false.")] = (
        False
    )


class BatchOut(BaseModel):
    """One result for each event, in the order sent."""

    results: list[BatchResult]


class KnownIn(Body):
    """Ids of events that may have arrived."""

    event_ids: Annotated[list[EventId], Field(max_length=MOST_ASKED)]


class KnownOut(BaseModel):
    """Those that have."""

    known: list[str]


class EventOut(BaseModel):
    """The session in which the event landed, as it now stands."""

    model_config = ConfigDict(from_attributes=True)

    status: Literal["ok"] = "ok"
    duplicate: Annotated[bool, Field(description="Whether the event was known; the answer is the first one.")]
    message: Annotated[str, Field(description="One sentence.", examples=["Question 2 is open."])]
    server_timestamp: datetime
    session_id: Annotated[str | None, Field(description="Null when no session is active.")]
    is_active: bool
    is_paused: bool
    forgotten: Annotated[bool, Field(description="Left running without an event for longer than the limit.")]
    current_question_index: Annotated[
        int | None, Field(description="Of the open question; null when the session has ended.")
    ]
    current_question_started_at: datetime | None
    current_target_minutes: float | None
    current_question_paused_seconds: Annotated[float | None, Field(description="Finished pauses.")]
    paused_since: Annotated[datetime | None, Field(description="Null while running.")]
    total_questions: Annotated[int, Field(description="Of this session, counted so far.")]
    last_event_type: Annotated[EventType | None, Field(description="Of the session's latest event by time.")]
    last_question_index: Annotated[int, Field(description="The same as `total_questions`.")]
    last_question_active_seconds: Annotated[
        float | None, Field(description="Of the question that this event closed.")
    ]
    last_question_raw_seconds: float | None
    last_question_active_mmss: str | None
    avg_active_seconds: float
    avg_active_mmss: str
    pace_label: str
    pace_emoji: str
    pace_ratio: float
    score: int
    clock_differs: Annotated[
        bool,
        Field(
            description="Whether the client's clock at sending was more than 12 h off the server's: the event stands "
            "as sent, or is corrected where that cannot be."
        ),
    ]


class TargetIn(Body):
    """A new target for a session."""

    target_minutes_per_question: TargetMinutes


class DeletedOut(BaseModel):
    """A session that is gone from every figure."""

    status: Literal["deleted"] = "deleted"
    session_id: str
