"""The entry point, as servers and the quickstart use it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import main
from app.config import Settings

ROOT = Path(__file__).resolve().parents[2]


def started(code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Python with this code, from this folder, with these settings alone."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(("folder", "module"), [(ROOT, "app.main"), (ROOT / "app", "main")])
def test_app_is_found_from_either_folder(folder: Path, module: str) -> None:
    code = f"import importlib; print(importlib.import_module({module!r}).app.title)"
    done = started(code, folder, SECRET_KEY="k" * 32)
    assert (done.returncode, done.stdout) == (0, "RaterHub Tracker\n")


def test_module_has_no_other_hidden_attribute() -> None:
    with pytest.raises(AttributeError, match="application"):
        _ = main.application


def test_main_stays_a_table_of_contents() -> None:
    assert len((ROOT / "app" / "main.py").read_text().splitlines()) < 80
