"""Log lines."""

import json
import logging
import socket
import warnings
from pathlib import Path

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from app import logs
from tests.server import Server


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


def test_servers_and_libraries_write_the_same_kind_of_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.configure()  # again, as each application does
    with bound_contextvars(request_id="seven"):
        logging.getLogger("uvicorn.error").info("Started %s\n\x1b[31m", "well")
        logging.getLogger("some.library").debug("not of interest")
        try:
            raise KeyError("gone")
        except KeyError:
            logging.getLogger("some.library").exception("broke")
    structlog.get_logger().info("ours")
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"], line.get("logger"), line.get("request_id")) for line in found] == [
        ("Started well\n\x1b[31m", "info", "uvicorn.error", "seven"),
        ("broke", "error", "some.library", "seven"),
        ("ours", "info", None, None),
    ]
    assert found[1]["exception"].endswith("KeyError: 'gone'")
    assert ["timestamp" in line for line in found] == [True] * 3


def test_warnings_are_lines_too(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        logging.captureWarnings(False)
        warnings.simplefilter("always")
        logs.configure()
        warnings.warn("so and so", UserWarning, stacklevel=1)
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"].count("UserWarning: so and so") == 1


def test_every_line_of_a_server_is_json(tmp_path: Path) -> None:
    server = Server(tmp_path, secret_key="short")  # which is warned of, by the libraries as well
    server.start()
    with socket.create_connection(("localhost", server.port)) as connection:
        connection.sendall(b"this is no request\r\n\r\n")
        connection.recv(1000)
    assert server.terminate() == 0
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert [line for line in lines if not line.keys() >= {"timestamp", "level", "event"}] == []
    said = [line["event"] for line in lines]
    assert said.count("Application startup complete.") == 1
    assert said.count("Invalid HTTP request received.") == 1
