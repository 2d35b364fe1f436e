"""The container files, read without Docker, and their scripts, run in this machine's shell."""

import hashlib
import hmac
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import AuthenticationError, Redis
from redis import ConnectionError as RedisConnectionError
from sqlalchemy import Engine, text

from app.commands.serve import GRACEFUL_SECONDS
from app.config import Settings
from tests.server import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SECRETS = [
    "services/database-admin-password",
    "services/database-password",
    "services/redis-password",
    "web/secret-key",
]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile() -> list[list[str]]:
    """Each instruction of the last stage, split into words."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    last = max(number for number, line in enumerate(lines) if line[0] == "FROM")
    return lines[last:]


def instructions(dockerfile: list[list[str]], name: str) -> list[list[str]]:
    return [line[1:] for line in dockerfile if line[0] == name]


def test_compose_publishes_the_web_port_on_loopback_and_nothing_else(compose: Any) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_compose_keeps_database_and_redis_on_an_internal_network(compose: Any) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    assert [compose["services"][name]["networks"] for name in ("database", "redis")] == [
        ["inside"],
        ["inside"],
    ]


def test_compose_writes_no_password(compose: Any) -> None:
    environments = [service.get("environment", {}) for service in compose["services"].values()]
    secret = {
        name: value
        for environment in environments
        for name, value in environment.items()
        if re.search("PASSWORD|KEY|URL|URI|TOKEN$|AUTH", name)
    }
    assert secret == {
        "POSTGRES_PASSWORD_FILE": "/run/raterhub/services/database-admin-password",
        "PASSWORD_MIN_STRENGTH": "${PASSWORD_MIN_STRENGTH:-}",
        "RATE_LIMIT_PASSWORDS": "${RATE_LIMIT_PASSWORDS:-}",
        "PUBLIC_URL": "${PUBLIC_URL:-}",
        "METRICS_TOKEN": "${METRICS_TOKEN:-}",
    }


def test_compose_gives_no_service_rights_that_it_does_not_need(compose: Any) -> None:
    services = compose["services"]
    assert {name for name, service in services.items() if service["cap_drop"] != ["ALL"]} == set()
    assert {
        name for name, service in services.items() if service["security_opt"] != ["no-new-privileges:true"]
    } == set()
    assert {name for name, service in services.items() if "cap_add" in service} == {"database"}
    assert {name for name, service in services.items() if not service.get("read_only")} == {"database"}
    assert {name for name, service in services.items() if "privileged" in service} == set()


def test_compose_lets_no_service_run_as_root_that_need_not(compose: Any) -> None:
    # A service without `user` uses the user of its image. The database image changes to its own user.
    assert {name: service["user"] for name, service in compose["services"].items() if "user" in service} == {
        "redis": "999:1000"
    }


def test_compose_gives_read_only_services_room_for_what_passes(compose: Any) -> None:
    writing = {"web", "redis"}
    assert {name for name in writing if "/tmp" not in compose["services"][name]["tmpfs"]} == set()


def test_compose_starts_several_processes_that_share_their_counts(compose: Any) -> None:
    web = compose["services"]["web"]
    assert web["command"][-2:] == ["--workers", "${WEB_WORKERS:-2}"]
    # The entrypoint builds the address of Redis from its secret.
    assert "RATE_LIMIT_STORAGE_URI" not in web["environment"]
    assert "service-secrets:/run/raterhub/services:ro" in web["volumes"]
    assert set(web["networks"]) & set(compose["services"]["redis"]["networks"]) == {"inside"}


def test_compose_waits_until_requests_in_flight_are_finished(compose: Any) -> None:
    assert int(compose["services"]["web"]["stop_grace_period"].removesuffix("s")) > GRACEFUL_SECONDS


def test_compose_starts_web_after_secrets_and_healthy_services(compose: Any) -> None:
    assert compose["services"]["web"]["depends_on"] == {
        "secrets": {"condition": "service_completed_successfully"},
        "database": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }
    assert {name for name in ("database", "redis") if "test" in compose["services"][name]["healthcheck"]} == {
        "database",
        "redis",
    }


def test_compose_keeps_data_and_secrets_on_declared_volumes(compose: Any) -> None:
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }
    assert {name for name in used if not name.startswith("./")} == set(compose["volumes"])
    assert "service-secrets:/run/raterhub/services:ro" in compose["services"]["database"]["volumes"]
    assert {
        name
        for name, service in compose["services"].items()
        if any(volume.startswith("web-secrets:") for volume in service.get("volumes", []))
    } == {"secrets", "web"}


def test_compose_passes_every_setting_that_can_be_chosen(compose: Any) -> None:
    names = set(compose["services"]["web"]["environment"])
    # Secrets give the first three values. DEBUG and METRICS_LOOPBACK have no use in a container.
    fixed = {"SECRET_KEY", "DATABASE_URL", "RATE_LIMIT_STORAGE_URI", "DEBUG", "METRICS_LOOPBACK"}
    assert names == {name.upper() for name in Settings.model_fields} - fixed


def test_compose_database_is_what_the_image_has_client_tools_for(compose: Any, dockerfile: Any) -> None:
    assert compose["services"]["database"]["image"].split("-")[0] == "postgres:17"
    tools = [word for line in instructions(dockerfile, "RUN") for word in line if "postgresql-client" in word]
    assert tools == ["postgresql-client-17"]


def test_empty_settings_mean_the_defaults(monkeypatch: pytest.MonkeyPatch, compose: Any) -> None:
    for name in compose["services"]["web"]["environment"]:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("SECRET_KEY", "k")
    defaults = Settings(_env_file=None, secret_key="k")
    assert Settings(_env_file=None).model_dump() == defaults.model_dump()


def test_image_runs_as_a_user_without_rights(dockerfile: list[list[str]]) -> None:
    assert instructions(dockerfile, "USER") == [["10001:10001"]]
    after = dockerfile[[line[0] for line in dockerfile].index("USER") :]
    assert {line[0] for line in after} & {"RUN", "COPY", "ADD"} == set()


def test_image_belongs_to_root_but_for_its_data(dockerfile: list[list[str]]) -> None:
    copies = instructions(dockerfile, "COPY")
    assert [line for line in copies if any(word.startswith(("--chown", "--chmod")) for word in line)] == []
    handed_over = [line for line in instructions(dockerfile, "RUN") if "chown" in line or "777" in line]
    assert handed_over == []


def test_image_writes_no_compiled_code_where_it_runs(dockerfile: list[list[str]]) -> None:
    assert ["PYTHONDONTWRITEBYTECODE=1"] in instructions(dockerfile, "ENV")
    assert any("compileall" in line for line in instructions(dockerfile, "RUN"))


def test_image_checks_its_own_health(dockerfile: list[list[str]]) -> None:
    (check,) = instructions(dockerfile, "HEALTHCHECK")
    assert re.findall(r"http://[^\s']+", " ".join(check)) == ["http://127.0.0.1:8000/health"]


def test_image_names_no_secret(dockerfile: list[list[str]]) -> None:
    names = {
        word.split("=")[0]
        for kind in ("ENV", "ARG")
        for line in instructions(dockerfile, kind)
        for word in line
    }
    assert names == {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def test_image_copies_what_the_context_lets_through(dockerfile: list[list[str]]) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source.split("/")[0]
        for line in instructions(dockerfile, "COPY")
        if not line[0].startswith("--")
        for source in line[:-1]
    }
    assert copied | {"requirements.txt"} == kept


def run_script(
    name: str, folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of `deploy/`, with `python` meaning this interpreter."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", str(ROOT / "deploy" / name), *arguments],
        cwd=ROOT,
        env={"PATH": path, "RATERHUB_SECRETS": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web").mkdir()
    (tmp_path / "services").mkdir()
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.glob("*/*")}


def test_secrets_are_long_different_and_made_once(folder: Path) -> None:
    run_script("make-secrets", folder)
    made = contents(folder)
    assert sorted(made) == SECRETS
    assert len(set(made.values())) == len(SECRETS)
    assert {len(secret) for secret in made.values()} == {64}
    run_script("make-secrets", folder)
    assert contents(folder) == made


def test_signing_key_is_readable_by_the_web_service_alone(folder: Path) -> None:
    run_script("make-secrets", folder)
    assert stat.S_IMODE((folder / "web" / "secret-key").stat().st_mode) == 0o400


def test_key_file_that_the_guide_makes_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    guide = (ROOT / "documentation.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^.*> \.env.*$", guide, re.MULTILINE)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    subprocess.run(["sh", "-c", f"umask 022; {line}"], cwd=tmp_path, check=True)
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert re.fullmatch(r"SECRET_KEY=[\w-]{64}\n", (tmp_path / ".env").read_text())


# Replaces `python -m app` and prints the environment that the application would get.
SHOW = 'printf "%s|" "$SECRET_KEY" "$DATABASE_URL" "${RATE_LIMIT_STORAGE_URI:-}"\n'


@pytest.fixture
def shown(folder: Path) -> dict[str, str]:
    tools = folder / "bin"
    tools.mkdir()
    (tools / "python").write_text(f"#!/bin/sh\n{SHOW}")
    (tools / "python").chmod(0o755)
    return {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def test_entrypoint_takes_secrets_from_their_files(folder: Path, shown: dict[str, str]) -> None:
    for name in SECRETS:
        (folder / name).write_text(Path(name).name)
    assert run_script("raterhub-tracker", folder, **shown).stdout.split("|")[:3] == [
        "secret-key",
        "postgresql+psycopg://raterhub:database-password@database:5432/raterhub",
        "redis://:redis-password@redis:6379/0",
    ]


def test_entrypoint_without_secret_files_uses_sqlite_on_the_volume(
    folder: Path, shown: dict[str, str]
) -> None:
    output = run_script("raterhub-tracker", folder, SECRET_KEY="given", **shown).stdout
    assert output.split("|")[:3] == ["given", "sqlite:////data/app.db", ""]


def test_entrypoint_prefers_the_environment(folder: Path, shown: dict[str, str]) -> None:
    for name in SECRETS:
        (folder / name).write_text("file")
    given = {"SECRET_KEY": "a", "DATABASE_URL": "b", "RATE_LIMIT_STORAGE_URI": "c"}
    assert run_script("raterhub-tracker", folder, **shown, **given).stdout == "a|b|c|"


def test_entrypoint_runs_the_tool(folder: Path) -> None:
    output = run_script("raterhub-tracker", folder, "--help", SECRET_KEY="k").stdout
    assert "Usage: raterhub-tracker" in output


def recorded(folder: Path, name: str, more: str = "") -> tuple[Path, dict[str, str]]:
    """A file that gets the arguments of each `name` that is run, and the environment for it; `more` are added."""
    log, tools = folder / "arguments", folder / "bin"
    tools.mkdir()
    record = f'printf "%s\\n" "$@" >> "{log}"'
    (tools / name).write_text(f'#!/bin/sh\n{record}\nexec "{shutil.which(name)}" "$@" {more}\n')
    (tools / name).chmod(0o755)
    return log, {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}


def test_database_password_is_in_no_argument(folder: Path, postgres: Engine) -> None:
    run_script("make-secrets", folder)
    log, environment = recorded(folder, "psql")
    host = str(postgres.url.query["host"])
    try:
        run_script("database/10-role.sh", folder, **environment, PGHOST=host)
        with postgres.connect() as connection:
            columns = "rolcanlogin, rolsuper, rolcreatedb, rolcreaterole"
            rights = f"SELECT {columns} FROM pg_roles WHERE rolname = 'raterhub'"
            assert tuple(connection.execute(text(rights)).one()) == (True, False, False, False)
            verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = 'raterhub'"
            stored = connection.execute(text(verifier)).scalar_one()
    finally:
        with postgres.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS raterhub"))
            connection.execute(text("DROP ROLE IF EXISTS raterhub"))
    password = (folder / "services" / "database-password").read_text()
    assert is_verifier_of(password, stored)
    assert password not in log.read_text()


def is_verifier_of(password: str, stored: str) -> bool:
    """Whether a SCRAM verifier, as PostgreSQL stores it, is that of a password (RFC 5802)."""
    _, rounds_and_salt, keys = stored.split("$")
    (rounds, salt), stored_key = rounds_and_salt.split(":"), keys.split(":")[0]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(rounds))
    return hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest() == b64decode(stored_key)


def is_up(client: Redis) -> bool:
    with suppress(RedisConnectionError):
        return bool(client.ping())
    return False


@pytest.mark.redis
def test_redis_takes_its_password_and_it_is_in_no_argument(compose: Any, folder: Path) -> None:
    run_script("make-secrets", folder)
    port = free_port()
    log, environment = recorded(folder, "redis-server", f"--port {port}")
    written = compose["services"]["redis"]["command"]
    command = [word.replace("$$", "$").replace("/run/raterhub", str(folder)) for word in written]
    server = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    password = (folder / "services" / "redis-password").read_text()
    client = Redis(port=port, password=password, decode_responses=True)
    try:
        wait_until(lambda: is_up(client))
        with pytest.raises(AuthenticationError):
            Redis(port=port).ping()
        settings = client.config_get("save", "appendonly", "maxmemory", "maxmemory-policy")
        assert settings == {
            "save": "",
            "appendonly": "no",
            "maxmemory": str(64 * 2**20),
            "maxmemory-policy": "volatile-ttl",
        }
        server.terminate()
        assert server.wait(timeout=60) == 0
    finally:
        server.kill()
        server.wait()
    assert password not in log.read_text()


@pytest.fixture
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A server started by the entrypoint, and the folder of its code, which is not compiled, as in the image."""
    run_script("make-secrets", folder)
    code = folder / "srv"
    shutil.copytree(
        ROOT / "app", code / "app", ignore=shutil.ignore_patterns(".venv", "__pycache__", "*.db*")
    )
    port = free_port()
    process = subprocess.Popen(
        ["sh", str(ROOT / "deploy" / "raterhub-tracker"), "serve", "--port", str(port)],
        cwd=code,
        env={
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": "/nonexistent",
            "PYTHONDONTWRITEBYTECODE": "1",
            "RATERHUB_SECRETS": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'app.db'}",
            "RATE_LIMIT_STORAGE_URI": "memory://",
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: answers(port))
        yield process, code
    finally:
        process.kill()
        process.wait()


def test_entrypoint_becomes_the_server_and_exits_with_0_on_sigterm(
    served: tuple[subprocess.Popen[bytes], Path],
) -> None:
    """A shell between the two would not pass the signal on. A read-only root file system takes no file."""
    process, code = served
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    written = {path.relative_to(code) for path in code.rglob("*") if path.is_file()}
    assert {path for path in written if not (ROOT / path).is_file()} == set()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
