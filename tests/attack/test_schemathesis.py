"""Schemathesis reads the API's description and tries what it can think of, with all of its checks.

Against a real server: examples, the edges of every field, random values right and wrong, and sequences in which an
answer's ids go into the next request. `schemathesis.toml` beside this file says which checks do not fit which route.
"""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.attack.world import World
from tests.server import Server

RULES = Path(__file__).with_name("schemathesis.toml")
TOOL = Path(sys.executable).with_name("schemathesis")
ENDS_THE_LOGIN = "/auth/logout"


def run(server: Server, login: str, *options: object) -> None:
    """Fails with what it found."""
    token = httpx2.get(f"{server.url}/auth/csrf").json()["csrf_token"]
    headers = ["--header", f"Authorization: Bearer {login}", "--header", f"x-csrf-token: {token}"]
    command = [TOOL, "--config-file", RULES, "run", f"{server.url}/openapi.json", *headers]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--warnings", "off"]
    command += ["--no-color", "--continue-on-failure", "--generation-database", "none", *options]
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, cwd=server.folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


def assert_nothing_is_wrong(server: Server, world: World, *options: object) -> None:
    run(server, world.login, "--exclude-path", ENDS_THE_LOGIN, *options)
    run(server, world.other_login, "--include-path", ENDS_THE_LOGIN, *options)
    assert '"level": "error"' not in server.log
    assert httpx2.get(f"{server.url}/health").status_code == 200


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_api_answers_as_it_is_described(server: Server, world: World) -> None:
    assert_nothing_is_wrong(server, world, "--max-examples", 8, "--seed", 1)


@pytest.mark.soak
def test_api_answers_as_it_is_described_for_long(server: Server, world: World) -> None:
    assert_nothing_is_wrong(server, world, "--max-examples", 300)
