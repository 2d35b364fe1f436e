"""The table of settings: the fields of `Settings` with their types, defaults and help.

Values come from the environment and from `.env` in the project's root. The guide's table, `.env.example` and the
environment in `docker-compose.yml` are printed from this table by `python -m app settings`.
"""

import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
SHORT_KEY_BYTES = 32  # RFC 7518, section 3.2: an HS256 key has at least the size of its hash.
MIN_METRICS_TOKEN_CHARACTERS = 16


def _split_at_commas(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    if "*" in origins:
        raise ValueError(
            "ALLOWED_ORIGINS lists exact origins; * is not one, since requests carry credentials"
        )
    return tuple(origin.rstrip("/") for origin in origins)


def _check_public_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError("not an address such as https://tracker.example.com, without a path")
    return url.rstrip("/")


def _check_database_url(url: str) -> str:
    """Check and resolve a URL.

    A relative SQLite path starts at the project's root, like `.env`: the working directory makes no difference.
    `postgres://` and `postgresql://`, which hosting services give out, get the driver psycopg.
    """
    url = re.sub("^postgres(ql)?://", "postgresql+psycopg://", url)
    try:
        parts = make_url(url)
    except ArgumentError:
        raise ValueError("not a database URL, such as sqlite:///./app.db or postgresql://…") from None
    if parts.get_backend_name() != "sqlite":
        return url
    if (parts.database or ":memory:") == ":memory:":
        raise ValueError("a SQLite database needs a file: one in memory is gone with its connection")
    scheme, _, path = url.partition(":///")
    return f"{scheme}:///{(ROOT / path).as_posix()}"


def _check_metrics_token(token: SecretStr) -> SecretStr:
    # /metrics has no rate limit, so the token must be too long to guess.
    if not re.fullmatch(f"[!-~]{{{MIN_METRICS_TOKEN_CHARACTERS},}}", token.get_secret_value()):
        raise ValueError(
            f"needs {MIN_METRICS_TOKEN_CHARACTERS} or more characters, ASCII without spaces (openssl rand -hex 32)"
        )
    return token


def _check_rate_limit(limit: str) -> str:
    try:
        parse_many(limit)
    except ValueError:
        raise ValueError("not a rate limit, such as 10/minute") from None
    return limit


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_at_commas)]
Origins = Annotated[CommaSeparated, AfterValidator(_check_origins)]
PublicUrl = Annotated[str, AfterValidator(_check_public_url)]
DatabaseUrl = Annotated[str, AfterValidator(_check_database_url)]
MetricsToken = Annotated[SecretStr, AfterValidator(_check_metrics_token)]
RateLimit = Annotated[str, AfterValidator(_check_rate_limit)]


class Settings(BaseSettings):
    """The settings of one process. The variable of a field is the field's name in capitals.

    `description` is the help in the documents. `examples` gives the value in `.env.example` where the default is
    no text. `default_text` describes a default that depends on something else.
    """

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    secret_key: SecretStr = Field(
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
        description="SQLAlchemy URL. A relative SQLite path starts at the project's root. PostgreSQL: "
        "`postgresql+psycopg://user:password@host/database`.",
    )
    debug: bool = Field(False, description="Only sets the default of `SESSION_COOKIE_SECURE`.")
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
        "exact; `*` is refused. The userscript does not need this setting.",
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
        description="The address in the userscript, without a path.",
        examples=["https://tracker.example.org"],
        json_schema_extra={"default_text": "from the request"},
    )
    trusted_proxies: CommaSeparated = Field(
        (),
        description="Addresses or networks of the reverse proxies whose `X-Forwarded-*` headers are trusted, "
        "separated by commas.",
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
    rate_limit_storage_uri: str = Field(
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
        if name == "SECRET_KEY":
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
