"""Personal access tokens: made, listed and revoked by a person who is logged in."""

import structlog
from fastapi import APIRouter

from app.models import NewTokenOut, Problem, TokenIn, TokenOut
from app.services.accounts import personal_tokens
from app.web.admission import GuardedRoute
from app.web.dependencies import CurrentUser, Now, Read, Write

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/tokens", tags=["personal access tokens"], route_class=GuardedRoute)


@router.post(
    "", status_code=201, responses={409: {"model": Problem, "description": "There are too many already."}}
)
async def create_token(body: TokenIn, user: CurrentUser, write: Write, now: Now) -> NewTokenOut:
    """A new token for a widget or script: it may record events and read sessions, nothing else."""
    new = await write(lambda conn: personal_tokens.create(conn, user, body.name, now=now))
    token = new.token
    log.info("token created", user_id=user.id, token_id=token.id, name=token.name)
    return NewTokenOut(
        id=token.id, name=token.name, token=new.secret, scope=token.scope, created_at=token.created_at
    )


@router.get("")
async def list_tokens(user: CurrentUser, read: Read) -> list[TokenOut]:
    """The tokens of this account, newest first, without their secrets."""
    tokens = await read(lambda conn: personal_tokens.of_user(conn, user))
    return [TokenOut.model_validate(token) for token in tokens]


@router.delete("/{token_id}", status_code=204)
async def revoke_token(token_id: str, user: CurrentUser, write: Write) -> None:
    """End a token: what holds it is refused from its next request on."""
    await write(lambda conn: personal_tokens.revoke(conn, user, token_id))
    log.info("token revoked", user_id=user.id, token_id=token_id)
