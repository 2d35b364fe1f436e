"""What a redirect may make a page say."""

import pytest
from starlette.testclient import TestClient

from app.web.flash import Notice, notice_of

SESSION = "1f0e8c52-8d5c-4f0e-9f0a-3a5f6f1b2c3d"
QUESTION = "2f0e8c52-8d5c-4f0e-9f0a-3a5f6f1b2c3d"


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ({}, None),
        ({"done": "Your account is locked, call 0123"}, None),
        ({"done": "profile-saved"}, Notice("Your profile is saved.")),
        (
            {"done": "session-deleted", "session": SESSION},
            Notice("The session is deleted.", f"/dashboard/sessions/{SESSION}/restore"),
        ),
        (
            {"done": "question-deleted", "session": SESSION, "question": QUESTION},
            Notice(
                "The question is deleted: it is kept below and counted nowhere.",
                f"/dashboard/sessions/{SESSION}/questions/{QUESTION}/restore",
            ),
        ),
        (
            {"done": "question-restored", "session": SESSION, "question": QUESTION},
            Notice(
                "The question counts again.", f"/dashboard/sessions/{SESSION}/questions/{QUESTION}/delete"
            ),
        ),
        ({"done": "session-deleted", "session": "../../logout"}, Notice("The session is deleted.")),
        ({"done": "session-deleted", "session": SESSION.upper()}, Notice("The session is deleted.")),
        ({"done": "session-deleted"}, Notice("The session is deleted.")),
        (
            {"done": "question-deleted", "session": SESSION},
            Notice("The question is deleted: it is kept below and counted nowhere."),
        ),
    ],
)
def test_notice_of_takes_known_keywords_and_ids_alone(query: dict[str, str], notice: Notice | None) -> None:
    assert notice_of(query) == notice


def test_page_repeats_nothing_of_an_unknown_keyword(client: TestClient) -> None:
    assert "Call 0123" not in client.get("/login", params={"done": "Call 0123"}).text
