"""The widget: how to install and connect it, and the userscript itself."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.services.userscript import render_userscript
from app.web.admission import Demands, PageRoute
from app.web.dependencies import AppSettings, MaybeIdentity
from app.web.templating import render

router = APIRouter(route_class=PageRoute)


@router.get("/widget")
@Demands(public=True)
async def widget_page(request: Request, identity: MaybeIdentity) -> Response:
    """Installation for everybody, "Connect this browser" for whoever is logged in."""
    return render(request, "widget.html", viewer=identity.user if identity else None, section="widget")


@router.get("/raterhub-tracker.user.js")
@Demands(public=True)
async def userscript(request: Request, settings: AppSettings) -> Response:
    """The script for this server. The name's ending is what makes a userscript manager offer to install it."""
    # The Host header is anybody's to write; the script is made for plain origins alone.
    address = settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return Response(
        render_userscript(address),
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )
