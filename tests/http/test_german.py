"""German, from its real file: chosen on the profile or by the browser, on every page, errors included."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response

from app.web import texts
from tests import catalogue
from tests.attack.pages import form_to
from tests.http.browser import EMAIL, NOON, Browser, errors_of, text_of
from tests.http.test_texts import PERIODS
from tests.raters import PASSWORD, Rater

PROFILE = {"first_name": "Mara", "timezone": "Europe/Vienna", "target_minutes_per_question": "5.5"}


@pytest.fixture
def engine_name() -> str:
    """One engine: texts do not depend on it."""
    return "sqlite"


@pytest.fixture
def german(browser: Browser) -> Browser:
    """A browser that prefers English, of a user who has chosen German."""
    browser.client.headers["accept-language"] = "en-GB,en;q=0.9"
    assert browser.post("/profile", "/profile", PROFILE | {"language": "de"}).status_code == 303
    return browser


def language_of(page: Response) -> str:
    found = re.search(r'<html lang="([^"]+)">', page.text)
    assert found, page.text
    return found.group(1)


def phrases() -> set[str]:
    """English texts of several words, without markup, that German pages show translated."""
    messages = [message for message in catalogue.translations_of(catalogue.languages()[0]) if message.id]
    both = [(message.id, message.string) for message in messages if isinstance(message.id, str)]
    plain = [re.sub(r"<[^>]+>", "", english) for english, german in both if english != german]
    return {text for text in plain if " " in text and "%(" not in text and "{" not in text}


def test_language_chosen_on_the_profile_precedes_the_browsers(german: Browser) -> None:
    page = german.get("/profile")
    assert language_of(page) == "de"
    assert form_to("/profile", page.text)["language"] == "de"
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page.text
    assert '<option value="7">Sonntag</option>' in page.text
    assert "Dein Profil ist gespeichert." in text_of(german.get("/profile?done=profile-saved"))


def test_language_of_the_browser_holds_until_one_is_chosen(browser: Browser) -> None:
    browser.client.headers["accept-language"] = "de-AT,de;q=0.9"
    page = browser.get("/profile")
    assert (language_of(page), form_to("/profile", page.text)["language"]) == ("de", "browser")
    browser.post("/profile", "/profile", PROFILE | {"language": "en"})
    assert language_of(browser.get("/profile")) == "en"
    browser.post("/profile", "/profile", PROFILE | {"language": "browser"})
    assert language_of(browser.get("/profile")) == "de"


def test_pages_before_the_login_follow_the_browser(german: Browser) -> None:
    german.client.cookies.clear()
    assert language_of(german.get("/login")) == "en"
    german.client.headers["accept-language"] = "de"
    assert errors_of([german.log_in("wrong")]) == ["E-Mail-Adresse oder Passwort ist falsch"]
    german.client.headers["accept-language"] = "en"
    german.log_in()
    assert language_of(german.get("/dashboard/today")) == "de"


def test_form_without_the_language_leaves_it_as_it_is(german: Browser) -> None:
    assert german.post("/profile", "/profile", PROFILE | {"first_name": "Lena"}).status_code == 303
    assert language_of(german.get("/profile")) == "de"


@pytest.mark.parametrize("language", ["fr", "DE", "de-AT", "None", " "])
def test_language_that_is_not_there_is_refused(german: Browser, language: str) -> None:
    answer = german.post("/profile", "/profile", PROFILE | {"language": language})
    assert answer.status_code == 422
    assert errors_of([answer]) == ["In dieser Sprache gibt es die Seiten nicht."]


def test_language_whose_file_is_gone_is_the_browsers(
    german: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "CATALOGUES", {"en": texts.CATALOGUES["en"]})
    page = german.get("/profile")
    assert (language_of(page), form_to("/profile", page.text)["language"]) == ("en", "browser")
    assert german.post("/profile", "/profile", PROFILE).status_code == 303


@pytest.mark.parametrize(
    ("method", "address", "status", "said"),
    [
        ("GET", "/nowhere", 404, "Unter dieser Adresse gibt es nichts."),
        ("GET", "/dashboard/sessions/nonsense", 404, "Es gibt keine solche Sitzung."),
        ("GET", "/dashboard/today?date=yesterday", 422, "Ein Datum muss als JJJJ-MM-TT geschrieben sein."),
        ("PUT", "/profile", 405, "Diese Adresse nimmt keine PUT-Anfragen an."),
        ("POST", "/profile/tokens", 400, "Dieses Formular war zu lange offen"),
    ],
)
def test_error_page_is_in_the_language_of_the_profile(
    german: Browser, method: str, address: str, status: int, said: str
) -> None:
    page = german.client.request(method, address, headers={"accept": "text/html"})
    assert (page.status_code, language_of(page)) == (status, "de")
    assert said in text_of(page)


def test_json_stays_english(german: Browser) -> None:
    answer = german.client.get("/dashboard/today/json?date=yesterday")
    assert answer.json()["detail"][0]["msg"] == "A date must be written as YYYY-MM-DD."
    assert german.client.get("/dashboard/today/json").json()["daily_pace_label"] == "No questions"


def test_no_english_phrase_is_left_on_a_page(german: Browser, rater: Rater) -> None:
    start = datetime(2026, 11, 20, 22, 50, tzinfo=UTC)
    for minutes, kind in [(0, "NEXT"), (2, "NEXT"), (4, "PAUSE"), (9, "PAUSE"), (20, "NEXT"), (25.5, "EXIT")]:
        rater.press(kind, start + timedelta(minutes=minutes))
    rater.record_session(NOON - timedelta(hours=2), [5, 6], ended=False)
    running, session = (each["session_id"] for each in german.client.get("/sessions/recent").json())
    address = f"/dashboard/sessions/{running}"
    pages = [
        *map(
            german.get,
            (
                "/dashboard/today",
                "/dashboard/today?date=2020-02-29",
                *PERIODS,
                "/dashboard/sessions",
                address,
                f"{address}?from=1&to=1",
                f"/dashboard/sessions/{session}",
                "/profile",
                "/widget",
                "/docs",
            ),
        ),
        german.post("/profile/tokens", "/profile", {"name": "Laptop"}),
        german.post("/profile", "/profile", PROFILE | {"first_name": "\x07"}),
        german.post(
            "/profile/password",
            "/profile",
            {"current_password": PASSWORD, "new_password": "aaaaaaaaaaaaaaaa"},
        ),
        german.post(f"{address}/target", address, {"target_minutes": "x"}),
        german.post(f"{address}/end", address, {"when": "chosen", "at": "never", "event_id": "x"}),
    ]
    german.client.cookies.clear()
    german.client.headers["accept-language"] = "de"
    pages += [german.get("/login"), german.get("/register"), german.register(EMAIL)]
    english = phrases()
    assert len(english) > 200
    for page in pages:
        shown = " ".join(page.text.split())
        assert (page.url.path, sorted(text for text in english if text in shown)) == (page.url.path, [])


def test_dates_and_numbers_are_german(german: Browser, rater: Rater) -> None:
    rater.record_session(NOON - timedelta(hours=2), [5, 6])
    page = text_of(german.get("/dashboard/today"))
    assert "Samstag, 21. November 2026" in page
    assert "2 Fragen bei einem Ziel von 5,5 Minuten" in page
    assert "100 % der Zielzeit" in page.replace("\xa0", " ")
    assert "im Ziel" in page
    assert "Sa., 21. Nov. 2026, 11:00" in text_of(german.get("/dashboard/sessions"))
    week = german.get("/dashboard/week")
    assert "16. Nov. – 22. Nov. 2026" in text_of(week)
    assert "nichts in der Vorwoche bis zu dieser Zeit" in text_of(week)
    assert re.findall(r">(\w+\W*)<tspan", week.text) == ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]
    assert "November 2026" in text_of(german.get("/dashboard/month"))


@pytest.mark.parametrize("target", ["5,5", "6", "5,125", "0,00001", "5,333333333333333"])
def test_target_is_written_with_a_comma_and_saving_it_unchanged_changes_nothing(
    german: Browser, rater: Rater, target: str
) -> None:
    exact = float(target.replace(",", "."))
    rater.record_session(NOON - timedelta(hours=2), [5, 6])
    session = german.client.get("/sessions/recent").json()[0]["session_id"]
    address = f"/dashboard/sessions/{session}"
    german.post("/profile", "/profile", PROFILE | {"target_minutes_per_question": target})
    german.post(f"{address}/target", address, {"target_minutes": target})
    for _ in range(2):
        profile = form_to("/profile", german.get("/profile").text)
        assert profile["target_minutes_per_question"] == target
        assert german.post("/profile", "/profile", profile).status_code == 303
        assert german.client.get("/me").json()["target_minutes_per_question"] == exact
        form = form_to(f"{address}/target", german.get(address).text)
        assert form["target_minutes"] == target
        assert german.post(f"{address}/target", address, form).status_code == 303
        assert german.client.get(f"/summary/{session}").json()["target_minutes_per_question"] == exact
