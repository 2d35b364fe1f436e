"""PostgreSQL on a full disk: recording is answered with 503, reading goes on, and afterwards all is as before."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import URL, Engine, text

from app.database import Database
from tests.conftest import TEMPLATE
from tests.faults.conftest import MakeServer
from tests.faults.disk import SmallDisk, small_disk
from tests.faults.load import Load, assert_nothing_lost
from tests.server import Server

SENDERS = 4
BOUND_SECONDS = 30  # within which a request is answered
NAME = "raterhub_full"
# What the server says when it cannot extend a table, where no disk may be mounted to make it say so.
NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


class FillableDatabase:
    """A PostgreSQL database whose disk can be filled."""

    def __init__(self, postgres: Engine, folder: Path, disk: SmallDisk | None) -> None:
        self._postgres, self._folder, self._disk = postgres, folder, disk

    def make(self) -> URL:
        with self._postgres.connect() as connection:
            if self._disk is not None:
                owner = Path(connection.execute(text("SHOW data_directory")).scalar_one()).stat()
                os.chown(self._folder, owner.st_uid, owner.st_gid)
                connection.execute(text(f"CREATE TABLESPACE {NAME} LOCATION '{self._folder}'"))
            place = "" if self._disk is None else f" TABLESPACE {NAME}"
            connection.execute(text(f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}{place}"))
        return self._postgres.url.set(database=NAME)

    def fill(self, database: Database, server: Server) -> None:
        if self._disk is not None:
            self._disk.fill(server)
            return
        with database.engine.begin() as connection:
            connection.execute(text(NO_ROOM))
            connection.execute(
                text("CREATE TRIGGER no_room BEFORE INSERT ON events EXECUTE FUNCTION no_room()")
            )

    def free(self, database: Database, server: Server) -> None:
        if self._disk is not None:
            self._disk.free(server)
            return
        with database.engine.begin() as connection:
            connection.execute(text("DROP FUNCTION no_room() CASCADE"))

    def drop(self) -> None:
        with self._postgres.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"))
            connection.execute(text(f"DROP TABLESPACE IF EXISTS {NAME}"))


@pytest.fixture
def fillable(postgres: Engine) -> Iterator[FillableDatabase]:
    # The server runs as a user who may not look into pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix=NAME))
    try:
        with small_disk(folder) as disk:
            made = FillableDatabase(postgres, folder, disk if isinstance(disk, SmallDisk) else None)
            yield made
            made.drop()
    finally:
        folder.rmdir()


@pytest.fixture
def database_url(fillable: FillableDatabase) -> str:
    return fillable.make().render_as_string(hide_password=False)


def test_full_disk_of_postgresql_is_answered_and_survived(
    serving: MakeServer, loading: Callable[[Server], Load], database: Database, fillable: FillableDatabase
) -> None:
    server = serving()
    load = loading(server)
    with load.running():
        load.wait_for(20)
        fillable.fill(database, server)
        load.wait_for_status(503, 10 * SENDERS)
        reading = httpx2.get(
            f"{server.url}/sessions/recent", headers=load.journals[0].rater.token, timeout=60
        )
        assert reading.status_code == 200
        fillable.free(database, server)
        load.wait_for(20)
    assert "No space left on device" in server.log
    refused = [reply for reply in load.replies if reply.status != 200]
    assert {(reply.status, reply.headers["retry-after"]) for reply in refused} == {(503, "5")}
    assert [reply.seconds for reply in load.replies if reply.seconds > BOUND_SECONDS] == []
    server.stop()
    server.start()
    load.resend()
    assert_nothing_lost(database, load.journals)
    server.stop()
    database.close()
