"""The command `settings`: prints the table of settings as the documents have it."""

import textwrap
from typing import Annotated, Literal

import typer
from pydantic.fields import FieldInfo

from app.config import Settings

ENV_WIDTH = 110  # characters
# docker-compose.yml and deploy/raterhub-tracker set these themselves; METRICS_LOOPBACK has no use in a container.
NOT_IN_COMPOSE = frozenset(
    {"secret_key", "database_url", "debug", "rate_limit_storage_uri", "metrics_loopback"}
)
# The Compose file serves plain http on localhost, where some browsers drop Secure cookies.
COMPOSE_DEFAULTS = {"session_cookie_secure": "false"}


def settings(
    document: Annotated[
        Literal["guide", "env", "compose"],
        typer.Argument(help="The guide's table, .env.example, or the environment in docker-compose.yml."),
    ],
) -> None:
    """Print the settings with their defaults, as a document of the project has them."""
    documents = {"guide": guide_table, "env": env_example, "compose": compose_environment}
    typer.echo(documents[document](), nl=False)


def guide_table() -> str:
    """The table below "Settings" in documentation.md."""
    rows = [
        f"| `{name.upper()}` | {_default_text(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| name | default | meaning |", "|---|---|---|", *rows]) + "\n"


def env_example() -> str:
    """The file `.env.example`: each setting as a comment with its default or an example."""
    text = (
        "Copy this file to .env and fill it in. Variables of the environment override it. A line shows the default, "
        "or an example if there is no default. `python -m app doctor` checks the result."
    )
    blocks = [_env_comment(text)]
    for name, field in Settings.model_fields.items():
        value = _env_value(field.examples[0] if field.examples else field.default)
        line = f"{name.upper()}=" if field.is_required() else f"#{name.upper()}={value}"
        blocks.append(f"{_env_comment(str(field.description))}\n{line}")
    return "\n\n".join(blocks) + "\n"


def compose_environment() -> str:
    """The lines of `environment` of the web service in docker-compose.yml."""
    names = [name for name in Settings.model_fields if name not in NOT_IN_COMPOSE]
    lines = [f"      {name.upper()}: ${{{name.upper()}:-{COMPOSE_DEFAULTS.get(name, '')}}}" for name in names]
    return "\n".join(lines) + "\n"


def _default_text(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default_text" in extra:
        return str(extra["default_text"])
    if field.is_required():
        return "required"
    value = _env_value(field.default)
    return f"`{value}`" if value else "none"


def _env_comment(text: str) -> str:
    lines = textwrap.wrap(
        text.replace("`", ""), ENV_WIDTH - 2, break_long_words=False, break_on_hyphens=False
    )
    return textwrap.indent("\n".join(lines), "# ")


def _env_value(value: object) -> str:
    """A default as text of the environment; "" for none."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
