"""`GET /auth/csrf`."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.web.csrf import csrf_token
from app.web.dependencies import MaybeIdentity

router = APIRouter(prefix="/auth", tags=["accounts"])


class CsrfToken(BaseModel):
    """Good for 24 hours, for this login or, before login, for this browser."""

    csrf_token: str


@router.get("/csrf", summary="A CSRF token")
async def csrf(request: Request, _identity: MaybeIdentity) -> CsrfToken:
    """A token for the header `x-csrf-token` or the form field `csrf_token`, and the CSRF cookie."""
    return CsrfToken(csrf_token=csrf_token(request))
