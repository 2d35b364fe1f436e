"""The API's description: `/openapi.json`, and `/docs` to read and try it.

FastAPI's own page loads Swagger UI from a CDN with an inline script. Here the files come out of the
fastapi-offline package, and a script of our own starts them.
"""

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.web.admission import Demands, PageRoute
from app.web.middleware.headers import content_security_policy
from app.web.templating import render

router = APIRouter(route_class=PageRoute)

ASSETS = str(files("fastapi_offline") / "static")  # the folder with Swagger UI's script and style


@router.get("/docs")
@Demands(public=True)
async def docs(request: Request) -> Response:
    """Swagger UI."""
    # Swagger UI's style sheet carries its icons as data: images.
    policy = content_security_policy(img_src="'self' data:")
    return render(request, "docs.html", headers={"Content-Security-Policy": policy}, title=request.app.title)


@router.get("/openapi.json")
@Demands(public=True)
async def openapi(request: Request) -> Any:
    """The OpenAPI document."""
    return request.app.openapi()
