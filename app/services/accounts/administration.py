"""What administrators do to accounts. One active admin always remains."""

from typing import Literal

from sqlalchemy import Connection

from app.services.accounts.accounts import log_out_everywhere
from app.services.refusals import Conflict, NotFound
from app.services.validation import email_key
from app.store import log_head, users
from app.store.users import Account, User

NO_ACCOUNT = "There is no account with this e-mail address."
LAST_ADMIN = "This is the last active admin: make another one first."


def find(conn: Connection, email: str) -> Account:
    """The account with this address. Raises `NotFound`."""
    account = users.find_by_email(conn, email_key(email))
    if account is None:
        raise NotFound(NO_ACCOUNT)
    return account


def set_role(conn: Connection, user_id: int, role: Literal["user", "admin"]) -> None:
    """Make the user an admin or an ordinary user. Raises `NotFound` and `Conflict`."""
    user = _locked(conn, user_id, admin_goes=role != "admin")
    users.change(conn, user.id, role=role)


def deactivate(conn: Connection, user_id: int) -> None:
    """End the user's access at once; the data stays. Raises `NotFound` and `Conflict`."""
    user = _locked(conn, user_id, admin_goes=True)
    users.change(conn, user.id, is_active=False)
    log_out_everywhere(conn, user.id)


def activate(conn: Connection, user_id: int) -> None:
    """Let a deactivated user log in again. Raises `NotFound`."""
    user = _locked(conn, user_id, admin_goes=False)
    users.change(conn, user.id, is_active=True)


def delete(conn: Connection, user_id: int) -> None:
    """Delete the user and all data of the user. Raises `NotFound` and `Conflict`."""
    user = _locked(conn, user_id, admin_goes=True)
    # The last event is over before its user goes: it refers to the user, whom a deletion locks against that.
    log_head.lock(conn, user.id)
    users.remove(conn, user.id)


def _locked(conn: Connection, user_id: int, *, admin_goes: bool) -> User:
    """The user, whom nobody else changes meanwhile."""
    # All admins are locked before one may go: of two that are removed at the same moment, the second
    # transaction waits here and then finds itself alone.
    admins = users.lock_active_admins(conn) if admin_goes else []
    account = users.find(conn, user_id, lock=True)
    if account is None:
        raise NotFound(NO_ACCOUNT)
    if admins == [user_id]:
        raise Conflict(LAST_ADMIN)
    return account.user
