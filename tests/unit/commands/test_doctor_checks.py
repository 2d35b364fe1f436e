"""The checks of `doctor`, one by one: their findings, and no finding for a correct value."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.commands.doctor_checks import Finding, check_names, check_settings
from app.commands.doctor_files import check_database_file, check_mount
from app.commands.doctor_postgresql import check_server
from app.config import Settings

KEY = "q7Zr2mXw9Tb4Lk8Vn1Hc6Yd3Pf5Gj0SsUuEeIiOoAa"
PROXIED: dict[str, Any] = {"public_url": "https://tracker.example.org", "trusted_proxies": ("127.0.0.1",)}
PLAIN: dict[str, Any] = {"session_cookie_secure": False}
HERE: dict[str, Any] = {"host": "127.0.0.1", "workers": 1}
EVERYWHERE = HERE | {"host": "0.0.0.0"}
SHARED = "redis://localhost:6379/0"
POSTGRESQL = "postgresql+psycopg://raterhub:secret@localhost/raterhub"


def settings_of(**values: Any) -> Settings:
    return Settings(_env_file=None, **{"secret_key": KEY, **values})


def whats(findings: Iterable[Finding]) -> list[str]:
    """Level and first sentence of each finding."""
    return [f"{finding.level}: {finding.what}" for finding in findings]


@pytest.mark.parametrize(
    ("values", "serving"),
    [
        (PLAIN, HERE),
        (PLAIN | {"debug": True}, HERE | {"host": "localhost"}),
        (PLAIN | {"public_url": "http://localhost:8000"}, HERE),
        (PROXIED, HERE),
        (PROXIED, EVERYWHERE),
        (
            PROXIED | {"database_url": POSTGRESQL, "rate_limit_storage_uri": SHARED},
            HERE | {"host": "::", "workers": 4},
        ),
    ],
)
def test_good_configuration_has_no_finding(values: dict[str, Any], serving: dict[str, Any]) -> None:
    assert whats(check_settings(settings_of(**values), **serving)) == []


COOKIES_UNKNOWN = "Warning: Cookies are Secure, and nothing here says that people come by https."
COOKIES_HTTP = "Error: Cookies are Secure, but PUBLIC_URL begins with http://."
COOKIES_OPEN = "Error: Cookies are not Secure, though PUBLIC_URL begins with https://."
COOKIES_CLEAR = "Warning: Cookies are not Secure, though people can come from other machines."
NO_PUBLIC_URL = "Warning: PUBLIC_URL is not set, though a proxy is in front."
NO_PROXY = "Warning: PUBLIC_URL begins with https://, and TRUSTED_PROXIES names no proxy."
LIMITS_OFF = "Warning: RATE_LIMIT_ENABLED=false: there are no rate limits."
IN_MEMORY = "Error: Rate limits are counted in memory, once in each of 4 processes."
ONE_FILE = "Warning: 4 processes share one SQLite file."


def bind(host: str) -> str:
    return (
        f"Error: It listens on {host}, where other machines can connect, and TRUSTED_PROXIES names no proxy."
    )


def trusts(name: str) -> str:
    return f"Error: TRUSTED_PROXIES: {name} trusts everybody."


@pytest.mark.parametrize(
    ("values", "serving", "found"),
    [
        ({}, HERE, [COOKIES_UNKNOWN]),
        ({"public_url": "http://localhost"}, HERE, [COOKIES_UNKNOWN]),
        ({"public_url": "http://tracker.example.org"}, HERE, [COOKIES_HTTP]),
        (PROXIED | PLAIN, HERE, [COOKIES_OPEN]),
        (PLAIN | {"public_url": "http://tracker.example.org"}, HERE, [COOKIES_CLEAR]),
        (PLAIN, EVERYWHERE, [COOKIES_CLEAR, bind("0.0.0.0")]),
        ({"public_url": "https://tracker.example.org"}, HERE | {"host": "10.0.0.2"}, [bind("10.0.0.2")]),
        (PROXIED | {"debug": True}, HERE, [COOKIES_OPEN]),
        (PROXIED | {"debug": True, "session_cookie_secure": True}, HERE, []),
        ({"trusted_proxies": ("127.0.0.1",)}, HERE, [NO_PUBLIC_URL]),
        ({"public_url": "https://tracker.example.org"}, HERE, [NO_PROXY]),
        (PROXIED | {"trusted_proxies": ("10.0.0.0/8", "fc00::/7", "::1")}, HERE, []),
        (
            PROXIED | {"trusted_proxies": ("*", "0.0.0.0/0", "::/0", "0.0.0.0/1")},
            HERE,
            [trusts("*"), trusts("0.0.0.0/0"), trusts("::/0"), trusts("0.0.0.0/1")],
        ),
        (PROXIED | {"rate_limit_enabled": False}, HERE, [LIMITS_OFF]),
        (PROXIED | {"database_url": POSTGRESQL}, HERE | {"workers": 4}, [IN_MEMORY]),
        (
            PROXIED | {"database_url": POSTGRESQL, "rate_limit_enabled": False},
            HERE | {"workers": 4},
            [LIMITS_OFF],
        ),
        (PROXIED | {"rate_limit_storage_uri": SHARED}, HERE | {"workers": 4}, [ONE_FILE]),
    ],
)
def test_settings_that_do_not_fit_are_found(
    values: dict[str, Any], serving: dict[str, Any], found: list[str]
) -> None:
    assert whats(check_settings(settings_of(**values), **serving)) == found


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (KEY, []),
        ("3f1c9a7be20d48566e1ab4c7903fd285", []),
        (KEY[:31], ["Error: SECRET_KEY is shorter than 32 bytes."]),
        ("ab" * 30, ["Error: SECRET_KEY repeats a few characters."]),
        (
            "please-Change-Me-before-going-live-ok",
            ["Error: SECRET_KEY looks like the placeholder of an example."],
        ),
        (
            "your_very_own_signing_key_goes_right_here",
            ["Error: SECRET_KEY looks like the placeholder of an example."],
        ),
    ],
)
def test_key_that_can_be_guessed_is_found_and_not_printed(key: str, found: list[str]) -> None:
    findings = list(check_settings(settings_of(secret_key=key, **PROXIED), **HERE))
    assert whats(findings) == found
    assert [str(finding) for finding in findings if key in str(finding)] == []


@pytest.mark.parametrize(
    ("token", "found"),
    [
        (None, []),
        ("3f1c9a7be20d4856", []),
        ("11223344556677aa", []),
        (KEY, ["Error: METRICS_TOKEN is SECRET_KEY."]),
        ("11112222" * 3, ["Error: METRICS_TOKEN repeats a few characters."]),
        ("example-token-for-metrics", ["Error: METRICS_TOKEN looks like the placeholder of an example."]),
    ],
)
def test_metrics_token_that_gives_more_away_is_found(token: str | None, found: list[str]) -> None:
    settings = settings_of(metrics_token=token, **PROXIED)
    assert whats(check_settings(settings, **HERE)) == found


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        ("https://www.raterhub.com", []),
        ("https://tracker.example.org:8443", []),
        ("http://localhost:3000", []),
        ("http://[::1]:3000", []),
        ("chrome-extension://aapocclcgogkmnckokdopfmhonfmgoek", []),
        ("http://www.raterhub.com", ["Warning: ALLOWED_ORIGINS: http://www.raterhub.com is plain http."]),
    ],
)
def test_allowed_origin_over_plain_http_is_found(origin: str, found: list[str]) -> None:
    assert whats(check_settings(settings_of(allowed_origins=origin, **PROXIED), **HERE)) == found


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SECRETKEY", "SECRET_KEY"),
        ("SECRET_KEYS", "SECRET_KEY"),
        ("Public_Uri", "PUBLIC_URL"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("RATERHUB_DATABASE_URL", "DATABASE_URL"),
        ("secret_key", None),
        ("PORT", None),
        ("WEB_WORKERS", None),
        ("POSTGRES_PASSWORD", None),
        ("HTTP_PROXY", None),
    ],
)
def test_name_that_is_nearly_a_setting_is_found(written: str, meant: str | None) -> None:
    found = [] if meant is None else [f"Error: .env: {written} is no setting; {meant} is."]
    assert whats(check_names([written, "SECRET_KEY"])) == found


MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/export /mnt/nfs nfs4 rw,vers=4.2 0 0
/dev/vdb /mnt/nfs/local xfs rw 0 0
//host/share /mnt/two\\040words cifs rw 0 0
me@host:/ /home/me/remote fuse.sshfs rw 0 0
/dev/vdc /mnt/over ext4 rw 0 0
share /mnt/over 9p rw,trans=virtio 0 0
damaged line
"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/srv/app.db", []),
        ("/mnt/nfs2/app.db", []),
        ("/mnt/nfs/local/app.db", []),
        (
            "/mnt/nfs/app.db",
            ["Error: /mnt/nfs/app.db is on a network file system (nfs4 at /mnt/nfs)."],
        ),
        (
            "/mnt/two words/app.db",
            ["Error: /mnt/two words/app.db is on a network file system (cifs at /mnt/two words)."],
        ),
        (
            "/home/me/remote/app.db",
            ["Error: /home/me/remote/app.db is on a network file system (fuse.sshfs at /home/me/remote)."],
        ),
        ("/mnt/over/app.db", ["Error: /mnt/over/app.db is on a network file system (9p at /mnt/over)."]),
    ],
)
def test_sqlite_on_a_network_disk_is_found(path: str, found: list[str]) -> None:
    assert whats(check_mount(Path(path), MOUNTS)) == found


def test_mounts_that_nobody_lists_are_no_finding() -> None:
    assert whats(check_mount(Path("/srv/app.db"), "")) == []


@pytest.mark.parametrize(
    ("mode", "free_mib", "denied", "found"),
    [
        (0o600, 10_000, None, []),
        (0o600, 10_000, ".", ["Error: This user may not write to {folder}."]),
        (0o600, 10_000, "app.db", ["Error: This user may not write to {folder}/app.db."]),
        (
            0o640,
            10_000,
            None,
            ["Warning: {folder}/app.db is open to other users of this machine (mode 640)."],
        ),
        (
            0o604,
            10_000,
            None,
            ["Warning: {folder}/app.db is open to other users of this machine (mode 604)."],
        ),
        (0o600, 400, None, ["Warning: The disk of {folder} has 400 MiB left."]),
        (0o600, 40, None, ["Error: The disk of {folder} has 40 MiB left."]),
    ],
)
def test_file_that_cannot_serve_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: int,
    free_mib: int,
    denied: str | None,
    found: list[str],
) -> None:
    path = tmp_path / "app.db"
    path.touch(mode)
    path.chmod(mode)
    # The tests may run as root, who may write everywhere.
    monkeypatch.setattr(os, "access", lambda asked, _mode: denied is None or asked != tmp_path / denied)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free_mib * 2**20))
    assert whats(check_database_file(path)) == [sentence.format(folder=tmp_path) for sentence in found]


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_file_beside_the_database_that_others_can_read_is_found(tmp_path: Path, suffix: str) -> None:
    for name in ("app.db", f"app.db{suffix}"):
        (tmp_path / name).touch(0o600)
    beside = tmp_path / f"app.db{suffix}"
    beside.chmod(0o644)
    assert whats(check_database_file(tmp_path / "app.db")) == [
        f"Warning: {beside} is open to other users of this machine (mode 644)."
    ]


SERVER = {
    "version": 170_002,
    "synchronous_commit": "on",
    "fsync": "on",
    "skew_seconds": 0.2,
    "is_superuser": False,
    "connections": 97,
    "loses_prepared": False,
}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"synchronous_commit": "remote_apply", "version": 140_000, "connections": 48}, []),
        ({"skew_seconds": -59.0}, []),
        ({"skew_seconds": 61.0}, ["Warning: The database's clock is 61 s ahead of this machine's."]),
        ({"skew_seconds": -90.0}, ["Warning: The database's clock is 90 s behind this machine's."]),
        ({"version": 130_011}, ["Error: PostgreSQL 13 is older than 14."]),
        ({"synchronous_commit": "off"}, ["Error: PostgreSQL: synchronous_commit is off."]),
        ({"fsync": "off"}, ["Error: PostgreSQL: fsync is off."]),
        ({"is_superuser": True}, ["Warning: The role in DATABASE_URL is a superuser."]),
        (
            {"connections": 47},
            ["Error: The processes open up to 48 connections, and PostgreSQL gives 47."],
        ),
        (
            {"loses_prepared": True},
            ["Error: A pooler between here and PostgreSQL forgets prepared statements."],
        ),
    ],
)
def test_postgresql_that_does_not_fit_is_found(changed: dict[str, Any], found: list[str]) -> None:
    assert whats(check_server(SERVER | changed, connections_needed=48)) == found
