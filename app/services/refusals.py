"""What a service refuses, by name. `web/errors.py` alone gives each name its status."""

from app.tracking.machine import Sentence

NOT_LOGGED_IN = "Log in first."
TOO_OFTEN = "Too many requests. Try again in {seconds} s."


class Refusal(Sentence):
    """A request that is refused."""


class BadRequest(Refusal):
    """The request makes no sense at this moment (400)."""


class TokenRefused(BadRequest):
    """The CSRF token is missing, has expired or was made for another login (400)."""


class NotAuthenticated(Refusal):
    """Nobody is logged in, or the credentials are wrong (401)."""


class Forbidden(Refusal):
    """Somebody is logged in who may not do this (403)."""


class NotFound(Refusal):
    """No such thing for this user: it does not exist or belongs to another (404)."""


class Conflict(Refusal):
    """The thing is in a state that does not allow this (409)."""


class InvalidInput(Refusal):
    """A field cannot be accepted (422)."""

    def __init__(self, field: str, message: str, kind: str = "value_error", **values: str | float) -> None:
        super().__init__(message, **values)
        self.field = field
        self.kind = kind


class Throttled(Refusal):
    """Too often (429), by the count of the name `limit`; worth another try after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int, limit: str, **values: str | int) -> None:
        super().__init__(message, **values)
        self.retry_after = retry_after
        self.limit = limit


class Busy(Refusal):
    """Too many requests wait, or too many streams are open (503); counted under the name `limit`.

    The client may retry after `retry_after` seconds.
    """

    def __init__(self, message: str, retry_after: int, limit: str) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.limit = limit
