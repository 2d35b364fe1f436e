"""The panel on a task page: keys and buttons, its place, and its look."""

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.manager import Manager
from tests.browser.widget_user import TASK_PAGE, WidgetUser, box, is_on_screen, panel


def test_keys_are_silent_while_typing(rater: WidgetUser, presses: Callable[[], list[str]]) -> None:
    page = rater.open_task()
    for field in ["#comment", "#rich"]:
        page.locator(field).click()
        page.keyboard.press("Alt+Shift+KeyN")
    page.wait_for_timeout(200)
    assert presses() == []
    page.locator("#good").check()
    page.keyboard.press("Alt+Shift+KeyN")
    rater.everything_arrived(page)
    assert presses() == ["NEXT"]


def test_click_leaves_the_focus_where_it_was(rater: WidgetUser) -> None:
    page = rater.open_task()
    page.locator("#comment").click()
    rater.click(page, "NEXT")
    page.keyboard.type("good")
    expect(page.locator("#comment")).to_have_value("good")


def test_held_key_counts_once(rater: WidgetUser, presses: Callable[[], list[str]]) -> None:
    page = rater.open_task()
    page.keyboard.down("Alt")
    page.keyboard.down("Shift")
    for _ in range(4):
        page.keyboard.down("KeyN")  # after the first, repeats
    page.keyboard.up("KeyN")
    rater.everything_arrived(page)
    assert presses() == ["NEXT"]


def test_discarding_and_leaving_count_nothing(rater: WidgetUser) -> None:
    page = rater.open_task()
    for kind in ["NEXT", "DISCARD", "NEXT", "LEAVE"]:
        rater.click(page, kind)
    rater.everything_arrived(page)
    expect(panel(page).locator(".title")).to_have_text("No session")
    assert [question["index"] for question in rater.questions()] == [1]


def test_time_away_becomes_a_pause_when_she_says_so(rater: WidgetUser) -> None:
    rater.manager.clock_shift, rater.manager.offline = -1800, True
    before = rater.open_task()
    before.mouse.move(10, 10)
    rater.key(before, "NEXT")
    before.wait_for_timeout(300)
    before.close()
    rater.manager.clock_shift, rater.manager.offline = 0, False
    page = rater.open_task()
    rater.everything_arrived(page)
    page.mouse.move(30, 30)
    page.mouse.move(40, 40)
    asked = panel(page).get_by_role("group", name="You were away")
    expect(asked).to_contain_text("(30 min). Was that work?")
    asked.get_by_role("button", name="Pause from").click()
    expect(asked).to_be_hidden()
    rater.click(page, "EXIT")
    rater.everything_arrived(page)
    [question] = rater.questions()
    assert question["raw_seconds"] > 1790
    assert question["active_seconds"] < 900


def test_panel_stays_on_the_screen(rater: WidgetUser) -> None:
    page = rater.open_task()
    assert is_on_screen(page)
    header = panel(page).locator(".title").bounding_box()
    assert header is not None
    page.mouse.move(header["x"] + 20, header["y"] + 5)
    page.mouse.down()
    page.mouse.move(-300, -300, steps=4)
    page.mouse.up()
    assert is_on_screen(page)
    assert (box(page)["x"], box(page)["y"]) == (8, 8)
    page.reload()
    expect(panel(page)).to_be_visible()
    assert (box(page)["x"], box(page)["y"]) == (8, 8)

    panel(page).get_by_label("Move the panel").focus()
    for _ in range(20):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    assert is_on_screen(page)
    assert box(page)["x"] + box(page)["width"] == 1280 - 8
    assert box(page)["y"] == 24
    page.set_viewport_size({"width": 320, "height": 400})
    page.wait_for_timeout(100)
    assert is_on_screen(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_timeout(100)
    assert box(page)["x"] + box(page)["width"] == 1280 - 8


def test_what_a_press_came_to_is_seen_in_a_low_window(rater: WidgetUser) -> None:
    page = rater.open_task()
    page.set_viewport_size({"width": 640, "height": 300})
    page.keyboard.press("Alt+Shift+KeyD")
    told = panel(page).locator(".alert")
    expect(told).to_be_in_viewport(ratio=1)
    at, edge = told.bounding_box(), panel(page).bounding_box()
    assert at is not None
    assert edge is not None
    assert at["y"] + at["height"] < edge["y"] + edge["height"]


def test_icons_are_drawn(rater: WidgetUser) -> None:
    page = rater.open_task()
    icons = panel(page).locator("header .icon svg")
    expect(icons).to_have_count(3)
    for icon in icons.all():
        expect(icon).to_be_visible()
        drawn = icon.locator("path").evaluate("(path) => path.getTotalLength()")
        assert drawn > 0


def test_panel_as_one_line_is_remembered(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    panel(page).get_by_role("button", name="Show one line").click()
    assert box(page)["height"] < 45
    page.reload()
    expect(panel(page).locator(".title")).to_contain_text("Q1 · 00:0")
    assert box(page)["height"] < 45
    assert is_on_screen(page)
    panel(page).get_by_role("button", name="Show all").click()
    expect(panel(page).locator(".press.next")).to_be_visible()
    assert is_on_screen(page)


def test_pictures(browser: Browser, rater: WidgetUser, script: str, tmp_path: Path) -> None:
    """For people to look at: set PICTURES to a folder to keep them."""
    folder = Path(os.environ.get("PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    dark = TASK_PAGE.replace("<body>", '<body bgcolor="#202124" text="#dddddd">')
    shots = [
        ("light", "light", TASK_PAGE, 900),
        ("dark", "dark", dark, 900),
        ("narrow", "light", TASK_PAGE, 340),
    ]
    for name, scheme, html, width in shots:
        context = browser.new_context(
            viewport={"width": width, "height": 560},
            color_scheme="dark" if scheme == "dark" else "light",
            storage_state=rater.context.storage_state(),
        )
        manager = Manager(script, values=dict(rater.manager.values))
        manager.install(context)
        other = WidgetUser(rater.server, context, manager, rater.email)
        page = other.open_task(html)
        other.key(page, "NEXT")
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}.png")
        other.key(page, "PAUSE")
        page.wait_for_timeout(200)
        page.screenshot(path=folder / f"{name}-paused.png")
        other.key(page, "PAUSE")
        other.everything_arrived(page)
        if name != "narrow":
            page.goto(f"{rater.server.url}/widget")
            page.screenshot(path=folder / f"{name}-page.png", full_page=True)
        context.close()
    assert len(list(folder.glob("*.png"))) >= 8
