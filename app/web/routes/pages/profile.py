"""The profile: what people change about themselves, one address for each form."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

import structlog
from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from app.services import reading
from app.services.accounts import accounts, personal_tokens
from app.services.accounts.personal_tokens import NewToken, PersonalToken
from app.services.refusals import Refusal
from app.tracking.days import timezones
from app.web import texts
from app.web.admission import Demands, PageRoute
from app.web.credentials import client_address
from app.web.dependencies import Context, UserContext
from app.web.flash import TOP
from app.web.routes.pages.entry import logged_out
from app.web.routes.pages.forms import (
    AS_THE_BROWSER,
    NOTHING,
    PageForm,
    PasswordForm,
    ProfileForm,
    Shown,
    TokenForm,
)
from app.web.templating import minutes_value

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/profile", route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """What `profile.html` receives as `page`."""

    form: ProfileForm
    refused: Shown
    zones: tuple[str, ...]
    languages: dict[str, str]  # their own names, by tag
    tokens: list[PersonalToken]
    revoke_tokens: bool  # ticked, where the new password was refused
    token_name: str  # as typed, where it was refused
    new_token: NewToken | None  # one that was just made: its secret is shown this once
    export_from: date
    export_to: date


@router.get("")
async def profile_page(context: UserContext) -> Response:
    """The profile and its forms."""
    return await _page(context)


@router.post("")
async def save_profile(context: UserContext, form: Annotated[ProfileForm, Form()]) -> Response:
    """Names, time zone, default target, first day of the week, language."""
    stored = _form_of(context)
    form.week_starts_on = form.week_starts_on or stored.week_starts_on
    form.language = form.language or stored.language
    try:
        await context.write(
            accounts.update_profile,
            context.user,
            first_name=form.first_name,
            last_name=form.last_name,
            timezone=form.timezone,
            target_minutes=form.minutes("target_minutes_per_question"),
            week_starts_on=form.week_starts_on,
            language=form.chosen_language(),
        )
    except Refusal as refusal:
        refused = Shown.of(context.request, "profile", refusal, ProfileForm.model_fields)
        return await _page(context, refused, form=form)
    return RedirectResponse(f"/profile?done=profile-saved{TOP}", 303)


@router.post("/password")
@Demands(limit="passwords")
async def change_password(context: UserContext, form: Annotated[PasswordForm, Form()]) -> Response:
    """A new password; other logins end, and on request the connected browsers are disconnected."""
    try:
        await accounts.change_password(
            context.write,
            context.identity,
            current_password=form.current_password,
            new_password=form.new_password,
            revoke_tokens=form.revoke_tokens == "yes",
            address=client_address(context.request.scope),
            settings=context.settings,
            now=context.now,
        )
    except Refusal as refusal:
        refused = Shown.of(context.request, "password", refusal, PasswordForm.model_fields)
        return await _page(context, refused, revoke_tokens=form.revoke_tokens == "yes")
    return RedirectResponse(f"/profile?done=password-changed{TOP}", 303)


@router.post("/tokens")
async def make_token(context: UserContext, form: Annotated[TokenForm, Form()]) -> Response:
    """A personal access token. Its secret is in this answer and nowhere else, so there is no redirect."""
    user = context.user
    try:
        made = await context.write(personal_tokens.create, user, form.name, now=context.now)
    except Refusal as refusal:
        refused = Shown.of(context.request, "tokens", refusal, TokenForm.model_fields)
        return await _page(context, refused, token_name=form.name)
    log.info("token created", user_id=user.id, token_id=made.token.id, name=made.token.name)
    return await _page(context, new_token=made)


@router.post("/tokens/{token_id}/revoke")
async def revoke_token(context: UserContext, token_id: str, _form: Annotated[PageForm, Form()]) -> Response:
    """Disconnect one browser or script."""
    await context.write(personal_tokens.revoke, context.user, token_id)
    log.info("token revoked", user_id=context.user.id, token_id=token_id)
    return RedirectResponse("/profile?done=token-revoked#browsers", 303)


@router.post("/logout-everywhere")
async def log_out_everywhere(context: UserContext, _form: Annotated[PageForm, Form()]) -> Response:
    """End every login, this one too, and every token."""
    await context.write(accounts.log_out_everywhere, context.user.id)
    log.info("logged out everywhere", user_id=context.user.id)
    return logged_out(context, "logged-out-everywhere")


async def _page(
    context: Context,
    refused: Shown = NOTHING,
    *,
    form: ProfileForm | None = None,
    revoke_tokens: bool = False,
    token_name: str = "",
    new_token: NewToken | None = None,
) -> Response:
    today = reading.today_of(context.user, context.now)
    page = ProfilePage(
        form=form or _form_of(context),
        refused=refused,
        zones=timezones(),
        languages=texts.own_names(),
        tokens=await context.read(personal_tokens.of_user, context.user.id),
        revoke_tokens=revoke_tokens,
        token_name=token_name,
        new_token=new_token,
        export_from=today.replace(day=1),
        export_to=today,
    )
    return refused.render(context.request, "profile.html", "profile", page)


def _form_of(context: Context) -> ProfileForm:
    user = context.user
    return ProfileForm(
        first_name=user.first_name or "",
        last_name=user.last_name or "",
        timezone=user.timezone,
        target_minutes_per_question=minutes_value(user.target_minutes, texts.language_of(context.request)),
        week_starts_on=str(user.week_starts_on),
        language=user.language if user.language in texts.CATALOGUES else AS_THE_BROWSER,
    )
