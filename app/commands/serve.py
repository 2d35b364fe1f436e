"""The command `serve`: one process, or several processes and their supervisor."""

import gc
import os
import signal
import sys
import tempfile
from contextlib import suppress
from typing import Annotated

import structlog
import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.commands.doctor_checks import check_several_processes
from app.commands.migrate import migrated_database
from app.config import get_settings
from app.http_protocol import BoundedProtocol

# Docker and most supervisors wait ten seconds between SIGTERM and SIGKILL.
GRACEFUL_SECONDS = 8

log = structlog.get_logger(__name__)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes. With more than one, set RATE_LIMIT_STORAGE_URI to a Redis.")
    ] = 1,
    limit_connections: Annotated[
        int, typer.Option(min=1, help="Connections of each process; to those beyond it answers 503.")
    ] = 1000,
) -> None:
    """Serve the application until SIGTERM or Ctrl+C; requests in flight are finished."""
    config = load(host, port, workers, limit_connections)
    # A full garbage collection over the loaded modules would delay requests by tens of milliseconds.
    gc.freeze()
    run(config)


def load(host: str, port: int, workers: int, limit_connections: int) -> uvicorn.Config:
    """Check the settings, migrate the tables and load the application."""
    settings = get_settings()  # invalid settings are reported once, not by each worker
    for finding in check_several_processes(settings, workers):
        log.warning(finding.what, why=finding.why, remedy=finding.remedy)
    # Each worker does this too, but reports a failure with a traceback.
    with migrated_database():
        pass
    config = uvicorn.Config(
        "app.main:app",
        host=host,
        port=port,
        workers=workers,
        http=BoundedProtocol,
        ws="none",
        limit_concurrency=limit_connections,
        # The application applies TRUSTED_PROXIES; uvicorn would also trust 127.0.0.1.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,  # `app.logs` formats the lines of uvicorn
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    if workers == 1:
        config.load()
    return config


def run(config: uvicorn.Config) -> None:
    """Serve until SIGTERM or Ctrl+C. Exits with `STARTUP_FAILURE` if the server did not start."""
    # uvicorn sends itself SIGTERM again after a graceful shutdown. The exit code is then 0.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    if config.workers > 1:
        _run_several(config)
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # uvicorn sends Ctrl+C again after a graceful shutdown
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _run_several(config: uvicorn.Config) -> None:
    """Serve with several processes. The supervisor replaces a process that ends."""
    with tempfile.TemporaryDirectory(prefix="raterhub-metrics-") as folder:
        if get_settings().metrics_shown:
            # prometheus_client reads the variable when the worker processes import it, and adds up their counts.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        supervisor = Multiprocess(config, sockets=[config.bind_socket()])
        supervisor.run()
    # A service manager restarts this program only if its exit code says that it failed.
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)
