"""The entry point, as servers and the quickstart use it."""

import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
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


@pytest.mark.parametrize(
    ("folder", "module"),
    [(ROOT, "app.main"), (ROOT / "app", "main"), (ROOT, "app.cli"), (ROOT, "app.tracking.days")],
)
def test_pinned_time_zones_count_whatever_the_machine_has(tmp_path: Path, folder: Path, module: str) -> None:
    """The machine's Vancouver still has winter time, eight hours behind UTC; by the pinned rules it has seven."""
    (tmp_path / "America").mkdir()
    with as_file(files("tzdata.zoneinfo.Etc") / "GMT+8") as eight_hours_behind:
        shutil.copy(eight_hours_behind, tmp_path / "America" / "Vancouver")
    code = (
        f"import {module}; from app.tracking.days import date_of\n"
        "print(date_of(1_795_764_600_000_000, 'America/Vancouver'))"  # 2026-11-27T07:30Z
    )
    done = started(code, folder, SECRET_KEY="k" * 32, PYTHONTZPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "2026-11-27\n"), done.stderr


def test_module_has_no_other_hidden_attribute() -> None:
    with pytest.raises(AttributeError, match="application"):
        _ = main.application


def test_main_stays_a_table_of_contents() -> None:
    assert len((ROOT / "app" / "main.py").read_text().splitlines()) < 80
