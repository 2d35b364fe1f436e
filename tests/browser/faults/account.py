"""An account on the server, and what the server holds of it: read from its file, without the application."""

import json
import sqlite3
import urllib.error
import urllib.request
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.browser.manager import Manager
from tests.naive import Row, walk
from tests.raters import PASSWORD
from tests.server import Server


@dataclass(frozen=True)
class Recorded:
    """A row of the log; times in Unix seconds."""

    row: Row  # in the naive model's terms, microseconds
    event_id: str
    received: float

    @property
    def at(self) -> float:
        """Where the server filed it."""
        return self.row.at / 1e6


class Account:
    """Registered, and connected with as many browsers as one likes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.email = f"rater-{uuid.uuid4().hex[:12]}@example.com"
        csrf = self.ask("GET", "/auth/csrf")["csrf_token"]
        body = {"email": self.email, "password": PASSWORD, "timezone": "Europe/Berlin"}
        made = self.ask("POST", "/auth/register", body, {"x-csrf-token": csrf})
        self.login = {"Authorization": f"Bearer {made['access_token']}"}
        self.external_id = self.ask("GET", "/me", headers=self.login)["external_id"]

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """One exchange with the server, which must go well."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.server.url}{path}",
            data=data,
            method=method,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        return json.loads(text) if text else {}

    def connect(self, manager: Manager) -> None:
        """What the button on the widget's page leaves in the manager's storage, and reports to the open tabs."""
        made = self.ask("POST", "/tokens", {"name": "Chrome on Linux"}, self.login)
        link = {"token": made["token"], "id": made["id"], "name": made["name"]}
        manager.change("link", {**link, "account": self.external_id, "since": made["created_at"]})

    def revoke(self, manager: Manager) -> None:
        """Ends the browser's token on the profile page; harmless where that was done before."""
        with suppress(urllib.error.HTTPError):
            self.ask("DELETE", f"/tokens/{manager.values['link']['id']}", headers=self.login)

    def log(self) -> list[Recorded]:
        """Every recorded event, in the order of arrival."""
        rows = self._select(
            "SELECT seq, type, at_us, discard, target_minutes, default_target_minutes, idle_us, event_id, received_us"
            " FROM events WHERE user_id = ? ORDER BY seq"
        )
        return [
            Recorded(
                Row(seq, kind, at, bool(discard), target, default or 0, idle or 0), event_id, received / 1e6
            )
            for seq, kind, at, discard, target, default, idle, event_id, received in rows
        ]

    def figures(self) -> list[dict[str, Any]]:
        """The stored sessions and questions: start, end, and (start, end, paused, discarded) of each question."""
        sessions = self._select(
            "SELECT started_us, ended_us, last_us, auto_closed, question_count FROM sessions WHERE user_id = ?"
            " ORDER BY started_us, opened_by"
        )
        questions = self._select(
            "SELECT started_us, ended_us, paused_us, discarded FROM questions"
            " WHERE user_id = ? ORDER BY started_us, opened_by"
        )
        return [
            {
                "start": start,
                "end": end,
                "auto_closed": bool(auto_closed),
                "count": count,
                "questions": [
                    (a, b, paused, bool(void)) for a, b, paused, void in questions if start <= a <= last
                ],
            }
            for start, end, last, auto_closed, count in sessions
        ]

    def asked(self) -> list[dict[str, Any]]:
        """Every closed question in order: start, end and pauses in Unix seconds, and what it was about."""
        rows = self._select(
            "SELECT started_us, ended_us, paused_us, discarded, task_id, target_minutes FROM questions"
            " WHERE user_id = ? ORDER BY started_us, opened_by"
        )
        return [
            {
                "start": start / 1e6,
                "end": end / 1e6,
                "paused": paused / 1e6,
                "discarded": bool(discarded),
                "about": (task, target),
            }
            for start, end, paused, discarded, task, target in rows
        ]

    def _select(self, query: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{self.server.folder / 'app.db'}?mode=ro", uri=True, timeout=30)
        try:
            [[user]] = connection.execute("SELECT id FROM users WHERE email = ?", [self.email])
            return connection.execute(query, [user]).fetchall()
        finally:
            connection.close()


def fold(log: list[Recorded]) -> list[dict[str, Any]]:
    """What `Account.figures` must say, by the naive model."""
    sittings, _ = walk([each.row for each in log])
    return [
        {
            "start": sitting.rows[0].at,
            "end": sitting.end,
            "auto_closed": sitting.auto_closed,
            "count": len(sitting.counted),
            "questions": [(ask.opening.at, ask.end, ask.paused, ask.discarded) for ask in sitting.closed],
        }
        for sitting in sittings
    ]


def has_effect(log: list[Recorded], row: Row) -> bool:
    """Whether `row`, arriving after all of `log`, does anything at its place."""
    return row.number in walk([*(each.row for each in log), row])[1]
