"""What pages and panel write is in every system's fonts: no emoji and no rare symbols, which may show as boxes."""

from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "app"
SHOWN = sorted(
    path
    for folder in ("templates", "static", "widget")
    for path in (APP / folder).rglob("*")
    if path.is_file()
)
PUNCTUATION = set("–—‘’‚“”„…←→−")
# Shown on Macs alone, whose fonts have them.
SIGNS_OF_MACS = {"hotkeys.js": set("⌃⌥⇧")}


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: str(path.relative_to(APP)))
def test_characters_are_in_every_font(path: Path) -> None:
    beyond_latin = {character for character in path.read_text(encoding="utf-8") if ord(character) > 0x17F}
    assert beyond_latin - PUNCTUATION - SIGNS_OF_MACS.get(path.name, set()) == set()
