"""Servers that are killed, browsers that are killed, and what is left to be compared afterwards."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright

from app.services.userscript import render_userscript
from bench.chromium import ARGUMENTS
from tests.browser.conftest import CHROMIUM, OPTIONS
from tests.browser.faults.account import Account
from tests.browser.faults.client import Client
from tests.browser.manager import Flavour, Manager
from tests.server import ROOT, Server

MakeClient = Callable[..., Client]


@pytest.fixture(scope="session")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for this folder alone, which tests may kill. At the end all it holds follows from its log."""
    server = Server(tmp_path_factory.mktemp("mortal"))
    server.start()
    yield server
    server.stop()
    verified = subprocess.run(
        [sys.executable, "-m", "app", "verify"],
        cwd=ROOT,
        env={
            **os.environ,
            "SECRET_KEY": server.secret_key,
            "DATABASE_URL": f"sqlite:///{server.folder / 'app.db'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture
def account(mortal: Server) -> Account:
    """Somebody new, on a server that runs."""
    if mortal.process is None:
        mortal.start()
    return Account(mortal)


@pytest.fixture
def new_client(
    account: Account, browser: Browser, playwright: Playwright, tmp_path: Path
) -> Iterator[MakeClient]:
    """Makes browsers at work; `profile=True`: a browser of its own, which can be killed."""
    made: list[Client] = []
    script = render_userscript(account.server.url)

    def make(
        *, flavour: Flavour = "GM_", profile: bool = False, clock_shift: float = 0, **more: Any
    ) -> Client:
        folder = tmp_path / f"profile-{len(made)}" if profile else None

        def launch() -> BrowserContext:
            if folder is None:
                return browser.new_context(**OPTIONS)
            return playwright.chromium.launch_persistent_context(
                folder, executable_path=CHROMIUM, args=ARGUMENTS, **OPTIONS
            )

        manager = Manager(script, flavour=flavour, clock_shift=clock_shift)
        client = Client(account, manager, launch, folder, **more)
        made.append(client)
        return client

    yield make
    for client in made:
        with suppress(Error):  # killed by the test
            client.context.close()
