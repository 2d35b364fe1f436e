"""The documents have the settings as the command `settings` prints them, and `.env.example` can be used as it is."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.config import Settings

ROOT = Path(__file__).resolve().parents[3]


def printed(document: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The output of `settings`, which needs no key."""
    monkeypatch.delenv("SECRET_KEY", raising=False)
    result = CliRunner().invoke(app, ["settings", document])
    assert result.exit_code == 0, result.output
    return result.stdout


def section(path: str, start: str, end: str) -> str:
    """The text of a file between two lines."""
    return (ROOT / path).read_text(encoding="utf-8").partition(start)[2].partition(end)[0]


def test_guide_has_the_table_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    written = section("documentation.md", "\n## Settings\n", "\n## ")
    assert [line for line in written.splitlines() if line.startswith("|")] == printed(
        "guide", monkeypatch
    ).splitlines(), 'put the output of "python -m app settings guide" below Settings in documentation.md'


def test_env_example_has_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    written = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert written == printed("env", monkeypatch), "run: python -m app settings env > .env.example"


def test_compose_passes_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert compose["services"]["web"]["environment"] == yaml.safe_load(printed("compose", monkeypatch)), (
        'put the output of "python -m app settings compose" below environment in docker-compose.yml'
    )


def test_every_setting_has_a_help_text() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_env_example_shows_defaults_or_examples(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = [line.removeprefix("#") for line in lines if line and not line.startswith("# ")]
    file = tmp_path / ".env"
    file.write_text("\n".join(shown) + "\n")
    examples = {
        "session_cookie_secure": True,
        "public_url": "https://tracker.example.org",
        "trusted_proxies": ("127.0.0.1",),
    }
    defaults = Settings(_env_file=None, secret_key="k").model_dump()
    assert Settings(_env_file=file, secret_key="k").model_dump() == defaults | examples
