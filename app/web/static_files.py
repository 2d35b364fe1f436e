"""Static files, and how long a browser keeps them."""

import os
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

KEPT = "public, max-age=31536000, immutable"


def version_of(file: os.stat_result) -> str:
    """The version of a static file, for its address: another one whenever the file was changed."""
    return f"{file.st_mtime_ns:x}"


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
