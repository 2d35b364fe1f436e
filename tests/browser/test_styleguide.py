"""All parts of the pages on one page: accessible, and of a size for pointer and finger."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, StorageState

from tests.browser.pages_support import SCREENS, look_at
from tests.raters import PASSWORD
from tests.server import Server

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
TABLET: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
FINGER = 44  # pixels across and down of what a finger is to hit
LISTS = ("lists", "rows")
SIX_ENTRIES = ("Six entries", "Six long entries")


@pytest.fixture(scope="module")
def debugging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in debug mode."""
    server = Server(tmp_path_factory.mktemp("debugging"), environment={"DEBUG": "true"})
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def login(debugging: Server, browser: Browser) -> StorageState:
    """Of somebody registered there."""
    page = browser.new_page(base_url=debugging.url)
    page.goto("/register")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    page.wait_for_url("**/dashboard/**")
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def new_page(debugging: Server, browser: Browser, login: StorageState) -> Iterator[Callable[..., Page]]:
    """Opens an empty page, with options of its own."""
    opened: list[Page] = []

    def make(**options: Any) -> Page:
        page = browser.new_page(base_url=debugging.url, storage_state=login, locale="en-GB", **options)
        opened.append(page)
        return page

    yield make
    for page in opened:
        page.close()


@pytest.fixture
def styleguide(new_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the page of all parts."""

    def make(**options: Any) -> Page:
        page = new_page(**options)
        page.goto("/styleguide")
        return page

    return make


def box_of(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def boxes_of(parts: Locator) -> list[FloatRect]:
    return [box_of(part) for part in parts.all()]


def overlap(one: FloatRect, other: FloatRect) -> bool:
    """Whether two boxes share more than an edge."""
    across = min(each["x"] + each["width"] for each in (one, other)) - max(one["x"], other["x"])
    down = min(each["y"] + each["height"] for each in (one, other)) - max(one["y"], other["y"])
    return min(across, down) > 0.01


@pytest.mark.parametrize("screen", SCREENS)
def test_parts_are_accessible_and_in_bounds(
    new_page: Callable[..., Page], tmp_path: Path, screen: str
) -> None:
    page = new_page(**SCREENS[screen])
    look_at(page, "/styleguide", tmp_path / "styleguide.png")


@pytest.mark.parametrize("name", SIX_ENTRIES)
def test_six_entries_of_the_navigation_fit_a_phone(styleguide: Callable[..., Page], name: str) -> None:
    page = styleguide(**PHONE)
    boxes = boxes_of(page.get_by_role("navigation", name=name, exact=True).get_by_role("link"))
    assert len(boxes) == 6
    assert [box for box in boxes if box["x"] < 0 or box["x"] + box["width"] > 360] == []
    assert [box for box in boxes if min(box["width"], box["height"]) < FINGER] == []
    assert [
        (one, other) for one in boxes for other in boxes if one is not other and overlap(one, other)
    ] == []
    assert len({box["y"] for box in boxes}) == 2, "two lines"
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_six_entries_of_the_navigation_fit_one_line_of_a_wide_screen(styleguide: Callable[..., Page]) -> None:
    page = styleguide(viewport={"width": 1024, "height": 700})
    for name in SIX_ENTRIES:
        boxes = boxes_of(page.get_by_role("navigation", name=name, exact=True).get_by_role("link"))
        assert len({box["y"] for box in boxes}) == 1


def test_current_entry_is_marked_in_forced_colours_too(styleguide: Callable[..., Page]) -> None:
    page = styleguide(forced_colors="active")
    entries = page.get_by_role("navigation", name="Six entries", exact=True).get_by_role("link")
    edges = [
        entry.evaluate("(entry) => getComputedStyle(entry).borderBottomWidth") for entry in entries.all()
    ]
    assert edges == ["0px"] * 5 + ["3px"]


@pytest.mark.parametrize("name", LISTS)
def test_rows_are_compact_for_a_mouse(styleguide: Callable[..., Page], name: str) -> None:
    page = styleguide(viewport={"width": 1200, "height": 800})
    heights = [box["height"] for box in boxes_of(page.locator(f"[aria-labelledby={name}] tbody tr"))]
    assert len(heights) >= 8
    assert max(heights) <= 29


@pytest.mark.parametrize("screen", [PHONE, TABLET], ids=["phone", "tablet"])
@pytest.mark.parametrize("name", LISTS)
def test_rows_have_room_for_a_finger(
    styleguide: Callable[..., Page], name: str, screen: dict[str, Any]
) -> None:
    page = styleguide(**screen)
    targets = boxes_of(page.locator(f"[aria-labelledby={name}]").locator("tbody a, tbody button"))
    assert len(targets) >= 8
    assert [box for box in targets if min(box["width"], box["height"]) < FINGER] == []
    assert [
        (one, other) for one in targets for other in targets if one is not other and overlap(one, other)
    ] == []


def test_faces_are_drawn_at_both_sizes(styleguide: Callable[..., Page]) -> None:
    page = styleguide()
    sizes = {(box["width"], box["height"]) for box in boxes_of(page.locator("[aria-labelledby=faces] .face"))}
    assert sizes == {(20, 20), (40, 40)}


def test_nothing_moves_for_people_who_asked_for_less_motion(styleguide: Callable[..., Page]) -> None:
    moving = """[...document.querySelectorAll("*")].filter((each) => {
      const { transitionDuration, animationName } = getComputedStyle(each);
      return transitionDuration !== "0s" || animationName !== "none";
    }).length"""
    page = styleguide(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == 0


def test_paper_has_the_figures_and_nothing_to_press(styleguide: Callable[..., Page]) -> None:
    page = styleguide(viewport={"width": 794, "height": 1123}, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("button:visible, input:visible, nav:visible").count() == 0
    assert page.locator(".figures").first.is_visible()
    assert page.locator("tbody tr:visible").count() >= 16
    colours = "(part) => [getComputedStyle(part).color, getComputedStyle(part).backgroundColor]"
    assert page.locator(".panel").first.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
