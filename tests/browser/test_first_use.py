"""The steps to a first day tick themselves off while the page stays open."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.widget_user import WidgetUser


def is_ticked(page: Page, step: str, *, ticked: bool = True) -> None:
    """Waits until a step is ticked off, or holds that it is not."""
    expect(page.locator(f'[data-step="{step}"] [data-done]')).to_be_visible(visible=ticked)


def test_each_step_ticks_itself_off_without_a_reload(new_rater: Callable[..., WidgetUser]) -> None:
    rater = new_rater(connected=False)
    rater.register()
    day = rater.context.new_page()
    day.goto(f"{rater.server.url}/dashboard/today")
    day.evaluate("window.isSamePage = true")
    for step in ["installed", "connected", "pressed"]:
        is_ticked(day, step, ticked=False)

    widget = rater.context.new_page()
    widget.goto(f"{rater.server.url}/widget")
    is_ticked(day, "installed")
    is_ticked(day, "connected", ticked=False)

    rater.connect()
    is_ticked(day, "connected")
    is_ticked(day, "pressed", ticked=False)
    shown = day.get_by_role("link", name="Show the day")
    expect(shown).to_be_hidden()

    task = rater.open_task()
    rater.key(task, "NEXT")
    rater.everything_arrived(task)
    is_ticked(day, "pressed")
    expect(day.get_by_role("status").last).to_contain_text("Your first press has arrived.")
    assert day.evaluate("window.isSamePage") is True
    shown.click()
    expect(day.get_by_text("A session is running")).to_be_visible()
    expect(day.get_by_text("Sample")).to_have_count(0)


def test_steps_are_looked_up_by_a_visible_page_alone(new_rater: Callable[..., WidgetUser]) -> None:
    rater = new_rater(connected=False)
    rater.register()
    day = rater.context.new_page()
    day.add_init_script(
        "window.isHidden = true; Object.defineProperty(document, 'hidden', { get: () => window.isHidden });"
    )
    day.goto(f"{rater.server.url}/dashboard/today")
    asked: list[tuple[str, str]] = []
    day.on("request", lambda request: asked.append((request.resource_type, request.url)))
    day.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    day.evaluate("fetch('/health/live')")
    # The browser asks for the icon by itself, whenever it likes.
    assert [url for kind, url in asked if kind == "fetch"] == [f"{rater.server.url}/health/live"]
    with day.expect_request(f"{rater.server.url}/dashboard/today"):
        day.evaluate("window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))")
