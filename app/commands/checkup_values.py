"""What may be wrong with single values: the key, the origins, the names in `.env`."""

import difflib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from app.commands.finding import Finding, error, warning
from app.config import SHORT_KEY_BYTES
from app.web.cookies import is_loopback

# What stands in examples, and what people write while they try something out.
PLACEHOLDER = re.compile(
    r"change.?me|example|placeholder|replace|insecure|your.|secret.?key|password|raterhub|a.long.random|01234567|abcdefgh",
    re.IGNORECASE,
)
FEWEST_CHARACTERS = 10  # different ones, in a long secret; random ones have nearly always more


def check_key(secret: str) -> list[Finding]:
    """Whether SECRET_KEY can be guessed. The key itself is in no finding."""
    how = (
        f"is shorter than {SHORT_KEY_BYTES} bytes"
        if len(secret.encode()) < SHORT_KEY_BYTES
        else _guessable(secret)
    )
    if how is None:
        return []
    return [
        error(
            f"SECRET_KEY {how}.",
            "Whoever guesses it can log in as anybody.",
            'Write a new one: python -c "import secrets; print(secrets.token_urlsafe(48))". Everybody logs in anew.',
        )
    ]


def check_metrics_token(token: str | None, secret: str) -> list[Finding]:
    """Whether METRICS_TOKEN, which stands in the configuration of another program, gives more away."""
    if token is None:
        return []
    how = "is SECRET_KEY" if token == secret else _guessable(token)
    if how is None:
        return []
    return [
        error(
            f"METRICS_TOKEN {how}.",
            "It stands in the configuration of whatever reads /metrics, and nothing limits how often it is guessed.",
            "Write one of its own: openssl rand -hex 32.",
        )
    ]


def _guessable(secret: str) -> str | None:
    if len(set(secret)) < min(FEWEST_CHARACTERS, len(secret) // 4):
        return "repeats a few characters"
    return "looks like the placeholder of an example" if PLACEHOLDER.search(secret) else None


OUR_SITES = ("www.raterhub.com", "raterhub.com")


def check_origins(origins: Iterable[str]) -> list[Finding]:
    """Whether ALLOWED_ORIGINS names what it is meant to name."""
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
    if "raterhub" in host and host not in OUR_SITES:
        return [
            warning(
                f"{where} looks like the task site, but is not it.",
                "Its pages can call the API as the person who opened them.",
                "Remove it unless that site is yours.",
            )
        ]
    return []


ALIKE = 0.82  # of difflib; SECRETKEY is to SECRET_KEY 0.95, PORT to nothing of ours more than 0.6


def check_names(written: Iterable[str], known: Iterable[str]) -> list[Finding]:
    """Names in `.env` that are none of ours, but nearly one: such a line has no effect."""
    known = sorted(known)
    found = []
    for name in sorted(set(written)):
        if name.upper() in known:
            continue
        meant = _meant(name.upper(), known)
        if meant is not None:
            found.append(
                error(
                    f".env: {name} is no setting; {meant} is.",
                    "The line has no effect, and the default counts.",
                    f"Write {meant}=….",
                )
            )
    return found


OUR_PREFIX = re.compile(r"^(RATERHUB_TRACKER|RATERHUB|TRACKER|APP)_")


def _meant(name: str, known: list[str]) -> str | None:
    bare = OUR_PREFIX.sub("", name)
    turned = {frozenset(other.split("_")): other for other in known}.get(frozenset(bare.split("_")))
    return turned or next(iter(difflib.get_close_matches(bare, known, n=1, cutoff=ALIKE)), None)
