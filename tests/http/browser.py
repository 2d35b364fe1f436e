"""A small browser for tests of the pages: it keeps cookies, reads forms and posts them with their token."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

from httpx2 import Response
from starlette.testclient import TestClient

from tests.raters import PASSWORD

EMAIL = "mara@example.org"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)  # 13:00 in Vienna
INLINE = {"a", "b", "small", "span", "strong", "time"}  # tags that end no word


@dataclass(frozen=True)
class Browser:
    """Requests as a browser sends them; redirects are shown, not followed."""

    client: TestClient

    def get(self, address: str) -> Response:
        """A page."""
        return self.client.get(address, headers={"accept": "text/html"}, follow_redirects=False)

    def post(self, address: str, token_from: str, fields: dict[str, str] | None = None) -> Response:
        """A form, with the CSRF token that the page `token_from` holds."""
        return self.client.post(
            address,
            data={"csrf_token": token_in(self.get(token_from)), **(fields or {})},
            headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
            follow_redirects=False,
        )

    def register(self, email: str = EMAIL, timezone: str = "Europe/Vienna") -> Response:
        """A new account, logged in."""
        fields = {
            "email": email,
            "password": PASSWORD,
            "first_name": "Mara",
            "last_name": "",
            "timezone": timezone,
        }
        return self.post("/register", "/register", fields)

    def log_in(self, password: str = PASSWORD, **fields: str) -> Response:
        """The login form, sent."""
        return self.post("/login", "/login", {"email": EMAIL, "password": password, **fields})


def token_in(page: Response) -> str:
    """The CSRF token of a page's first form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, f"no form on the page {page.url}: {page.status_code}"
    return unescape(found.group(1))


def text_of(page: Response) -> str:
    """The words of the page's content, spaces made single."""
    reader = _Words()
    reader.feed(page.text)
    return " ".join("".join(reader.words).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside |= tag == "main"

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self.inside = False
        if tag not in INLINE:
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.words.append(data)


def errors_of(pages: Iterable[Response]) -> list[str]:
    """What the pages say in an alert, or beside a field."""
    pattern = r'(?:role="alert">|class="wrong" id="[^"]*">)([^<]*)<'
    return [unescape(text) for page in pages for text in re.findall(pattern, page.text)]
