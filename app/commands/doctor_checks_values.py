"""Checks of `doctor` for single values: the key, the metrics token, the origins, the names in `.env`."""

import difflib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from app.commands.doctor_findings import Finding, error, warning
from app.config import SHORT_KEY_BYTES
from app.web.cookies import is_loopback

# Values from examples, and values that people use for a trial.
PLACEHOLDER = re.compile(
    r"change.?me|example|placeholder|replace|insecure|your.|secret.?key|password|raterhub|a.long.random|01234567|abcdefgh",
    re.IGNORECASE,
)
MIN_DISTINCT_CHARACTERS = 10  # a random secret has nearly always more


def check_key(secret: str) -> list[Finding]:
    """Whether SECRET_KEY can be guessed. No finding contains the key."""
    flaw = (
        f"is shorter than {SHORT_KEY_BYTES} bytes"
        if len(secret.encode()) < SHORT_KEY_BYTES
        else _guessable(secret)
    )
    if flaw is None:
        return []
    return [
        error(
            f"SECRET_KEY {flaw}.",
            "Whoever guesses it can log in as anybody.",
            'Write a new one: python -c "import secrets; print(secrets.token_urlsafe(48))". Everybody logs in anew.',
        )
    ]


def check_metrics_token(token: str | None, secret: str) -> list[Finding]:
    """Whether METRICS_TOKEN can be guessed or equals SECRET_KEY."""
    if token is None:
        return []
    flaw = "is SECRET_KEY" if token == secret else _guessable(token)
    if flaw is None:
        return []
    return [
        error(
            f"METRICS_TOKEN {flaw}.",
            "It stands in the configuration of whatever reads /metrics, and nothing limits how often it is guessed.",
            "Write one of its own: openssl rand -hex 32.",
        )
    ]


def _guessable(secret: str) -> str | None:
    if len(set(secret)) < min(MIN_DISTINCT_CHARACTERS, len(secret) // 4):
        return "repeats a few characters"
    return "looks like the placeholder of an example" if PLACEHOLDER.search(secret) else None


TASK_SITES = ("www.raterhub.com", "raterhub.com")


def check_origins(origins: Iterable[str]) -> list[Finding]:
    """Whether ALLOWED_ORIGINS has exact origins of the task site or of other sites over https."""
    return [finding for origin in origins for finding in _check_origin(origin)]


def _check_origin(origin: str) -> list[Finding]:
    where = f"ALLOWED_ORIGINS: {origin}"
    parts = urlsplit(origin)
    host = parts.netloc
    plain = (
        parts.scheme in ("http", "https")
        and f"{parts.scheme}://{host}" == origin
        and origin == origin.lower()
    )
    default_port = host.endswith((":80", ":443"))
    if not plain or not host or "@" in host or "*" in host or default_port:
        return [
            error(
                f"{where} is not an origin as browsers send it.",
                "It matches nothing: an origin is scheme and host in small letters, without path or default port.",
                "Write it like https://www.raterhub.com.",
            )
        ]
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return [
            warning(
                f"{where} is plain http.",
                "Whoever can change that page on its way can call the API as the person who opened it.",
                "Write the https:// origin instead.",
            )
        ]
    if "raterhub" in host and host not in TASK_SITES:
        return [
            warning(
                f"{where} looks like the task site, but is not it.",
                "Its pages can call the API as the person who opened them.",
                "Remove it unless that site is yours.",
            )
        ]
    return []


MIN_SIMILARITY = 0.82  # of difflib: SECRETKEY and SECRET_KEY have 0.95, PORT and any setting at most 0.6


def check_names(written: Iterable[str], known: Iterable[str]) -> list[Finding]:
    """Whether `.env` has names that are similar to a setting. Such a line has no effect."""
    known = sorted(known)
    found = []
    for name in sorted(set(written)):
        if name.upper() in known:
            continue
        meant = _similar_setting(name.upper(), known)
        if meant is not None:
            found.append(
                error(
                    f".env: {name} is no setting; {meant} is.",
                    "The line has no effect, and the default counts.",
                    f"Write {meant}=….",
                )
            )
    return found


PREFIX = re.compile(r"^(RATERHUB_TRACKER|RATERHUB|TRACKER|APP)_")


def _similar_setting(name: str, known: list[str]) -> str | None:
    bare = PREFIX.sub("", name)
    reordered = {frozenset(other.split("_")): other for other in known}.get(frozenset(bare.split("_")))
    return reordered or next(iter(difflib.get_close_matches(bare, known, n=1, cutoff=MIN_SIMILARITY)), None)
