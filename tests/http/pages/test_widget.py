"""The widget's page and the script, as the application serves them."""

import gzip
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app
from app.services.userscript import render_userscript


@pytest.mark.parametrize("host", ["tracker.example:8443", "my_nas:8000", "[::1]:8000"])
def test_userscript_carries_the_address_it_was_asked_at(client: TestClient, host: str) -> None:
    answer = client.get("/raterhub-tracker.user.js", headers={"host": host})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text == render_userscript(f"http://{host}")


def test_userscript_is_compressed_for_whoever_accepts_it(client: TestClient) -> None:
    plain = client.get("/raterhub-tracker.user.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", "/raterhub-tracker.user.js", headers={"accept-encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding, Origin"
    assert gzip.decompress(sent) == plain.content
    assert len(plain.content) < 200_000
    assert len(sent) < 60_000


def test_userscript_carries_the_public_url_where_one_is_set(settings: Settings) -> None:
    app: FastAPI = create_app(settings.model_copy(update={"public_url": "https://tracker.example"}))
    with TestClient(app) as client:
        assert client.get("/raterhub-tracker.user.js").text == render_userscript("https://tracker.example")


@pytest.mark.parametrize(
    "host", ["evil.example/x", 'a";alert(1)//', "a b", "user@evil.example", "<script>", "*"]
)
def test_userscript_for_a_hostile_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/raterhub-tracker.user.js", headers={"host": host})
    assert answer.status_code == 400
    assert host not in answer.text


def test_widget_page_without_a_login_leads_there_and_back(client: TestClient) -> None:
    answer = client.get("/widget")
    assert answer.status_code == 200
    assert 'href="/login?next=/widget"' in answer.text
    assert "data-widget-connect" not in answer.text


BEHIND_TLS = "this server was reached by plain http, and the widget would use plain http too"
SECURE = {"session_cookie_secure": True}
OFFERED = 'href="/raterhub-tracker.user.js"'


@pytest.mark.parametrize(
    ("changed", "headers", "origin"),
    [
        # Plain http is meant, or nobody but this machine comes.
        ({}, {"host": "tracker.example"}, "http://tracker.example"),
        (SECURE, {"host": "localhost:8000"}, "http://localhost:8000"),
        (SECURE, {"host": "[::1]:8000"}, "http://[::1]:8000"),
        # TLS ends at a proxy of which the server knows nothing.
        (SECURE, {"host": "tracker.example"}, None),
        (SECURE, {"host": "my_nas:8000"}, None),
        (SECURE, {"host": "localhost:8000", "x-forwarded-proto": "https"}, None),
        ({}, {"host": "tracker.example", "x-forwarded-proto": "HTTPS,http"}, None),
        # One of both settings is enough.
        (
            SECURE | {"public_url": "https://tracker.example"},
            {"host": "localhost:8000", "x-forwarded-proto": "https"},
            "https://tracker.example",
        ),
        (
            SECURE | {"trusted_proxies": ("10.0.0.2",)},
            {"host": "tracker.example", "x-forwarded-proto": "https"},
            "https://tracker.example",
        ),
        # A proxy that is trusted and does not say how people come.
        (SECURE | {"trusted_proxies": ("10.0.0.2",)}, {"host": "tracker.example"}, None),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_page_offers_no_script_that_would_use_plain_http_behind_tls(
    settings: Settings, changed: dict[str, Any], headers: dict[str, str], origin: str | None
) -> None:
    app = create_app(settings.model_copy(update=changed))
    with TestClient(app, client=("10.0.0.2", 1), headers=headers) as client:
        page, script = client.get("/widget"), client.get("/raterhub-tracker.user.js")
    assert page.status_code == 200
    if origin is None:
        assert (OFFERED in page.text, BEHIND_TLS in page.text) == (False, True)
        assert (script.status_code, BEHIND_TLS in script.text) == (400, True)
    else:
        assert (OFFERED in page.text, script.text) == (True, render_userscript(origin))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_page_offers_no_script_that_is_refused_for_the_host(client: TestClient) -> None:
    page = client.get("/widget", headers={"host": "*.example"})
    assert page.status_code == 200
    assert OFFERED not in page.text
    assert "The address of this server is not a plain http or https address." in page.text
