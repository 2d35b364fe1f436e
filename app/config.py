"""Settings: one class, read from the environment and from `.env` in the project's root."""

import sys
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
SHORT_KEY_BYTES = 32  # RFC 7518, section 3.2: an HS256 key has at least the size of its hash.
SHORTEST_METRICS_TOKEN = 16

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything that can be configured. A variable's name is the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

    secret_key: SecretStr = Field(min_length=1)
    access_token_expire_minutes: int = Field(default=1440, gt=0, le=525_600)
    database_url: str = "sqlite:///./app.db"
    debug: bool = False
    session_cookie_secure: bool | None = None
    allowed_origins: CommaSeparated = ("https://www.raterhub.com", "https://raterhub.com")
    session_idle_hours: float = Field(default=12, ge=0, le=8760)
    registration_open: bool = True
    password_min_strength: int = Field(default=2, ge=0, le=4)
    public_url: str | None = None
    trusted_proxies: CommaSeparated = ()
    rate_limit_enabled: bool = True
    rate_limit_login: str = "10/minute"
    rate_limit_register: str = "10/minute"
    rate_limit_events: str = "120/minute"
    rate_limit_corrections: str = "60/minute"
    rate_limit_exports: str = "20/minute"
    rate_limit_storage_uri: str = "memory://"
    metrics_token: SecretStr | None = None
    metrics_loopback: bool = False

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in origins:
            raise ValueError(
                "ALLOWED_ORIGINS lists exact origins; * is not one, since requests carry credentials"
            )
        return tuple(origin.rstrip("/") for origin in origins)

    @field_validator("public_url")
    @classmethod
    def _plain_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("not an address such as https://tracker.example.com, without a path")
        return url.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _resolve_database_url(cls, url: str) -> str:
        resolved = resolve_database_url(url)
        try:
            parts = make_url(resolved)
        except ArgumentError:
            raise ValueError("not a database URL, such as sqlite:///./app.db or postgresql://…") from None
        if parts.get_backend_name() == "sqlite" and (parts.database or ":memory:") == ":memory:":
            raise ValueError("a SQLite database needs a file: one in memory is gone with its connection")
        return resolved

    @field_validator(
        "rate_limit_login",
        "rate_limit_register",
        "rate_limit_events",
        "rate_limit_corrections",
        "rate_limit_exports",
    )
    @classmethod
    def _readable_limit(cls, limit: str) -> str:
        try:
            parse_many(limit)
        except ValueError:
            raise ValueError("not a rate limit, such as 10/minute") from None
        return limit

    @field_validator("metrics_token")
    @classmethod
    def _token_beyond_guessing(cls, token: SecretStr | None) -> SecretStr | None:
        text = token.get_secret_value() if token else "-" * SHORTEST_METRICS_TOKEN
        if len(text) < SHORTEST_METRICS_TOKEN or not all("!" <= sign <= "~" for sign in text):
            # Nothing limits how often it is guessed.
            raise ValueError(
                f"needs {SHORTEST_METRICS_TOKEN} or more characters, ASCII without spaces (openssl rand -hex 32)"
            )
        return token

    @model_validator(mode="after")
    def _cookies_follow_debug(self) -> "Settings":
        if self.session_cookie_secure is None:
            self.session_cookie_secure = not self.debug
        return self

    @property
    def cookies_secure(self) -> bool:
        """Whether cookies carry `Secure`."""
        return bool(self.session_cookie_secure)

    @property
    def secret(self) -> str:
        """The signing key in the clear."""
        return self.secret_key.get_secret_value()

    @property
    def metrics_shown(self) -> bool:
        """Whether there is a /metrics at all."""
        return self.metrics_token is not None or self.metrics_loopback

    @property
    def secret_is_short(self) -> bool:
        """Whether the key has fewer bytes than HS256's hash."""
        return len(self.secret.encode()) < SHORT_KEY_BYTES

    @property
    def idle_micros(self) -> int:
        """Microseconds without an event after which a running session was forgotten; 0 = never."""
        limit = self.session_idle_hours * 3_600_000_000
        return max(1, round(limit)) if limit else 0


def resolve_database_url(url: str) -> str:
    """The SQLAlchemy URL that `url` means.

    A relative SQLite path counts from the project's root, as `.env` does, so that the same file is
    opened whatever the working directory; the URLs that hosting services hand out get their driver.
    """
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    for scheme in ("sqlite:///", "sqlite+pysqlite:///"):
        if url.startswith(scheme):
            path = url.removeprefix(scheme)
            if path in ("", ":memory:") or Path(path).is_absolute():
                return url
            return scheme + (ROOT / path).resolve().as_posix()
    return url


def problems_of(error: ValidationError) -> str:
    """One clear sentence for settings that cannot be used; it never repeats a value."""
    parts: list[str] = []
    for item in error.errors(include_input=False, include_url=False):
        name = str(item["loc"][0]).upper() if item["loc"] else "settings"
        if name == "SECRET_KEY":
            parts.append(
                "SECRET_KEY is missing: set it to a long random string "
                "(python -c 'import secrets; print(secrets.token_urlsafe(48))')"
            )
        else:
            parts.append(f"{name}: {item['msg'].removeprefix('Value error, ')}")
    return "RaterHub Tracker cannot start. " + "; ".join(parts) + "."


@lru_cache
def get_settings() -> Settings:
    """The process's settings; exits with one clear sentence when they cannot be used."""
    try:
        return Settings()  # the environment fills the required field
    except ValidationError as error:
        sys.exit(problems_of(error))
