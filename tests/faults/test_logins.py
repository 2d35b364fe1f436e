"""Logins while the database fails between the counting of an attempt and its end."""

import sqlite3
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from app import auth
from app.database import Database
from app.db_models import throttles
from tests.http.logins import csrf_of, logged_in, registered
from tests.raters import PASSWORD
from tests.waiting import wait_until

EMAIL = "rater@example.com"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_right_password_is_not_shut_out_by_logins_that_another_process_held_up(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(client, EMAIL)
    verify, form = auth.verify_password, {"email": EMAIL, "password": PASSWORD}
    headers = {"x-csrf-token": csrf_of(client)}

    def failures() -> list[int]:
        return database.read_now(lambda conn: [row.failures for row in conn.execute(throttles.select())])

    with closing(sqlite3.connect(str(database.engine.url.database), check_same_thread=False)) as other:
        other.isolation_level = None

        def hold_up(password: str, password_hash: str) -> tuple[bool, str | None]:
            other.execute("BEGIN IMMEDIATE")
            return verify(password, password_hash)

        monkeypatch.setattr(auth, "verify_password", hold_up)
        for _ in range(2):
            answer = client.post("/auth/login", json=form, headers=headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert failures() == [1, 1]
            other.execute("ROLLBACK")
            wait_until(lambda: failures() == [])
    monkeypatch.setattr(auth, "verify_password", verify)
    logged_in(client, EMAIL)
