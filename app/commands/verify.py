"""The command `verify`: compares stored sessions and questions with the log."""

import sys
from functools import partial
from pathlib import Path

import typer
from sqlalchemy import make_url

from app.config import get_settings
from app.database import Database, Unavailable, name_of
from app.schema import revisions, stored_revision
from app.services.verification import differences, users_with_a_log


def verify() -> None:
    """Recompute sessions and questions from the log and print each difference; change nothing.

    Exit code 0: no difference. 1: differences, or the database cannot be verified.
    """
    url = make_url(get_settings().database_url)
    # Verification must neither create a database nor migrate one.
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        sys.exit(f"There is no database at {url.database}.")
    database = Database(url.render_as_string(hide_password=False))
    try:
        if database.read_now(stored_revision) != revisions()[-1]:
            sys.exit(
                f"{name_of(url)} does not have the tables of this version; run `raterhub-tracker migrate`."
            )
        users = database.read_now(users_with_a_log)
        found = 0
        for user_id in users:
            # One transaction per user: the server may record events meanwhile.
            for difference in database.read_now(partial(differences, user_id=user_id)):
                found += 1
                typer.echo(f"user {user_id}: {difference}")
    except Unavailable as problem:
        sys.exit(str(problem))
    finally:
        database.close()
    if found:
        sys.exit(f"Differences between the log and what is stored: {found}. Users verified: {len(users)}.")
    typer.echo(f"No difference between the log and what is stored. Users verified: {len(users)}.")
