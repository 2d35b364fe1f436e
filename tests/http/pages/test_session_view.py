"""What the address of a session's page asks for: one question, a stretch of the drawing."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from httpx2 import Response

from app.web.routes.pages.session import PART
from tests.http.browser import NOON, Browser, text_of
from tests.http.test_pages_session import MORNING, address, summary
from tests.raters import Rater


def rows_of(page: Response) -> list[str]:
    """The numbers of the rows, the marked one with an asterisk."""
    rows = re.findall(r'<tr id="q-(\d+)"( class="is-marked" aria-current="true")?>', page.text)
    return [number + "*" * bool(marked) for number, marked in rows]


def blocks_of(page: Response) -> list[str]:
    """The numbers of the blocks in the drawing, the marked one with an asterisk."""
    blocks = re.findall(r'<a data-tip href="[^"]*#q-([\w-]+)" tabindex="-1"( class="is-marked")?>', page.text)
    return [number + "*" * bool(marked) for number, marked in blocks]


def field_of(page: Response, name: str) -> str:
    found = re.search(rf'<input class="[^"]*" id="\w+" name="{name}"[^>]* value="([^"]*)"', page.text)
    assert found, name
    return unescape(found[1])


@pytest.mark.parametrize("by", ["number", "id", "id in another part"])
def test_address_leads_to_one_question(browser: Browser, rater: Rater, by: str) -> None:
    session = rater.record_session(MORNING, [0.25] * (PART + 20))
    ids = [question["id"] for question in summary(browser, session)["questions"]]
    asked = str(PART + 3) if by == "number" else ids[PART + 2]
    page = browser.get(f"{address(session)}?question={asked}" + "&part=1" * (by == "id in another part"))
    assert page.status_code == 200
    assert rows_of(page) == [f"{n}{'*' * (n == PART + 3)}" for n in range(PART + 1, PART + 21)]
    assert [block for block in blocks_of(page) if "*" in block] == [f"{PART + 3}*"]
    assert page.text.count(' id="question"') == 1
    assert field_of(page, "question") == str(PART + 3)


def test_address_leads_to_a_discarded_question(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [5, 7, 2])
    question = summary(browser, session)["questions"][1]["id"]
    deleted = browser.post(f"{address(session)}/questions/{question}/delete", address(session))
    page = browser.get(deleted.headers["location"])
    assert rows_of(page) == ["1", "2"]
    assert f'<tr id="q-{question}" class="is-marked" aria-current="true">' in page.text
    assert blocks_of(page) == ["1", f"{question}*", "2"]
    assert field_of(page, "question") == ""


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("4", "The finished questions of this session have the numbers 1 to 3."),
        ("0", "The finished questions of this session have the numbers 1 to 3."),
        ("9" * 5000, "This is not the number of a question."),
        ("2.5", "This is not the number of a question."),
        ('"><b>', "This is not the number of a question."),
        ("00000000-0000-4000-8000-000000000000", "This question is not in this session any more."),
    ],
)
def test_question_that_is_not_there_is_refused_and_what_was_typed_kept(
    browser: Browser, rater: Rater, asked: str, sentence: str
) -> None:
    session = rater.record_session(MORNING, [5, 7, 2])
    page = browser.get(f"{address(session)}?question={quote(asked)}&from=1&to=2")
    assert page.status_code == 422
    assert re.findall('role="alert">(.*?)<', page.text) == [sentence]
    assert field_of(page, "question") == asked
    assert rows_of(page) == ["1", "2", "3"]
    assert '#question" id="question">' in page.text  # where the form's address leads


def test_strip_shows_a_stretch_of_the_session_and_links_keep_it(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(MORNING, [0.25] * (PART + 20))
    page = browser.get(f"{address(session)}?from=3&to=5&part=2")
    assert blocks_of(page) == ["3", "4", "5"]
    assert "questions 3 to 5 of 270" in text_of(page)
    assert (field_of(page, "from"), field_of(page, "to")) == ("3", "5")
    assert '<a data-tip href="?from=3&amp;to=5&amp;question=4#q-4"' in page.text
    assert '<a href="?from=3&amp;to=5&amp;part=1#questions">1–250</a>' in page.text
    assert 'href="?part=2#course" data-zoom>Show all</a>' in page.text
    assert '<input type="hidden" name="part" value="2">' in page.text


@pytest.mark.parametrize(
    ("query", "blocks"),
    [
        ("from=2", ["2", "3"]),
        ("to=2", ["1", "2"]),
        ("from=+2+&to=2", ["2"]),
        ("from=1&to=3", ["1", "2", "3"]),
        ("from=&to=", ["1", "2", "3"]),
    ],
)
def test_stretch_may_lack_an_end(browser: Browser, rater: Rater, query: str, blocks: list[str]) -> None:
    session = rater.record_session(MORNING, [5, 7, 2])
    page = browser.get(f"{address(session)}?{query}")
    assert (page.status_code, blocks_of(page)) == (200, blocks)
    assert ("Show all" in page.text) == (len(blocks) < 3)


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("3", "2", "The first question comes after the last."),
        ("2", "4", "The finished questions of this session have the numbers 1 to 3."),
        ("10:00", "2", "This is not the number of a question."),
    ],
)
def test_stretch_that_is_none_is_refused_and_what_was_typed_kept(
    browser: Browser, rater: Rater, first: str, last: str, sentence: str
) -> None:
    session = rater.record_session(MORNING, [5, 7, 2])
    page = browser.get(f"{address(session)}?from={first}&to={last}")
    assert page.status_code == 422
    assert re.findall('role="alert">(.*?)<', page.text) == [sentence]
    assert (field_of(page, "from"), field_of(page, "to")) == (first, last)
    assert blocks_of(page) == ["1", "2", "3"]


def test_session_without_a_finished_question_refuses_any(browser: Browser, rater: Rater) -> None:
    session = rater.record_session(NOON - timedelta(minutes=9), [], ended=False)
    for query in ("question=1", "from=1"):
        page = browser.get(f"{address(session)}?{query}")
        assert page.status_code == 422
        assert re.findall('role="alert">(.*?)<', page.text) == [
            "No question of this session is finished yet."
        ]
