"""How far an account is on its way to its first day."""

from dataclasses import dataclass

from sqlalchemy import Connection

from app.store import log, personal_tokens
from app.store.users import User


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which steps to a first day are done, as far as the server knows."""

    is_connected: bool  # a browser or a script has a token of the user's
    has_pressed: bool  # an event was recorded

    @property
    def is_installed(self) -> bool:
        """Whether the widget is known to be installed: the server hears of it when it is connected."""
        return self.is_connected


def first_steps(conn: Connection, user: User) -> FirstSteps:
    """The steps that the user has done. Two statements."""
    return FirstSteps(
        is_connected=personal_tokens.count(conn, user.id) > 0,
        has_pressed=log.last_seq(conn, user.id) > 0,
    )
