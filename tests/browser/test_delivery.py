"""What becomes of a press when the network, the server or the token fails: it counts once, in the end."""

import itertools
import json
import re
import uuid
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.widget_user import WidgetUser, panel


def test_presses_while_the_server_is_down_arrive_once(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    rater.server.stop()
    try:
        for kind in ["NEXT", "PAUSE", "PAUSE", "NEXT"]:
            rater.key(page, kind)
            page.wait_for_timeout(50)
        expect(panel(page).locator(".title")).to_have_text("Question 3")
        expect(panel(page)).to_contain_text("The tracker cannot be reached. 4 presses wait and will be sent.")
        page.reload()
        expect(panel(page)).to_contain_text("4 presses wait")
        expect(panel(page).locator(".title")).to_have_text("Question 3")
    finally:
        rater.server.start()
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    expect(panel(page)).not_to_contain_text("wait")
    assert len(rater.questions()) == 3
    assert rater.manager.keys("refused:") == []


def test_trouble_is_over_when_another_tab_has_sent_what_waited(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    rater.manager.offline = True
    rater.key(page, "NEXT")
    expect(panel(page)).to_contain_text("The tracker cannot be reached.")
    rater.manager.offline = False
    rater.everything_arrived(rater.open_task())
    expect(panel(page)).not_to_contain_text("cannot be reached")


def test_answer_lost_after_the_commit_is_not_counted_twice(rater: WidgetUser) -> None:
    page = rater.open_task()
    lost: list[str] = []
    exchange = rater.manager._exchange

    def lose_first(details: dict[str, str]) -> tuple[int, str, str]:
        answer = exchange(details)
        if details["method"] == "POST" and not lost:
            lost.append(answer[2])
            return 200, "", answer[2][: len(answer[2]) // 2]  # cut off on the way
        return answer

    rater.manager._exchange = lose_first  # type: ignore[method-assign]
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    posts = [sent for sent in rater.manager.sent if sent.method == "POST"]
    assert [sent.body["type"] for sent in posts] == ["NEXT", "NEXT", "EXIT"]
    assert posts[0].body["event_id"] == posts[1].body["event_id"]
    assert len(rater.questions()) == 1


def test_revoked_token_stops_the_sending_not_the_recording(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    good = rater.manager.values["link"]
    rater.manager.values["link"] = {**good, "token": "rht_" + "x" * 43, "since": "later"}
    page.reload()
    connect = panel(page).get_by_role("link", name="Connect this browser")
    expect(connect).to_be_visible()
    assert connect.get_attribute("href") == f"{rater.server.url}/widget"
    rater.key(page, "NEXT")
    rater.key(page, "PAUSE")
    expect(panel(page).locator(".title")).to_have_text("Question 2")
    expect(panel(page)).to_contain_text("2 presses wait until this browser is connected. Nothing is lost.")
    refused = [sent for sent in rater.manager.sent if sent.status == 401]
    page.wait_for_timeout(1500)
    assert [sent for sent in rater.manager.sent if sent.status == 401] == refused

    rater.connect()  # the panel hears of it by itself
    rater.everything_arrived(page)
    expect(connect).to_be_hidden()
    rater.key(page, "EXIT")
    rater.everything_arrived(page)
    assert len(rater.questions()) == 2


def test_presses_before_the_first_connection_are_kept(new_rater: Callable[..., WidgetUser]) -> None:
    rater = new_rater(connected=False)
    page = rater.open_task()
    rater.key(page, "NEXT")
    expect(panel(page).locator(".title")).to_have_text("Question 1")
    assert len(rater.manager.keys("event:")) == 1
    assert rater.manager.sent == []
    rater.register()
    rater.connect()
    rater.everything_arrived(page)
    expect(panel(page).get_by_role("link", name="Connect this browser")).to_be_hidden()
    assert rater.json("/sessions/current")["current_question_index"] == 1


def test_presses_of_one_account_are_never_sent_under_another(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.manager.offline = True
    rater.key(page, "NEXT")
    expect(panel(page).locator(".title")).to_have_text("Question 1")
    mine = rater.manager.values["link"]
    rater.context.clear_cookies()
    rater.email = "second-" + rater.email
    rater.arrive()
    rater.manager.offline = False
    page.bring_to_front()
    page.reload()
    expect(panel(page)).to_contain_text("1 press waits for another account to be connected.")
    expect(panel(page).locator(".title")).to_have_text("No session")
    assert rater.json("/sessions/current")["session_id"] is None
    rater.manager.values["link"] = {**mine, "since": "again"}
    page.reload()
    rater.everything_arrived(page)
    expect(panel(page).locator(".title")).to_have_text("Question 1")


def test_refusal_by_the_state_machine_is_told_at_once(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "PAUSE")
    expect(panel(page).locator(".alert")).to_have_text(
        "No active session. Press NEXT to start a session before sending PAUSE events."
    )
    rater.everything_arrived(page)
    rater.key(page, "NEXT")
    expect(panel(page).locator(".alert")).to_have_text("")


def test_event_refused_for_good_is_kept_in_sight_with_its_reason(rater: WidgetUser) -> None:
    event = {"event_id": str(uuid.uuid4()), "type": "NEXT", "timestamp": "1999-01-01T00:00:00.000Z"}
    rater.manager.values[f"event:{event['timestamp']}:{event['event_id']}"] = {
        "event": event,
        "account": None,
    }
    page = rater.open_task()
    rater.key(page, "NEXT")  # two wait: a batch, whose refused entry is then sent alone
    rater.everything_arrived(page)
    panel(page).get_by_role("button", name="1 press was refused").click()
    expect(panel(page).locator("li")).to_contain_text("NEXT")
    expect(panel(page).locator("li p").first).to_contain_text("timestamp")
    assert rater.json("/sessions/current")["current_question_index"] == 1
    page.reload()
    panel(page).get_by_role("button", name="1 press was refused").click()
    panel(page).get_by_role("button", name="I have read this").click()
    expect(panel(page).locator(".press.next")).to_be_visible()
    assert rater.manager.keys("refused:") == []


def test_asked_to_wait_it_waits_and_then_sends(rater: WidgetUser) -> None:
    page = rater.open_task()
    busy = iter([(429, "Retry-After: 1\r\n", json.dumps({"detail": "Too often."})), (500, "", "oops")])
    rater.manager.answer_with = lambda method, path: next(busy, None) if method == "POST" else None
    rater.key(page, "NEXT")
    expect(panel(page)).to_contain_text("The tracker asks for a short pause. 1 press waits and will be sent.")
    rater.everything_arrived(page)
    assert [sent.status for sent in rater.manager.sent if sent.method == "POST"] == [429, 500, 200]
    expect(panel(page)).not_to_contain_text("waits")


def test_requests_carry_the_token_and_ask_for_no_cookie(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    token = rater.manager.values["link"]["token"]
    assert token.startswith("rht_")
    assert {sent.headers["Authorization"] for sent in rater.manager.sent} == {f"Bearer {token}"}
    assert all(sent.anonymous for sent in rater.manager.sent)
    [post] = [sent for sent in rater.manager.sent if sent.method == "POST"]
    assert sorted(post.body) == ["event_id", "sent_at", "task_id", "timestamp", "type"]


def test_stamps_strictly_increase_over_tabs_and_reloads(rater: WidgetUser) -> None:
    one, two = rater.open_task(), rater.open_task()
    for page in [one, two, one, two, one]:
        rater.key(page, "NEXT")
    one.reload()
    expect(panel(one)).to_be_visible()
    rater.key(one, "EXIT")
    rater.everything_arrived(one)
    stamps = [key.split(":", 1)[1][:27] for key in rater.manager.keys("done:")]
    assert [bool(re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{6}Z", stamp)) for stamp in stamps] == [True] * 6
    assert all(before < after for before, after in itertools.pairwise(stamps))


def test_did_everything_arrive_sends_again_what_the_server_does_not_have(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    ask = panel(page).get_by_role("button", name="Did everything arrive?")
    ask.click()
    expect(panel(page)).to_contain_text("All that was sent is there: 2 of 2 presses.")
    # As after a server that came back from an older backup: this browser believes that it arrived.
    event = {
        "event_id": str(uuid.uuid4()),
        "type": "PAUSE",
        "timestamp": rater.manager.keys("done:")[-1][5:28] + "999Z",
    }
    rater.manager.values[f"done:{event['timestamp']}:{event['event_id']}"] = {"event": event, "account": None}
    page.reload()
    ask.click()
    expect(panel(page)).to_contain_text("1 of 3 presses were not there. They are sent again.")
    rater.everything_arrived(page)
    assert rater.json("/sessions/current")["is_paused"] is True
    assert len(rater.manager.keys("done:")) == 3


def test_what_was_found_is_told_no_longer_than_it_holds(rater: WidgetUser) -> None:
    page = rater.open_task()
    rater.key(page, "NEXT")
    rater.everything_arrived(page)
    ask = panel(page).get_by_role("button", name="Did everything arrive?")
    ask.click()
    expect(panel(page)).to_contain_text("All that was sent is there: 1 of 1 presses.")
    rater.key(page, "NEXT")
    expect(panel(page)).not_to_contain_text("1 of 1")
    rater.everything_arrived(page)
    rater.manager.offline = True
    rater.key(page, "NEXT")
    expect(panel(page)).to_contain_text("The tracker cannot be reached. 1 press waits")
    ask.click()
    expect(panel(page).get_by_text("The tracker cannot be reached.", exact=True)).to_be_visible()
    rater.manager.offline = False
    for away in (True, False):
        rater.context.set_offline(away)
    rater.everything_arrived(page)
    expect(panel(page)).not_to_contain_text("cannot be reached")


def test_refusal_that_came_too_early_can_be_sent_again(rater: WidgetUser) -> None:
    page = rater.open_task()
    late = {"event_id": str(uuid.uuid4()), "type": "PAUSE", "timestamp": "2026-01-01T10:00:05.000000Z"}
    rater.manager.values[f"event:{late['timestamp']}:{late['event_id']}"] = {"event": late, "account": None}
    page.reload()
    count = panel(page).get_by_role("button", name="1 press was refused")
    count.click()
    expect(panel(page).locator("li p").first).to_contain_text("No active session")
    # Another browser of the account brings the press that comes before it.
    token = rater.manager.values["link"]["token"]
    answer = rater.context.request.post(
        f"{rater.server.url}/events",
        data={"type": "NEXT", "timestamp": "2026-01-01T10:00:00Z"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status == 200
    panel(page).get_by_role("button", name="Send again").click()
    rater.everything_arrived(page)
    expect(count).to_be_hidden()
    assert rater.manager.keys("refused:") == []
    assert rater.json("/sessions/current")["is_paused"] is True
