"""What the pages' forms send. A field that a form does not have is refused; what is wrong with the others is said by
the services, and shown at the form. So everything here is optional text, of any length that a body may have.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LONGEST_PATH = 2000  # characters


def local_path(text: str) -> str:
    """`text` when it is the address of a page of ours, else "": a link must not lead from the login to another site.

    Browsers read a backslash as a slash and leave out tabs and line breaks: `/\\evil` and `/<tab>/evil` are `//evil`.
    """
    usable = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    is_local = text.startswith("/") and not text.startswith("//") and len(text) <= LONGEST_PATH
    return text if usable and is_local else ""


LocalPath = Annotated[str, AfterValidator(local_path)]


class PageForm(BaseModel):
    """A form of a page. Admission has checked the token already."""

    model_config = ConfigDict(extra="forbid")

    csrf_token: str = ""


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
    timezone: str = "UTC"


class ProfileForm(PageForm):
    """POST /profile."""

    first_name: str = ""
    last_name: str = ""
    timezone: str = ""
    target_minutes_per_question: str = ""


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
