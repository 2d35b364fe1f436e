"""The command-line tool: `raterhub-tracker`, or `python -m app`.

Here is `serve`; each other group of commands stands in a module of `app/commands`.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app import logs


class Tool(TyperGroup):
    """Commands by name. `serve` is at hand; the others are loaded, with all they need, when one is asked for."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name; None where there is none."""
        if cmd_name not in self.commands:
            self._load_others()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command's name."""
        self._load_others()
        return super().list_commands(ctx)

    def _load_others(self) -> None:
        from app.commands import accounts, backup, doctor, migrate, purge, verify

        others = typer.Typer(pretty_exceptions_enable=False)
        for module in (accounts, backup, doctor, migrate, purge, verify):
            module.register(others)
        self.commands = {**self.commands, **typer.main.get_group(others).commands}


app = typer.Typer(
    name="raterhub-tracker",
    cls=Tool,
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
    with loading():
        from app.commands import server

        config = server.prepare(host, port, workers)
    server.run(config)


@contextmanager
def loading() -> Iterator[None]:
    """Leave the garbage collector out meanwhile, and afterwards what was loaded: it stays as long as the process.

    To look through it takes longer than a hundred requests, which would have to wait.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
