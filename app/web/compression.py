"""Answers that are compressed for clients that accept gzip.

The compressed length of a body that holds a secret and text of a request discloses the secret to an attacker who can
have it sent thousands of times (BREACH). So JSON is not compressed. A page's one secret is its CSRF token, whose
signature changes every second, and what a page shows of its request are dates, numbers and ids. Not compressed are the
pages that repeat what was typed (errors, and those before login, which keep where to go on to) and the one that shows a
new personal token.
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

LEVEL = 6  # the highest level takes twice as long for a fiftieth less


class CompressedResponse(Response):
    """A body without a secret."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await GZipMiddleware(super().__call__, compresslevel=LEVEL)(scope, receive, send)


class CompressedPage(CompressedResponse, HTMLResponse):
    """A page that answers GET without an error, to somebody who is logged in."""
