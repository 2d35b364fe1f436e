from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import pytest
import time_machine
from starlette.testclient import TestClient

from tests.http.logins import registered

MOMENT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def ada(client: TestClient) -> dict[str, str]:
    return registered(client, "ada@example.com").bearer


def test_token_is_shown_once_then_listed_without_its_secret(client: TestClient) -> None:
    with time_machine.travel(MOMENT, tick=False):
        ada = registered(client, "ada@example.com").bearer
        made = client.post("/tokens", json={"name": " Firefox "}, headers=ada)
        listed = client.get("/tokens", headers=ada)
    new = made.json()
    common = {"id": new["id"], "name": "Firefox", "scope": "track", "created_at": "2026-03-04T12:00:00Z"}
    assert (made.status_code, new) == (201, common | {"token": new["token"]})
    assert new["token"].startswith("rht_")
    assert (listed.status_code, listed.json()) == (200, [common | {"last_used_at": None}])


def test_token_may_not_act_as_its_owner(client: TestClient, ada: dict[str, str]) -> None:
    made = client.post("/tokens", json={"name": "x"}, headers=ada).json()
    own = {"Authorization": f"Bearer {made['token']}"}
    statuses = [
        client.get("/me", headers=own).status_code,
        client.get("/tokens", headers=own).status_code,
        client.post("/tokens", json={"name": "y"}, headers=own).status_code,
        client.delete(f"/tokens/{made['id']}", headers=own).status_code,
        client.post("/auth/logout", headers=own).status_code,
    ]
    assert statuses == [403] * 5
    assert len(client.get("/tokens", headers=ada).json()) == 1


def test_revoked_token_is_dead_at_once(client: TestClient, ada: dict[str, str]) -> None:
    made = client.post("/tokens", json={"name": "x"}, headers=ada).json()
    own = {"Authorization": f"Bearer {made['token']}"}
    assert client.get("/me", headers=own).status_code == 403
    answer = client.delete(f"/tokens/{made['id']}", headers=ada)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/me", headers=own).status_code == 401
    assert client.get("/tokens", headers=ada).json() == []


def test_token_of_another_user_is_not_found(client: TestClient, ada: dict[str, str]) -> None:
    made = client.post("/tokens", json={"name": "x"}, headers=ada).json()
    eve = registered(client, "eve@example.com").bearer
    answers = [
        client.delete(f"/tokens/{token_id}", headers=eve)
        for token_id in (made["id"], "3f2c8a52-9a55-4f5e-8d6e-0f5b4a3c2d1e", "nonsense", "%00")
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert {answer.text for answer in answers} == {'{"detail":"There is no such token."}'}
    assert client.get("/tokens", headers=eve).json() == []
    assert len(client.get("/tokens", headers=ada).json()) == 1


def test_token_with_a_bad_field_is_refused(client: TestClient, ada: dict[str, str]) -> None:
    names: list[dict[str, Any]] = [{"name": name} for name in ("", "  ", "a\nb", 1, None)]
    for body in [{}, *names, {"name": "x", "scope": "full"}]:
        assert (body, client.post("/tokens", json=body, headers=ada).status_code) == (body, 422)
    assert client.get("/tokens", headers=ada).json() == []


def test_name_of_a_token_is_measured_as_it_is_stored(client: TestClient, ada: dict[str, str]) -> None:
    name = normalize("NFC", "Åé" * 50)
    made = client.post("/tokens", json={"name": normalize("NFD", name)}, headers=ada)
    assert (made.status_code, made.json()["name"]) == (201, name)
    longer = client.post("/tokens", json={"name": normalize("NFD", name) + "x"}, headers=ada)
    assert longer.status_code == 422


def test_tokens_are_nothing_for_anonymous(client: TestClient) -> None:
    statuses = [
        client.get("/tokens").status_code,
        client.post("/tokens", json={"name": "x"}).status_code,
        client.delete("/tokens/3f2c8a52-9a55-4f5e-8d6e-0f5b4a3c2d1e").status_code,
    ]
    assert statuses == [401] * 3
