"""What the pages' forms send, and what they show when a service has refused it: its sentence, under its status.

A field that a form does not have is refused; what is wrong with the others is said by the services. So everything
that a form sends is optional text, of any length that a body may have.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.services.refusals import InvalidInput, Refusal
from app.services.validation import decimal_of
from app.tracking.days import UTC_ZONE
from app.tracking.machine import Refused, Sentence
from app.web import texts
from app.web.errors import reply_to
from app.web.templating import render

LONGEST_PATH = 2000  # characters
AS_THE_BROWSER = "browser"  # among the languages of the profile's form


def local_path(text: str) -> str:
    """`text` when it is the address of a page of ours, else "": a link must not lead from the login to another site.

    Browsers read a backslash as a slash and leave out tabs and line breaks: `/\\evil` and `/<tab>/evil` are `//evil`.
    """
    usable = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    is_local = text.startswith("/") and not text.startswith("//") and len(text) <= LONGEST_PATH
    return text if usable and is_local else ""


LocalPath = Annotated[str, AfterValidator(local_path)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A refusal and where its page shows it; without one, nothing. The filter `sentence` translates it."""

    status: int = 200
    refusals: Mapping[str, Sentence] = field(default_factory=dict)  # above a form, by the form's name
    errors: Mapping[str, Sentence] = field(default_factory=dict)  # at a field, by the field's name
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(request: Request, form: str, refusal: Refusal | Refused, fields: Container[str] = ()) -> "Shown":
        """`refusal` at the one of the form's `fields` that it is about, else above the form of this name."""
        reply = reply_to(refusal, request)
        if isinstance(refusal, InvalidInput) and refusal.field in fields:
            return Shown(reply.status, errors={refusal.field: refusal}, headers=reply.headers)
        return Shown(reply.status, refusals={form: refusal}, headers=reply.headers)

    def render(self, request: Request, template: str, section: str, page: object) -> Response:
        """A page with forms, under the status of the refusal that it shows."""
        return render(request, template, status=self.status, headers=self.headers, section=section, page=page)

    async def render_long(self, request: Request, template: str, section: str, page: object) -> Response:
        """A page that takes some ten milliseconds or more to write: in a thread, so that others need not wait."""
        return await run_in_threadpool(self.render, request, template, section, page)


NOTHING = Shown()


class PageForm(BaseModel):
    """A form of a page. Admission has checked the token already."""

    model_config = ConfigDict(extra="forbid")

    csrf_token: str = ""

    def minutes(self, field: str) -> float:
        """What was typed into a number's field. Raises `InvalidInput`."""
        return decimal_of(field, getattr(self, field))


class LoginForm(PageForm):
    """POST /login. `next` is the page to go on to."""

    email: str = ""
    password: str = Field(default="", repr=False)
    next: LocalPath = ""


class RegisterForm(PageForm):
    """POST /register."""

    email: str = ""
    password: str = Field(default="", repr=False)
    first_name: str = ""
    last_name: str = ""
    timezone: str = UTC_ZONE


class ProfileForm(PageForm):
    """POST /profile."""

    first_name: str = ""
    last_name: str = ""
    timezone: str = ""
    target_minutes_per_question: str = ""
    # Missing in forms of an older version: then they stay as they are.
    week_starts_on: str = ""
    language: str = ""

    def chosen_language(self) -> str | None:
        """A key of `texts.CATALOGUES`; None to follow the browser. Raises `InvalidInput`."""
        if self.language not in (AS_THE_BROWSER, *texts.CATALOGUES):
            raise InvalidInput("language", "The pages are not written in this language.")
        return None if self.language == AS_THE_BROWSER else self.language


class PasswordForm(PageForm):
    """POST /profile/password. `username` is there for password managers."""

    username: str = ""
    current_password: str = Field(default="", repr=False)
    new_password: str = Field(default="", repr=False)
    revoke_tokens: Literal["", "yes"] = ""


class TokenForm(PageForm):
    """POST /profile/tokens."""

    name: str = ""


class TargetForm(PageForm):
    """POST /dashboard/sessions/{id}/target."""

    target_minutes: str = ""


class EndForm(PageForm):
    """POST /dashboard/sessions/{id}/end. `at` is a local time as `datetime-local` sends it."""

    when: Literal["last", "now", "chosen"] = "last"
    at: str = ""
    event_id: str = ""
