"""What streams of change notifications read: user states, page versions, valid logins."""

from sqlalchemy import Connection

from app.store.logins import valid_logins as valid_logins
from app.store.user_states import UserState as UserState
from app.store.user_states import user_states as user_states
from app.store.users import User


def version(conn: Connection, user: User) -> str:
    """The version of a page that is read in this transaction; "" for a user who is being deleted."""
    state = user_states(conn, [user.id]).get(user.id)
    return "" if state is None else state.version
