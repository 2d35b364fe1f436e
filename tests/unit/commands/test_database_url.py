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


@pytest.fixture
def arguments(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that gets the arguments and the password of each of PostgreSQL's client tools that is run."""
    log, tools = tmp_path / "arguments", tmp_path / "tools"
    tools.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        script = f'#!/bin/sh\nprintf "%s\\n" "$@" "PGPASSWORD=$PGPASSWORD" >> "{log}"\n'
        (tools / name).write_text(f'{script}exec "{shutil.which(name)}" "$@"\n')
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    return log


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("way", ["userinfo", "query"])
def test_password_of_the_database_is_in_no_argument_and_no_output(
    run: Run, arguments: Path, own_database_url: str, tmp_path: Path, way: str
) -> None:
    url = make_url(own_database_url)
    url = url.set(password="hunter2") if way == "userinfo" else url.update_query_dict({"password": "hunter2"})
    on = url.render_as_string(hide_password=False)
    commands = (["migrate"], ["backup", tmp_path / "copy"], ["restore", tmp_path / "copy", "--force"])
    results = [run(*command, on=on) for command in commands]
    assert [(result.exit_code, "hunter2" in result.output) for result in results] == [(0, False)] * 3
    lines = arguments.read_text().splitlines()
    assert {line for line in lines if "hunter2" in line} == {"PGPASSWORD=hunter2"}
    assert len([line for line in lines if line.startswith("--dbname=")]) == 3


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_secret_that_has_no_variable_is_in_no_argument_and_no_output(
    run: Run, arguments: Path, own_database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    on = f"{own_database_url}&sslpassword=hunter2"
    migrated, *refused = [
        run(*command, on=on)
        for command in (["migrate"], ["backup", tmp_path / "copy"], ["restore", tmp_path / "file"])
    ]
    assert (migrated.exit_code, "hunter2" in migrated.output) == (0, False)
    reason = (
        "sslpassword in DATABASE_URL would stand in the arguments of pg_dump, pg_restore and psql; write it into a "
        "service file of PostgreSQL, and service=<its name> into DATABASE_URL.\n"
    )
    assert [result.output for result in refused] == [
        f"No backup was written: {reason}",
        f"Nothing was restored: {reason}",
    ]
    assert not arguments.exists()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_first_of_several_hosts_that_answers_is_taken_by_every_command(
    run: Run, own_database_url: str, tmp_path: Path
) -> None:
    url = make_url(own_database_url)
    hosts = [str(url.query["host"]), str(tmp_path)]
    on = url.update_query_dict({"host": hosts}).render_as_string(hide_password=False)
    for command in (["migrate"], ["backup", tmp_path / "copy"], ["restore", tmp_path / "copy", "--force"]):
        result = run(*command, on=on)
        assert (result.exit_code, result.exception) == (0, None), result.output


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_service_of_postgresql_is_taken_by_every_command(
    run: Run, own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(own_database_url)
    lines = ["[tracker]", f"host={url.query['host']}", f"dbname={url.database}", "user=postgres"]
    (tmp_path / "services").write_text("\n".join([*lines, "password=hunter2", "sslpassword=hunter2", ""]))
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    for command in (["migrate"], ["backup", tmp_path / "copy"], ["restore", tmp_path / "copy", "--force"]):
        result = run(*command, on="postgresql://?service=tracker")
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
