"""Login CSRF in a real Chromium: a neighbour, on another port or subdomain, logs nobody into its account."""

import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.web.csrf import CROSS_SITE
from tests.raters import PASSWORD
from tests.server import Server

DOMAIN = "rater.localhost"  # Chromium looks for every name below localhost on this machine
THEIRS = "attacker@example.org"


@dataclass(frozen=True)
class Neighbour:
    """Somebody who sets cookies for its own host and, where it can, for ours, and sends our login form."""

    server: ThreadingHTTPServer
    host: str
    scheme: str
    page: dict[str, Any]  # `cookies` that it sets and its `body`

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.scheme}://{self.host}:{self.server.server_port}/"

    def attack(self, tracker: str, cookies: list[str], token: str) -> None:
        """From now on its page logs whoever comes into the attacker's account at `tracker`."""
        fields = {"email": THEIRS, "password": PASSWORD, "csrf_token": token}
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        body = f'<form method="post" action="{tracker}/login">{inputs}<button>Win a prize</button></form>'
        self.page.update(cookies=cookies, body=body)


@contextmanager
def neighbour_on(host: str, tls: ssl.SSLContext | None = None) -> Iterator[Neighbour]:
    page: dict[str, Any] = {"cookies": [], "body": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            for cookie in page["cookies"]:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(page["body"].encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Neighbour(server, host, "http" if tls is None else "https", page)
        server.shutdown()


class HttpsServer(Server):
    """The server that speaks TLS itself, with the certificate in its folder."""

    @property
    def command(self) -> list[str]:
        files = [
            "--ssl-certfile",
            str(self.folder / "cert.pem"),
            "--ssl-keyfile",
            str(self.folder / "key.pem"),
        ]
        return [sys.executable, "-m", "uvicorn", "app.main:app", "--port", str(self.port), *files]

    @property
    def url(self) -> str:
        return f"https://tracker.{DOMAIN}:{self.port}"

    def fetch(self, path: str) -> bytes:
        unverified = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://localhost:{self.port}{path}", context=unverified) as answer:
            return bytes(answer.read())

    def _answers(self) -> bool:
        try:
            return self.fetch("/health") != b""
        except OSError:
            return False


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    folder = tmp_path_factory.mktemp("https")
    make = (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    )
    subprocess.run(make.split(), cwd=folder, check=True, capture_output=True)
    server = HttpsServer(folder, environment={"SESSION_COOKIE_SECURE": "true"})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        made.append(browser.new_context(ignore_https_errors=True))
        return made[-1]

    yield make
    for context in made:
        context.close()


def register(page: Page, tracker: str, email: str) -> None:
    page.goto(f"{tracker}/register")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    page.wait_for_url("**/dashboard/**")


def token_of(context: BrowserContext, tracker: str) -> str:
    """A token of the attacker's own: it fits any CSRF cookie that holds it, too."""
    context.clear_cookies()
    page = context.new_page()
    page.goto(f"{tracker}/login")
    return page.locator("[name=csrf_token]").input_value()


def cookies_of(context: BrowserContext, tracker: str) -> dict[str, str]:
    """Names and contents, without the dates and signatures that each answer makes anew."""
    kept: Any = context.cookies(tracker)
    return {cookie["name"]: content_of(cookie["value"]) for cookie in kept}


def content_of(token: str) -> str:
    return token.partition(".")[0]


def test_form_of_another_port_logs_nobody_in(
    server: Server, new_context: Callable[[], BrowserContext]
) -> None:
    attacker, victim = new_context(), new_context()
    register(attacker.new_page(), server.url, THEIRS)
    token = token_of(attacker, server.url)
    with neighbour_on("localhost") as neighbour:
        neighbour.attack(server.url, [f"csrf_token={token}; Path=/"], token)
        page = victim.new_page()
        page.goto(f"{server.url}/login")
        page.goto(neighbour.url)
        page.get_by_role("button").click()
        expect(page.get_by_text(CROSS_SITE)).to_be_visible()
    cookies = cookies_of(victim, server.url)
    assert cookies == {"csrf_token": content_of(token)}  # it was theirs


def test_form_of_another_subdomain_logs_nobody_in(
    secure: HttpsServer, new_context: Callable[[], BrowserContext]
) -> None:
    attacker, victim = new_context(), new_context()
    register(attacker.new_page(), secure.url, THEIRS)
    token = token_of(attacker, secure.url)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(secure.folder / "cert.pem", secure.folder / "key.pem")
    with neighbour_on(f"neighbour.{DOMAIN}", tls) as neighbour:
        names = ("csrf_token", "__Host-csrf_token")
        shared = [f"{name}={token}; Path=/; Domain={DOMAIN}; Secure" for name in names]
        neighbour.attack(secure.url, shared, token)
        page = victim.new_page()
        page.goto(f"{secure.url}/login")
        own = cookies_of(victim, secure.url)
        assert list(own) == ["__Host-csrf_token"]
        page.goto(neighbour.url)
        page.get_by_role("button").click()
        expect(page.get_by_text(CROSS_SITE)).to_be_visible()
    # What they set under the name with the prefix was not kept, and the other one is not asked.
    assert cookies_of(victim, secure.url) == {"csrf_token": content_of(token), **own}
    register(page, secure.url, "victim@example.org")
    assert "access_token" in cookies_of(victim, secure.url)
