"""The drawings of a period without colour: with colour vision deficiencies, on every shade, on paper."""

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from tests.browser.pages_support import SCREENS, Worker, worker_with_a_full_day
from tests.server import Server

DEFICIENCIES = ("protanopia", "deuteranopia", "tritanopia", "achromatopsia")
SEEN_STEP = 40  # of 255: how far the lightnesses of a pattern lie apart at least
PATTERNS = {"": "plain", "url(#fast)": "dots", "url(#slow)": "stripes"}
LEAST_HISTOGRAM_BAR = 16  # pixels up in which a pattern repeats
# For each level of the calendar: the luminance of its colour, and the contrast of the number on it.
LEVELS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...document.querySelectorAll("#when .legend .cell")].map((cell, level) => {
    const number = document.createElementNS("http://www.w3.org/2000/svg", "text");
    number.setAttribute("class", `mid on-${level}`);
    cell.parentNode.append(number);
    const [ground, ink] = [cell, number].map((part) => luminance(getComputedStyle(part).fill));
    return [ground, (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05)];
  });
}"""
# The words that are broken over two lines.
BROKEN_WORDS = """(cell) => {
  const words = [...cell.firstChild.data.matchAll(/\\S+/g)];
  return words.filter(({ 0: word, index }) => {
    const range = document.createRange();
    range.setStart(cell.firstChild, index);
    range.setEnd(cell.firstChild, index + word.length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word);
}"""


@pytest.fixture(scope="module")
def worker(server: Server, browser: Browser) -> Worker:
    return worker_with_a_full_day(server, browser)


def opened(worker: Worker, browser: Browser, kind: str, **options: Any) -> Page:
    page = worker.context(browser, **options).new_page()
    page.goto(f"/dashboard/{kind}?date={worker.full_day}", wait_until="networkidle")
    return page


def pattern_of(picture: Image.Image) -> str:
    """Which of `PATTERNS` fills a picture, by lightness alone: stripes cross every row of pixels, dots do not."""
    grey = picture.convert("L")
    rows = [grey.crop((0, y, grey.width, y + 1)).tobytes() for y in range(grey.height)]
    varied = [max(row) - min(row) >= SEEN_STEP for row in rows]
    return "stripes" if all(varied) else "dots" if any(varied) else "plain"


def picture_of(picture: Image.Image, mark: Locator, scale: int) -> Image.Image:
    """The inside of a mark in the picture of the whole page."""
    left, top, width, height = mark.evaluate(
        "(mark) => { const box = mark.getBoundingClientRect();"
        " return [box.x + scrollX, box.y + scrollY, box.width, box.height]; }"
    )
    return picture.crop(
        (
            round(scale * (left + 3)),
            round(scale * (top + 3)),
            round(scale * (left + width - 3)),
            round(scale * (top + height - 1)),
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_pace_is_told_apart_by_pattern(
    worker: Worker, browser: Browser, tmp_path: Path, deficiency: str, scheme: Any
) -> None:
    page = opened(worker, browser, "week", device_scale_factor=2, color_scheme=scheme)
    usual = page.screenshot(full_page=True)
    page.context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})
    seen = page.screenshot(full_page=True, path=tmp_path / f"week-{deficiency}-{scheme}.png")
    assert seen != usual
    picture = Image.open(BytesIO(seen))
    found = set()
    for mark in page.locator("#distribution [data-tip] .value").all():
        if float(mark.get_attribute("height") or 0) >= LEAST_HISTOGRAM_BAR:
            named = PATTERNS[mark.get_attribute("fill") or ""]
            assert pattern_of(picture_of(picture, mark, 2)) == named
            found.add(named)
    assert found == set(PATTERNS.values())
    hours = page.locator("#weekdays [data-tip] .value").all()
    assert hours
    for mark in hours:  # the lowest, too
        is_plain = pattern_of(picture_of(picture, mark, 2)) == "plain"
        assert is_plain == (mark.get_attribute("fill") is None)
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shades_of_the_calendar_are_in_order_and_their_numbers_legible(
    worker: Worker, browser: Browser, scheme: Any
) -> None:
    page = opened(worker, browser, "year", color_scheme=scheme)
    levels = page.evaluate(LEVELS)
    assert len(levels) == 6
    assert min(contrast for _, contrast in levels) >= 4.5, levels
    ordered = [ground for ground, _ in levels]
    steps = [after - before for before, after in pairwise(ordered)]
    assert all(step < 0 for step in steps) or all(step > 0 for step in steps), ordered
    page.context.close()


def test_names_of_task_types_stay_whole_on_paper(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "week", viewport={"width": 794, "height": 1100})  # A4 at 96 dots an inch
    page.emulate_media(media="print")
    names = page.locator(".types th.task").all()
    assert len(names) == 4
    assert [name.evaluate(BROKEN_WORDS) for name in names] == [[]] * 4
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.context.close()


def test_lengths_of_periods_stand_in_one_row_on_a_phone(worker: Worker, browser: Browser) -> None:
    page = opened(worker, browser, "week", **SCREENS["narrow"])
    tops = {tab.evaluate("(tab) => tab.offsetTop") for tab in page.locator(".tabs a").all()}
    assert len(tops) == 1
    page.context.close()
