"""The table of settings: the fields of `Settings` with their types, defaults and help.

Values come from the environment and from `.env` in the project's root. The guide's table, `.env.example` and the
environment in `docker-compose.yml` are printed from this table by `python -m app settings`.
"""

import re
import sys
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import Url
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
SHORT_KEY_BYTES = 32  # RFC 7518, section 3.2: an HS256 key has at least the size of its hash.
MIN_METRICS_TOKEN_CHARACTERS = 16
STORAGE_SCHEMES = ("memory", "redis", "rediss", "redis+unix", "redis+sentinel", "redis+cluster")
POSTGRESQL_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2")

# `Url` writes an address as browsers do (WHATWG), but leaves characters in hosts that no name on a network has.
_ORIGIN = re.compile(r"(https?://(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:]+\])(?::\d+)?)/")
_EXTENSION = re.compile(r"[a-z-]+-extension://[\w-]+", re.ASCII)  # the origin of an extension of a browser


def _split_at_commas(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def origin_of(address: str) -> str:
    """The origin of an http or https address as browsers write it: lower case, IDNA, without the default port.

    Raises `ValueError` for an address that has more than scheme, host and port.
    """
    try:
        origin = _ORIGIN.fullmatch(str(Url(address)))
    except ValueError:  # its message contains the address
        origin = None
    if origin is None:
        raise ValueError("not an address such as https://tracker.example.com, of scheme, host and port alone")
    return origin[1]


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    if "*" in origins:
        raise ValueError("* is not an origin: requests carry credentials, so each origin is listed")
    return tuple(origin if _EXTENSION.fullmatch(origin) else origin_of(origin) for origin in origins)


def _check_proxies(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            if name != "*":
                (ip_network if "/" in name else ip_address)(name)
        except ValueError:
            raise ValueError("not addresses or networks, such as 127.0.0.1,10.0.0.0/8") from None
    return names


def _check_database_url(url: str) -> str:
    """Check and resolve a URL.

    A relative SQLite path starts at the project's root, like `.env`: the working directory makes no difference.
    The driver of PostgreSQL is psycopg 3, also for the schemes that hosting services and other programs use.
    """
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: the port is not a number
        raise ValueError("not a database URL, such as sqlite:///./app.db or postgresql://…") from None
    if "@" in (parts.host or ""):  # a part of the password, which would be shown as a host that is not found
        raise ValueError("an @ in the password is written %40")
    if parts.drivername in POSTGRESQL_SCHEMES:
        return _check_postgresql_url(parts.set(drivername="postgresql+psycopg"))
    if parts.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise ValueError("begins with neither sqlite:/// nor postgresql://; there is no other driver")
    if parts.host is not None:
        raise ValueError("a SQLite path follows three slashes, an absolute one four: sqlite:////srv/app.db")
    if parts.database in (None, "", ":memory:"):
        raise ValueError("a SQLite database needs a file: one in memory is gone with its connection")
    if "?" in url:
        raise ValueError("a SQLite URL has no options; in a path, ? is written %3F and % is written %25")
    # Rendered by SQLAlchemy, which percent-encodes whatever a folder may be named.
    return URL.create("sqlite", database=(ROOT / parts.database).as_posix()).render_as_string()


def _check_postgresql_url(url: URL) -> str:
    """Check the options. A password among them becomes that of the URL, which is shown nowhere."""
    from psycopg import ProgrammingError  # loads the driver
    from psycopg.conninfo import make_conninfo

    try:
        make_conninfo(**url.get_dialect()().create_connect_args(url)[1])
    except ProgrammingError:
        raise ValueError("has an option that PostgreSQL's client library does not know") from None
    for password in url.normalized_query.get("password", ()):
        url = url.set(username=url.username or "", password=password)
    return url.difference_update_query(["password"]).render_as_string(hide_password=False)


def _check_secret_key(key: SecretStr) -> SecretStr:
    try:
        key.get_secret_value().encode()
    except UnicodeEncodeError:  # bytes of the environment that are not UTF-8
        raise ValueError("not UTF-8") from None
    return key


def _check_metrics_token(token: SecretStr) -> SecretStr:
    # /metrics has no rate limit, so the token must be too long to guess.
    if not re.fullmatch(f"[!-~]{{{MIN_METRICS_TOKEN_CHARACTERS},}}", token.get_secret_value()):
        raise ValueError(
            f"needs {MIN_METRICS_TOKEN_CHARACTERS} or more characters, ASCII without spaces (openssl rand -hex 32)"
        )
    return token


def _check_storage_uri(uri: str) -> str:
    # The library would show an address that it cannot read, and with it the password.
    try:
        parts = urlsplit(uri)
        # Several hosts are separated by commas; of one, `port` raises where it is no port number.
        is_known = parts.scheme in STORAGE_SCHEMES and ("," in parts.netloc or parts.port != 0)
    except ValueError:  # the port is not a number
        is_known = False
    if not is_known:
        raise ValueError("not an address such as redis://:password@host:6379/0; / # ? @ are percent-encoded")
    return uri


def _check_rate_limit(limit: str) -> str:
    try:
        parse_many(limit)
    except ValueError:
        raise ValueError("not a rate limit, such as 10/minute") from None
    return limit


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_at_commas)]
Origins = Annotated[CommaSeparated, AfterValidator(_check_origins)]
Proxies = Annotated[CommaSeparated, AfterValidator(_check_proxies)]
PublicUrl = Annotated[str, AfterValidator(origin_of)]
DatabaseUrl = Annotated[str, AfterValidator(_check_database_url)]
SecretKey = Annotated[SecretStr, AfterValidator(_check_secret_key)]
MetricsToken = Annotated[SecretStr, AfterValidator(_check_metrics_token)]
StorageUri = Annotated[str, AfterValidator(_check_storage_uri)]
RateLimit = Annotated[str, AfterValidator(_check_rate_limit)]


class Settings(BaseSettings):
    """The settings of one process. The variable of a field is the field's name in capitals.

    `description` is the help in the documents. `examples` gives the value in `.env.example` where the default is
    no text. `default_text` describes a default that depends on something else.
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    secret_key: SecretKey = Field(
        min_length=1,
        description="Signs access tokens and, each with its own salt, CSRF tokens and cookies. A key of less than "
        "32 bytes causes a warning in the log. To make one: "
        '`python -c "import secrets; print(secrets.token_urlsafe(48))"`. A new key ends every login; passwords '
        "and personal access tokens stay valid.",
    )
    access_token_expire_minutes: int = Field(
        1440, gt=0, le=525_600, description="Minutes until a login expires; at most 525600."
    )
    database_url: DatabaseUrl = Field(
        "sqlite:///./app.db",
        description="SQLAlchemy URL. A relative SQLite path starts at the project's root; `?` and `%` in a path or "
        "a password are percent-encoded. PostgreSQL: "
        "`postgresql+psycopg://user:password@host/database`.",
    )
    debug: bool = Field(
        False,
        description="Sets the default of `SESSION_COOKIE_SECURE`, and serves `/styleguide`: all parts of pages.",
    )
    session_cookie_secure: bool | None = Field(
        None,
        description="The `Secure` flag of cookies; with it `Strict-Transport-Security` is sent. Set it to `false` "
        "for plain http, such as `http://localhost`.",
        examples=["true"],
        json_schema_extra={"default_text": "`true` unless `DEBUG=true`"},
    )
    allowed_origins: Origins = Field(
        ("https://www.raterhub.com", "https://raterhub.com"),
        description="Origins whose pages may call the API from a browser (CORS), separated by commas. Origins are "
        "exact; `*` and what no browser sends are refused. The userscript does not need this setting.",
    )
    session_idle_hours: float = Field(
        12,
        ge=0,
        le=8760,
        description="A running session is forgotten after this many hours without an event; 0 = never. A session "
        "keeps the limit that was set when it began.",
    )
    registration_open: bool = Field(
        True, description="With `false` only the commands `create-user` and `create-admin` create accounts."
    )
    password_min_strength: int = Field(
        2, ge=0, le=4, description="The zxcvbn score, 0 to 4, that a new password must reach."
    )
    public_url: PublicUrl | None = Field(
        None,
        description="The address in the userscript: scheme, host and port. A name beyond ASCII is converted as "
        "browsers do (IDNA).",
        examples=["https://tracker.example.org"],
        json_schema_extra={"default_text": "from the request"},
    )
    trusted_proxies: Proxies = Field(
        (),
        description="Addresses or networks of the reverse proxies whose `X-Forwarded-*` headers are trusted, "
        "separated by commas; names are refused.",
        examples=["127.0.0.1"],
    )
    rate_limit_enabled: bool = Field(True, description="`false` is for load tests of your own server.")
    rate_limit_login: RateLimit = Field(
        "10/minute",
        description="Login attempts of one client address, IPv6 by the network of 64 bits. One with the right password "
        "does not count.",
    )
    rate_limit_register: RateLimit = Field(
        "10/minute", description="Registrations of one client address, IPv6 by the network of 64 bits."
    )
    rate_limit_passwords: RateLimit = Field("10/minute", description="Password changes of one user.")
    rate_limit_events: RateLimit = Field(
        "120/minute",
        description="`POST /events`, `POST /events/batch` and `POST /events/known` together, of one user with "
        "any credentials; of one client address without a login. A batch counts once.",
    )
    rate_limit_corrections: RateLimit = Field(
        "60/minute",
        description="Corrections of one user: targets changed, sessions ended, sessions and questions deleted or "
        "restored, by the API and on the pages together.",
    )
    rate_limit_exports: RateLimit = Field("20/minute", description="Exports of one user.")
    rate_limit_storage_uri: StorageUri = Field(
        "memory://",
        description="Where the rate limits are counted. Several processes share one Redis: "
        "`redis://localhost:6379/0`.",
    )
    metrics_token: MetricsToken | None = Field(
        None,
        description="Opens `/metrics` to clients that send this bearer token. 16 or more characters, ASCII without "
        "spaces. To make one: `openssl rand -hex 32`.",
    )
    metrics_loopback: bool = Field(False, description="Opens `/metrics` to programs on the same machine.")

    @property
    def cookies_secure(self) -> bool:
        """Whether cookies carry `Secure`."""
        secure = self.session_cookie_secure
        return not self.debug if secure is None else secure

    @property
    def secret(self) -> str:
        """The signing key as plain text."""
        return self.secret_key.get_secret_value()

    @property
    def metrics_shown(self) -> bool:
        """Whether the route /metrics exists."""
        return self.metrics_token is not None or self.metrics_loopback

    @property
    def secret_is_short(self) -> bool:
        """Whether the key has fewer bytes than the hash of HS256."""
        return len(self.secret.encode()) < SHORT_KEY_BYTES

    @property
    def session_idle_us(self) -> int:
        """Microseconds without an event after which a running session is forgotten; 0 = never."""
        limit = self.session_idle_hours * 3_600_000_000
        return max(1, round(limit)) if limit else 0


def invalid_settings_message(error: ValidationError) -> str:
    """One paragraph that names each invalid setting. It contains no value, because a value may be a secret."""
    invalid: list[str] = []
    for item in error.errors(include_input=False, include_url=False):
        name = str(item["loc"][0]).upper()
        if name == "SECRET_KEY" and item["type"] != "value_error":
            invalid.append(
                "SECRET_KEY is missing: set it to a long random string "
                "(python -c 'import secrets; print(secrets.token_urlsafe(48))')"
            )
        else:
            invalid.append(f"{name}: {item['msg'].removeprefix('Value error, ')}")
    return "RaterHub Tracker cannot start. " + "; ".join(invalid) + "."


@lru_cache
def get_settings() -> Settings:
    """The settings of this process. Exits with a message if they are invalid."""
    try:
        return Settings()  # the environment gives the required field
    except ValidationError as error:
        sys.exit(invalid_settings_message(error))
    except UnicodeDecodeError:
        sys.exit(f"RaterHub Tracker cannot start. {Settings.model_config['env_file']} is not in UTF-8.")
