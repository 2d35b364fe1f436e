"""Sending the example requests, changed in one thing or another."""

from dataclasses import dataclass, replace
from json import dumps
from typing import Any
from urllib.parse import urlencode

from httpx2 import Response
from starlette.testclient import TestClient

from app.config import Settings
from app.database import Database
from app.store.users import User
from app.web.csrf import SAFE_METHODS
from tests.attack.requests import REQUESTS, Request, filled
from tests.attack.world import Dump, World, dump, new_world
from tests.routes import BEFORE_LOGIN, Call, Entry, calls_of

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Attacker:
    """Requests to a running application; nothing is kept between them, and redirects are shown."""

    client: TestClient
    database: Database
    world: World

    def in_a_new_world(self) -> "Attacker":
        """The same with a user A to whom nothing has happened."""
        settings: Settings = self.client.app.state.settings  # type: ignore[attr-defined]
        return replace(self, world=new_world(self.database, settings))

    def calls(self) -> dict[Call, Entry]:
        """Every method of every route."""
        return calls_of(self.client.app)  # type: ignore[arg-type]

    def unsafe(self) -> list[Call]:
        """Those that may change something."""
        return [call for call in self.calls() if call[0] not in SAFE_METHODS]

    def dump(self) -> Dump:
        """Every row of every table."""
        return dump(self.database)

    def dump_of(self, user: User) -> Dump:
        """Those that are the user's."""
        return {table: [row for row in rows if user.id in row[:2]] for table, rows in self.dump().items()}

    def request(self, call: Call) -> Request:
        """The example of a route, its names replaced."""
        example = REQUESTS[call]
        return replace(
            example,
            path=filled(example.path, self.world),
            json=filled(example.json, self.world),
            form=filled(example.form, self.world),
            query=filled(example.query, self.world),
        )

    def send(
        self, method: str, request: Request, headers: dict[str, Any] | None = None, *, csrf: str | None = None
    ) -> Response:
        """The answer. A CSRF token goes into the form where there is one, else into the header."""
        self.client.cookies.clear()
        sent = dict(headers or {})
        form = request.form
        if csrf is not None:
            if form is None:
                sent["x-csrf-token"] = csrf
            else:
                form = {**form, "csrf_token": csrf}
        content = None
        if request.json is not None:
            content, sent["content-type"] = dumps(request.json).encode(), JSON
        elif form is not None:
            content, sent["content-type"] = urlencode(form, errors="surrogatepass").encode(), FORM
        query = urlencode(request.query, errors="surrogatepass")
        address = request.path + (f"?{query}" if query else "")
        return self.client.request(method, address, headers=sent, content=content, follow_redirects=False)

    def as_owner(self, call: Call, request: Request | None = None) -> Response:
        """The request as user A's browser sends it: cookies, and a CSRF token where one is needed."""
        request = request or self.request(call)
        method, _ = call
        if method in SAFE_METHODS:
            return self.send(method, request, self.world.cookie)
        if call not in BEFORE_LOGIN:
            return self.send(method, request, self.world.cookie, csrf=self.csrf(self.world.cookie))
        token = self.csrf({})
        return self.send(method, request, {"cookie": f"csrf_token={token}"}, csrf=token)

    def csrf(self, headers: dict[str, str]) -> str:
        """A CSRF token for whoever sends these headers."""
        self.client.cookies.clear()
        token: str = self.client.get("/auth/csrf", headers=headers).json()["csrf_token"]
        self.client.cookies.clear()
        return token
