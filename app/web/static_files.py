"""Static files, and how long a browser keeps them."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).resolve().parent.parent / "static"
# In cascade order.
SHEETS = ("style.css", "parts.css", "charts.css", "forms.css", "screens.css")
SHEET = "pages.css"  # all of them: a page takes one request for its style
KEPT = "public, max-age=31536000, immutable"


def version_of(file: os.stat_result) -> str:
    """The version of a static file, for its address: another one whenever the file was changed."""
    return f"{file.st_mtime_ns:x}"


@cache
def asset(name: str) -> str:
    """The address of a static file, with its version: a changed file has a new address."""
    names = SHEETS if name == SHEET else (name,)
    return f"/static/{name}?v={max(version_of((STATIC / each).stat()) for each in names)}"


class VersionedFiles(StaticFiles):
    """Static files: kept for a year under the address with their version, else revalidated each time (ETag).

    An address with another version comes from before or after an update; kept, it would outlive the mistake.
    """

    def file_response(
        self, full_path: Any, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_own = scope["query_string"] == f"v={version_of(stat_result)}".encode()
        response.headers["Cache-Control"] = KEPT if is_own else "no-cache"
        return response


class PageFiles(VersionedFiles):
    """The static files of the pages, among them `SHEET`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file; the style sheets of all pages one after another under the name `SHEET`."""
        if path != SHEET or scope["method"] not in ("GET", "HEAD"):
            return await super().get_response(path, scope)
        content = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SHEETS)
        is_own = asset(SHEET).endswith(f"?{scope['query_string'].decode('latin-1')}")
        headers = {"Cache-Control": KEPT if is_own else "no-cache"}
        return Response(content, media_type="text/css", headers=headers)
