"""The widget's page and the script, as the application serves them."""

import gzip

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


def test_page_is_not_compressed(client: TestClient) -> None:
    answer = client.get("/widget", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


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
