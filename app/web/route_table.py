"""What the application answers to, for those who must know before a route is chosen, and for tests."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.routing import APIRoute, iter_route_contexts
from starlette._utils import get_route_path  # the router's own: both must see the same path
from starlette.routing import BaseRoute
from starlette.types import Scope

PAGES = "pages"  # the tag of routes that answer with HTML
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One route, under the path at which it is finally found."""

    path: str
    methods: frozenset[str]
    is_page: bool
    takes_body: bool
    pattern: re.Pattern[str]


class RouteTable:
    """Every route of an application, in the order in which the router tries them."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self.entries = tuple(
            Entry(
                path=context.path or "",
                methods=frozenset(context.methods or ()),
                is_page=PAGES in context.tags,
                takes_body=context.original_route.body_field is not None,
                pattern=context.path_regex,
            )
            for context in iter_route_contexts(routes)
            if isinstance(context.original_route, APIRoute)
        )
        # Paths without a parameter need no search, and no request for anything else can fill this up.
        self._fixed = {
            entry.path: self._matching(entry.path) for entry in self.entries if "{" not in entry.path
        }

    def find(self, scope: Scope) -> Entry | None:
        """The route that will answer; else the first at this path; None at an unknown path."""
        at_path = self._at_path(scope)
        exact = (entry for entry in at_path if scope["method"] in entry.methods)
        return next(exact, at_path[0] if at_path else None)

    def methods(self, scope: Scope) -> frozenset[str]:
        """Every method that some route takes at this path."""
        return frozenset().union(*(entry.methods for entry in self._at_path(scope)))

    def _at_path(self, scope: Scope) -> list[Entry]:
        path = get_route_path(scope)
        fixed = self._fixed.get(path)
        return self._matching(path) if fixed is None else fixed

    def _matching(self, path: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.pattern.match(path)]
