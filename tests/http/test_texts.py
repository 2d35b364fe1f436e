"""A second language is a file: with one in which every text is marked, no other text is left on any page."""

import re
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import time_machine
from babel.dates import get_day_names
from babel.messages.pofile import PoFileError, write_po
from httpx2 import Response
from starlette.requests import Request
from starlette.testclient import TestClient

from app.services.refusals import Refusal, Throttled
from app.web import texts
from app.web.errors import TITLES
from app.web.flash import SENTENCES
from tests import catalogue
from tests.http.browser import EMAIL, NOON, Browser
from tests.raters import PASSWORD, Rater

LANGUAGE = "de"
BEGIN, END = "⟦", "⟧"
# What is no text: names, addresses, ids, and what users have written.
DATA = (
    "RaterHub Tracker",
    EMAIL,
    "Europe/Vienna",
    "Mara",
    "Laptop",
    "t-4711",
    "Side by side",
    "API",
    "UTC",
    "English",
    "Deutsch",
    *get_day_names("wide", locale=LANGUAGE).values(),
    *get_day_names("abbreviated", "stand-alone", LANGUAGE).values(),
)
# The day is 2026-11-21. The longer range is drawn by months.
PERIODS = (
    "/dashboard/week",
    "/dashboard/week?date=2020-02-29",
    "/dashboard/month",
    "/dashboard/year",
    "/dashboard/range?from=2026-11-01&to=2026-11-21",
    "/dashboard/range?from=2024-10-01&to=2026-11-21",
)
SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-label", "data-wrong", "data-said", "data-tip"}
UNSPOKEN = {"script", "style", "code", "kbd"}


@pytest.fixture
def engine_name() -> str:
    """One engine: texts do not depend on it."""
    return "sqlite"


@pytest.fixture(scope="module")
def marked_texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a language in which each text stands in brackets."""
    made = catalogue.catalogue()
    made.locale = LANGUAGE
    for message in made:
        if message.id:
            forms = (message.id,) if isinstance(message.id, str) else message.id
            message.string = [mark(form) for form in forms] if message.pluralizable else mark(forms[0])
    folder = tmp_path_factory.mktemp("locale")
    file = folder / LANGUAGE / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_po(opened, made)
    return folder


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch, marked_texts: Path) -> None:
    """The application with that language."""
    monkeypatch.setattr(texts, "CATALOGUES", texts.read_catalogues(marked_texts))


def mark(text: str) -> str:
    return f"{BEGIN}{text}{END}"


@pytest.fixture
def reader(marked: None, browser: Browser) -> Browser:
    """A browser that prefers the marked language."""
    browser.client.headers["accept-language"] = f"{LANGUAGE}-AT,{LANGUAGE};q=0.9,en;q=0.5"
    return browser


class _Spoken(HTMLParser):
    """Collects what a page shows or has read aloud; the text of the whole page as one piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = [""]
        self.language: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pieces += [value for name, value in attrs if name in SPOKEN and value]
        self._silent += tag in UNSPOKEN
        if tag == "html":
            self.language = dict(attrs)["lang"]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in UNSPOKEN

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces[0] += data


def untranslated(page: Response) -> list[str]:
    """Words of the page that stand in no bracket and are no data."""
    assert page.headers["content-type"].startswith("text/html"), page.text
    reader = _Spoken()
    reader.feed(page.text)
    assert reader.language == LANGUAGE
    found: list[str] = []
    for piece in reader.pieces:
        for data in DATA:
            piece = piece.replace(data, "")
        depth, outside = 0, ""
        for character in piece:
            depth += (character == BEGIN) - (character == END)
            outside += character if depth == 0 else " "
        assert depth == 0
        found += [word for word in outside.split() if any(letter.isalpha() for letter in word)]
    return found


def test_texts_of_translators_are_those_of_the_code() -> None:
    assert catalogue.POT.read_bytes() == catalogue.pot(), "run `make texts`"


def test_first_day_is_translated(reader: Browser) -> None:
    assert untranslated(reader.get("/dashboard/today")) == []


@pytest.mark.parametrize("address", ["/login", "/register", "/widget", "/docs", "/nowhere"])
def test_public_page_is_translated(reader: Browser, address: str) -> None:
    reader.client.cookies.clear()
    assert untranslated(reader.get(address)) == []


@pytest.mark.parametrize("done", SENTENCES)
def test_notice_is_translated(reader: Browser, done: str) -> None:
    page = reader.get(f"/profile?done={done}")
    assert mark(SENTENCES[done]) in page.text
    assert untranslated(page) == []


def test_page_of_a_full_day_is_translated(reader: Browser, rater: Rater) -> None:
    session = full_day(reader, rater)
    question = reader.client.get(f"/summary/{session}").json()["questions"][0]["id"]
    reader.post(
        f"/dashboard/sessions/{session}/questions/{question}/delete", f"/dashboard/sessions/{session}"
    )
    other = rater.record_session(NOON - timedelta(days=2), [5])
    reader.post(f"/dashboard/sessions/{other}/delete", f"/dashboard/sessions/{other}")
    for address in (
        "/dashboard/today",
        "/dashboard/today?date=2020-02-29",
        *PERIODS,
        "/dashboard/sessions",
        f"/dashboard/sessions/{session}",
        f"/dashboard/sessions/{session}?from=1&to=2&question=2",
        f"/dashboard/sessions/{session}?from=2&to=1",
        f"/dashboard/sessions/{session}?question=900",
        "/widget",
    ):
        assert (address, untranslated(reader.get(address))) == (address, [])


def full_day(reader: Browser, rater: Rater) -> str:
    """A session over midnight with all that a question can have, and one after it; the id of the first."""
    start = datetime(2026, 11, 20, 22, 50, tzinfo=UTC)
    task = {"task_id": "t-4711", "task_type": "Side by side"}
    for minutes, kind in [(0, "NEXT"), (2, "NEXT"), (4, "PAUSE"), (9, "PAUSE"), (20, "NEXT"), (25.5, "EXIT")]:
        rater.press(kind, start + timedelta(minutes=minutes), **(task if kind == "NEXT" else {}))
    rater.record_session(NOON - timedelta(hours=3), [5, 6])
    session: str = reader.client.get("/sessions/recent").json()[1]["session_id"]
    return session


@pytest.mark.parametrize("state", ["running", "paused", "forgotten"])
def test_running_session_is_translated(reader: Browser, rater: Rater, state: str) -> None:
    start = NOON - timedelta(hours=30 if state == "forgotten" else 2)
    rater.record_session(start, [5], ended=False)
    if state == "paused":
        rater.press("PAUSE", start + timedelta(minutes=6))
    session = reader.client.get("/sessions/recent").json()[0]["session_id"]
    form = {"when": "chosen", "at": "never", "event_id": "00000000-0000-4000-8000-000000000000"}
    address = f"/dashboard/sessions/{session}"
    for page in (
        reader.get("/dashboard/today"),
        reader.get(address),
        reader.get("/dashboard/sessions"),
        reader.post(f"{address}/end", address, form),
        reader.post(f"{address}/target", address, {"target_minutes": "0"}),
    ):
        assert (page.request.url.path, untranslated(page)) == (page.request.url.path, [])


def test_session_that_ended_by_itself_is_translated(reader: Browser, rater: Rater) -> None:
    start = NOON - timedelta(hours=30)
    rater.press("NEXT", start)
    rater.press("NEXT", NOON - timedelta(hours=1))
    first = reader.client.get("/sessions/recent").json()[1]["session_id"]
    assert untranslated(reader.get(f"/dashboard/sessions/{first}")) == []


def test_profile_and_its_refusals_are_translated(reader: Browser) -> None:
    wrong = {
        "first_name": "\x07",
        "last_name": "\x07",
        "timezone": "Mars",
        "target_minutes_per_question": "x",
    }
    password = {"current_password": PASSWORD, "new_password": "short"}
    for address, fields in (
        ("/profile/tokens", {"name": "Laptop"}),
        ("/profile/tokens", {"name": ""}),
        ("/profile", wrong),
        ("/profile", {**wrong, "target_minutes_per_question": "5"}),
        ("/profile/password", password),
        ("/profile/password", {**password, "new_password": "aaaaaaaaaaaaaaaa"}),
        ("/profile/password", {**password, "current_password": "wrong"}),
    ):
        page = reader.post(address, "/profile", fields)
        assert (address, fields, untranslated(page)) == (address, fields, [])


def test_refused_login_and_registration_are_translated(reader: Browser) -> None:
    reader.client.cookies.clear()
    for _ in range(8):
        page = reader.log_in("wrong")
        assert untranslated(page) == []
    assert page.status_code == 429
    assert untranslated(reader.register("nobody")) == []


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/dashboard/sessions/nonsense", 404),
        ("GET", "/export/questions.csv?from=yesterday", 422),
        ("PUT", "/profile", 405),
        ("POST", "/profile", 400),
    ],
)
def test_error_page_is_translated(reader: Browser, method: str, address: str, status: int) -> None:
    page = reader.client.request(method, address, headers={"accept": "text/html"})
    assert page.status_code == status
    assert mark(TITLES[status]) in page.text
    assert untranslated(page) == []


def test_every_refusal_is_a_text_for_translators(marked: None) -> None:
    sentences = {text for path in catalogue.speaking_files() for text in catalogue.refusals_of(path)}
    assert {"There is no such session.", "The current password is wrong.", "Log in first."} < sentences
    with texts.speaking(LANGUAGE):
        assert {text: texts.gettext(text) for text in sentences} == {text: mark(text) for text in sentences}


def found_in(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sentences that a module with this code refuses with."""
    file = folder / "module_that_refuses.py"
    file.write_text("class Refused(Exception): ...\n" + code)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(catalogue, "ROOT", folder)
    monkeypatch.delitem(sys.modules, file.stem, raising=False)
    return list(catalogue.refusals_of(file))


@pytest.mark.parametrize(
    "code",
    [
        "def act(): raise Refused('Not now.')",
        "NOT_NOW = 'Not now.'\ndef act(): raise Refused(NOT_NOW)",
        "NOT_NOW = 'Not now.'\ndef act():\n  said = NOT_NOW\n  raise Refused(said)",
        "WHEN = 'now'\ndef act(): raise Refused(f'Not {WHEN}.')",
    ],
    ids=["text", "constant", "variable", "text of constants"],
)
def test_sentence_of_a_refusal_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    assert found_in(code, tmp_path, monkeypatch) == ["Not now."]


def test_sentence_of_values_of_the_moment_is_no_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(catalogue.Untranslatable, match=r"^module_that_refuses, line 2$"):
        found_in("def act(when): raise Refused(f'Not {when}.')", tmp_path, monkeypatch)


def test_sentence_is_translated_with_its_values(marked: None) -> None:
    waits = Throttled("Too many requests. Try again in {seconds} s.", 3, "login", seconds=3)
    assert texts.sentence(waits) == "Too many requests. Try again in 3 s."
    with texts.speaking(LANGUAGE):
        assert texts.sentence(waits) == mark("Too many requests. Try again in 3 s.")
        assert texts.sentence(Refusal("{count} x {share}", count=1200, share=0.5)) == "1.200 x 0,5"
        assert texts.sentence(Refusal("{nobody} translates this")) == "{nobody} translates this"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.8, en;q=0.7", "de"),
        ("en, de;q=0.8", "en"),
        ("de;q=0.3, en-GB;q=0.8", "en"),
        ("fr, *;q=0.5", "en"),
        ("de;q=0, fr", "en"),
        (";;q=q, -,", "en"),
    ],
)
def test_language_of_a_request_is_the_one_preferred_of_those_there_are(
    marked: None, header: str | None, language: str
) -> None:
    headers = [] if header is None else [(b"accept-language", header.encode())]
    assert texts.language_of(Request({"type": "http", "headers": headers})) == language


def test_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    file = tmp_path / LANGUAGE / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text("Anmelden\n")
    with pytest.raises(PoFileError):
        texts.read_catalogues(tmp_path)


def test_english_needs_no_file(client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(texts, "CATALOGUES", texts.read_catalogues(tmp_path))
    assert list(texts.CATALOGUES) == ["en"]
    with time_machine.travel(NOON):
        page = client.get("/login", headers={"accept-language": "de"})
    assert re.search(r'<html lang="en">', page.text)
    assert "<h1>Log in</h1>" in page.text
