"""The widget: how to install and connect it, and the userscript itself."""

from fastapi import APIRouter
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.services.userscript import render_userscript
from app.web.admission import Demands, PageRoute
from app.web.dependencies import MaybeIdentity, settings_of
from app.web.templating import render

router = APIRouter(route_class=PageRoute)


class CompressedResponse(Response):
    """A response that is compressed for clients that accept gzip.

    Only for bodies without a secret: the compressed length of a body that holds a secret and text of a request
    discloses the secret to an attacker (BREACH). Pages and JSON are therefore sent uncompressed.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await GZipMiddleware(super().__call__)(scope, receive, send)


@router.get("/widget")
@Demands(public=True)
async def widget_page(request: Request, _identity: MaybeIdentity) -> Response:
    """Installation for everybody, "Connect this browser" for whoever is logged in."""
    return render(request, "widget.html", section="widget")


@router.get("/raterhub-tracker.user.js")
@Demands(public=True)
async def userscript(request: Request) -> Response:
    """The script for this server. The name's ending is what makes a userscript manager offer to install it."""
    # The Host header is anybody's to write; the script is made for plain origins alone.
    address = settings_of(request).public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return CompressedResponse(
        render_userscript(address),
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )
