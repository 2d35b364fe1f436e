"""The panel's German for what the tracker says is that of the pages."""

import json
import subprocess
from pathlib import Path

import pytest

from app.tracking import machine, pacing
from app.web.texts import CATALOGUES
from tests import catalogue

WIDGET = Path(__file__).parents[3] / "app" / "widget"
RECORDING = WIDGET.parent / "services" / "recording"
GERMAN = CATALOGUES["de"]
BUTTONS = {
    "NEXT": "Next",
    "PAUSE": "Pause",
    "EXIT": "Exit",
    "DISCARD": "Discard this one",
    "LEAVE": "End without counting",
}
LABELS = [*(label for _, label, _ in pacing.LABELS), pacing.SLOWEST[0], pacing.NO_PACE.label]
pytestmark = pytest.mark.node


def in_panel(expression: str) -> object:
    """The value of a JavaScript expression over `GERMAN`."""
    code = (
        f"import {{ GERMAN }} from {json.dumps((WIDGET / 'messages_de.js').as_uri())};"
        f"console.log(JSON.stringify({expression}));"
    )
    command = ["node", "--input-type=module", "--eval", code]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_paces_of_the_panel_are_those_of_the_pages() -> None:
    labels = [GERMAN.gettext(label) for label in LABELS]
    assert in_panel("Object.values(GERMAN.paces).slice(0, 7)") == labels


def test_buttons_of_the_panel_are_those_of_the_pages() -> None:
    expected = {action: GERMAN.gettext(name) for action, name in BUTTONS.items()}
    expected["UNDO"] = GERMAN.pgettext("panel", "Undo")
    assert in_panel("GERMAN.actions") == expected


def test_refusals_of_presses_are_those_of_the_pages() -> None:
    sentences = {
        sentence
        for path in (Path(machine.__file__), *RECORDING.glob("*.py"))
        for sentence in catalogue.refusals_of(path)
    }
    assert len(sentences) >= 7
    said = [sentence.format(kind="UNDO") if "{kind}" in sentence else sentence for sentence in sentences]
    expected = [GERMAN.gettext(sentence).replace("{kind}", "UNDO") for sentence in sentences]
    assert in_panel(f"{json.dumps(said)}.map(GERMAN.refusal)") == expected
