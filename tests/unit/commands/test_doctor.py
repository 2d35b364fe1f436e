"""`doctor` with real files, databases and a real Redis: its output, and that it changes nothing."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, event, make_url, text
from typer.testing import CliRunner, Result
from tzdata import IANA_VERSION

from app.cli import app
from app.commands import doctor
from app.commands.doctor_postgresql import read_server_facts
from tests.server import free_port

KEY = "q7Zr2mXw9Tb4Lk8Vn1Hc6Yd3Pf5Gj0SsUuEeIiOoAa"
ROOT = Path(__file__).resolve().parents[3]
ZONES = f"Time zones are those of tzdata {IANA_VERSION}.\n"
NOTHING = f"{ZONES}Nothing is wrong.\n"

Examine = Callable[..., Result]


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of an `.env` for this test, used instead of the `.env` in the project's root."""
    path = tmp_path / ".env"
    monkeypatch.setattr(doctor, "ENV_FILE", path)
    return path


@pytest.fixture
def examine(env_file: Path) -> Examine:
    """Runs doctor with an `.env` of these lines."""

    def run(*arguments: str, **values: str) -> Result:
        lines = {"SECRET_KEY": KEY, "SESSION_COOKIE_SECURE": "false"} | values
        env_file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
        env_file.chmod(0o600)
        return CliRunner().invoke(app, ["doctor", *arguments])

    return run


def whats(result: Result) -> list[str]:
    """The first line of each finding. The exit code is checked too."""
    found = [line for line in result.stdout.splitlines() if line.startswith(("Error: ", "Warning: "))]
    assert result.exit_code == (1 if found else 0), result.output
    return found


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_fresh_configuration_has_nothing_wrong_and_makes_no_database(
    examine: Examine, tmp_path: Path
) -> None:
    result = examine(DATABASE_URL=f"sqlite:///{tmp_path / 'app.db'}")
    assert (result.exit_code, result.stdout) == (0, NOTHING)
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_finding_is_what_why_and_what_to_write(examine: Examine, tmp_path: Path) -> None:
    result = examine(DATABASE_URL=f"sqlite:///{tmp_path / 'app.db'}", RATE_LIMIT_ENABLED="false")
    assert result.stdout == (
        f"{ZONES}Warning: RATE_LIMIT_ENABLED=false: there are no rate limits.\n"
        "  Whoever likes can register and send requests as fast as the machine allows.\n"
        "  Remove RATE_LIMIT_ENABLED=false.\n\n"
        "Errors: 0. Warnings: 1.\n"
    )
    assert result.exit_code == 1


def test_errors_come_first_and_no_secret_is_printed(examine: Examine, tmp_path: Path) -> None:
    result = examine(
        *["--host", "0.0.0.0", "--workers", "4"],
        SECRET_KEY="changeme",
        DATABASE_URL="postgresql://rater:hunter2@127.0.0.1:1/tracker",
        RATE_LIMIT_STORAGE_URI="redis://:hunter3@127.0.0.1:1/0",
    )
    assert whats(result) == [
        "Error: It listens on 0.0.0.0, where other machines can connect, and TRUSTED_PROXIES names no proxy.",
        "Error: SECRET_KEY is shorter than 32 bytes.",
        "Error: RATE_LIMIT_STORAGE_URI cannot be used: nothing answers there, or the password is not the right one.",
        next(line for line in whats(result) if line.startswith("Error: The database does not answer: ")),
        "Warning: Cookies are not Secure, though people can come from other machines.",
    ]
    assert [secret for secret in ("changeme", "hunter2", "hunter3") if secret in result.output] == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "PUBLIC_URL",
            "https://u:hunter2@h",
            "not an address such as https://tracker.example.com, of scheme, host",
        ),
        (
            "ALLOWED_ORIGINS",
            "https://*.example.org",
            "not an address such as https://tracker.example.com, of",
        ),
        ("TRUSTED_PROXIES", "proxy", "not addresses or networks, such as 127.0.0.1,10.0.0.0/8."),
    ],
)
def test_setting_that_ends_the_start_is_found(examine: Examine, name: str, value: str, sentence: str) -> None:
    result = examine(**{name: value})
    assert [line.split(sentence)[0] for line in whats(result)] == [
        f"Error: RaterHub Tracker cannot start. {name}: "
    ]
    assert "hunter2" not in result.output


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("used", [False, True])
def test_sqlite_of_this_version_has_nothing_wrong_and_stays_as_it_is(
    examine: Examine, database_url: str, tmp_path: Path, used: bool
) -> None:
    path = tmp_path / "app.db"
    path.chmod(0o600)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        if used:  # as with a running server, which has a write-ahead log
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("CREATE TABLE later (id integer)")
            connection.commit()
            for log in tmp_path.glob("app.db-*"):
                log.chmod(0o600)
        else:
            connection.exec_driver_sql("PRAGMA journal_mode")
        before = snapshot(tmp_path)
        result = examine(DATABASE_URL=database_url)
        assert (result.exit_code, result.stdout) == (0, NOTHING)
        # Readers write to the index of the log (-shm), which holds no data.
        for name, content in before.items():
            assert name.endswith("-shm") or (tmp_path / name).read_bytes() == content
        assert set(snapshot(tmp_path)) == {*before, ".env"}
    engine.dispose()


def test_file_that_is_no_database_is_found(examine: Examine, tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    path.write_text("Dear diary, " * 100)
    path.chmod(0o644)
    assert whats(examine(DATABASE_URL=f"sqlite:///{path}")) == [
        f"Error: {path} cannot be read: file is not a database.",
        f"Warning: {path} is open to other users of this machine (mode 644).",
    ]


def test_directory_in_place_of_a_database_is_found(examine: Examine, tmp_path: Path) -> None:
    assert whats(examine(DATABASE_URL=f"sqlite:///{tmp_path}")) == [
        f"Error: {tmp_path} cannot be read: unable to open database file."
    ]


def test_directory_that_is_missing_is_found(examine: Examine, tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert whats(examine(DATABASE_URL=f"sqlite:///{folder / 'app.db'}")) == [
        f"Error: The directory {folder} does not exist."
    ]
    assert not folder.exists()


def test_link_is_judged_by_the_file_that_it_leads_to(examine: Examine, tmp_path: Path) -> None:
    link, folder = tmp_path / "app.db", tmp_path / "nowhere"
    link.symlink_to(folder / "real.db")
    assert whats(examine(DATABASE_URL=f"sqlite:///{link}")) == [
        f"Error: The directory {folder} does not exist."
    ]


def test_remedy_names_a_path_as_a_shell_takes_it(examine: Examine, tmp_path: Path) -> None:
    folder = tmp_path / "no where?"
    result = examine(DATABASE_URL=f"sqlite:///{tmp_path}/no%20where%3F/app.db")
    assert f"Make it (mkdir -p '{folder}'), or write another path" in result.stdout


def test_database_without_a_driver_is_found(examine: Examine) -> None:
    sentence = "DATABASE_URL: begins with neither sqlite:/// nor postgresql://; there is no other driver."
    found = whats(examine(DATABASE_URL="mysql://rater:hunter2@localhost/tracker"))
    assert found == [f"Error: RaterHub Tracker cannot start. {sentence}"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_postgresql_is_asked_how_it_is_set(examine: Examine, own_database_url: str) -> None:
    """The database of the tests has fsync off, and its role is a superuser."""
    superuser = "Warning: The role in DATABASE_URL is a superuser."
    fsync = "Error: PostgreSQL: fsync is off."
    assert whats(examine(DATABASE_URL=own_database_url)) == [fsync, superuser]

    engine = create_engine(own_database_url, isolation_level="AUTOCOMMIT")
    name = make_url(own_database_url).database
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
        available = connection.execute(text("SHOW max_connections")).scalar_one()
    engine.dispose()
    found = whats(examine("--workers", "50", DATABASE_URL=own_database_url, RATE_LIMIT_ENABLED="false"))
    assert found == [
        "Error: PostgreSQL: synchronous_commit is off.",
        fsync,
        f"Error: The processes open up to 650 connections, and PostgreSQL gives {int(available) - 3}.",
        "Warning: RATE_LIMIT_ENABLED=false: there are no rate limits.",
        superuser,
    ]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_empty_postgresql_is_no_finding_and_stays_empty(examine: Examine, own_database_url: str) -> None:
    engine = create_engine(own_database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        of_server = whats(examine(DATABASE_URL=own_database_url))
        tables = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
        assert (
            [line for line in of_server if "fsync" not in line and "superuser" not in line],
            tables.scalar_one(),
        ) == ([], 0)
    engine.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("forgets", [False, True])
def test_pooler_that_forgets_prepared_statements_is_noticed(database_url: str, forgets: bool) -> None:
    engine = create_engine(database_url)
    if forgets:  # the driver does not notice, as behind a pooler

        @event.listens_for(engine, "begin")
        def _forget(connection: Connection) -> None:
            connection.exec_driver_sql("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")

    assert read_server_facts(engine)["loses_prepared"] is forgets
    engine.dispose()


def test_setting_that_cannot_be_used_is_one_error(examine: Examine) -> None:
    where = "PUBLIC_URL: not an address such as https://tracker.example.com, of scheme, host and port alone."
    assert whats(examine(PUBLIC_URL="tracker", SECRETKEY="x")) == [
        "Error: .env: SECRETKEY is no setting; SECRET_KEY is.",
        f"Error: RaterHub Tracker cannot start. {where}",
    ]


def test_env_file_that_others_can_read_is_found(examine: Examine, env_file: Path, tmp_path: Path) -> None:
    examine(DATABASE_URL=f"sqlite:///{tmp_path / 'app.db'}")
    env_file.chmod(0o640)
    assert whats(CliRunner().invoke(app, ["doctor"])) == [
        f"Warning: {env_file} is open to other users of this machine (mode 640)."
    ]


def test_env_file_in_another_encoding_is_found(env_file: Path) -> None:
    env_file.write_bytes(f"SECRET_KEY={KEY}\n".encode("utf-16"))
    env_file.chmod(0o600)
    assert whats(CliRunner().invoke(app, ["doctor"])) == [f"Error: {env_file} is not in UTF-8."]


def test_env_file_with_a_byte_order_mark_has_nothing_wrong(env_file: Path, tmp_path: Path) -> None:
    lines = [f"SECRET_KEY={KEY}", "SESSION_COOKIE_SECURE=false", f"DATABASE_URL=sqlite:///{tmp_path}/app.db"]
    env_file.write_text("\n".join(lines), encoding="utf-8-sig")
    env_file.chmod(0o600)
    assert whats(CliRunner().invoke(app, ["doctor"])) == []


def test_storage_that_is_no_address_is_found(examine: Examine, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'app.db'}"
    (found,) = whats(examine(DATABASE_URL=url, RATE_LIMIT_STORAGE_URI="rediss//localhost"))
    assert found.startswith(
        "Error: RaterHub Tracker cannot start. RATE_LIMIT_STORAGE_URI: not an address such as "
    )
    assert whats(examine(DATABASE_URL=url, RATE_LIMIT_STORAGE_URI="redis+sentinel://localhost/main")) == [
        "Error: RATE_LIMIT_STORAGE_URI cannot be used: it is no address of a Redis."
    ]


@pytest.fixture
def redis() -> Iterator[int]:
    """The port of a real Redis, whose password is `right`."""
    program = shutil.which("redis-server")
    assert program is not None, "redis-server is needed here"
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--save", "", "--requirepass", "right"], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.mark.redis
def test_redis_is_asked_with_its_password(examine: Examine, redis: int, tmp_path: Path) -> None:
    def with_password(password: str) -> list[str]:
        uri = f"redis://:{password}@127.0.0.1:{redis}/0"
        return whats(examine(DATABASE_URL=f"sqlite:///{tmp_path / 'app.db'}", RATE_LIMIT_STORAGE_URI=uri))

    assert with_password("right") == []
    assert with_password("wrong") == [
        "Error: RATE_LIMIT_STORAGE_URI cannot be used: nothing answers there, or the password is not the right one."
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of the application."""
    shutil.copytree(
        ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns(".venv", "__pycache__", "*.db*")
    )
    return tmp_path


def test_doctor_reads_the_env_file_of_the_server(folder: Path) -> None:
    (folder / ".env").write_text(
        f"SECRET_KEY={KEY}\nSESSION_COOKIE_SECURE=false\nPUBLIC_URI=http://localhost\n"
    )
    (folder / ".env").chmod(0o600)
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor"],
        cwd=folder,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    zones, first, *_, last = done.stdout.splitlines(keepends=True)
    assert (done.returncode, zones, first, last, done.stderr) == (
        1,
        ZONES,
        "Error: .env: PUBLIC_URI is no setting; PUBLIC_URL is.\n",
        "Errors: 1. Warnings: 0.\n",
        "",
    )
    assert sorted(path.name for path in folder.iterdir()) == [".env", "app"]
