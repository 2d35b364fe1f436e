"""How often: SlowAPI's limits, which routes name in their `Demands`.

SlowAPI's decorators usually stand on route handlers. There they run after a request was parsed and its
sender identified, so neither a 401 nor a malformed body would count. Here they stand on one small function
per limit, which a route calls before anything else. Each application has limiters of its own.

SlowAPI's fallback is not used: of two requests that find its storage away at once, it answers the second with an
error (`docs/decisions/limits-first.md`).
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TypeVar, get_args

import structlog
from limits import parse_many
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.config import Settings
from app.services.accounts.accounts import Identity
from app.services.addresses import network_of
from app.services.refusals import TOO_OFTEN, NotAuthenticated, Throttled
from app.web.credentials import client_address
from app.web.dependencies import identity_of

T = TypeVar("T")

# Routes that name the same limit share one count.
LimitName = Literal["login", "register", "passwords", "events", "corrections", "exports"]
LIMITS: tuple[LimitName, ...] = get_args(LimitName)
BY_ADDRESS = ("login", "register")  # of the client; the others count by user
STORAGE_SECONDS = 1  # for a shared storage to answer; then each process counts for itself
AWAY_SECONDS = 5  # until it is asked again

log = structlog.get_logger(__name__)
# It says each refusal in words of its own; ours is logged with the request that was refused.
logging.getLogger("slowapi").addFilter(lambda record: not str(record.msg).startswith("ratelimit "))


class Counts:
    """The limits, counted in one storage. The methods raise whatever the storage raises."""

    def __init__(self, settings: Settings, storage_uri: str, **options: Any) -> None:
        self._limiter = Limiter(
            key_func=address_key,
            storage_uri=storage_uri,
            storage_options=options,
            enabled=settings.rate_limit_enabled,
            key_prefix="raterhub-tracker",
        )
        set_to = {name: getattr(settings, f"rate_limit_{name}") for name in LIMITS}
        # SlowAPI can count a request, but not take the count back.
        self._limits = {name: parse_many(limit) for name, limit in set_to.items()}
        self._gates = {name: self._gate(name, limit) for name, limit in set_to.items()}

    def hit(self, request: Request, name: LimitName) -> int:
        """Count the request: 0, or the seconds to wait where the limit is reached."""
        try:
            self._gates[name](request)
        except RateLimitExceeded:
            limit, key = request.state.view_rate_limit
            reset_at = self._limiter.limiter.get_window_stats(limit, *key).reset_time
            wait = max(1, math.ceil(reset_at - time.time()))
            if wait <= limit.get_expiry() + 1:
                return wait
            self._limiter.limiter.clear(limit, *key)  # counted by a clock that has been set back since
        return 0

    def give_back(self, request: Request, name: LimitName) -> None:
        """Uncount the request that was counted."""
        _, key = request.state.view_rate_limit
        for limit in self._limits[name]:
            # Not below nothing: the window may have ended since.
            if self._limiter.limiter.get_window_stats(limit, *key).remaining < limit.amount:
                self._limiter.limiter.hit(limit, *key, cost=-1)

    def _gate(self, name: LimitName, limit: str) -> Callable[[Request], None]:
        def gate(request: Request) -> None:
            pass

        gate.__name__ = name  # SlowAPI tells decorated functions by their names
        key = address_key if name in BY_ADDRESS else sender_key
        limited: Callable[[Request], None] = self._limiter.shared_limit(limit, scope=name, key_func=key)(gate)
        return limited


class Limits:
    """The limits of one application: counted in the storage that is set, and in this process while that is away."""

    def __init__(self, settings: Settings) -> None:
        self._local, uri = Counts(settings, "memory://"), settings.rate_limit_storage_uri
        waiting = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), STORAGE_SECONDS)
        self._shared = None if uri.startswith("memory:") else Counts(settings, uri, **waiting)
        self._enabled = settings.rate_limit_enabled
        self._away_until = 0.0  # by the monotonic clock; 0 = the shared storage answers

    async def count(self, request: Request, name: LimitName) -> None:
        """Count the request against a limit. Raises `Throttled`."""
        if not self._enabled:
            return
        if name not in BY_ADDRESS:
            # Needed anyway, and looked up once per request. A count by what a token merely says of itself would let
            # whoever holds one that was ended use up its owner's.
            with suppress(NotAuthenticated):
                await identity_of(request)
        wait = await self._at_storage(lambda counts: counts.hit(request, name))
        if wait:
            raise Throttled(TOO_OFTEN, wait, name, seconds=wait)

    async def give_back(self, request: Request, name: LimitName) -> None:
        """Uncount a request that `count` has counted."""
        if self._enabled:
            await self._at_storage(lambda counts: counts.give_back(request, name))

    async def _at_storage(self, work: Callable[[Counts], T]) -> T:
        """What `work` returns of the shared counts, or of this process's own while those cannot be had."""
        shared, now = self._shared, time.monotonic()
        if shared is None or now < self._away_until:
            return work(self._local)
        if self._away_until:
            self._away_until = now + AWAY_SECONDS  # this request alone finds out whether it is back

        def ask() -> T:
            if self._away_until > now + AWAY_SECONDS:
                raise TimeoutError("It did not answer another request while this one waited for a thread.")
            return work(shared)

        try:
            result = await run_in_threadpool(ask)
        except Exception as error:  # the client library has dozens, and after each of them this must count
            if not self._away_until:
                log.warning("rate limits are counted by this process alone", cause=repr(error))
            self._away_until = time.monotonic() + AWAY_SECONDS
            return work(self._local)
        self._away_until = 0.0
        return result


def address_key(request: Request) -> str:
    """Counts by the client's address, IPv6 by the network of 64 bits."""
    return f"address:{network_of(client_address(request.scope))}"


def sender_key(request: Request) -> str:
    """Counts by user, whichever of their tokens came; by address where nobody was found."""
    identity: Identity | None = getattr(request.state, "identity", None)
    return address_key(request) if identity is None else f"user:{identity.user.id}"
