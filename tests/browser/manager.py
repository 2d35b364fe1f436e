"""A userscript manager for tests: what Tampermonkey (`GM_*`) or Greasemonkey 4 (`GM.*`) does for a script.

Its storage lives here, outside the browser, and so survives a reload, a crash and another browser; its requests are
made here, so that neither CORS nor the page's Content-Security-Policy has a say.
"""

import contextlib
import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import BrowserContext, Error, Page

HARNESS = Path(__file__).with_name("manager.js")
Flavour = Literal["GM_", "GM."]


@dataclass(frozen=True)
class Sent:
    """One request as it left: `status` 0 when no answer came."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any
    status: int
    anonymous: bool


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
    open_shadow: bool = True
    pages: list[Page] = field(default_factory=list)

    def install(self, context: BrowserContext) -> None:
        """Runs the script in every page of `context` that its metadata names."""
        context.expose_binding("__managerValues", lambda source: dict(self.values))
        context.expose_binding("__managerSet", self._set)
        context.expose_binding("__managerDelete", self._delete)
        context.expose_binding("__managerRequest", lambda source, details: self._request(details))
        context.on("page", lambda page: self.pages.append(page))
        context.add_init_script(self._injected())

    def keys(self, prefix: str) -> list[str]:
        """The keys in the storage that begin with `prefix`, sorted."""
        return sorted(key for key in self.values if key.startswith(prefix))

    def _set(self, source: Any, key: str, value: Any) -> None:
        self.values[key] = value
        self._tell(source["page"], key, value)

    def _delete(self, source: Any, key: str) -> None:
        self.values.pop(key, None)
        self._tell(source["page"], key, None)

    def _tell(self, origin: Page, key: str, value: Any) -> None:
        for page in self.pages:
            if page is origin or page.is_closed():
                continue
            with contextlib.suppress(Error):  # on its way to another address
                page.evaluate("([key, value]) => globalThis.__managerChanged?.(key, value)", [key, value])

    def _request(self, details: dict[str, Any]) -> dict[str, Any] | None:
        status, headers, text = self._exchange(details)
        self.sent.append(
            Sent(
                details["method"],
                details["url"],
                details["headers"],
                json.loads(details["data"]) if details.get("data") else None,
                status,
                details.get("anonymous") is True,
            )
        )
        return {"status": status, "responseHeaders": headers, "responseText": text} if status else None

    def _exchange(self, details: dict[str, Any]) -> tuple[int, str, str]:
        if self.offline:
            return 0, "", ""
        path = "/" + details["url"].split("/", 3)[3]
        if self.answer_with is not None and (made := self.answer_with(details["method"], path)) is not None:
            return made
        data = details["data"].encode() if details.get("data") else None
        request = urllib.request.Request(
            details["url"], data=data, headers=details["headers"], method=details["method"]
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, str(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, str(error.headers), error.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, "", ""

    def _injected(self) -> str:
        patterns = re.findall(r"^// @(?:match|include)\s+(\S+)$", self.script, re.MULTILINE)
        return (
            HARNESS.read_text(encoding="utf-8")
            .replace("__PATTERNS__", json.dumps([_as_regex(pattern) for pattern in patterns]))
            .replace("__OPEN_SHADOW__", json.dumps(self.open_shadow))
            .replace("__FLAVOUR__", json.dumps(self.flavour))
            .replace("__SCRIPT__", self.script)
        )


def _as_regex(pattern: str) -> str:
    return "^" + ".*".join(re.escape(part) for part in pattern.split("*")) + "$"
