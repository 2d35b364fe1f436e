"""What a form shows when a service has refused it: the sentence, and the status that it has in JSON, too."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from app.services.refusals import InvalidInput, Refusal
from app.tracking.machine import Refused
from app.web.errors import reply_to
from app.web.texts import Said


@dataclass(frozen=True, slots=True)
class Shown:
    """A refusal beside its form; without one, nothing. Templates translate it with the filter `sentence`."""

    status: int = 200
    refusal: Said | None = None  # above the form
    errors: Mapping[str, Said] = field(default_factory=dict)  # by name of the field
    headers: Mapping[str, str] = field(default_factory=dict)


NOTHING = Shown()


def shown(request: Request, refusal: Refusal | Refused, *fields: str) -> Shown:
    """`refusal` beside the one of the form's `fields` that it is about, else above the form."""
    reply = reply_to(refusal, request)
    if isinstance(refusal, InvalidInput) and refusal.field in fields:
        return Shown(reply.status, None, {refusal.field: refusal}, reply.headers)
    return Shown(reply.status, refusal, headers=reply.headers)


def number_of(field: str, text: str) -> float:
    """What was typed into a number's field. Raises `InvalidInput`."""
    try:
        return float(text.replace(",", ".", 1))
    except ValueError:
        raise InvalidInput(field, "This is not a number of minutes.") from None
