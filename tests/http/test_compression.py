"""Which answers are compressed for a client that accepts gzip: `Browser` does."""

from httpx2 import Response

from tests.http.browser import Browser, text_of


def encoding_of(answer: Response) -> str | None:
    return answer.headers.get("content-encoding")


def test_page_is_compressed(browser: Browser) -> None:
    assert encoding_of(browser.get("/dashboard/week")) == "gzip"


def test_page_that_repeats_what_was_typed_is_not_compressed(browser: Browser) -> None:
    page = browser.get("/dashboard/week?date=typed")
    assert 'value="typed"' in page.text
    assert encoding_of(page) is None


def test_page_with_a_new_token_is_not_compressed(browser: Browser) -> None:
    page = browser.post("/profile/tokens", "/profile", {"name": "Laptop"})
    assert "Laptop has this token." in text_of(page)
    assert encoding_of(page) is None


def test_json_is_not_compressed(browser: Browser) -> None:
    assert encoding_of(browser.get("/dashboard/week/json")) is None
