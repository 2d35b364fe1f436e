"""Checks of `doctor` for the settings and the options of `serve`. Each check is a pure function."""

from dataclasses import dataclass
from ipaddress import ip_network
from urllib.parse import urlsplit

from app.commands.doctor_checks_values import check_key, check_metrics_token, check_origins
from app.commands.doctor_findings import Finding, error, warning
from app.config import Settings
from app.web.cookies import is_loopback


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of `serve`."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1

    @property
    def is_reachable(self) -> bool:
        """Whether other machines can connect."""
        return not is_loopback(self.host)


def is_public(settings: Settings, options: ServeOptions) -> bool:
    """Whether the settings say that users connect from other machines."""
    host = urlsplit(settings.public_url or "").hostname
    return (
        options.is_reachable or bool(settings.trusted_proxies) or (host is not None and not is_loopback(host))
    )


def check_cookies(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether browsers store the cookies and send them only over a safe connection."""
    check = _check_secure_cookies if settings.cookies_secure else _check_insecure_cookies
    return check(settings, options)


def _check_secure_cookies(settings: Settings, _options: ServeOptions) -> list[Finding]:
    plain = "While it is plain http, write SESSION_COOKIE_SECURE=false"
    parts = urlsplit(settings.public_url or "")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return [
            error(
                "Cookies are Secure, but PUBLIC_URL begins with http://.",
                "Browsers keep Secure cookies from https alone: nobody can log in there.",
                f"Put a proxy with TLS in front and write PUBLIC_URL=https://…. {plain}.",
            )
        ]
    if parts.scheme == "https" or settings.trusted_proxies:
        return []
    return [
        warning(
            "Cookies are Secure, and nothing here says that people come by https.",
            "From plain http most browsers do not keep such cookies, some not even from localhost: logins fail.",
            f"{plain}. Behind a proxy with TLS, write PUBLIC_URL=https://… and TRUSTED_PROXIES=<its address>.",
        )
    ]


def _check_insecure_cookies(settings: Settings, options: ServeOptions) -> list[Finding]:
    parts = urlsplit(settings.public_url or "")
    if parts.scheme == "https":
        return [
            error(
                "Cookies are not Secure, though PUBLIC_URL begins with https://.",
                "A browser sends them by plain http as well, where anybody on the way can read the login.",
                "Write SESSION_COOKIE_SECURE=true (or remove the line, and DEBUG=true).",
            )
        ]
    if not is_public(settings, options):
        return []
    return [
        warning(
            "Cookies are not Secure, though people can come from other machines.",
            "Over plain http, passwords and logins can be read by anybody on the way.",
            "Put a proxy with TLS in front; write SESSION_COOKIE_SECURE=true and PUBLIC_URL=https://….",
        )
    ]


def check_debug(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether DEBUG is on while users connect from other machines."""
    if not settings.debug or not is_public(settings, options):
        return []
    return [
        warning(
            "DEBUG is on, though people can come from other machines.",
            "It takes the Secure flag from cookies wherever SESSION_COOKIE_SECURE does not say otherwise.",
            "Remove DEBUG=true.",
        )
    ]


def check_listening_address(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether `serve` listens to other machines without a trusted proxy."""
    if not options.is_reachable or settings.trusted_proxies:
        return []
    return [
        error(
            f"It listens on {options.host}, where other machines can connect, and TRUSTED_PROXIES names no proxy.",
            "Without a proxy everything crosses the network in the clear; behind one that is not named, "
            "everybody seems to come from its address and shares one limit for logins.",
            "Behind a proxy on this machine, use --host 127.0.0.1. "
            "In any case write TRUSTED_PROXIES=<the address that the proxy comes from>.",
        )
    ]


def check_proxies(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether TRUSTED_PROXIES fits PUBLIC_URL and names only proxies."""
    found = [finding for name in settings.trusted_proxies for finding in _check_proxy(name)]
    parts = urlsplit(settings.public_url or "")
    if settings.trusted_proxies and settings.public_url is None:
        found.append(
            warning(
                "PUBLIC_URL is not set, though a proxy is in front.",
                "The widget is then given whatever address the request names, and is of no use if the proxy "
                "does not pass the Host header on.",
                "Write PUBLIC_URL=https://<the address that people open>.",
            )
        )
    has_unnamed_proxy = parts.scheme == "https" and not settings.trusted_proxies and not options.is_reachable
    if has_unnamed_proxy and not is_loopback(parts.hostname or ""):
        found.append(
            warning(
                "PUBLIC_URL begins with https://, and TRUSTED_PROXIES names no proxy.",
                "This server speaks no TLS, so something else does, and everybody seems to come from its address: "
                "all share one limit for logins.",
                "Write TRUSTED_PROXIES=<the address that the proxy comes from>, such as 127.0.0.1.",
            )
        )
    return found


MIN_PREFIX_BITS = 7  # the largest private networks are 10.0.0.0/8 and fc00::/7


def _check_proxy(name: str) -> list[Finding]:
    remedy = "Write the proxy's own address into TRUSTED_PROXIES."
    try:
        everybody = name == "*" or ip_network(name).prefixlen < MIN_PREFIX_BITS
    except ValueError:
        return [
            error(
                f"TRUSTED_PROXIES: {name} is neither an address nor a network.",
                "No peer is ever recognised by it; names are not looked up.",
                f"{remedy} A network is written from its first address on: 10.0.0.0/8.",
            )
        ]
    if not everybody:
        return []
    return [
        error(
            f"TRUSTED_PROXIES: {name} trusts everybody.",
            "Anybody can then claim any address in X-Forwarded-For, and limits by address hold nobody.",
            remedy,
        )
    ]


def check_limits_on(settings: Settings) -> list[Finding]:
    """Whether rate limits are on."""
    if settings.rate_limit_enabled:
        return []
    return [
        warning(
            "RATE_LIMIT_ENABLED=false: there are no rate limits.",
            "Whoever likes can register and send requests as fast as the machine allows.",
            "Remove RATE_LIMIT_ENABLED=false.",
        )
    ]


def check_limits_shared(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether all processes share the counts of the rate limits."""
    in_memory = settings.rate_limit_storage_uri.startswith("memory:")
    if options.workers == 1 or not in_memory or not settings.rate_limit_enabled:
        return []
    return [
        error(
            f"Rate limits are counted in memory, once in each of {options.workers} processes.",
            f"Up to {options.workers} times as much as the limits say is let through.",
            "Write RATE_LIMIT_STORAGE_URI=redis://localhost:6379/0 (a Redis that all processes reach).",
        )
    ]


def check_database_kind(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether the kind of database suits the number of processes."""
    if options.workers == 1 or not settings.database_url.startswith("sqlite"):
        return []
    return [
        warning(
            f"{options.workers} processes share one SQLite file.",
            "Nothing is lost, but SQLite has one writer at a time: they wait for each other and are no faster.",
            "Use --workers 1, or a PostgreSQL: DATABASE_URL=postgresql+psycopg://user:password@host/database.",
        )
    ]


def check_several_processes(settings: Settings, options: ServeOptions) -> list[Finding]:
    """Whether the settings suit several processes; `serve` logs these findings too."""
    return [*check_limits_shared(settings, options), *check_database_kind(settings, options)]


def check_settings(settings: Settings, options: ServeOptions) -> list[Finding]:
    """All checks that need only the settings and the options of `serve`."""
    return [
        *check_cookies(settings, options),
        *check_debug(settings, options),
        *check_listening_address(settings, options),
        *check_proxies(settings, options),
        *check_limits_on(settings),
        *check_several_processes(settings, options),
        *check_key(settings.secret),
        *check_metrics_token(_metrics_token(settings), settings.secret),
        *check_origins(settings.allowed_origins),
    ]


def _metrics_token(settings: Settings) -> str | None:
    return settings.metrics_token.get_secret_value() if settings.metrics_token else None
