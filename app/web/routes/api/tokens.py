"""Personal access tokens: made, listed and revoked by a person who is logged in."""

import structlog
from fastapi import APIRouter

from app.models import NewTokenOut, Problem, TokenIn, TokenOut
from app.services.accounts import personal_tokens
from app.web.admission import GuardedRoute
from app.web.dependencies import UserContext

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/tokens", tags=["personal access tokens"], route_class=GuardedRoute)


@router.post(
    "", status_code=201, responses={409: {"model": Problem, "description": "There are too many already."}}
)
async def create_token(context: UserContext, body: TokenIn) -> NewTokenOut:
    """A new token for a widget or script: it may record events and read sessions, nothing else."""
    new = await context.write(personal_tokens.create, context.user, body.name, now=context.now)
    token = new.token
    log.info("token created", user_id=context.user.id, token_id=token.id, name=token.name)
    return NewTokenOut(
        id=token.id, name=token.name, token=new.secret, scope=token.scope, created_at=token.created_at
    )


@router.get("")
async def list_tokens(context: UserContext) -> list[TokenOut]:
    """The tokens of this account, newest first, without their secrets."""
    tokens = await context.read(personal_tokens.of_user, context.user.id)
    return [TokenOut.model_validate(token) for token in tokens]


@router.delete("/{token_id}", status_code=204)
async def revoke_token(context: UserContext, token_id: str) -> None:
    """End a token: what holds it is refused from its next request on."""
    await context.write(personal_tokens.revoke, context.user, token_id)
    log.info("token revoked", user_id=context.user.id, token_id=token_id)
