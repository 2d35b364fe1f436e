"""The steps of a new account until its first day is recorded."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.store import log, personal_tokens
from app.store.users import User


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The steps that are done, as recorded by the server."""

    is_connected: bool  # a browser or a script has a token of the user's
    has_pressed: bool  # an event was recorded

    @property
    def is_installed(self) -> bool:
        """Whether the widget is known to be installed: the connection is the first request that shows it."""
        return self.is_connected


def first_steps(conn: Connection, user: User) -> FirstSteps:
    """The steps that the user has done. Two statements."""
    return FirstSteps(
        is_connected=personal_tokens.count(conn, user.id) > 0,
        has_pressed=log.last_seq(conn, user.id) > 0,
    )
