"""Panel and pages draw the same face for a pace, and no two paces have one face."""

import json
import subprocess
from pathlib import Path

import pytest

from app.tracking import pacing
from app.web.templating import environment

PACE = Path(__file__).parents[3] / "app" / "widget" / "pace.js"
LABELS = [*(label for _, label, _ in pacing.LABELS), pacing.SLOWEST[0], pacing.NO_PACE.label]
SECONDS = [1, 25, 43, 50, 55, 79]  # of a target of 50 s: one for each label of a number of questions
PANEL_FACES = f"""
import {{ paceOf }} from {json.dumps(PACE.as_uri())};
const paces = {SECONDS}.map((seconds) => paceOf(seconds * 1000, 50_000, 1)).concat(paceOf(0, 0, 0));
console.log(JSON.stringify(Object.fromEntries(paces.map(({{ label, face }}) => [label, face]))));
"""


def faces_of_pages() -> dict[str, str]:
    faces: dict[str, str] = environment().get_template("macros/faces.html").module.FACES  # type: ignore[attr-defined]
    return faces


def test_each_pace_has_a_face_of_its_own() -> None:
    faces = faces_of_pages()
    assert list(faces) == LABELS
    assert len(set(faces.values())) == len(LABELS)


@pytest.mark.node
def test_panel_draws_the_faces_of_the_pages() -> None:
    command = ["node", "--input-type=module", "--eval", PANEL_FACES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == faces_of_pages()
