"""Chromium to be measured: browsers, a page of another site to show in them, and what their processes compute."""

import importlib.util
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TASK = "/evaluation/rater/task/show?taskIds=1"
TASK_PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Task</title>
<link rel="icon" href="data:,"></head><body><h1>How well does the result answer the query?</h1>
<p>Estimated: <span class="ewok-estimated-task-weight">2 - 4 minutes</span></p><p id="bare"></p>
<form><label><input type="radio" name="rating"> Good</label> <textarea></textarea>
<input type="button" id="ewok-task-submit-button" value="Submit">
<input type="button" id="ewok-release-button" value="Release"></form></body></html>"""


def what_is_missing() -> str | None:
    """Why nothing can be measured here, as a sentence."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed (requirements-dev.txt names it)."
    return None if executable() else f"none of {', '.join(NAMES)} is installed."


def executable() -> str | None:
    """Where the browser is."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def playwright() -> Iterator["Playwright"]:
    """What drives the browsers."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


def new_browser(driver: "Playwright") -> "Browser":
    """Without a window; a new profile."""
    return driver.chromium.launch(executable_path=executable(), args=ARGUMENTS)


def new_page(browser: "Browser", origin: str, scripts: list[str], asked: set[str] | None = None) -> "Page":
    """A task page of the site at `origin`, with `scripts` run first; `asked`: takes the address of every request."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    if asked is not None:
        page.on("request", lambda request: asked.add(request.url))
    for script in scripts:
        page.add_init_script(script)
    page.goto(origin + TASK)
    return page


@contextmanager
def site() -> Iterator[str]:
    """The origin of a site, on the loopback address, whose every page is the task page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(TASK_PAGE)))
        self.end_headers()
        self.wfile.write(TASK_PAGE)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written to the terminal."""


def computed(browser: "Browser") -> dict[str, float]:
    """Seconds that a browser's processes have computed so far, by the kind of process ("renderer", "GPU", ...)."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    seconds: dict[str, float] = {}
    for process in processes:
        seconds[process["type"]] = seconds.get(process["type"], 0.0) + seconds_of(process["id"])
    return seconds


def seconds_of(pid: int) -> float:
    """What a process's living threads have computed, to the nanosecond: an idle panel needs less than a clock tick."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:  # ended meanwhile
            continue
    return total / 1e9
