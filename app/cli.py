"""The command-line tool: `raterhub-tracker`, or `python -m app`.

Here is `serve`; each other group of commands stands in a module of `app/commands` and is registered below.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType
from typing import Annotated

import structlog
import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app import logs
from app.commands import accounts, backup, doctor, migrate, purge, verify
from app.commands.checkup import Serving, several_processes
from app.config import get_settings

# Less than the ten seconds that Docker and most supervisors wait between SIGTERM and SIGKILL.
GRACEFUL_SECONDS = 8

log = structlog.get_logger(__name__)

app = typer.Typer(
    name="raterhub-tracker",
    help="Session-based productivity tracking: serve it, look after its data and its accounts.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print keys and passwords.
    pretty_exceptions_enable=False,
)


@app.callback()
def _prepare() -> None:
    logs.configure()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes. With more than one, set RATE_LIMIT_STORAGE_URI to a Redis.")
    ] = 1,
) -> None:
    """Serve the application until SIGTERM or Ctrl+C; requests in flight are finished."""
    settings = get_settings()  # what cannot be used is said here, once, and not by each worker
    for finding in several_processes(settings, Serving(host, port, workers)):
        log.warning(finding.what, why=finding.why, remedy=finding.remedy)
    # The application does this too, but each worker by itself, and with a traceback where it cannot be done.
    migrate.bring_to_this_version(settings.database_url)
    signal.signal(signal.SIGTERM, _leave)
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
    with common_counts() if workers > 1 and settings.metrics_shown else nullcontext():
        failed = _run_several(config) if workers > 1 else _run_one(config)
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


for group in (accounts, backup, doctor, migrate, purge, verify):
    group.register(app)
