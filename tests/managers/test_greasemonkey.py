"""The widget in Greasemonkey itself, in Firefox: what tests/browser shows with a manager of our own."""

from typing import TYPE_CHECKING

from app.services.userscript import SCRIPT_VERSION
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.managers.user import ManagedUser

BEATS = 5  # of a claim, half a second to a second each: a tab that took the claim for dead would send by then


def test_script_installs_and_connects(newcomer: "ManagedUser") -> None:
    newcomer.install_script()
    newcomer.firefox.open(f"{newcomer.site.url}/widget")
    newcomer.firefox.wait_for_text(
        "[data-widget-found]", f"installed in this browser (version {SCRIPT_VERSION})"
    )
    newcomer.connect()
    assert newcomer.manager.values()["link"]["token"]


def test_session_with_reload_is_recorded_exactly(rater: "ManagedUser") -> None:
    rater.open_task()
    rater.key("NEXT", "Question 1")
    rater.click("NEXT", "Question 2")
    rater.click("PAUSE", "Question 2")
    rater.firefox.wait_for_panel(".state", "paused")
    rater.firefox.reload()
    rater.firefox.wait_for_panel(".state", "paused")
    rater.key("PAUSE", "Question 2")
    rater.firefox.wait_for_panel(".state", "running")
    rater.key("NEXT", "Question 3")
    rater.key("UNDO", "Question 2")
    rater.firefox.reload()
    rater.firefox.wait_for_panel(".title", "Question 2")
    rater.key("NEXT", "Question 3")
    rater.click("EXIT", "No session")
    rater.everything_arrived()
    rater.assert_recorded_exactly()


def test_tabs_send_one_at_a_time(rater: "ManagedUser") -> None:
    def claims() -> list[dict[str, int]]:
        values = rater.manager.values()
        return [values[key] for key in sorted(values) if key.startswith("lease:sender:")]

    one, two = rater.open_task(), rater.open_task()
    rater.key("NEXT", "Question 1")
    rater.everything_arrived()
    with rater.site.holding():
        rater.key("NEXT", "Question 2")
        wait_until(lambda: len(rater.site.arrived()) == 2)
        rater.firefox.choose(one)
        rater.firefox.wait_for_panel(".title", "Question 2")
        rater.key("UNDO", "Question 1")
        wait_until(lambda: len(claims()) == 2 or len(rater.site.arrived()) > 2)
        assert len(rater.site.arrived()) == 2
        [holder] = [claim for claim in claims() if claim["holds"]]
        wait_until(
            lambda: any(claim["holds"] and claim["beat"] >= holder["beat"] + BEATS for claim in claims())
        )
        assert sorted(claim["holds"] for claim in claims()) == [False, True]
        assert len(rater.site.arrived()) == 2
    rater.everything_arrived()
    rater.firefox.choose(two)
    rater.firefox.wait_for_panel(".title", "Question 1")
    rater.key("EXIT", "No session")
    rater.everything_arrived()
    wait_until(lambda: claims() == [])
    assert rater.site.most_at_once == 1
    assert [each.status for each in rater.site.arrived()] == [200, 200, 200, 200]
    rater.assert_recorded_exactly()


def test_presses_without_a_server_are_recorded_exactly_once_it_is_back(rater: "ManagedUser") -> None:
    one, two = rater.open_task(), rater.open_task()
    rater.key("NEXT", "Question 1")
    rater.everything_arrived()
    rater.server.stop()
    rater.key("NEXT", "Question 2")
    rater.firefox.choose(one)
    rater.firefox.wait_for_panel(".title", "Question 2")
    rater.key("UNDO", "Question 1")
    rater.firefox.choose(two)
    rater.firefox.wait_for_panel(".title", "Question 1")
    rater.key("NEXT", "Question 2")
    assert len(rater.manager.keys("event:")) == 3
    rater.server.start()
    rater.everything_arrived()
    rater.firefox.choose(one)
    rater.key("EXIT", "No session")
    rater.everything_arrived()
    assert rater.site.most_at_once == 1
    rater.assert_recorded_exactly()


def test_presses_that_wait_over_a_restart_of_firefox_are_recorded_exactly(rater: "ManagedUser") -> None:
    rater.open_task()
    rater.key("NEXT", "Question 1")
    rater.everything_arrived()
    rater.server.stop()
    rater.key("NEXT", "Question 2")
    rater.click("NEXT", "Question 3")
    rater.firefox.restart()
    rater.manager.look_from_new_tab()
    assert len(rater.manager.keys("event:")) == 2
    rater.open_task()
    rater.firefox.wait_for_panel(".title", "Question 3")
    rater.key("PAUSE", "Question 3")
    rater.firefox.wait_for_panel(".state", "paused")
    rater.server.start()
    rater.everything_arrived()
    rater.key("EXIT", "No session")
    rater.everything_arrived()
    rater.assert_recorded_exactly()
