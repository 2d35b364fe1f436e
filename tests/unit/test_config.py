"""Settings: defaults, resolved database URLs, and the message for invalid values."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.config import ROOT, Settings, invalid_settings_message

KEY = "k" * 48


def settings_of(**given: Any) -> Settings:
    return Settings(_env_file=None, **{"secret_key": KEY, **given})


def test_defaults() -> None:
    settings = settings_of()
    assert settings.model_dump(exclude={"secret_key"}) == {
        "access_token_expire_minutes": 1440,
        "database_url": f"sqlite:///{ROOT.as_posix()}/app.db",
        "debug": False,
        "session_cookie_secure": None,
        "allowed_origins": ("https://www.raterhub.com", "https://raterhub.com"),
        "session_idle_hours": 12,
        "registration_open": True,
        "password_min_strength": 2,
        "public_url": None,
        "trusted_proxies": (),
        "rate_limit_enabled": True,
        "rate_limit_login": "10/minute",
        "rate_limit_register": "10/minute",
        "rate_limit_events": "120/minute",
        "rate_limit_corrections": "60/minute",
        "rate_limit_exports": "20/minute",
        "rate_limit_storage_uri": "memory://",
        "metrics_token": None,
        "metrics_loopback": False,
    }


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("sqlite:///./x.db", f"sqlite:///{ROOT.as_posix()}/x.db"),
        ("sqlite:///x.db", f"sqlite:///{ROOT.as_posix()}/x.db"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://h/d?password=a%40b", "postgresql+psycopg://:a%40b@h/d"),
        ("postgresql://u:q@h/d?user=v&password=p", "postgresql+psycopg://u:p@h/d?user=v"),
        ("sqlite+pysqlite:////srv/x.db", "sqlite:////srv/x.db"),
        ("sqlite:////srv/what%3F/50%2520off.db", "sqlite:////srv/what%3F/50%2520off.db"),
    ],
)
def test_database_url_is_resolved(given: str, resolved: str) -> None:
    assert settings_of(database_url=given).database_url == resolved


@pytest.mark.parametrize(
    ("debug", "explicit", "secure"),
    [(False, None, True), (True, None, False), (True, True, True), (False, False, False)],
)
def test_cookies_are_secure_unless_debugging(debug: bool, explicit: bool | None, secure: bool) -> None:
    assert settings_of(debug=debug, session_cookie_secure=explicit).cookies_secure == secure


def test_origins_are_split_at_commas() -> None:
    origins = settings_of(allowed_origins="https://a.example, https://b.example/").allowed_origins
    assert origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", ""),
        ("allowed_origins", "https://a.example,*"),
        ("public_url", "ftp://example.com"),
        ("public_url", "https://example.com/tracker"),
        ("database_url", "nonsense"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "sqlite+aiosqlite:///./app.db"),
        ("database_url", "sqlite://user@host/app.db"),
        ("database_url", "sqlite:////srv/what?/app.db"),
        ("database_url", "sqlite:////srv/app.db?uri=true&mode=ro"),
        ("database_url", "mysql://host/database"),
        ("database_url", "postgresql+asyncpg://host/database"),
        ("database_url", "postgresql://host:port/database"),
        ("database_url", "postgresql://host/database?pgbouncer=true"),
        ("rate_limit_events", "often"),
        ("rate_limit_exports", "often"),
        ("metrics_token", "short"),
        ("password_min_strength", 5),
        ("session_idle_hours", -1),
    ],
)
def test_message_names_an_invalid_setting_without_its_value(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as problem:
        settings_of(**{name: value})
    sentence = invalid_settings_message(problem.value)
    assert sentence.startswith("RaterHub Tracker cannot start. ")
    assert name.upper() in sentence
    assert KEY not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "postgresql://u:hun@ter2@host/database"),
        ("database_url", "postgresql://u:hun@ter2:hunter2@host/database"),
        ("database_url", "postgres//u:hunter2@host/database"),
        ("database_url", "hunter2://host/database"),
        ("database_url", "postgresql://host/database?hunter2=hunter2"),
        ("rate_limit_storage_uri", "redi://:hunter2@host:6379/0"),
        ("rate_limit_storage_uri", "redis://:hun/ter2@host:6379/0"),
        ("rate_limit_storage_uri", "redis://:hun#ter2@host:6379/0"),
        ("rate_limit_storage_uri", "hunter2"),
    ],
)
def test_message_about_an_address_shows_no_part_of_its_secret(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as problem:
        settings_of(**{name: value})
    sentence = invalid_settings_message(problem.value)
    assert sentence.startswith(f"RaterHub Tracker cannot start. {name.upper()}: ")
    assert [part for part in ("hun", "ter2") if part in sentence] == []


@pytest.mark.parametrize(
    "uri", ["memory://", "redis://:p%40@h:6379/0", "rediss://h", "redis+unix:///run/r.sock"]
)
def test_storage_of_the_limits_is_taken(uri: str) -> None:
    assert settings_of(rate_limit_storage_uri=uri).rate_limit_storage_uri == uri
