"""Real servers that faults happen to, and the raters who go on working meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import Settings
from app.database import Database
from tests.faults.load import Load
from tests.raters import Rater, new_rater
from tests.server import Server

MakeServer = Callable[..., Server]


@pytest.fixture
def serving(tmp_path: Path, settings: Settings) -> Iterator[MakeServer]:
    """Starts servers on this test's database, unless told of another; they are stopped at its end."""
    made: list[Server] = []

    def serve(
        *, start: bool = True, database_url: str = "", workers: int = 1, folder: Path = tmp_path
    ) -> Server:
        server = Server(folder, database_url or settings.database_url, workers, settings.secret)
        made.append(server)
        if start:
            server.start()
        return server

    yield serve
    for server in made:
        server.stop()


@pytest.fixture
def raters(database: Database, settings: Settings) -> list[Rater]:
    """Two people without history."""
    return [new_rater(database, settings) for _ in range(2)]


@pytest.fixture
def loading(raters: list[Rater]) -> Callable[[Server], Load]:
    """Makes a load of both raters on a server."""
    return lambda server: Load(server.url, raters)
