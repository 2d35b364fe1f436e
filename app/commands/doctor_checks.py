"""Checks of `doctor` for `.env`, the settings and the options of `serve`. Each check is a pure function."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import Literal
from urllib.parse import urlsplit

from app.config import SHORT_KEY_BYTES, Settings
from app.web.cookies import is_loopback

MIN_PREFIX_BITS = 7  # the largest private networks are 10.0.0.0/8 and fc00::/7
MIN_DISTINCT_CHARACTERS = 10  # a random secret has nearly always more
MIN_SIMILARITY = 0.7  # of difflib: SECRETKEY and SECRET_KEY have 0.95, HTTP_PROXY and any setting at most 0.6
# Values from examples, and values that people use for a trial.
PLACEHOLDER = re.compile(
    r"change.?me|example|placeholder|replace|insecure|your.|secret.?key|password|raterhub|a.long.random|01234567|abcdefgh",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the configuration: what it is, why it matters, and how to correct it.

    An error breaks the service, loses data or opens access. With a warning the service works, but seldom as intended.
    """

    level: Literal["Error", "Warning"]
    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.level}: {self.what}\n  {self.why}\n  {self.remedy}"


error = partial(Finding, "Error")
warning = partial(Finding, "Warning")
Findings = Iterator[Finding]


def check_settings(settings: Settings, host: str, workers: int) -> Findings:
    """All checks that need only the settings and the options `--host` and `--workers` of `serve`."""
    scheme, public_host = _scheme_and_host(settings.public_url)
    is_remote = bool(public_host) and not is_loopback(public_host)
    is_public = is_remote or not is_loopback(host) or bool(settings.trusted_proxies)
    yield from _check_cookies(settings, scheme, is_remote, is_public)
    yield from _check_proxies(settings, host, is_remote and scheme == "https")
    if not settings.rate_limit_enabled:
        yield warning(
            "RATE_LIMIT_ENABLED=false: there are no rate limits.",
            "Whoever likes can register and send requests as fast as the machine allows.",
            "Remove RATE_LIMIT_ENABLED=false.",
        )
    yield from check_several_processes(settings, workers)
    yield from _check_secrets(settings)
    for origin in settings.allowed_origins:
        yield from _check_origin(origin)


def _scheme_and_host(url: str | None) -> tuple[str, str]:
    parts = urlsplit(url or "")
    return parts.scheme, parts.hostname or ""


def _check_cookies(settings: Settings, scheme: str, is_remote: bool, is_public: bool) -> Findings:
    plain = "While it is plain http, write SESSION_COOKIE_SECURE=false"
    match settings.cookies_secure, scheme:
        case True, "http" if is_remote:
            yield error(
                "Cookies are Secure, but PUBLIC_URL begins with http://.",
                "Browsers keep Secure cookies from https alone: nobody can log in there.",
                f"Put a proxy with TLS in front and write PUBLIC_URL=https://…. {plain}.",
            )
        case True, "http" | "" if not settings.trusted_proxies:
            yield warning(
                "Cookies are Secure, and nothing here says that people come by https.",
                "From plain http most browsers do not keep such cookies, some not even from localhost: "
                "logins fail.",
                f"{plain}. Behind a proxy with TLS, "
                "write PUBLIC_URL=https://… and TRUSTED_PROXIES=<its address>.",
            )
        case False, "https":
            yield error(
                "Cookies are not Secure, though PUBLIC_URL begins with https://.",
                "A browser sends them by plain http as well, where anybody on the way can read the login.",
                "Write SESSION_COOKIE_SECURE=true (or remove the line, and DEBUG=true).",
            )
        case False, _ if is_public:
            yield warning(
                "Cookies are not Secure, though people can come from other machines.",
                "Over plain http, passwords and logins can be read by anybody on the way.",
                "Put a proxy with TLS in front; write SESSION_COOKIE_SECURE=true and PUBLIC_URL=https://….",
            )


def _check_proxies(settings: Settings, host: str, has_remote_https: bool) -> Findings:
    for name in settings.trusted_proxies:
        yield from _check_proxy(name)
    if settings.trusted_proxies and settings.public_url is None:
        yield warning(
            "PUBLIC_URL is not set, though a proxy is in front.",
            "The widget is then given whatever address the request names, and is of no use if the proxy "
            "does not pass the Host header on.",
            "Write PUBLIC_URL=https://<the address that people open>.",
        )
    elif not is_loopback(host) and not settings.trusted_proxies:
        yield error(
            f"It listens on {host}, where other machines can connect, and TRUSTED_PROXIES names no proxy.",
            "Without a proxy everything crosses the network in the clear; behind one that is not named, "
            "everybody seems to come from its address and shares one limit for logins.",
            "Behind a proxy on this machine, use --host 127.0.0.1. "
            "In any case write TRUSTED_PROXIES=<the address that the proxy comes from>.",
        )
    elif has_remote_https and not settings.trusted_proxies:
        yield warning(
            "PUBLIC_URL begins with https://, and TRUSTED_PROXIES names no proxy.",
            "This server speaks no TLS, so something else does, and everybody seems to come from its address: "
            "all share one limit for logins.",
            "Write TRUSTED_PROXIES=<the address that the proxy comes from>, such as 127.0.0.1.",
        )


def _check_proxy(name: str) -> Findings:
    if name == "*" or ("/" in name and ip_network(name).prefixlen < MIN_PREFIX_BITS):
        yield error(
            f"TRUSTED_PROXIES: {name} trusts everybody.",
            "Anybody can then claim any address in X-Forwarded-For, and limits by address hold nobody.",
            "Write the proxy's own address into TRUSTED_PROXIES.",
        )


def check_several_processes(settings: Settings, workers: int) -> Findings:
    """Whether rate limits and database suit the number of processes; `serve` logs these findings too."""
    in_memory = settings.rate_limit_storage_uri.startswith("memory:")
    if workers > 1 and in_memory and settings.rate_limit_enabled:
        yield error(
            f"Rate limits are counted in memory, once in each of {workers} processes.",
            f"Up to {workers} times as much as the limits say is let through.",
            "Write RATE_LIMIT_STORAGE_URI=redis://localhost:6379/0 (a Redis that all processes reach).",
        )
    if workers > 1 and settings.database_url.startswith("sqlite"):
        yield warning(
            f"{workers} processes share one SQLite file.",
            "Nothing is lost, but SQLite has one writer at a time: they wait for each other and are no faster.",
            "Use --workers 1, or a PostgreSQL: DATABASE_URL=postgresql+psycopg://user:password@host/database.",
        )


def _check_secrets(settings: Settings) -> Findings:
    """Whether SECRET_KEY and METRICS_TOKEN can be guessed. No finding contains either."""
    secret = settings.secret
    is_short = f"is shorter than {SHORT_KEY_BYTES} bytes" if settings.secret_is_short else None
    if flaw := is_short or _guessable(secret):
        yield error(
            f"SECRET_KEY {flaw}.",
            "Whoever guesses it can log in as anybody.",
            'Write a new one: python -c "import secrets; print(secrets.token_urlsafe(48))". Everybody logs in anew.',
        )
    if settings.metrics_token is None:
        return
    token = settings.metrics_token.get_secret_value()
    if flaw := "is SECRET_KEY" if token == secret else _guessable(token):
        yield error(
            f"METRICS_TOKEN {flaw}.",
            "It stands in the configuration of whatever reads /metrics, and nothing limits how often it is guessed.",
            "Write one of its own: openssl rand -hex 32.",
        )


def _guessable(secret: str) -> str | None:
    if len(set(secret)) < min(MIN_DISTINCT_CHARACTERS, len(secret) // 4):
        return "repeats a few characters"
    return "looks like the placeholder of an example" if PLACEHOLDER.search(secret) else None


def _check_origin(origin: str) -> Findings:
    scheme, host = _scheme_and_host(origin)
    if scheme == "http" and not is_loopback(host):
        yield warning(
            f"ALLOWED_ORIGINS: {origin} is plain http.",
            "Whoever can change that page on its way can call the API as the person who opened it.",
            "Write the https:// origin instead.",
        )


def check_names(written: Iterable[str]) -> Findings:
    """Whether names in `.env` are similar to a setting, but none. Such a line has no effect."""
    known = sorted(name.upper() for name in Settings.model_fields)
    for name in sorted(written):
        meant = difflib.get_close_matches(name.upper(), known, n=1, cutoff=MIN_SIMILARITY)
        if meant and name.upper() not in known:
            yield error(
                f".env: {name} is no setting; {meant[0]} is.",
                "The line has no effect, and the default counts.",
                f"Write {meant[0]}=….",
            )
