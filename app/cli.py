"""The command-line tool: `raterhub-tracker`, or `python -m app`. Each command is a function in `app/commands`."""

import sys
from io import TextIOWrapper

import typer

from app import logs
from app.commands import accounts, backup, demo, doctor, migrate, purge, serve, settings, verify

app = typer.Typer(
    name="raterhub-tracker",
    help="Session-based productivity tracking: serve it, maintain its data and its accounts.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print keys and passwords.
    pretty_exceptions_enable=False,
)


@app.callback()
def _configure() -> None:
    logs.configure()
    # Files and programs give UTF-8 whatever the locale is, and a terminal may lack a letter of an address. Standard
    # error replaces by itself; a stream that is closed is None.
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding=None if sys.stdin.isatty() else "utf-8-sig", errors="replace")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


for command in (
    serve.serve,
    migrate.migrate,
    settings.settings,
    doctor.doctor,
    verify.verify,
    purge.purge,
    backup.backup,
    backup.restore,
    demo.demo,
    accounts.set_password,
    accounts.set_role,
    accounts.deactivate,
    accounts.activate,
    accounts.delete_user,
    accounts.logout_everywhere,
):
    app.command()(command)
for name, text in (
    ("create-user", "Create an account, even while registration is closed."),
    ("create-admin", "Create an account with the role admin, even while registration is closed."),
):
    app.command(name, help=text)(accounts.create_account)
