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

    task = rater.open_task()
    rater.key(task, "NEXT")
    rater.everything_arrived(task)
    # The page has become that of the first day.
    expect(day.get_by_text("A session is running")).to_be_visible()
    expect(day.locator("[data-step]")).to_have_count(0)
    assert day.evaluate("window.isSamePage") is True
