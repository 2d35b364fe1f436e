"""Growth: everything that `make bench` measures, on five million questions. It reports; no figure fails it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANY = 5_000_000


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_five_million_questions_are_measured(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every request of every stretch of load is answered with success, or the measurement ends with another code."""
    command = [sys.executable, "-m", "bench", engine, "--questions", str(MANY)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=3000)
    with capsys.disabled():
        print(f"\n{done.stdout}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"the same with {-(-MANY // 45_000) * 45_000:,} questions" in done.stdout
