"""The command-line tool: `raterhub-tracker`, or `python -m app`. Each command is a function in `app/commands`."""

import typer

from app import logs
from app.commands import accounts, backup, doctor, migrate, purge, serve, settings, verify

app = typer.Typer(
    name="raterhub-tracker",
    help="Session-based productivity tracking: serve it, maintain its data and its accounts.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would print keys and passwords.
    pretty_exceptions_enable=False,
)


@app.callback()
def _configure_logs() -> None:
    logs.configure()


for command in (
    serve.serve,
    migrate.migrate,
    settings.settings,
    doctor.doctor,
    verify.verify,
    purge.purge,
    backup.backup,
    backup.restore,
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
