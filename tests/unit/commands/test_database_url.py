"""`DATABASE_URL` as the commands take it: every command means one database, however its URL is written."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.unit.commands.conftest import Run

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_postgresql_url_of_other_programs_is_taken_by_every_command(
    run: Run, database_url: str, tmp_path: Path, scheme: str
) -> None:
    url = make_url(database_url).set(drivername=scheme).render_as_string(hide_password=False)
    for command in (["migrate"], ["verify"], ["backup", f"{tmp_path}/copy"], ["purge"]):
        result = run(*command, on=url)
        assert (result.exit_code, result.exception) == (0, None), result.output


@pytest.mark.parametrize("folder", ["what?", "50%20off", "a#b", "ä b&c=d"])
def test_every_command_means_one_sqlite_file_in_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    """The project itself stands in that folder, so that the default URL leads there."""
    project = tmp_path / folder
    shutil.copytree(
        ROOT / "app", project / "app", ignore=shutil.ignore_patterns(".venv", "__pycache__", "*.db*")
    )
    tool = partial(
        subprocess.run,
        cwd=project,
        env={**os.environ, "SECRET_KEY": "a-key-for-tests-that-is-long-enough-0123456789"},
        capture_output=True,
        text=True,
        check=False,
    )
    for command in (["migrate"], ["verify"], ["backup", "copy"], ["restore", "copy", "--force"], ["purge"]):
        done = tool([sys.executable, "-m", "app", *command])
        assert done.returncode == 0, done.stderr
    assert "app.db" not in tool([sys.executable, "-m", "app", "doctor"]).stdout
    made = {path.name for path in [*project.iterdir(), *tmp_path.iterdir()]}
    assert made == {"app", "app.db", "copy", folder}
