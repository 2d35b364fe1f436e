"""Registering, logging in and out, and who one is, for scripts and userscripts: no cookie is set here."""

import structlog
from fastapi import APIRouter

from app.models import AccessTokenOut, LoggedOut, LoginIn, MeOut, Problem, RegistrationIn
from app.services import accounts
from app.web.dependencies import AppSettings, ClientAddress, CurrentUser, Identity, Now, Write

log = structlog.get_logger(__name__)
router = APIRouter(tags=["accounts"])


@router.post(
    "/auth/register",
    status_code=201,
    responses={
        403: {"model": Problem, "description": "Registration is closed."},
        409: {"model": Problem, "description": "This e-mail address cannot be registered."},
    },
)
async def register(body: RegistrationIn, write: Write, settings: AppSettings, now: Now) -> AccessTokenOut:
    """Make an account and log it in."""
    form = accounts.Registration(
        email=body.email,
        password=body.password.get_secret_value(),
        first_name=body.first_name,
        last_name=body.last_name,
        timezone=body.timezone,
    )
    issued = await accounts.register(write, form, settings=settings, now=now)
    return AccessTokenOut(access_token=issued.token)


@router.post("/auth/login", responses={401: {"model": Problem, "description": "Invalid credentials."}})
async def log_in(
    body: LoginIn, address: ClientAddress, write: Write, settings: AppSettings, now: Now
) -> AccessTokenOut:
    """An access token for an e-mail address and its password."""
    issued = await accounts.log_in(
        write,
        email=body.email,
        password=body.password.get_secret_value(),
        address=address,
        settings=settings,
        now=now,
    )
    return AccessTokenOut(access_token=issued.token)


@router.post("/auth/logout")
async def log_out(identity: Identity, write: Write) -> LoggedOut:
    """End the login whose token came with the request; other logins go on."""
    await write(lambda conn: accounts.log_out(conn, identity))
    log.info("logged out", user_id=identity.user.id)
    return LoggedOut()


@router.get("/me", summary="Who is asking")
async def me(user: CurrentUser) -> MeOut:
    """The account that is asking."""
    return MeOut.model_validate(user)
