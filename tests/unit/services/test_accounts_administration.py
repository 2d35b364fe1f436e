import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select, text

from app.config import Settings
from app.database import Database
from app.db_models import events, logins, metadata, password_history, personal_tokens, trackers, users
from app.services.accounts import accounts, administration
from app.services.accounts import personal_tokens as token_service
from app.services.refusals import Conflict, NotAuthenticated, NotFound
from app.store import log_head
from tests.raters import PASSWORD
from tests.waiting import wait_until

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

Removal = Callable[[Connection, int], None]
REMOVALS: list[Removal] = [
    administration.deactivate,
    administration.delete,
    lambda conn, user_id: administration.set_role(conn, user_id, "user"),
]
NAMES = ["deactivated", "deleted", "demoted"]


def add(database: Database, user_id: int, role: str = "admin") -> int:
    row = {
        "id": user_id,
        "external_id": str(user_id),
        "email": f"u{user_id}@example.com",
        "email_key": f"u{user_id}@example.com",
        "password_hash": HASH,
        "role": role,
        "created_at": NOW,
    }
    database.write_now(lambda conn: conn.execute(insert(users).values(row)))
    return user_id


def living_admins(database: Database) -> list[int]:
    query = select(users.c.id).where(users.c.role == "admin", users.c.is_active)
    return database.read_now(lambda conn: list(conn.execute(query).scalars()))


@pytest.mark.parametrize("remove", REMOVALS, ids=NAMES)
def test_last_admin_cannot_be_removed(database: Database, remove: Removal) -> None:
    admin = add(database, 1)
    add(database, 2, "user")
    with pytest.raises(Conflict) as refused:
        database.write_now(lambda conn: remove(conn, admin))
    assert refused.value.detail == "This is the last active admin: make another one first."
    assert living_admins(database) == [admin]
    add(database, 3)
    database.write_now(lambda conn: remove(conn, admin))
    assert living_admins(database) == [3]


@pytest.mark.parametrize("remove", REMOVALS, ids=NAMES)
def test_inactive_admin_does_not_count_as_another_one(database: Database, remove: Removal) -> None:
    first, second = add(database, 1), add(database, 2)
    database.write_now(lambda conn: administration.deactivate(conn, second))
    with pytest.raises(Conflict):
        database.write_now(lambda conn: remove(conn, first))
    database.write_now(lambda conn: administration.delete(conn, second))
    database.write_now(lambda conn: administration.set_role(conn, first, "admin"))
    assert living_admins(database) == [first]


@pytest.mark.parametrize("remove", REMOVALS, ids=NAMES)
def test_one_admin_remains_when_all_are_removed_at_once(database: Database, remove: Removal) -> None:
    admins = [add(database, n) for n in range(1, 7)]

    def attempt(admin: int) -> bool:
        try:
            database.write_now(lambda conn: remove(conn, admin))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(attempt, admins))
    assert (outcomes.count(True), len(living_admins(database))) == (5, 1)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)  # SQLite has one writer
@pytest.mark.parametrize("remove", REMOVALS, ids=NAMES)
def test_removal_does_not_wait_for_the_first_event_of_another_admin(
    database: Database, remove: Removal
) -> None:
    recording, removed = add(database, 1), add(database, 2)

    def remove_at_once(conn: Connection) -> None:
        conn.execute(text("SET LOCAL lock_timeout = '2s'"))
        remove(conn, removed)

    with database.engine.begin() as event:
        assert log_head.lock(event, recording) is not None
        database.write_now(remove_at_once)
    assert living_admins(database) == [recording]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_deletion_waits_for_an_event_of_the_user_and_takes_it_along(database: Database) -> None:
    add(database, 1)
    user = add(database, 2, "user")
    with ThreadPoolExecutor(1) as thread:
        with database.engine.begin() as event:
            assert log_head.lock(event, user) is not None
            deletion = thread.submit(database.write_now, lambda conn: administration.delete(conn, user))
            wait_until(lambda: database.read_now(waits_for_a_lock))
            # Refers to the user, whom the deletion has locked by now.
            event.execute(insert(events).values(user_id=user, seq=1, type="NEXT", at_us=1, received_us=1))
        deletion.result()
    with pytest.raises(NotFound):
        database.write_now(lambda conn: administration.activate(conn, user))
    assert database.read_now(lambda conn: conn.execute(select(events)).all()) == []


def waits_for_a_lock(conn: Connection) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(conn.execute(text(query)).scalar_one())


@pytest.mark.parametrize("act", [*REMOVALS, administration.activate])
def test_unknown_user_is_not_found(database: Database, act: Removal) -> None:
    add(database, 1)
    with pytest.raises(NotFound):
        database.write_now(lambda conn: act(conn, 99))
    with pytest.raises(NotFound):
        database.read_now(lambda conn: administration.find(conn, "nobody@example.com"))


def test_deactivation_ends_everything_and_activation_lets_in_again(
    database: Database, settings: Settings
) -> None:
    async def register() -> accounts.AccessToken:
        form = accounts.Registration(email="ada@example.com", password=PASSWORD)
        return await accounts.register(database.write, form, address="a", settings=settings, now=NOW)

    async def log_in() -> accounts.AccessToken:
        return await accounts.log_in(
            database.write,
            email="ada@example.com",
            password=PASSWORD,
            address="a",
            settings=settings,
            now=NOW,
        )

    def identify(credential: str) -> accounts.Identity:
        return database.read_now(lambda c: accounts.identify(c, credential, settings=settings, now=NOW))

    token = asyncio.run(register()).token
    user = identify(token).user
    personal = database.write_now(lambda c: token_service.create(c, user, "x", now=NOW)).secret
    database.write_now(lambda c: administration.deactivate(c, user.id))
    with pytest.raises(NotAuthenticated):
        asyncio.run(log_in())
    database.write_now(lambda c: administration.activate(c, user.id))
    for credential in (token, personal):
        with pytest.raises(NotAuthenticated):
            identify(credential)
    assert identify(asyncio.run(log_in()).token).user.id == user.id


def test_deletion_leaves_no_row_of_the_user_in_any_table(database: Database) -> None:
    user, other = add(database, 1, "user"), add(database, 2, "user")

    def fill(conn: Connection) -> None:
        for each in (user, other):
            login = {"id": str(each), "user_id": each, "created_at": NOW, "expires_at": NOW}
            conn.execute(insert(logins).values(login))
            conn.execute(insert(password_history).values(user_id=each, created_at=NOW, password_hash=HASH))
            token = {"id": str(each), "user_id": each, "name": "x", "token_hash": str(each), "scope": "track"}
            conn.execute(insert(personal_tokens).values(**token, created_at=NOW))
            conn.execute(insert(trackers).values(user_id=each))

    database.write_now(fill)
    database.write_now(lambda conn: administration.delete(conn, user))
    owned = [table for table in metadata.sorted_tables if "user_id" in table.c]
    left = database.read_now(
        lambda conn: {owner for table in owned for owner in conn.execute(select(table.c.user_id)).scalars()}
    )
    assert left == {other}
    # Every table that names a user lets go of the rows when the user goes.
    assert {key.ondelete for table in owned for key in table.c.user_id.foreign_keys} == {"CASCADE"}
