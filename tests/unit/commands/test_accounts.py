"""The account commands, on both databases."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.config import Settings, get_settings
from app.database import Database
from app.services.accounts import accounts, administration, personal_tokens
from app.services.refusals import NotAuthenticated, NotFound
from tests.raters import NEW_PASSWORD, PASSWORD

Run = Callable[..., Result]

EMAIL = "ada@example.com"
NOBODY = (1, "There is no account with this e-mail address.\n")


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command on the database of this test. `typed` is its standard input."""
    monkeypatch.setenv("SECRET_KEY", settings.secret)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    get_settings.cache_clear()

    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, list(arguments), input=typed)

    yield run
    get_settings.cache_clear()


def create(run: Run, command: str = "create-user", email: str = EMAIL, password: str = PASSWORD) -> Result:
    return run(command, email, "--password-stdin", typed=password + "\n")


def user(database: Database, email: str = EMAIL) -> accounts.User:
    return database.read_now(lambda conn: administration.find(conn, email)).user


def log_in(database: Database, settings: Settings, password: str = PASSWORD) -> accounts.AccessToken:
    return asyncio.run(
        accounts.log_in(
            database.write,
            email=EMAIL,
            password=password,
            address="198.51.100.7",
            settings=settings,
            now=datetime.now(UTC),
        )
    )


def is_living(database: Database, settings: Settings, credential: str) -> bool:
    try:
        now = datetime.now(UTC)
        database.read_now(lambda c: accounts.identify(c, credential, settings=settings, now=now))
    except NotAuthenticated:
        return False
    return True


def test_user_is_created_also_while_registration_is_closed(
    run: Run, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRATION_OPEN", "false")
    get_settings.cache_clear()
    options = ["--first-name", "Ada", "--last-name", "Byron", "--timezone", "Europe/London"]
    result = run("create-user", EMAIL, *options, "--password-stdin", typed=PASSWORD + "\r\n")
    assert (result.exit_code, result.stdout) == (0, "ada@example.com has an account (user).\n")
    made = user(database)
    assert (made.first_name, made.last_name, made.timezone, made.role) == (
        "Ada",
        "Byron",
        "Europe/London",
        "user",
    )
    assert is_living(database, settings, log_in(database, settings).token)


def test_admin_is_created_with_a_password_typed_twice(
    run: Run, database: Database, settings: Settings
) -> None:
    result = run("create-admin", EMAIL, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert user(database).role == "admin"
    log_in(database, settings)


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (["create-user", EMAIL], "Short-1\n", "The password must have 12 to 128 characters."),
        (["create-user", EMAIL], "", "The password must have 12 to 128 characters."),
        (["create-user", "ada"], PASSWORD, "This is not a valid e-mail address."),
        (
            ["create-admin", EMAIL, "--timezone", "Mars"],
            PASSWORD,
            "This is not a known time zone; an example of one is Europe/Berlin.",
        ),
    ],
)
def test_account_that_cannot_be_is_refused_with_a_sentence(
    run: Run, database: Database, arguments: list[str], typed: str, sentence: str
) -> None:
    result = run(*arguments, "--password-stdin", typed=typed)
    assert (result.exit_code, result.output) == (1, sentence + "\n")
    with pytest.raises(NotFound):
        user(database)


def test_second_account_of_an_address_is_refused(run: Run, database: Database) -> None:
    create(run)
    result = create(run, "create-admin")
    assert (result.exit_code, result.output) == (1, "This e-mail address cannot be registered.\n")
    assert user(database).role == "user"


def test_set_password_ends_logins_and_leaves_tokens_unless_asked(
    run: Run, database: Database, settings: Settings
) -> None:
    create(run)
    login = log_in(database, settings).token
    owner = user(database)
    token = database.write_now(lambda c: personal_tokens.create(c, owner, "x", now=datetime.now(UTC))).secret
    result = run("set-password", EMAIL, "--password-stdin", typed=NEW_PASSWORD)
    assert result.exit_code == 0
    assert [is_living(database, settings, each) for each in (login, token)] == [False, True]
    with pytest.raises(NotAuthenticated):
        log_in(database, settings)
    log_in(database, settings, NEW_PASSWORD)
    again = run("set-password", EMAIL, "--password-stdin", typed=PASSWORD)
    assert (again.exit_code, again.output) == (1, "The password must differ from your last 5.\n")
    run("set-password", EMAIL, "--revoke-tokens", "--password-stdin", typed="Nine-green-lamps-in-Oslo-4")
    assert is_living(database, settings, token) is False


def test_last_admin_cannot_be_removed(run: Run, database: Database) -> None:
    create(run, "create-admin")
    refused = (1, "This is the last active admin: make another one first.\n")
    for command in (["deactivate", EMAIL], ["delete-user", EMAIL, "--yes"], ["set-role", EMAIL, "user"]):
        result = run(*command)
        assert (result.exit_code, result.output) == refused
    create(run, email="eve@example.com")
    assert run("set-role", "eve@example.com", "admin").exit_code == 0
    assert run("set-role", EMAIL, "user").exit_code == 0
    assert (user(database).role, user(database, "eve@example.com").role) == ("user", "admin")


def test_deactivated_account_is_shut_out_until_activated(
    run: Run, database: Database, settings: Settings
) -> None:
    create(run)
    login = log_in(database, settings).token
    assert run("deactivate", EMAIL.upper()).exit_code == 0
    assert is_living(database, settings, login) is False
    with pytest.raises(NotAuthenticated):
        log_in(database, settings)
    assert run("activate", EMAIL).exit_code == 0
    log_in(database, settings)


def test_deletion_asks_first(run: Run, database: Database) -> None:
    create(run)
    assert run("delete-user", EMAIL, typed="n\n").exit_code == 1
    assert user(database).email == EMAIL
    assert run("delete-user", EMAIL, typed="y\n").exit_code == 0
    with pytest.raises(NotFound):
        user(database)


def test_logout_everywhere_ends_logins_and_tokens(run: Run, database: Database, settings: Settings) -> None:
    create(run)
    login = log_in(database, settings).token
    owner = user(database)
    token = database.write_now(lambda c: personal_tokens.create(c, owner, "x", now=datetime.now(UTC))).secret
    assert run("logout-everywhere", EMAIL).exit_code == 0
    assert [is_living(database, settings, each) for each in (login, token)] == [False, False]


@pytest.mark.parametrize(
    "arguments",
    [
        ["set-password", EMAIL, "--password-stdin"],
        ["set-role", EMAIL, "admin"],
        ["deactivate", EMAIL],
        ["activate", EMAIL],
        ["delete-user", EMAIL, "--yes"],
        ["logout-everywhere", EMAIL],
    ],
    ids=lambda arguments: arguments[0],
)
def test_unknown_account_is_named_as_such(run: Run, arguments: list[str]) -> None:
    result = run(*arguments, typed=PASSWORD)
    assert (result.exit_code, result.output) == NOBODY
