"""The command-line tool: `raterhub-tracker`, or `python -m app`.

Here is `serve`; each other group of commands stands in a module of `app/commands` and is registered below.
"""

import signal
import sys
from types import FrameType
from typing import Annotated

import typer
import uvicorn

from app import logs
from app.commands import accounts, backup, migrate, verify
from app.config import get_settings

# Less than the ten seconds that Docker and most supervisors wait between SIGTERM and SIGKILL.
GRACEFUL_SECONDS = 8

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
    get_settings()  # what cannot be used is said here, once, and not by each worker
    signal.signal(signal.SIGTERM, _leave)
    uvicorn.run(
        "app.main:app",
        host=host,
        port=port,
        workers=workers,
        # The application itself trusts TRUSTED_PROXIES; uvicorn would trust 127.0.0.1 as well.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # uvicorn sends itself the signal once more after it has shut down in good order: an exit, no death.
    sys.exit(0)


for group in (accounts, backup, migrate, verify):
    group.register(app)
