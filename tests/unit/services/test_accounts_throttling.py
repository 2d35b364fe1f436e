import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Connection, func, select

from app import auth
from app.config import Settings
from app.database import Database, Unavailable
from app.db_models import throttles
from app.services import Transact
from app.services.accounts import accounts, known_browsers, throttling
from app.services.refusals import NotAuthenticated, Throttled
from app.store import users
from tests.raters import NEW_PASSWORD, PASSWORD
from tests.unit.services.account_services import NOW, AccountServices, at

T = TypeVar("T")

SECRET = "a secret"
ADA, HOME = "ada@example.com", "198.51.100.7"


class Logins:
    """Attempts to log in; the outcome of each is "ok", "wrong", or how many seconds to wait."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.services = AccountServices(database, settings)
        self.services.register()

    async def attempt(self, seconds: float = 0, *, password: str = "wrong", **more: str | None) -> str | int:
        try:
            await self.services.attempt(password, seconds, **more)  # type: ignore[arg-type]
        except NotAuthenticated:
            return "wrong"
        except Throttled as throttled:
            return throttled.retry_after
        return "ok"

    def __call__(self, seconds: float = 0, **more: str) -> str | int:
        return asyncio.run(self.attempt(seconds, **more))

    def failures(self) -> list[int]:
        query = select(throttles.c.failures).order_by(throttles.c.key)
        return self.database.read_now(lambda c: list(c.execute(query).scalars()))


@pytest.fixture
def logins(database: Database, settings: Settings) -> Logins:
    return Logins(database, settings)


def test_account_is_delayed_from_the_third_failure_and_locked_at_the_fifth(logins: Logins) -> None:
    assert [logins(0), logins(0), logins(0)] == ["wrong", "wrong", "wrong"]
    assert [logins(0), logins(0.5, password=PASSWORD), logins(1)] == [1, 1, "wrong"]
    assert [logins(1), logins(2.9), logins(3)] == [2, 1, "wrong"]
    assert [logins(3), logins(3 + 899.5), logins(3 + 900, password=PASSWORD)] == [900, 1, "ok"]


def test_clock_set_back_makes_no_lock_longer_than_the_longest(logins: Logins) -> None:
    for seconds in (0, 0, 0, 1, 3):
        assert logins(seconds) == "wrong"
    # By two machines whose clocks are apart the lock holds; no lock ends an hour and a quarter from now.
    assert [logins(-60, password=PASSWORD), logins(-3600, password=PASSWORD)] == [963, "ok"]


def test_success_clears_the_accounts_count(logins: Logins) -> None:
    for _ in range(2):
        assert [logins(), logins(), logins(password=PASSWORD)] == ["wrong", "wrong", "ok"]
    assert logins.failures() == [4]  # of the address


def test_served_lock_starts_a_new_count(logins: Logins) -> None:
    times = [0, 0, 0, 1, 3]
    assert [logins(t) for t in times] == ["wrong"] * 5
    assert [logins(903 + t) for t in times] == ["wrong"] * 5
    assert logins(906) == 900


def test_failures_are_forgotten_after_an_hour(logins: Logins) -> None:
    assert [logins(0), logins(0)] == ["wrong", "wrong"]
    assert [logins(3600), logins(3600), logins(3600), logins(3600)] == ["wrong", "wrong", "wrong", 1]


def test_refused_attempt_is_not_counted(logins: Logins) -> None:
    for _ in range(3):
        logins(0)
    assert [logins(0.1) for _ in range(20)] == [1] * 20
    assert logins.failures() == [3, 3]


def test_unknown_account_is_throttled_like_a_known_one(logins: Logins) -> None:
    outcomes = [logins(email="nobody@example.com") for _ in range(4)]
    assert outcomes == ["wrong", "wrong", "wrong", 1]


def test_account_is_one_whatever_the_case_of_its_address(logins: Logins) -> None:
    outcomes = [
        logins(email=email) for email in ("ada@example.com", "ADA@example.com", " Ada@EXAMPLE.com", ADA)
    ]
    assert outcomes == ["wrong", "wrong", "wrong", 1]


def test_address_is_delayed_from_the_tenth_failure_and_locked_at_the_twentieth(logins: Logins) -> None:
    for n in range(10):
        assert logins(email=f"a{n}@example.com") == "wrong"
    assert logins(email="b@example.com") == 1
    assert logins(email="b@example.com", address="203.0.113.9") == "wrong"
    time = 0.0
    for n in range(10):
        time += 2**n
        assert logins(time, email=f"c{n}@example.com") == "wrong"
    assert logins(time, password=PASSWORD) == 900
    assert logins(time + 900, password=PASSWORD) == "ok"


def test_success_takes_back_its_own_failure_at_the_address_and_no_more(logins: Logins) -> None:
    for n in range(9):
        logins(0, email=f"a{n}@example.com")
    assert [logins(1, password=PASSWORD), logins(1, password=PASSWORD)] == ["ok", "ok"]
    assert logins.failures()[-1:] == [9]
    assert [logins(1, email="b@example.com"), logins(1, email="c@example.com")] == ["wrong", 1]
    # A success after the wait leaves the address as it found it: free, with ten failures.
    assert [logins(2, password=PASSWORD), logins(2, email="d@example.com")] == ["ok", "wrong"]
    assert logins(2, password=PASSWORD) == 2


def test_successes_alone_leave_nothing_behind(logins: Logins) -> None:
    assert [logins(n, password=PASSWORD) for n in range(4)] == ["ok"] * 4
    assert logins.failures() == []


def test_of_parallel_guesses_no_more_are_tried_than_the_threshold(logins: Logins) -> None:
    async def guesses() -> list[str | int]:
        return list(await asyncio.gather(*(logins.attempt(password=f"guess {n}") for n in range(20))))

    assert sorted(map(str, asyncio.run(guesses()))) == ["1"] * 17 + ["wrong"] * 3


def test_of_parallel_guesses_in_two_processes_no_more_are_tried_than_the_threshold(
    logins: Logins, settings: Settings
) -> None:
    def reserve(database: Database) -> str:
        counter = throttling.account_counter(ADA, settings.secret)
        try:
            database.write_now(partial(throttling.reserve, counters=[counter], now=NOW))
        except Throttled:
            return "refused"
        return "tried"

    other = Database(settings.database_url)
    try:
        with ThreadPoolExecutor(10) as threads:
            outcomes = sorted(threads.map(reserve, [logins.database, other] * 10))
    finally:
        other.close()
    assert outcomes == ["refused"] * 17 + ["tried"] * 3


def test_of_parallel_guesses_at_many_accounts_no_more_are_tried_than_the_addresss_threshold(
    logins: Logins,
) -> None:
    async def guesses() -> list[str | int]:
        return list(await asyncio.gather(*(logins.attempt(email=f"a{n}@example.com") for n in range(20))))

    assert sorted(map(str, asyncio.run(guesses()))) == ["1"] * 10 + ["wrong"] * 10


def test_known_browser_is_not_locked_out_by_failures_of_others(logins: Logins, settings: Settings) -> None:
    cookie = known_browsers.remember(None, ADA, secret=settings.secret)
    for n in range(50):
        logins(n)
        logins(n, address="203.0.113.9")
    assert isinstance(logins(50, password=PASSWORD), int)
    assert logins(50, password=PASSWORD, known_browser=cookie) == "ok"


def test_known_browser_has_a_count_of_its_own(logins: Logins, settings: Settings) -> None:
    cookie = known_browsers.remember(None, ADA, secret=settings.secret)
    assert [logins(known_browser=cookie) for _ in range(4)] == ["wrong", "wrong", "wrong", 1]
    assert logins(password=PASSWORD) == "ok"
    assert logins(email="eve@example.com", known_browser=cookie) == "wrong"
    assert [logins(known_browser="forged") for _ in range(4)] == ["wrong", "wrong", "wrong", 1]


def test_rows_are_swept_an_hour_after_the_last_failure(logins: Logins, database: Database) -> None:
    for n in range(150):
        counter = throttling.account_counter(f"a{n}@example.com", SECRET)
        database.write_now(partial(throttling.reserve, counters=[counter], now=at(n)))
    assert len(logins.failures()) == 150
    for _ in range(2):  # each takes a hundred
        logins(2 * 3600, password=PASSWORD)
    assert logins.failures() == []


def test_names_that_never_existed_fill_a_bounded_number_of_rows(database: Database) -> None:
    keys = {throttling.account_counter(f"{n}@example.com", SECRET).key for n in range(2000)}
    assert {len(key) for key in keys} == {len("account:") + 5}
    assert database.read_now(lambda c: c.execute(select(func.count()).select_from(throttles)).scalar()) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("testclient", "unknown", False),
    ],
)
def test_address_counts_as_its_network(one: str, other: str, same: bool) -> None:
    first, second = throttling.address_counter(one, SECRET), throttling.address_counter(other, SECRET)
    assert (first == second) == same


def test_wait_is_told_in_words() -> None:
    refusals = [throttling._throttled(seconds) for seconds in (1, 2, 120, 121, 900)]
    assert [
        refusal.detail.removeprefix("Too many failed attempts. Try again in ") for refusal in refusals
    ] == [
        "1 second.",
        "2 seconds.",
        "120 seconds.",
        "3 minutes.",
        "15 minutes.",
    ]


# --- Faults of the server's own ----------------------------------------------------------------------


class Breaking:
    """The database's `write`, of which the calls with these numbers (the first is 1) find the database away."""

    def __init__(self, database: Database, *away: int) -> None:
        self.database, self.away, self.calls = database, away, 0

    async def __call__(self, fn: Callable[[Connection], T], /) -> T:
        self.calls += 1
        if self.calls in self.away:
            raise Unavailable
        return await self.database.write(fn)


async def log_in(
    write: Transact, settings: Settings, *, password: str = PASSWORD, seconds: float = 0
) -> None:
    given = {"email": ADA, "password": password, "address": HOME}
    await accounts.log_in(write, **given, settings=settings, now=at(seconds))


def test_login_that_fails_by_the_database_is_not_counted(logins: Logins, settings: Settings) -> None:
    async def fails() -> None:
        for _ in range(7):
            with pytest.raises(Unavailable):
                await log_in(Breaking(logins.database, 2), settings)
        await log_in(logins.database.write, settings)

    asyncio.run(fails())
    assert logins.failures() == []


def test_login_that_fails_by_the_hasher_is_not_counted(
    logins: Logins, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(password: str, password_hash: str) -> tuple[bool, str | None]:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(auth, "verify_password", fails)
        for _ in range(7):
            with pytest.raises(MemoryError):
                logins(password=PASSWORD)
    assert logins.failures() == []
    assert logins(password=PASSWORD) == "ok"


def test_fault_takes_back_its_own_count_and_no_more(logins: Logins, settings: Settings) -> None:
    assert [logins(), logins()] == ["wrong", "wrong"]

    async def fails() -> None:
        for _ in range(7):
            with pytest.raises(Unavailable):
                await log_in(Breaking(logins.database, 2), settings)

    asyncio.run(fails())
    assert logins.failures() == [2, 2]
    assert [logins(), logins()] == ["wrong", 1]


def test_count_is_taken_back_once_the_database_is_there_again(
    logins: Logins, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "AGAIN_SECONDS", 2)

    async def fails() -> None:
        write = Breaking(
            logins.database, 2, 3, 4
        )  # when the login ends, and at the first two tries to take it back
        with pytest.raises(Unavailable):
            await log_in(write, settings)
        assert logins.failures() == [1, 1]
        await asyncio.wait(throttling._taking_back, timeout=60)
        assert logins.failures() == []

    asyncio.run(fails())


def test_password_change_that_fails_by_the_server_is_not_counted(logins: Logins, settings: Settings) -> None:
    account = logins.database.read_now(lambda conn: users.find_by_email(conn, ADA))
    assert account is not None
    identity = accounts.Identity(account.user, None, None, "full")

    async def fails() -> None:
        for _ in range(7):
            with pytest.raises(Unavailable):
                await accounts.change_password(
                    Breaking(logins.database, 2),
                    identity,
                    current_password=PASSWORD,
                    new_password=NEW_PASSWORD,
                    address=HOME,
                    settings=settings,
                    now=NOW,
                )

    asyncio.run(fails())
    assert logins.failures() == []


def test_parallel_logins_with_the_right_password_leave_no_failure(logins: Logins, database: Database) -> None:
    async def two() -> list[str | int]:
        return list(await asyncio.gather(*(logins.attempt(password=PASSWORD) for _ in range(2))))

    assert asyncio.run(two()) == ["ok", "ok"]
    assert logins.failures() == []
