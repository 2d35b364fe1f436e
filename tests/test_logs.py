"""Log lines."""

import json

import pytest
import structlog

from app import logs


def test_line_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().warning("refused", path="/a\nb", detail="Ünïcode \u2028 here")
    written = capsys.readouterr()
    assert written.out == ""
    (line,) = written.err.splitlines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "refused",
        "level": "warning",
        "path": "/a\nb",
        "detail": "Ünïcode \u2028 here",
    }


def test_traceback_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    password = "-".join(("Violet", "kettle"))
    try:
        raise ValueError(len(password))
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: 13" in json.loads(line)["exception"]
    assert password not in line
