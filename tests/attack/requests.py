"""One request for every route: what its owner sends so that it works.

An attack is such a request with one thing changed, so that what is refused is refused for that one thing. A route
without an entry here makes a test fail. Names in braces are attributes of `World`.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.attack.world import World
from tests.raters import NEW_PASSWORD, PASSWORD
from tests.routes import Call

NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Request:
    """A request that works for user A: its body is JSON or a form, or there is none."""

    path: str
    status: int = 200
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    query: dict[str, str] = field(default_factory=dict)


def filled(value: Any, world: World) -> Any:
    """`value` with every name in braces replaced by that attribute of `world`."""
    match value:
        case str():
            return NAME.sub(lambda found: str(getattr(world, found[1])), value)
        case list():
            return [filled(item, world) for item in value]
        case dict():
            return {name: filled(item, world) for name, item in value.items()}
    return value


EVENT = {
    "type": "NEXT",
    "timestamp": "{soon}",
    "sent_at": "{soon}",
    "event_id": "{fresh_id}",
    "discard": False,
    "target_minutes": 4.5,
    "task_id": "t-1",
    "task_type": "side by side",
}
REGISTRATION = {
    "email": "{fresh_id}@example.com",
    "password": PASSWORD,
    "first_name": "Ada",
    "last_name": "Byron",
    "timezone": "Europe/London",
}
CREDENTIALS = {"email": "{email}", "password": PASSWORD}
SESSION, QUESTION = "/sessions/{ended}", "/sessions/{ended}/questions/{question}"
SESSION_PAGE = "/dashboard/sessions/{ended}"

REQUESTS: dict[Call, Request] = {
    ("GET", "/health"): Request("/health"),
    ("GET", "/health/live"): Request("/health/live"),
    ("GET", "/metrics"): Request("/metrics", 401),  # to nobody but who sends its own token
    ("GET", "/auth/csrf"): Request("/auth/csrf"),
    ("POST", "/auth/register"): Request("/auth/register", 201, json=REGISTRATION),
    ("POST", "/auth/login"): Request("/auth/login", json=CREDENTIALS),
    ("POST", "/auth/logout"): Request("/auth/logout"),
    ("GET", "/me"): Request("/me"),
    ("POST", "/tokens"): Request("/tokens", 201, json={"name": "Firefox"}),
    ("GET", "/tokens"): Request("/tokens"),
    ("DELETE", "/tokens/{token_id}"): Request("/tokens/{token}", 204),
    ("POST", "/events"): Request("/events", json=EVENT),
    ("POST", "/events/batch"): Request("/events/batch", json={"events": [EVENT], "sent_at": "{soon}"}),
    ("POST", "/events/known"): Request("/events/known", json={"event_ids": ["{event}"]}),
    ("GET", "/sessions/current"): Request("/sessions/current"),
    ("GET", "/live"): Request("/live", 429),  # a stream would not end: here nobody may have one
    ("PATCH", "/sessions/{session_id}"): Request(SESSION, json={"target_minutes_per_question": 3.5}),
    ("DELETE", "/sessions/{session_id}"): Request(SESSION),
    ("POST", "/sessions/{session_id}/restore"): Request("/sessions/{deleted}/restore"),
    ("DELETE", "/sessions/{session_id}/questions/{question_id}"): Request(QUESTION),
    ("POST", "/sessions/{session_id}/questions/{question_id}/restore"): Request(
        "/sessions/{ended}/questions/{discarded}/restore"
    ),
    ("GET", "/sessions/recent"): Request("/sessions/recent", query={"limit": "5"}),
    ("GET", "/sessions/{session_id}/summary"): Request("/sessions/{ended}/summary"),
    ("GET", "/summary/{session_id}"): Request("/summary/{ended}"),
    ("GET", "/sessions/today"): Request("/sessions/today", query={"date": "{day}"}),
    ("GET", "/dashboard/today/json"): Request("/dashboard/today/json", query={"date": "{day}"}),
    **{
        ("GET", f"/dashboard/{kind}/json"): Request(f"/dashboard/{kind}/json", query={"date": "{day}"})
        for kind in ("day", "week", "month", "year")
    },
    **{
        ("GET", f"/dashboard/{kind}"): Request(f"/dashboard/{kind}", query={"date": "{day}"})
        for kind in ("day", "week", "month", "year")
    },
    ("GET", "/dashboard/range"): Request("/dashboard/range", query={"from": "{day}", "to": "{day}"}),
    ("GET", "/dashboard/range/json"): Request(
        "/dashboard/range/json", query={"from": "{day}", "to": "{day}"}
    ),
    ("GET", "/export/questions.csv"): Request(
        "/export/questions.csv", query={"from": "{day}", "to": "{day}"}
    ),
    ("GET", "/"): Request("/", 303),
    ("GET", "/login"): Request("/login", 303, query={"next": "/profile", "done": "logged-out"}),
    ("POST", "/login"): Request("/login", 303, form={**CREDENTIALS, "next": "/profile"}),
    ("GET", "/register"): Request("/register", 303),
    ("POST", "/register"): Request("/register", 303, form=REGISTRATION),
    ("POST", "/logout"): Request("/logout", 303, form={}),
    ("GET", "/dashboard/today"): Request(
        "/dashboard/today", query={"date": "{day}", "done": "session-deleted", "session": "{deleted}"}
    ),
    ("GET", "/dashboard/sessions"): Request("/dashboard/sessions"),
    ("GET", "/dashboard/sessions/{session_id}"): Request(
        SESSION_PAGE,
        query={
            "part": "1",
            "from": "1",
            "to": "1",
            "done": "question-deleted",
            "question": "{discarded}",
        },
    ),
    ("POST", "/dashboard/sessions/{session_id}/target"): Request(
        SESSION_PAGE + "/target", 303, form={"target_minutes": "3.5"}
    ),
    ("POST", "/dashboard/sessions/{session_id}/end"): Request(
        "/dashboard/sessions/{running}/end", 303, form={"when": "last", "at": "", "event_id": "{fresh_id}"}
    ),
    ("POST", "/dashboard/sessions/{session_id}/delete"): Request(SESSION_PAGE + "/delete", 303, form={}),
    ("POST", "/dashboard/sessions/{session_id}/restore"): Request(
        "/dashboard/sessions/{deleted}/restore", 303, form={}
    ),
    ("POST", "/dashboard/sessions/{session_id}/questions/{question_id}/{act}"): Request(
        SESSION_PAGE + "/questions/{question}/delete", 303, form={}
    ),
    ("GET", "/profile"): Request("/profile", query={"done": "profile-saved"}),
    ("POST", "/profile"): Request(
        "/profile",
        303,
        form={
            "first_name": "Ada",
            "last_name": "Byron",
            "timezone": "Europe/London",
            "target_minutes_per_question": "6",
            "week_starts_on": "7",
            "language": "browser",
        },
    ),
    ("POST", "/profile/password"): Request(
        "/profile/password",
        303,
        form={
            "username": "{email}",
            "current_password": PASSWORD,
            "new_password": NEW_PASSWORD,
            "revoke_tokens": "",
        },
    ),
    ("POST", "/profile/tokens"): Request("/profile/tokens", form={"name": "Firefox"}),
    ("POST", "/profile/tokens/{token_id}/revoke"): Request("/profile/tokens/{token}/revoke", 303, form={}),
    ("POST", "/profile/logout-everywhere"): Request("/profile/logout-everywhere", 303, form={}),
    ("GET", "/widget"): Request("/widget"),
    ("GET", "/raterhub-tracker.user.js"): Request("/raterhub-tracker.user.js"),
    ("GET", "/docs"): Request("/docs"),
    ("GET", "/styleguide"): Request("/styleguide"),  # in debug mode alone
    ("GET", "/openapi.json"): Request("/openapi.json"),
}
