"""A real Firefox with a real userscript manager, both named by the environment: docs/real-managers.md."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.managers.loopback import Site
from tests.server import Server

if TYPE_CHECKING:  # what drives Firefox is installed for these tests alone
    from tests.managers.user import ManagedUser

pytest.register_assert_rewrite("tests.managers.user")
NEEDED = ("REAL_MANAGER", "FIREFOX")

# What drives Firefox leaves connections and files to the garbage collector.
LEFT_OPEN = ("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs both."""
    here = Path(__file__).parent
    missing = [name for name in NEEDED if name not in os.environ]
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.manager)
            item.add_marker(pytest.mark.filterwarnings(*LEFT_OPEN))
            item.add_marker(pytest.mark.skipif(bool(missing), reason=f"not given: {', '.join(missing)}"))


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator["ManagedUser"]:
    """Registered, with the manager and without the script."""
    from tests.managers.firefox import Firefox
    from tests.managers.greasemonkey import Greasemonkey
    from tests.managers.user import ManagedUser

    with ExitStack() as stack:
        site = Site(tmp_path)
        stack.callback(site.stop)
        server = Server(tmp_path, environment={"PUBLIC_URL": site.url})
        stack.callback(server.stop)
        site.tracker_port = server.port
        server.start()
        firefox = Firefox(os.environ["FIREFOX"], site.port, tmp_path)
        stack.callback(firefox.end)
        manager = Greasemonkey(firefox, Path(os.environ["REAL_MANAGER"]).resolve())
        made = ManagedUser(firefox, manager, server, site)
        made.register()
        yield made


@pytest.fixture
def rater(newcomer: "ManagedUser") -> "ManagedUser":
    """With the script, and connected."""
    newcomer.install_script()
    newcomer.connect()
    return newcomer
