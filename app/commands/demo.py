"""The command `demo`: fills an account with a made-up history, through the recording of events."""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated

import structlog
import typer
from sqlalchemy import Connection

from app.commands.demo_history import History, history
from app.commands.migrate import migrated_database
from app.config import get_settings
from app.database import Database
from app.services import corrections, reading
from app.services.accounts import accounts, administration
from app.services.accounts.accounts import DEFAULT_TARGET_MINUTES, User
from app.services.recording.batch import record_batch
from app.services.recording.incoming import Receipt
from app.services.refusals import Conflict, InvalidInput
from app.services.validation import email_key
from app.shapes.events import LARGEST_BATCH
from app.store import log as log_rows
from app.store import sessions, users
from app.tracking.days import date_of
from app.tracking.records import LOG_BEGIN, LOG_END, MICROS_PER_HOUR
from app.tracking.timestamps import EARLIEST_US, micros_of, moment_of

log = structlog.get_logger(__name__)

DEMO_EMAIL = "demo@example.com"
DEMO_ZONE = "Europe/Berlin"
TAKEN = f"{DEMO_EMAIL} has an account already. Delete it with `delete-user {DEMO_EMAIL}`, or name an account to fill."
EARLIEST_DAY = moment_of(EARLIEST_US).date()
HALF_A_YEAR_DAYS, MOST_DAYS = 182, 1830
# The default limit, whatever this server's is: a session that was left running must be found so the next time.
IDLE_US = 12 * MICROS_PER_HOUR
REGISTERED_BEFORE = timedelta(minutes=10)  # the first event

Email = Annotated[
    str | None,
    typer.Argument(
        help="The address of an account without events. Without it, one is made.", show_default=DEMO_EMAIL
    ),
]
Seed = Annotated[int, typer.Option(help="Another seed gives another history.")]
Until = Annotated[str | None, typer.Option(help="Its last day, as YYYY-MM-DD.", show_default="today")]
Days = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="How many days it spans.")]


def demo(email: Email = None, seed: Seed = 1, until: Until = None, days: Days = HALF_A_YEAR_DAYS) -> None:
    """Fill an account with half a year of made-up work, to try the pages with.

    The same seed and last day give the same history.
    """
    now = datetime.now(UTC)
    with migrated_database() as database:
        user = database.read_now(partial(_without_events, email=email))
        zone = DEMO_ZONE if user is None else user.zone
        last = _last_day(until, zone, now)
        first = _first_day(last, days)
        target_minutes = DEFAULT_TARGET_MINUTES if user is None else user.target_minutes
        made_up = history(seed, first, last, zone, target_minutes=target_minutes, latest_us=micros_of(now))
        if user is None:
            user = _new_account(database, made_up.begin - REGISTERED_BEFORE)
        _record(database, user, made_up)
    log.info("demo recorded", user_id=user.id, events=len(made_up.events))
    typer.echo(
        f"{user.email} has {made_up.sessions} sessions of {len(made_up.events)} events, "
        f"from {first} to {last} ({zone})."
    )


def _without_events(connection: Connection, email: str | None) -> User | None:
    """The account to fill; None where it is yet to be made. Raises `Conflict` and `NotFound`."""
    if email is None:
        if users.find_by_email(connection, email_key(DEMO_EMAIL)) is not None:
            raise Conflict(TAKEN)
        return None
    user = administration.find(connection, email).user
    if log_rows.last_seq(connection, user.id) > 0:
        raise Conflict("This account has events already; only one without any is filled.")
    return user


def _last_day(text: str | None, zone: str, now: datetime) -> date:
    """Raises `InvalidInput` for a text that names no day, and for a day in the future."""
    today = date_of(micros_of(now), zone)
    last = today if text is None else reading.day_of("until", text)
    if last > today:
        raise InvalidInput("until", f"The last day must not lie in the future: today is {today}.")
    return last


def _first_day(last: date, days: int) -> date:
    """Raises `InvalidInput` where it lies before the times at which events are recorded."""
    if last < EARLIEST_DAY + timedelta(days=days):
        raise InvalidInput("until", f"The history must begin after {EARLIEST_DAY}.")
    return last - timedelta(days=days - 1)


def _new_account(database: Database, now: datetime) -> User:
    """An account that was made at `now`; its password is printed, because nobody is to remember it."""
    # A word, a digit and a symbol for the policy; 64 random bits against guessing.
    form = accounts.Registration(
        email=DEMO_EMAIL, password=f"Demo-1-{secrets.token_hex(8)}", timezone=DEMO_ZONE
    )
    new = accounts.prepare_account(form, settings=get_settings(), now=now)
    database.write_now(lambda conn: accounts.add_account(conn, new))
    typer.echo(f"{DEMO_EMAIL} has an account. Its password, shown only now: {form.password}")
    return new.user


def _record(database: Database, user: User, made_up: History) -> None:
    """Record the events oldest first, in short transactions: a server that runs goes on meanwhile."""
    for begin in range(0, len(made_up.events), LARGEST_BATCH):
        now = datetime.now(UTC)
        receipt = Receipt(received=now, sent_at=now.isoformat(), idle_us=IDLE_US)
        batch = made_up.events[begin : begin + LARGEST_BATCH]
        for result in database.write_now(partial(record_batch, user=user, items=batch, receipt=receipt)):
            if result.status != "recorded":
                raise Conflict(f"An event was not recorded: {result.detail}")
    database.write_now(partial(_set_targets, user=user, minutes=made_up.own_targets_minutes))


def _set_targets(connection: Connection, user: User, minutes: Mapping[int, float]) -> None:
    """Give sessions a target of their own; `minutes` are by the sessions' first instants."""
    for session in sessions.begun_between(connection, user.id, LOG_BEGIN, LOG_END):
        if session.started_us in minutes:
            corrections.set_session_target(connection, user, session.uid, minutes[session.started_us])
