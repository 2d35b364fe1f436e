"""How often: SlowAPI's limits, which routes name in their `Demands`.

SlowAPI's decorators usually stand on route handlers. There they run after a request was parsed and its
sender identified, so neither a 401 nor a malformed body would count. Here they stand on one small function
per limit, which a route calls before anything else. Each application has a limiter of its own.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, get_args

from limits import parse_many
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.config import Settings
from app.services.accounts.accounts import Identity
from app.services.addresses import network_of
from app.services.refusals import NotAuthenticated, Throttled
from app.web.credentials import client_address
from app.web.dependencies import identity_of

# Routes that name the same limit share one count.
LimitName = Literal["login", "register", "passwords", "events", "corrections", "exports"]
LIMITS: tuple[LimitName, ...] = get_args(LimitName)
BY_ADDRESS = ("login", "register")  # of the client; the others count by user
STORAGE_SECONDS = 1  # for a shared storage to answer; then each process counts for itself until it is back

# It says each refusal in words of its own; ours is logged with the request that was refused.
logging.getLogger("slowapi").addFilter(lambda record: not str(record.msg).startswith("ratelimit "))


class Limits:
    """The limits of one application. Raises `ValueError` when a setting cannot be read."""

    def __init__(self, settings: Settings) -> None:
        self._in_memory = settings.rate_limit_storage_uri.startswith("memory:")
        waiting: Any = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), STORAGE_SECONDS)
        self._limiter = Limiter(
            key_func=address_key,
            storage_uri=settings.rate_limit_storage_uri,
            storage_options={} if self._in_memory else waiting,
            in_memory_fallback_enabled=not self._in_memory,
            enabled=settings.rate_limit_enabled,
            key_prefix="raterhub-tracker",
        )
        self._gates = {name: self._gate(name, getattr(settings, f"rate_limit_{name}")) for name in LIMITS}

    async def count(self, request: Request, name: LimitName) -> None:
        """Count the request against a limit. Raises `Throttled`."""
        if name not in BY_ADDRESS:
            # Needed anyway, and looked up once per request. A count by what a token merely says of itself would let
            # whoever holds one that was ended use up its owner's.
            with suppress(NotAuthenticated):
                await identity_of(request)
        try:
            if self._in_memory:
                self._gates[name](request)
            else:
                await run_in_threadpool(self._gates[name], request)
        except RateLimitExceeded as error:
            limit, key = request.state.view_rate_limit
            reset_at = self._limiter.limiter.get_window_stats(limit, *key).reset_time
            wait = max(1, math.ceil(reset_at - time.time()))
            message = "Too many requests. Try again in {seconds} s."
            raise Throttled(message, wait, name, seconds=wait) from error

    def _gate(self, name: LimitName, limit: str) -> Callable[[Request], None]:
        parse_many(limit)  # SlowAPI itself would log a limit that it cannot read, and never limit anything

        def gate(request: Request) -> None:
            pass

        gate.__name__ = name  # SlowAPI tells decorated functions by their names
        key = address_key if name in BY_ADDRESS else sender_key
        limited: Callable[[Request], None] = self._limiter.shared_limit(limit, scope=name, key_func=key)(gate)
        return limited


def address_key(request: Request) -> str:
    """Counts by the client's address, IPv6 by the network of 64 bits."""
    return f"address:{network_of(client_address(request.scope))}"


def sender_key(request: Request) -> str:
    """Counts by user, whichever of their tokens came; by address where nobody was found."""
    identity: Identity | None = getattr(request.state, "identity", None)
    return address_key(request) if identity is None else f"user:{identity.user.id}"
