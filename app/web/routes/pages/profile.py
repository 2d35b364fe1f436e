"""The profile: what people change about themselves, one address for each form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.services import reading
from app.services.accounts import accounts, personal_tokens
from app.services.accounts.accounts import User
from app.services.accounts.personal_tokens import NewToken, PersonalToken
from app.services.refusals import Refusal
from app.services.validation import timezones
from app.web.admission import PageRoute
from app.web.cookies import clear_login_cookie
from app.web.dependencies import AppSettings, CurrentUser, Identity, Now, Read, Write
from app.web.routes.pages.flash import notice_of
from app.web.routes.pages.form_errors import NOTHING, Shown, number_of, shown
from app.web.routes.pages.forms import PageForm, PasswordForm, ProfileForm, TokenForm
from app.web.templating import minutes_value, render
from app.web.texts import Said

log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)

TOP = "#content"  # else a browser keeps the fragment of the form's address, and the notice is out of sight


@dataclass(frozen=True, slots=True)
class FreshToken:
    """A token that was just made: its secret is shown this once."""

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """What `profile.html` receives as `page`."""

    first_name: str
    last_name: str
    timezone: str
    target_minutes: str
    zones: tuple[str, ...]
    tokens: list[PersonalToken]
    new_token: FreshToken | None
    errors: Mapping[str, Said]  # by name of the field
    refusals: Mapping[str, Said | None]  # by form: profile, password, tokens
    export_from: date
    export_to: date


@router.get("/profile")
async def profile_page(request: Request, user: CurrentUser, read: Read, now: Now) -> Response:
    """The profile and its forms."""
    return await _page(request, user, read, now)


@router.post("/profile")
async def save_profile(
    request: Request,
    form: Annotated[ProfileForm, Form()],
    user: CurrentUser,
    read: Read,
    write: Write,
    now: Now,
) -> Response:
    """Names, time zone, default target."""
    fields = ("first_name", "last_name", "timezone", "target_minutes_per_question")
    try:
        target = number_of("target_minutes_per_question", form.target_minutes_per_question)
        await write(
            lambda conn: accounts.update_profile(
                conn,
                user,
                first_name=form.first_name,
                last_name=form.last_name,
                timezone=form.timezone,
                target_minutes=target,
            )
        )
    except Refusal as refusal:
        return await _page(request, user, read, now, "profile", shown(request, refusal, *fields), typed=form)
    return RedirectResponse(f"/profile?done=profile-saved{TOP}", 303)


@router.post("/profile/password")
async def change_password(
    request: Request,
    form: Annotated[PasswordForm, Form()],
    identity: Identity,
    read: Read,
    write: Write,
    settings: AppSettings,
    now: Now,
) -> Response:
    """A new password; other logins end, and the connected browsers where that was asked for."""
    try:
        await accounts.change_password(
            write,
            identity,
            current_password=form.current_password,
            new_password=form.new_password,
            revoke_tokens=form.revoke_tokens == "yes",
            settings=settings,
            now=now,
        )
    except Refusal as refusal:
        refused = shown(request, refusal, "current_password", "new_password")
        return await _page(request, identity.user, read, now, "password", refused)
    return RedirectResponse(f"/profile?done=password-changed{TOP}", 303)


@router.post("/profile/tokens")
async def make_token(
    request: Request,
    form: Annotated[TokenForm, Form()],
    user: CurrentUser,
    read: Read,
    write: Write,
    now: Now,
) -> Response:
    """A personal access token. Its secret is in this answer and nowhere else, so there is no redirect."""
    try:
        made = await write(lambda conn: personal_tokens.create(conn, user, form.name, now=now))
    except Refusal as refusal:
        return await _page(request, user, read, now, "tokens", shown(request, refusal, "name"))
    log.info("token created", user_id=user.id, token_id=made.token.id, name=made.token.name)
    return await _page(request, user, read, now, made=made)


@router.post("/profile/tokens/{token_id}/revoke")
async def revoke_token(
    token_id: str, _form: Annotated[PageForm, Form()], user: CurrentUser, write: Write
) -> Response:
    """Disconnect one browser or script."""
    await write(lambda conn: personal_tokens.revoke(conn, user, token_id))
    log.info("token revoked", user_id=user.id, token_id=token_id)
    return RedirectResponse("/profile?done=token-revoked#browsers", 303)


@router.post("/profile/logout-everywhere")
async def log_out_everywhere(
    _form: Annotated[PageForm, Form()], user: CurrentUser, write: Write, settings: AppSettings
) -> Response:
    """End every login, this one too, and every token."""
    await write(lambda conn: accounts.log_out_everywhere(conn, user.id))
    log.info("logged out everywhere", user_id=user.id)
    response = RedirectResponse("/login?done=logged-out-everywhere", 303)
    clear_login_cookie(response, settings)
    return response


async def _page(
    request: Request,
    user: User,
    read: Read,
    now: datetime,
    form: str = "",
    refused: Shown = NOTHING,
    *,
    typed: ProfileForm | None = None,
    made: NewToken | None = None,
) -> Response:
    today = reading.today_of(user, now)
    page = ProfilePage(
        first_name=typed.first_name if typed else user.first_name or "",
        last_name=typed.last_name if typed else user.last_name or "",
        timezone=typed.timezone if typed else user.timezone,
        target_minutes=typed.target_minutes_per_question if typed else minutes_value(user.target_minutes),
        zones=timezones(),
        tokens=await read(lambda conn: personal_tokens.of_user(conn, user)),
        new_token=FreshToken(made.token.name, made.secret) if made else None,
        errors=refused.errors,
        refusals={form: refused.refusal},
        export_from=today.replace(day=1),
        export_to=today,
    )
    return render(
        request,
        "profile.html",
        status=refused.status,
        headers=refused.headers,
        section="profile",
        notice=notice_of(request.query_params),
        page=page,
    )
