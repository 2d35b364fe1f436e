"""What open pages are told: how things stand for their users, and whether their logins still live."""

from sqlalchemy import Connection

from app.store.logins import living as living
from app.store.standings import Standing as Standing
from app.store.standings import standings as standings
from app.store.users import User


def version(conn: Connection, user: User) -> str:
    """The version of what a page shows that is read in the same transaction; "" for a user who is being deleted."""
    found = standings(conn, [user.id]).get(user.id)
    return "" if found is None else found.version
