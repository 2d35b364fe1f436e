"""What `raterhub-tracker serve` runs: one process, or several and one that looks after them."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.commands import migrate
from app.commands.checkup import Serving, several_processes
from app.config import get_settings

# Less than the ten seconds that Docker and most supervisors wait between SIGTERM and SIGKILL.
GRACEFUL_SECONDS = 8

log = structlog.get_logger(__name__)


def prepare(host: str, port: int, workers: int) -> uvicorn.Config:
    """Look at the settings, bring the tables to this version, load what is to be served."""
    settings = get_settings()  # what cannot be used is said here, once, and not by each worker
    for finding in several_processes(settings, Serving(host, port, workers)):
        log.warning(finding.what, why=finding.why, remedy=finding.remedy)
    # The application does this too, but each worker by itself, and with a traceback where it cannot be done.
    with migrate.prepared(settings.database_url):
        pass
    config = uvicorn.Config(
        "app.main:app",
        host=host,
        port=port,
        workers=workers,
        # The application itself trusts TRUSTED_PROXIES; uvicorn would trust 127.0.0.1 as well.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,  # its lines leave like ours: `logs.configure`
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    if workers == 1:
        config.load()
    return config


def run(config: uvicorn.Config) -> None:
    """Serve until SIGTERM or Ctrl+C. Exits with an error where it could not even start."""
    signal.signal(signal.SIGTERM, _leave)
    if config.workers == 1:
        failed = _run_one(config)
    else:
        with common_counts() if get_settings().metrics_shown else nullcontext():
            failed = _run_several(config)
    if failed:
        sys.exit(STARTUP_FAILURE)


def _run_one(config: uvicorn.Config) -> bool:
    """Serve until told to end; whether it could not even start."""
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # Ctrl+C is sent once more when all is shut down in good order
        server.run()
    return not server.started


def _run_several(config: uvicorn.Config) -> bool:
    """The same with several processes. One that ends is replaced; where that fails, all end."""
    supervisor = Multiprocess(config, sockets=[config.bind_socket()])
    supervisor.run()
    # Whoever looks after this program starts it anew only if it says that it failed.
    return any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)


@contextmanager
def common_counts() -> Iterator[None]:
    """A folder in which the processes of one server keep their counts, see `web/metrics.py`."""
    with tempfile.TemporaryDirectory(prefix="raterhub-metrics-") as folder:
        # prometheus_client looks at it when it is imported: in the processes that are started from here.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        try:
            yield
        finally:
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # uvicorn sends itself the signal once more after it has shut down in good order: an exit, no death.
    sys.exit(0)
