"""The widget: how to install and connect it, and the userscript itself."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.services.refusals import BadRequest
from app.services.userscript import render_userscript
from app.web.admission import Demands, PageRoute
from app.web.compression import CompressedResponse
from app.web.cookies import says_https, why_login_cannot_work
from app.web.dependencies import MaybeIdentity, settings_of
from app.web.templating import render

router = APIRouter(route_class=PageRoute)

BEHIND_TLS = (
    "The widget cannot be installed from here: this server was reached by plain http, and the widget would use plain "
    "http too. Behind a proxy with TLS, set PUBLIC_URL=https://… and TRUSTED_PROXIES. Where plain http is meant, set "
    "SESSION_COOKIE_SECURE=false."
)


@dataclass(frozen=True, slots=True)
class WidgetPage:
    """What `widget.html` receives as `page`."""

    address: str  # the server's, as the script would get it
    refused: BadRequest | None  # why there is no script for it


@router.get("/widget")
@Demands(public=True)
async def widget_page(request: Request, _identity: MaybeIdentity) -> Response:
    """Installation for everybody, "Connect this browser" for whoever is logged in."""
    refused = None
    try:
        _script(request)
    except BadRequest as refusal:
        refused = refusal
    return render(request, "widget.html", section="widget", page=WidgetPage(_address(request), refused))


@router.get("/raterhub-tracker.user.js")
@Demands(public=True)
async def userscript(request: Request) -> Response:
    """The script for this server. The name's ending is what makes a userscript manager offer to install it."""
    return CompressedResponse(
        _script(request), media_type="text/javascript", headers={"Cache-Control": "no-cache"}
    )


def _address(request: Request) -> str:
    # The Host header is anybody's to write; the script is made for plain origins alone.
    return settings_of(request).public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"


def _script(request: Request) -> str:
    """The script for this server. Raises `BadRequest` where its address would be of no use to the widget."""
    settings = settings_of(request)
    is_plain = request.url.scheme == "http" and not settings.public_url
    if is_plain and (says_https(request) or why_login_cannot_work(request, settings)):
        raise BadRequest(BEHIND_TLS)
    return render_userscript(_address(request))
