"""`make audit`: are known vulnerabilities in what the requirements files pin?

pip-audit queries a service on the network. Where none answers, that is said and is no failure; where one does, a
vulnerability is one, and so is a package that could not be looked up.
"""

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt"]
SERVICES = [["--vulnerability-service", "pypi"], ["--vulnerability-service", "osv"]]
PROBE_SECONDS, AUDIT_SECONDS = 7, 300
SOCKET_SECONDS = 5
PROBED = 3  # packages; that a service has never heard of any of them is no accident

# How pip-audit ends when the service is not there, or something else answers in its place.
NOT_THERE = re.compile(
    r"^requests\.exceptions\.\w+|Could not connect to |is not redirecting properly|"
    r"^pip_audit\._service\.interface\.(ConnectionError|ServiceError)",
    re.MULTILINE,
)


class Verdict(Enum):
    """What an audit comes to."""

    CLEAN = "clean"
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the lines that explain it."""

    verdict: Verdict
    lines: list[str]


def judge(output: str, errors: str) -> Judgement:
    """What pip-audit's JSON report on standard output, or its last words on standard error, come to."""
    try:
        report = json.loads(output)["dependencies"]
    except ValueError:
        last = errors.strip().splitlines()[-1:] or ["pip-audit said nothing."]
        return Judgement(Verdict.NOT_REACHED if NOT_THERE.search(errors) else Verdict.FAILED, last)
    skipped = [f"{entry['name']}: {entry['skip_reason']}" for entry in report if "skip_reason" in entry]
    if report and len(skipped) == len(report):
        # A mirror that serves packages and nothing else.
        return Judgement(Verdict.NOT_REACHED, [f"What answers knows none of {len(report)} packages."])
    vulnerable = [
        f"{entry['name']} {entry['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'nothing'}"
        for entry in report
        for found in entry.get("vulns", [])
    ]
    if not report or vulnerable or skipped:
        return Judgement(Verdict.FAILED, [*vulnerable, *skipped] or ["Nothing was audited."])
    return Judgement(Verdict.CLEAN, [f"No known vulnerability in {len(report)} packages."])


def run(requirements: list[Path], service: list[str], seconds: float) -> Judgement:
    """pip-audit's judgement of these files."""
    files = [word for path in requirements for word in ("--requirement", str(path))]
    command = [
        *[sys.executable, "-m", "pip_audit", *files, *service],
        *["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"],
        *["--timeout", str(SOCKET_SECONDS), "--cache-dir", str(ROOT / ".cache" / "pip-audit")],
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return Judgement(Verdict.NOT_REACHED, [f"No answer within {seconds} s."])
    return judge(done.stdout, done.stderr)


def first_of(requirements: Path) -> str:
    """The first few requirements of a file with their hashes."""
    lines = requirements.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pinned = [line for line in lines if line and not line.lstrip().startswith("#")]
    return "\n".join(pinned[:PROBED]) + "\n"


def audit(requirements: list[Path], service: list[str]) -> Judgement:
    """The judgement of one service; one that is not there is given up within seconds."""
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "requirements.txt"
        probe.write_text(first_of(requirements[0]), encoding="utf-8")
        judgement = run([probe], service, PROBE_SECONDS)
    return (
        judgement if judgement.verdict is Verdict.NOT_REACHED else run(requirements, service, AUDIT_SECONDS)
    )


def main() -> int:
    """The exit code: 1 for a vulnerability or a package that was not looked up."""
    for service in SERVICES:
        judgement = audit(REQUIREMENTS, service)
        name = service[-1]
        if judgement.verdict is not Verdict.NOT_REACHED:
            print(f"pip-audit ({name}):", *judgement.lines, sep="\n  ")
            return 1 if judgement.verdict is Verdict.FAILED else 0
        print(f"pip-audit ({name}) was not reached: {' '.join(judgement.lines)}")
    print("NOT AUDITED: no service for vulnerabilities can be reached from here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
