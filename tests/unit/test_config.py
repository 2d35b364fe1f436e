"""Settings: defaults, resolved database URLs, and the message for invalid values."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.config import ROOT, Settings, get_settings, invalid_settings_message
from app.services.userscript import render_userscript
from tests.origins import ORIGINS

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


NO_ORIGINS = [
    "https://h#x",
    "https://h#",
    "https://h?",
    "https://h?x=1",
    "https://h/tracker",
    "https://h//",
    "https://h:99999",
    "https://h:port",
    "https://u:p@h",
    "https://u@h",
    "https://",
    "https:///",
    "h:8000",
    "tracker.example.org",
    "ftp://tracker.example.org",
    "javascript://h",
    "file:///srv",
    "null",
    "https://*.example.org",
    "https://{server}",
    "https://my nas",
    "https://h%",
    "https://[::1",
    "https://1.2.3.4.5",
    "https://xn--a",
    "https://a\u202eb.example",
    "https://\udcff.example",
]


@pytest.mark.parametrize(("given", "origin"), ORIGINS)
def test_public_url_and_allowed_origins_are_what_a_browser_calls_the_origin(given: str, origin: str) -> None:
    settings = settings_of(public_url=given, allowed_origins=f"https://a.example, {given}")
    assert (settings.public_url, settings.allowed_origins) == (origin, ("https://a.example", origin))


@pytest.mark.parametrize(("given", "origin"), ORIGINS)
def test_public_url_can_be_served(given: str, origin: str) -> None:
    assert f'const SERVER = "{origin}";\n' in render_userscript(str(settings_of(public_url=given).public_url))


@pytest.mark.parametrize("name", ["public_url", "allowed_origins"])
@pytest.mark.parametrize("address", NO_ORIGINS)
def test_address_that_no_browser_calls_an_origin_ends_the_start_with_one_sentence(
    name: str, address: str
) -> None:
    with pytest.raises(ValidationError) as problem:
        settings_of(**{name: address})
    assert invalid_settings_message(problem.value) == (
        f"RaterHub Tracker cannot start. {name.upper()}: "
        "not an address such as https://tracker.example.com, of scheme, host and port alone."
    )


@pytest.mark.parametrize(
    "origin",
    [
        "chrome-extension://aapocclcgogkmnckokdopfmhonfmgoek",
        "moz-extension://5d2b1f2c-7b0e-4d5a-9f3e-0c8a1e6b7d42",
        "safari-web-extension://5D2B1F2C-7B0E-4D5A-9F3E-0C8A1E6B7D42",
    ],
)
def test_origin_of_a_browser_extension_may_be_allowed(origin: str) -> None:
    assert settings_of(allowed_origins=origin).allowed_origins == (origin,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_key", ""),
        ("secret_key", "\udcff" * 40),
        ("trusted_proxies", "127.0.0.1,proxy"),
        ("trusted_proxies", "10.0.0.1/8"),
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


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_env_file_in_another_encoding_ends_the_start_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    file = tmp_path / ".env"
    file.write_bytes(f"SECRET_KEY={KEY}\nPUBLIC_URL=https://münchen.example\n".encode(encoding))
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    with pytest.raises(SystemExit) as end:
        get_settings.__wrapped__()
    assert end.value.code == f"RaterHub Tracker cannot start. {file} is not in UTF-8."


def test_env_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"SECRET_KEY={KEY}\nPUBLIC_URL=https://münchen.example\n", encoding="utf-8-sig")
    settings = Settings(_env_file=file)
    assert (settings.secret, settings.public_url) == (KEY, "https://xn--mnchen-3ya.example")
