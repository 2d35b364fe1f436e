"""A userscript manager for tests: what Tampermonkey (`GM_*`, `GM.*` too) or Greasemonkey 4 (`GM.*`) does for a script.

Its storage lives here, outside the browser, and so survives a reload, a crash and another browser; its requests are
made here, so that neither CORS nor the page's Content-Security-Policy has a say.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import BrowserContext, Dialog, Error

from tests.browser.network import FAULTS, NOTHING, Answer, Details, exchange

HARNESS = Path(__file__).with_name("manager.js")
ASKED = "What does the manager hold?"  # what a page that begins asks in a dialog: the one call that it can wait for
Flavour = Literal["GM_", "GM."]


@dataclass(frozen=True)
class Sent:
    """One request: `status` 0 when no answer came; when the page made it and when it was answered, Unix seconds."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any
    status: int
    anonymous: bool
    left: float = 0
    answered: float = 0
    text: str = ""


@dataclass(frozen=True)
class Change:
    """A value that was set, or taken away (`value` None), by the document called `origin`; "" = by the test."""

    origin: str
    key: str
    value: Any


@dataclass
class Manager:
    """One browser profile's manager with one installed script."""

    script: str
    flavour: Flavour = "GM_"
    values: dict[str, Any] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    offline: bool = False
    answer_with: Callable[[str, str], tuple[int, str, str] | None] | None = (
        None  # (method, path) -> status, headers, text
    )
    faults: Iterator[str | None] = field(default_factory=lambda: iter(()))  # one for each request, by name
    open_shadow: bool = True
    clock_shift: float = 0  # seconds by which the pages' wall clock is ahead
    slow_storage: float = 0  # seconds until a value is set
    changes: list[Change] = field(default_factory=list)  # all there ever were
    notifications: list[dict[str, Any]] = field(default_factory=list)
    _listening: list["asyncio.Future[None]"] = field(default_factory=list)

    def install(self, context: BrowserContext) -> None:
        """Runs the script in every page of `context` that its metadata names."""
        context.on("dialog", self._answer_dialog)
        context.on("close", lambda _: self._wake())
        context.expose_binding("__managerKeys", lambda source: list(self.values))
        context.expose_binding("__managerGet", lambda source, key: self.values.get(key))
        context.expose_binding("__managerSet", self._set)
        context.expose_binding("__managerDelete", self._delete)
        context.expose_binding("__managerChanges", self._changes_since)
        context.expose_binding("__managerRequest", lambda source, details: self._request(details))
        context.expose_binding("__managerNotify", lambda source, details: self.notifications.append(details))
        context.add_init_script(self._injected())

    def keys(self, prefix: str) -> list[str]:
        """The keys in the storage that begin with `prefix`, sorted."""
        return sorted(key for key in self.values if key.startswith(prefix))

    def ever_set(self, prefix: str) -> dict[str, Any]:
        """Every key with `prefix` that was ever set, in the order of the first time, with its last value."""
        found: dict[str, Any] = {}
        for change in self.changes:
            if change.value is not None and change.key.startswith(prefix):
                found[change.key] = change.value
        return found

    def change(self, key: str, value: Any, origin: str = "") -> None:
        """Sets a value, or takes it away (None), and notifies every other page."""
        if value is None:
            self.values.pop(key, None)
        else:
            self.values[key] = value
        self.changes.append(Change(origin, key, value))
        self._wake()

    def _wake(self) -> None:
        listening, self._listening = self._listening, []
        for waiter in listening:
            if not waiter.done():
                waiter.set_result(None)

    def _answer_dialog(self, dialog: Dialog) -> None:
        with suppress(Error):  # the page has gone meanwhile
            if dialog.message == ASKED:
                held = {"values": self.values, "cursor": len(self.changes), "shift": self.clock_shift * 1000}
                dialog.accept(json.dumps(held))
            else:
                dialog.dismiss()

    def _set(self, source: Any, origin: str, key: str, value: Any) -> Awaitable[None] | None:
        if self.slow_storage:
            return self._set_later(origin, key, value)
        self.change(key, value, origin)
        return None

    async def _set_later(self, origin: str, key: str, value: Any) -> None:
        await asyncio.sleep(self.slow_storage)
        self.change(key, value, origin)

    def _delete(self, source: Any, origin: str, key: str) -> None:
        self.change(key, None, origin)

    async def _changes_since(self, source: Any, origin: str, cursor: int) -> dict[str, Any]:
        if not self._by_others(origin, cursor):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._listening.append(waiter)
            await waiter
        news = [[change.key, change.value] for change in self._by_others(origin, cursor)]
        return {"cursor": len(self.changes), "changes": news}

    def _by_others(self, origin: str, cursor: int) -> list[Change]:
        return [change for change in self.changes[cursor:] if change.origin != origin]

    async def _request(self, details: Details) -> dict[str, Any] | None:
        loop = asyncio.get_running_loop()
        # In a thread of its own: meanwhile keys are pressed.
        status, headers, text = await loop.run_in_executor(None, self._exchange, details)
        body = json.loads(details["data"]) if details.get("data") else None
        anonymous = details.get("anonymous") is True
        self.sent.append(
            Sent(
                details["method"],
                details["url"],
                details["headers"],
                body,
                status,
                anonymous,
                details["asked"] / 1000,
                time.time(),
                text,
            )
        )
        return {"status": status, "responseHeaders": headers, "responseText": text} if status else None

    def _exchange(self, details: Details) -> Answer:
        if self.offline:
            return NOTHING
        path = "/" + details["url"].split("/", 3)[3]
        if self.answer_with is not None and (made := self.answer_with(details["method"], path)) is not None:
            return made
        fault = next(self.faults, None)
        return exchange(details) if fault is None else FAULTS[fault](details)

    def _injected(self) -> str:
        patterns = re.findall(r"^// @(?:match|include)\s+(\S+)$", self.script, re.MULTILINE)
        [run_at] = re.findall(r"^// @run-at\s+(\S+)$", self.script, re.MULTILINE)
        return (
            HARNESS.read_text(encoding="utf-8")
            .replace("__PATTERNS__", json.dumps([_as_regex(pattern) for pattern in patterns]))
            .replace("__OPEN_SHADOW__", json.dumps(self.open_shadow))
            .replace("__FLAVOUR__", json.dumps(self.flavour))
            .replace("__RUN_AT__", json.dumps(run_at))
            .replace("__ASKED__", json.dumps(ASKED))
            .replace("__SCRIPT__", self.script)
        )


def _as_regex(pattern: str) -> str:
    return "^" + ".*".join(re.escape(part) for part in pattern.split("*")) + "$"
