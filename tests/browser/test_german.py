"""The widget in German: on its page, and in the panel, by the profile or else by the browser."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.attack.pages import form_to
from tests.browser.manager import Manager
from tests.browser.widget_user import WidgetUser, panel


def choose_language(rater: WidgetUser, language: str) -> None:
    """As the form of the profile does."""
    form = form_to("/profile", rater.context.request.get(f"{rater.server.url}/profile").text())
    answer = rater.context.request.post(f"{rater.server.url}/profile", form={**form, "language": language})
    assert answer.ok, answer.text()


@pytest.mark.parametrize("flavour", ["GM_", "GM."])
def test_panel_follows_the_language_of_the_profile(
    new_rater: Callable[..., WidgetUser], flavour: str
) -> None:
    rater = new_rater(flavour=flavour)
    choose_language(rater, "de")
    page = rater.context.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("[data-widget-found]")).to_contain_text(
        "Das Widget ist in diesem Browser installiert"
    )
    expect(page.get_by_label("Weiter", exact=True)).to_have_value("Alt+Shift+N")
    page.get_by_label("Fragen, was ich getan habe").fill("7,5")
    page.get_by_role("button", name="Einstellungen speichern").click()
    expect(page.locator("[data-settings-status]")).to_have_text("Gespeichert. Offene Panels folgen.")
    assert rater.manager.values["preferences"] == {"idleMinutes": 7.5}
    page.reload()
    expect(page.get_by_label("Fragen, was ich getan habe")).to_have_value("7,5")
    assert Axe().run(page).response["violations"] == []

    task = rater.open_task()
    expect(panel(task).locator(".title")).to_have_text("Keine Sitzung")
    expect(panel(task).locator(".press.next")).to_have_text("WeiterAlt+Shift+N")
    rater.click(task, "NEXT")
    expect(panel(task).locator(".title")).to_contain_text("Frage 1")
    expect(panel(task).locator(".zone")).to_contain_text("noch 05:")
    expect(panel(task).locator(".zone")).to_contain_text("schnell, wenn jetzt abgesendet")
    rater.everything_arrived(task)

    choose_language(rater, "en")
    page.reload()
    expect(page.locator("[data-widget-found]")).to_contain_text("The widget is installed in this browser")
    task.reload()
    expect(panel(task).locator(".title")).to_contain_text("Question 1")


def test_page_without_a_login_leaves_the_language_of_the_panel(rater: WidgetUser) -> None:
    choose_language(rater, "de")
    page = rater.context.new_page()
    page.goto(f"{rater.server.url}/widget")
    expect(page.locator("[data-widget-found]")).to_contain_text("installiert")
    rater.context.clear_cookies()
    page.reload()
    expect(page.locator("[data-widget-found]")).to_contain_text("installed in this browser")
    expect(panel(rater.open_task()).locator(".press.next")).to_contain_text("Weiter")


def test_panel_that_was_never_told_follows_the_browser(
    rater: WidgetUser, browser: Browser, script: str
) -> None:
    german = browser.new_context(locale="de-AT")
    manager = Manager(script)
    manager.install(german)
    task = WidgetUser(rater.server, german, manager, rater.email).open_task()
    expect(panel(task).locator(".press.next")).to_contain_text("Weiter")
    expect(panel(task)).to_contain_text("Diesen Browser verbinden")
    german.close()
