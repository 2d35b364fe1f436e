"""The command-line tool as a process: its message when it cannot start, its warnings, and the end of its server."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = re.compile(r"RaterHub Tracker cannot start\. SECRET_KEY is missing: [^\n]+\.\n")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application in its own folder, without the `.env` of a developer."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(
        ROOT / "app", folder / "app", ignore=shutil.ignore_patterns(".venv", "__pycache__", "*.db*")
    )
    return folder


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [
        (".", ["app", "serve"]),
        (".", ["app", "backup"]),
        (".", ["uvicorn", "app.main:app"]),
        ("app", ["uvicorn", "main:app"]),
    ],
    ids=["serve", "backup", "uvicorn", "uvicorn-inside-app"],
)
def test_missing_secret_key_is_one_sentence(elsewhere: Path, folder: str, arguments: list[str]) -> None:
    process = start(elsewhere / folder, *arguments)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert SENTENCE.fullmatch(errors)


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [("utf-8-sig", r"[^\n]+app\.db has the tables of this version\.\n"), ("utf-16", "")],
)
def test_env_file_is_utf_8_with_or_without_a_byte_order_mark(
    elsewhere: Path, tmp_path: Path, encoding: str, sentence: str
) -> None:
    project = tmp_path / "project"
    shutil.copytree(elsewhere, project)
    (project / ".env").write_text(
        "SECRET_KEY=a-key-for-tests-that-is-long-enough-0123456789\n", encoding=encoding
    )
    process = start(project, "app", "migrate")
    output, errors = process.communicate(timeout=60)
    assert re.fullmatch(sentence, output)
    refusal = f"RaterHub Tracker cannot start. {project / '.env'} is not in UTF-8.\n"
    assert (process.returncode, errors) == ((0, "") if output else (1, refusal))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until_it_serves(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                assert answer.headers["server"] is None
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")


IN_MEMORY = "Rate limits are counted in memory, once in each of 2 processes."
ONE_FILE = "2 processes share one SQLite file."


@pytest.mark.parametrize(("workers", "warnings"), [("1", []), ("2", [IN_MEMORY, ONE_FILE])])
def test_server_logs_warnings_at_its_start_and_exits_with_0_on_sigterm(
    elsewhere: Path, tmp_path: Path, workers: str, warnings: list[str]
) -> None:
    port = free_port()
    process = start(
        elsewhere,
        *["app", "serve", "--port", str(port), "--workers", workers],
        SECRET_KEY="a-key-for-tests-that-is-long-enough-0123456789",
        DATABASE_URL=f"sqlite:///{tmp_path / 'app.db'}",
    )
    try:
        wait_until_it_serves(port)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    finally:
        process.kill()
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines if line["level"] == "warning"] == warnings
    assert process.returncode == 0


LOADED = """
import sys
import app.cli
from app.commands import serve
serve.load("127.0.0.1", 0, 1, 1000)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_start_loads_nothing_that_serving_does_not_need(elsewhere: Path, tmp_path: Path) -> None:
    environment = {"SECRET_KEY": "a-key-for-tests", "DATABASE_URL": f"sqlite:///{tmp_path / 'app.db'}"}
    start(elsewhere, "app", "migrate", **environment).communicate(timeout=60)
    started = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=elsewhere,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(started.stdout.split())
    assert {"fastapi", "sqlalchemy", "uvicorn"} <= loaded
    assert loaded & {"alembic", "mako", "psycopg", "zxcvbn"} == set()
