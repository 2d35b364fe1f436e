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
        "rate_limit_passwords": "10/minute",
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
