"""The commands for accounts.

A password comes from a hidden prompt (twice) or from the standard input. It is never an argument, because other
users of the machine can read the arguments of a process.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal

import structlog
import typer
from sqlalchemy import Connection

from app.commands.migrate import migrated_database
from app.config import get_settings
from app.database import Database
from app.services.accounts import accounts, administration, passwords
from app.services.refusals import Refusal

log = structlog.get_logger(__name__)

Email = Annotated[str, typer.Argument(help="The account's e-mail address.", show_default=False)]
FirstName = Annotated[str | None, typer.Option(help="First name.")]
LastName = Annotated[str | None, typer.Option(help="Last name.")]
Timezone = Annotated[str | None, typer.Option(help="IANA time zone, such as Europe/Berlin.  [default: UTC]")]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from the first line of the standard input."),
]


class Role(StrEnum):
    """The role of an account."""

    user = "user"
    admin = "admin"


def create_user(
    email: Email,
    first_name: FirstName = None,
    last_name: LastName = None,
    timezone: Timezone = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Create an account, even while registration is closed."""
    _create("user", email, first_name, last_name, timezone, password_stdin)


def create_admin(
    email: Email,
    first_name: FirstName = None,
    last_name: LastName = None,
    timezone: Timezone = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Create an account with the role admin, even while registration is closed."""
    _create("admin", email, first_name, last_name, timezone, password_stdin)


def _create(
    role: Literal["user", "admin"],
    email: str,
    first_name: str | None,
    last_name: str | None,
    timezone: str | None,
    password_stdin: bool,
) -> None:
    with _open_database() as database:
        form = accounts.Registration(
            email=email,
            password=_password(password_stdin),
            first_name=first_name,
            last_name=last_name,
            timezone=timezone,
        )
        new = accounts.prepare_account(form, settings=get_settings(), now=datetime.now(UTC), role=role)
        database.write_now(lambda conn: accounts.add_account(conn, new))
    user = new.user
    log.info("account created", user_id=user.id, role=user.role)
    typer.echo(f"{user.email} has an account ({user.role}).")


def set_password(
    email: Email,
    password_stdin: PasswordStdin = False,
    revoke_tokens: Annotated[
        bool, typer.Option("--revoke-tokens", help="Revoke the personal access tokens too.")
    ] = False,
) -> None:
    """Set a new password and end every login of the account."""
    with _open_database() as database:
        account, hashes = database.read_now(lambda conn: _read_account(conn, email))
        new_hash = administration.new_hash_for(account, _password(password_stdin), hashes, get_settings())
        replace = partial(passwords.replace, account=account, new_hash=new_hash, now=datetime.now(UTC))
        database.write_now(partial(replace, revoke_tokens=revoke_tokens))
    log.info("password set", user_id=account.user.id, tokens_revoked=revoke_tokens)
    typer.echo(f"{account.user.email} has a new password; every login has ended.")


def _read_account(conn: Connection, email: str) -> tuple[accounts.Account, list[str]]:
    account = administration.find(conn, email)
    return account, passwords.known_hashes(conn, account)


def set_role(email: Email, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Set the role of an account."""
    with _open_database() as database:

        def change(conn: Connection) -> int:
            user = administration.find(conn, email).user
            administration.set_role(conn, user.id, role.value)
            return user.id

        user_id = database.write_now(change)
    log.info("role changed", user_id=user_id, role=role.value)
    typer.echo(f"{email} is now: {role.value}.")


def deactivate(email: Email) -> None:
    """End all logins and tokens of an account and refuse new ones; keep its data."""
    _apply("account deactivated", email, administration.deactivate)
    typer.echo(f"{email} cannot log in any more; `activate` undoes it.")


def activate(email: Email) -> None:
    """Allow a deactivated account to log in again."""
    _apply("account activated", email, administration.activate)
    typer.echo(f"{email} can log in again.")


def delete_user(
    email: Email, yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
) -> None:
    """Delete an account and all its data. This cannot be undone."""
    with _open_database() as database:
        user = database.read_now(lambda conn: administration.find(conn, email)).user
        if not yes:
            typer.confirm(f"Delete {user.email} and everything recorded by it, for good?", abort=True)
        database.write_now(lambda conn: administration.delete(conn, user.id))
    log.info("account deleted", user_id=user.id)
    typer.echo(f"{user.email} and everything recorded by it is gone.")


def logout_everywhere(email: Email) -> None:
    """End all logins and revoke all personal access tokens of an account."""
    _apply("logged out everywhere", email, accounts.log_out_everywhere)
    typer.echo(f"{email} is logged out everywhere.")


def _apply(event: str, email: str, act: Callable[[Connection, int], None]) -> None:
    """Apply `act` to the account in one transaction and log `event`."""

    def work(conn: Connection) -> int:
        user_id = administration.find(conn, email).user.id
        act(conn, user_id)
        return user_id

    with _open_database() as database:
        user_id = database.write_now(work)
    log.info(event, user_id=user_id)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


@contextmanager
def _open_database() -> Iterator[Database]:
    """The configured database with migrated tables. A `Refusal` exits with its sentence."""
    with migrated_database(get_settings().database_url) as database:
        try:
            yield database
        except Refusal as refusal:
            sys.exit(refusal.detail)
