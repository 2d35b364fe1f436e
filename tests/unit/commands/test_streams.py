"""The standard streams of the commands: UTF-8 in, with or without a byte order mark, and any terminal out."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.config import Settings, get_settings
from app.database import Database
from app.services.accounts import accounts
from tests.unit.commands.conftest import Run

ROOT = Path(__file__).resolve().parents[3]
EMAIL = "пример@example.com"
SHOWN = "??????@example.com"  # by a terminal that has no such letters
PASSWORD = "Prächtige-Föhre-9-Häuser-привет"
NOT_UTF_8 = "The password is not in UTF-8.\n"

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def typed(content: bytes, *arguments: str, charset: str = "utf-8") -> Result:
    """The result of a command whose standard streams have this encoding."""
    get_settings.cache_clear()
    return CliRunner(charset=charset).invoke(app, arguments, input=content)


@pytest.fixture(autouse=True)
def _environment(run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)


def can_log_in(database: Database, settings: Settings, password: str = PASSWORD) -> bool:
    now = datetime.now(UTC)
    login = accounts.log_in(
        database.write, email=EMAIL, password=password, address="198.51.100.7", settings=settings, now=now
    )
    return bool(asyncio.run(login).token)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "ascii"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "mark"])
def test_password_on_the_standard_input_is_utf_8_whatever_the_locale(
    database: Database, settings: Settings, charset: str, mark: bytes
) -> None:
    content = mark + PASSWORD.encode() + b"\r\nmore"
    result = typed(content, "create-user", EMAIL, "--password-stdin", charset=charset)
    assert (result.exit_code, result.exception) == (0, None)
    assert can_log_in(database, settings)


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_password_in_another_encoding_is_refused(
    database: Database, settings: Settings, encoding: str, charset: str
) -> None:
    typed(PASSWORD.encode(), "create-user", EMAIL, "--password-stdin")
    content = "Neun-grüne-Lampen-в-Осло-4\n".encode(encoding, errors="replace")
    result = typed(content, "set-password", EMAIL, "--password-stdin", charset=charset)
    assert (result.exit_code, result.output) == (1, NOT_UTF_8)
    assert can_log_in(database, settings)


@pytest.mark.parametrize("charset", ["cp1252", "iso-8859-1"])
def test_command_that_succeeds_exits_with_0_whatever_the_terminal_can_show(
    tmp_path: Path, charset: str
) -> None:
    copy, shown = str(tmp_path / "копия"), f"{tmp_path}/?????"
    new = "Neun-grüne-Lampen-в-Осло-4".encode()
    steps = [
        (
            ["create-admin", EMAIL, "--password-stdin"],
            PASSWORD.encode(),
            f"{SHOWN} has an account (admin).\n",
        ),
        (
            ["set-password", EMAIL, "--password-stdin"],
            new,
            f"{SHOWN} has a new password; every login has ended.\n",
        ),
        (["set-role", EMAIL, "admin"], b"", f"{SHOWN} is now: admin.\n"),
        (["logout-everywhere", EMAIL], b"", f"{SHOWN} is logged out everywhere.\n"),
        (["create-admin", "b@example.com", "--password-stdin"], PASSWORD.encode(), None),
        (["deactivate", EMAIL], b"", f"{SHOWN} cannot log in any more; `activate` undoes it.\n"),
        (["activate", EMAIL], b"", f"{SHOWN} can log in again.\n"),
        (["backup", copy], b"", None),
        (
            ["restore", copy, "--force"],
            b"",
            f"Restored {shown}. The next start brings its tables to this version.\n",
        ),
        (["delete-user", EMAIL], b"\xef\xbb\xbfy\r\n", None),
        (["settings", "guide"], b"", None),
    ]
    for arguments, content, output in steps:
        result = typed(content, *arguments, charset=charset)
        assert (result.exit_code, result.exception) == (0, None), arguments
        assert output in (None, result.stdout)


def test_answer_that_is_no_text_is_no_yes() -> None:
    typed(PASSWORD.encode(), "create-user", EMAIL, "--password-stdin")
    result = typed(b"\xff\n", "delete-user", EMAIL)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert typed(b"", "activate", EMAIL).exit_code == 0


def test_file_name_that_is_no_text_is_shown_with_question_marks(tmp_path: Path) -> None:
    assert typed(b"", "migrate").exit_code == 0
    result = typed(b"", "backup", f"{tmp_path}/copy\udcff")
    assert (result.exit_code, result.stdout.startswith(f"{tmp_path}/copy? (")) == (0, True)


@pytest.mark.parametrize(
    ("streams", "output"),
    [("</dev/null >&-", ""), ("<&-", "The password must have 12 to 128 characters.\n")],
    ids=["output", "input"],
)
def test_closed_stream_is_no_traceback(streams: str, output: str) -> None:
    command = f'exec "{sys.executable}" -m app create-user a@example.com --password-stdin {streams}'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert output in done.stderr
    assert "Traceback" not in done.stderr


def test_terminal_of_cp1252_shows_an_address_that_it_has_no_letters_for() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "create-user", EMAIL, "--password-stdin"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        input=PASSWORD.encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{SHOWN} has an account (user).\n".encode())


# Runs a command on a terminal of its own, whose other end is the standard input and output.
ON_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


def test_password_typed_in_another_encoding_than_the_terminal_has_is_refused() -> None:
    command = [sys.executable, "-m", "app", "create-user", "a@example.com"]
    process = subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, *command],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdin
    assert process.stdout
    prompt = b""
    while not prompt.endswith(b": "):  # the space comes when nothing that is typed is shown any more
        prompt += process.stdout.read(1)
    process.stdin.write(PASSWORD.encode("cp1251", errors="replace") + b"\n")
    shown, _ = process.communicate(timeout=60)
    assert (prompt + shown).decode().split() == ["Password:", *NOT_UTF_8.split()]
    assert process.returncode == 1
