"""HEAD is GET without the body."""

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/health", 200),
        ("/login", 200),
        ("/static/style.css", 200),
        ("/me", 401),
        ("/nowhere", 404),
        ("/auth/login", 405),
    ],
)
def test_head_answers_as_get_does_without_the_body(client: TestClient, path: str, status: int) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, get.status_code) == (status, status)
    assert head.content == b""
    assert get.content != b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-type"] == get.headers["content-type"]
