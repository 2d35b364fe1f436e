"""The routes of an application, for tests that walk them."""

import re
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount

from app.web.admission import Demands, GuardedRoute, PageRoute

Call = tuple[str, str]  # method, path template

# Open before login, each with whether it is an HTML form, which sets the login cookie.
BEFORE_LOGIN: dict[Call, bool] = {
    ("POST", "/auth/login"): False,
    ("POST", "/auth/register"): False,
    ("POST", "/login"): True,
    ("POST", "/register"): True,
}


@dataclass(frozen=True)
class Entry:
    """A route under the path at which it is found."""

    path: str
    methods: frozenset[str]
    pattern: re.Pattern[str]
    route: BaseRoute

    @property
    def is_page(self) -> bool:
        """Whether it answers with HTML."""
        return isinstance(self.route, PageRoute)

    @property
    def demands(self) -> Demands:
        """What it demands of a request."""
        assert isinstance(self.route, GuardedRoute), f"{self.path} is not guarded"
        return self.route.demands


def entries_of(app: FastAPI) -> list[Entry]:
    """Every route but the mounts, in the order in which the router tries them."""
    return [
        Entry(found.path or "", frozenset(found.methods or ()), found.path_regex, found.original_route)
        for found in iter_route_contexts(app.routes)
        if not isinstance(found.original_route, Mount)
    ]


def calls_of(app: FastAPI) -> dict[Call, Entry]:
    """Each method of each route."""
    return {(method, entry.path): entry for entry in entries_of(app) for method in entry.methods}


def calls_with_limit(app: FastAPI) -> dict[Call, str]:
    """The limit of each route that has one."""
    limits = {call: entry.demands.limit for call, entry in calls_of(app).items()}
    return {call: limit for call, limit in limits.items() if limit is not None}
