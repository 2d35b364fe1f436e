"""`make audit`: pip-audit itself, asking a service on this machine; and its reports from elsewhere, as recorded."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.audit import AUDIT_SECONDS, Judgement, Verdict, audit, judge, run
from tests.server import free_port

PINNED = "".join(f"{name}==1.0 --hash=sha256:{'0' * 64}\n" for name in ("alpha", "beta", "gamma", "delta"))
# As https://ossf.github.io/osv-schema/ has it.
VULNERABILITY = {
    "schema_version": "1.6.0",
    "id": "PYSEC-2024-1",
    "published": "2024-01-01T00:00:00Z",
    "summary": "It falls over.",
    "affected": [
        {
            "package": {"name": "delta", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}

Answer = Callable[[str], tuple[int, Any]]


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text(PINNED)
    return path


@pytest.fixture
def service() -> Iterator[Callable[[Answer], list[str]]]:
    """Starts a service that answers a package's name with a status and JSON; gives pip-audit's options for it."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> list[str]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, body = answer(asked["package"]["name"])
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever).start()
        return options(servers[-1].server_port)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def options(port: int) -> list[str]:
    return ["--vulnerability-service", "osv", "--osv-url", f"http://127.0.0.1:{port}/"]


def test_audit_without_a_vulnerability_is_clean(requirements: Path, service: Any) -> None:
    judgement = audit([requirements], service(lambda name: (200, {})))
    assert judgement == Judgement(Verdict.CLEAN, ["No known vulnerability in 4 packages."])


def test_vulnerability_fails_the_audit(requirements: Path, service: Any) -> None:
    asking = service(lambda name: (200, {"vulns": [VULNERABILITY]} if name == "delta" else {}))
    judgement = run([requirements], asking, AUDIT_SECONDS)
    assert judgement == Judgement(Verdict.FAILED, ["delta 1.0: PYSEC-2024-1, mended in 1.1"])


def test_service_that_is_not_there_is_not_reached(requirements: Path) -> None:
    assert audit([requirements], options(free_port())).verdict is Verdict.NOT_REACHED


def test_service_that_refuses_is_not_reached(requirements: Path, service: Any) -> None:
    assert run([requirements], service(lambda name: (503, {})), AUDIT_SECONDS).verdict is Verdict.NOT_REACHED


def test_requirement_without_a_hash_fails_the_audit(requirements: Path, service: Any) -> None:
    asking = service(lambda name: (200, {}))
    requirements.write_text(PINNED + "unpinned\n")
    assert run([requirements], asking, AUDIT_SECONDS).verdict is Verdict.FAILED


UNKNOWN = "Dependency not found on PyPI and could not be audited: {} (1.0)"


def report(*known: str, unknown: tuple[str, ...] = ()) -> str:
    """What pip-audit prints of packages that the service knows, and of others."""
    entries = [{"name": name, "version": "1.0", "vulns": []} for name in known]
    skipped = [{"name": name, "skip_reason": UNKNOWN.format(name)} for name in unknown]
    return json.dumps({"dependencies": [*entries, *skipped], "fixes": []})


REFUSED = """\
ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed
ERROR:pip_audit._cli:Tip: your network may be blocking this service. Try another service with `-s SERVICE`
"""
NO_NAME = """\
Traceback (most recent call last):
    raise ConnectionError(e, request=request)
requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded
"""


@pytest.mark.parametrize(
    ("output", "errors", "judgement"),
    [
        (report("a", "b"), "", Judgement(Verdict.CLEAN, ["No known vulnerability in 2 packages."])),
        (report("a", unknown=("b",)), "", Judgement(Verdict.FAILED, [f"b: {UNKNOWN.format('b')}"])),
        (
            report(unknown=("a", "b")),
            "",
            Judgement(Verdict.NOT_REACHED, ["What answers knows none of 2 packages."]),
        ),
        (report(), "", Judgement(Verdict.FAILED, ["Nothing was audited."])),
        ("", REFUSED, Judgement(Verdict.NOT_REACHED, REFUSED.splitlines()[-1:])),
        ("", NO_NAME, Judgement(Verdict.NOT_REACHED, NO_NAME.splitlines()[-1:])),
        ("", "No module named pip_audit\n", Judgement(Verdict.FAILED, ["No module named pip_audit"])),
        ("", "", Judgement(Verdict.FAILED, ["pip-audit said nothing."])),
    ],
)
def test_report_is_judged(output: str, errors: str, judgement: Judgement) -> None:
    assert judge(output, errors) == judgement
