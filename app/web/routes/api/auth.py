"""Registering, logging in and out, CSRF tokens and the account, for scripts: no login cookie is set here."""

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.models import AccessTokenOut, LoginIn, MeOut, Ok, Problem, RegistrationIn
from app.services.accounts import accounts
from app.web.admission import Demands, GuardedRoute
from app.web.credentials import client_address
from app.web.csrf import csrf_token
from app.web.dependencies import MaybeIdentity, UserContext, current_time, database_of, settings_of

log = structlog.get_logger(__name__)
router = APIRouter(tags=["accounts"], route_class=GuardedRoute)


class CsrfToken(BaseModel):
    """Good for 24 hours, for this login or, before login, for this browser."""

    csrf_token: str


@router.get("/auth/csrf", summary="A CSRF token")
@Demands(public=True)
async def csrf(request: Request, _identity: MaybeIdentity) -> CsrfToken:
    """A token for the header `x-csrf-token` or the form field `csrf_token`, and the CSRF cookie."""
    return CsrfToken(csrf_token=csrf_token(request))


@router.post(
    "/auth/register",
    status_code=201,
    responses={
        403: {"model": Problem, "description": "Registration is closed."},
        409: {"model": Problem, "description": "This e-mail address cannot be registered."},
    },
)
@Demands(public=True, limit="register", counts="registration")
async def register(request: Request, body: RegistrationIn) -> AccessTokenOut:
    """Make an account and log it in."""
    form = accounts.Registration(**body.model_dump() | {"password": body.password.get_secret_value()})
    address, settings = client_address(request.scope), settings_of(request)
    write = database_of(request).write
    issued = await accounts.register(write, form, address=address, settings=settings, now=current_time())
    return AccessTokenOut(access_token=issued.token)


@router.post("/auth/login", responses={401: {"model": Problem, "description": "Invalid credentials."}})
@Demands(public=True, limit="login", success_counts=False, counts="login")
async def log_in(request: Request, body: LoginIn) -> AccessTokenOut:
    """An access token for an e-mail address and its password."""
    issued = await accounts.log_in(
        database_of(request).write,
        email=body.email,
        password=body.password.get_secret_value(),
        address=client_address(request.scope),
        settings=settings_of(request),
        now=current_time(),
    )
    return AccessTokenOut(access_token=issued.token)


@router.post("/auth/logout")
async def log_out(context: UserContext) -> Ok:
    """End the login whose token came with the request; other logins go on."""
    await context.write(accounts.log_out, context.identity)
    log.info("logged out", user_id=context.user.id)
    return Ok()


@router.get("/me", summary="Who is asking")
async def me(context: UserContext) -> MeOut:
    """The account that is asking."""
    return MeOut.model_validate(context.user)
