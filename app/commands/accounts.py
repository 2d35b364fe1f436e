"""The commands for accounts.

A password comes from a hidden prompt (twice) or from the standard input. It is never an argument, because other
users of the machine can read the arguments of a process.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

import structlog
import typer
from sqlalchemy import Connection

from app.commands.migrate import migrated_database
from app.config import get_settings
from app.services.accounts import accounts, administration, passwords

log = structlog.get_logger(__name__)

# What `app.cli` has the standard input give for bytes that are no text.
NOT_DECODED = "\N{REPLACEMENT CHARACTER}"

Email = Annotated[str, typer.Argument(help="The account's e-mail address.", show_default=False)]
FirstName = Annotated[str | None, typer.Option(help="First name.")]
LastName = Annotated[str | None, typer.Option(help="Last name.")]
Timezone = Annotated[
    str | None, typer.Option(help="IANA time zone, such as Europe/Berlin.", show_default="UTC")
]
Role = Annotated[Literal["user", "admin"], typer.Argument(help="The new role.")]
RevokeTokens = Annotated[bool, typer.Option("--revoke-tokens", help="Revoke the personal access tokens too.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
PasswordStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from the first line of the standard input."),
]


def create_account(
    context: typer.Context,
    email: Email,
    first_name: FirstName = None,
    last_name: LastName = None,
    timezone: Timezone = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Create an account, as `create-user` or `create-admin`."""
    with migrated_database() as database:
        form = accounts.Registration(
            email=email,
            password=_password(password_stdin),
            first_name=first_name,
            last_name=last_name,
            timezone=timezone,
        )
        role: Literal["user", "admin"] = "admin" if context.info_name == "create-admin" else "user"
        new = accounts.prepare_account(form, settings=get_settings(), now=datetime.now(UTC), role=role)
        database.write_now(lambda conn: accounts.add_account(conn, new))
    log.info("account created", user_id=new.user.id, role=role)
    typer.echo(f"{new.user.email} has an account ({role}).")


def set_password(
    email: Email, password_stdin: PasswordStdin = False, revoke_tokens: RevokeTokens = False
) -> None:
    """Set a new password and end every login of the account."""

    def find(conn: Connection) -> tuple[accounts.Account, list[str]]:
        account = administration.find(conn, email)
        return account, passwords.known_hashes(conn, account)

    with migrated_database() as database:
        account, hashes = database.read_now(find)
        password = _password(password_stdin)
        passwords.check_policy("password", password, account.user, get_settings())
        new_hash = passwords.hash_unused("password", password, hashes)
        replace = partial(passwords.replace, account=account, new_hash=new_hash, now=datetime.now(UTC))
        database.write_now(partial(replace, revoke_tokens=revoke_tokens))
    log.info("password set", user_id=account.user.id, tokens_revoked=revoke_tokens)
    typer.echo(f"{account.user.email} has a new password; every login has ended.")


def set_role(email: Email, role: Role) -> None:
    """Set the role of an account."""
    _change(email, administration.set_role, "role changed", role=role)
    typer.echo(f"{email} is now: {role}.")


def deactivate(email: Email) -> None:
    """End all logins and tokens of an account and refuse new ones; keep its data."""
    _change(email, administration.deactivate, "account deactivated")
    typer.echo(f"{email} cannot log in any more; `activate` undoes it.")


def activate(email: Email) -> None:
    """Allow a deactivated account to log in again."""
    _change(email, administration.activate, "account activated")
    typer.echo(f"{email} can log in again.")


def delete_user(email: Email, yes: Yes = False) -> None:
    """Delete an account and all its data. This cannot be undone."""
    with migrated_database() as database:
        user = database.read_now(lambda conn: administration.find(conn, email)).user
        if not yes:
            typer.confirm(f"Delete {user.email} and everything recorded by it, for good?", abort=True)
        database.write_now(lambda conn: administration.delete(conn, user.id))
    log.info("account deleted", user_id=user.id)
    typer.echo(f"{user.email} and everything recorded by it is gone.")


def logout_everywhere(email: Email) -> None:
    """End all logins and revoke all personal access tokens of an account."""
    _change(email, accounts.log_out_everywhere, "logged out everywhere")
    typer.echo(f"{email} is logged out everywhere.")


def _change(email: str, change: Callable[..., None], event: str, **values: Any) -> None:
    """Call `change` with a connection, the account's id and `values` in one transaction; log `event`."""

    def find_and_change(conn: Connection) -> int:
        user_id = administration.find(conn, email).user.id
        change(conn, user_id, **values)
        return user_id

    with migrated_database() as database:
        user_id = database.write_now(find_and_change)
    log.info(event, user_id=user_id, **values)


def _password(from_stdin: bool) -> str:
    answer = NOT_DECODED
    # The hidden prompt decodes by itself, and strictly.
    with suppress(UnicodeDecodeError):
        if from_stdin:
            answer = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
        else:
            answer = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if NOT_DECODED in answer or "\0" in answer:  # UTF-16 without a byte order mark has NUL in it
        sys.exit("The password is not in UTF-8.")
    return answer
