"""What a form shows when a service has refused it: the sentence, and the status that it has in JSON, too."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from app.services.refusals import InvalidInput, Refusal
from app.tracking.machine import Refused
from app.web.errors import reply_to
from app.web.templating import render
from app.web.texts import Said


@dataclass(frozen=True, slots=True)
class Shown:
    """A refusal and where its page shows it; without one, nothing. The filter `sentence` translates it."""

    status: int = 200
    refusals: Mapping[str, Said] = field(default_factory=dict)  # above a form, by the form's name
    errors: Mapping[str, Said] = field(default_factory=dict)  # at a field, by the field's name
    headers: Mapping[str, str] = field(default_factory=dict)


NOTHING = Shown()


def shown(request: Request, form: str, refusal: Refusal | Refused, fields: Container[str] = ()) -> Shown:
    """`refusal` at the one of the form's `fields` that it is about, else above the form of this name."""
    reply = reply_to(refusal, request)
    if isinstance(refusal, InvalidInput) and refusal.field in fields:
        return Shown(reply.status, errors={refusal.field: refusal}, headers=reply.headers)
    return Shown(reply.status, refusals={form: refusal}, headers=reply.headers)


def render_form(
    request: Request, template: str, section: str, page: object, refused: Shown = NOTHING
) -> Response:
    """A page with forms, under the status of the refusal that it shows."""
    return render(
        request, template, status=refused.status, headers=refused.headers, section=section, page=page
    )


def number_of(field: str, text: str) -> float:
    """What was typed into a number's field. Raises `InvalidInput`."""
    try:
        return float(text.replace(",", ".", 1))
    except ValueError:
        raise InvalidInput(field, "This is not a number of minutes.") from None
