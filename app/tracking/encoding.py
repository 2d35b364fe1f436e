"""A state as text, for the log row that keeps it."""

import json
from typing import Any

from app.tracking.machine import EventType, Question, State
from app.tracking.records import Place

_encode = json.JSONEncoder(separators=(",", ":")).encode  # made once: it costs as much as what it encodes


def dump_state(state: State | None) -> str | None:
    """JSON for `state`; None for none. Fields that are null or zero are left out."""
    if state is None:
        return None
    question = state.question
    fields: dict[str, Any] = {
        "opened_by": question.opened_by,
        "started_at": question.started_at,
        "uid": question.uid,
        "last_at": state.last.at,
        "last_seq": state.last.seq,
        "last_type": state.last_type.value,
    }
    optional = (
        ("idle", state.idle),
        ("paused", question.paused),
        ("paused_since", state.paused_since),
        ("below", state.below),
        ("target_minutes", question.target_minutes),
        ("task_id", question.task_id),
        ("task_type", question.task_type),
    )
    fields |= {name: value for name, value in optional if value is not None and value != 0}
    return _encode(fields)


def load_state(text: str | None) -> State | None:
    """The state that `dump_state` wrote."""
    if text is None:
        return None
    fields = json.loads(text)
    return State(
        question=Question(
            opened_by=fields["opened_by"],
            started_at=fields["started_at"],
            uid=fields["uid"],
            paused=fields.get("paused", 0),
            target_minutes=fields.get("target_minutes"),
            task_id=fields.get("task_id"),
            task_type=fields.get("task_type"),
        ),
        last=Place(fields["last_at"], fields["last_seq"]),
        last_type=EventType(fields["last_type"]),
        idle=fields.get("idle", 0),
        paused_since=fields.get("paused_since"),
        below=fields.get("below"),
    )
