"""`/`, login, registration and logout."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.services.accounts import accounts, known_browsers
from app.services.refusals import Refusal
from app.tracking.days import UTC_ZONE, timezones
from app.web.admission import Demands, PageRoute
from app.web.cookies import LOGIN_COOKIE, set_cookie, values_of, why_login_cannot_work
from app.web.credentials import client_address
from app.web.dependencies import Context, MaybeIdentity, UserContext, current_time, database_of, settings_of
from app.web.routes.pages.forms import NOTHING, LocalPath, LoginForm, RegisterForm, Shown

log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)

HOME = "/dashboard/today"
BROWSER_COOKIE = "known_browser"
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class EntryPage:
    """What `login.html` and `register.html` receive as `page`."""

    form: LoginForm | RegisterForm
    refused: Shown
    zones: tuple[str, ...]
    insecure: str | None  # in English: why a login cannot work at this address
    registration_open: bool


@router.get("/")
@Demands(public=True)
async def home(identity: MaybeIdentity) -> Response:
    """To the day, or to the login."""
    return RedirectResponse(HOME if identity else "/login", 303)


@router.get("/login")
@Demands(public=True)
async def login_page(request: Request, identity: MaybeIdentity, next: LocalPath = "") -> Response:
    """The login form. Whoever is logged in already goes on."""
    if identity is not None:
        return RedirectResponse(next or HOME, 303)
    return _page(request, "login", LoginForm(next=next))


@router.post("/login")
@Demands(public=True, csrf="form", limit="login", success_counts=False, counts="login")
async def log_in(request: Request, form: Annotated[LoginForm, Form()]) -> Response:
    """Log in and go on to the page that led to the login."""
    try:
        token = await accounts.log_in(
            database_of(request).write,
            email=form.email,
            password=form.password,
            address=client_address(request.scope),
            known_browser=_known_browser(request, form.email),
            settings=settings_of(request),
            now=current_time(),
        )
    except Refusal as refusal:
        return _page(request, "login", form, Shown.of(request, "login", refusal))
    return _logged_in(request, form.email, token, form.next or HOME)


@router.get("/register")
@Demands(public=True)
async def register_page(request: Request, identity: MaybeIdentity) -> Response:
    """The registration form."""
    if identity is not None:
        return RedirectResponse(HOME, 303)
    return _page(request, "register", RegisterForm())


@router.post("/register")
@Demands(public=True, csrf="form", limit="register", counts="registration")
async def register(request: Request, form: Annotated[RegisterForm, Form()]) -> Response:
    """Make an account and log it in."""
    fields = form.model_dump(exclude={"csrf_token"}) | {"timezone": form.timezone or UTC_ZONE}
    registration = accounts.Registration(**fields)
    try:
        token = await accounts.register(
            database_of(request).write,
            registration,
            address=client_address(request.scope),
            settings=settings_of(request),
            now=current_time(),
        )
    except Refusal as refusal:
        refused = Shown.of(request, "register", refusal, RegisterForm.model_fields)
        return _page(request, "register", form, refused)
    return _logged_in(request, form.email, token, f"{HOME}?done=welcome")


@router.post("/logout")
async def log_out(context: UserContext) -> Response:
    """End this login."""
    await context.write(accounts.log_out, context.identity)
    log.info("logged out", user_id=context.user.id)
    return logged_out(context, "logged-out")


def logged_out(context: Context, done: str) -> Response:
    """To the login page, without the login cookie."""
    response = RedirectResponse(f"/login?done={done}", 303)
    set_cookie(response, LOGIN_COOKIE, "", 0, context.settings)
    return response


def _logged_in(request: Request, email: str, token: accounts.AccessToken, path: str) -> Response:
    settings = settings_of(request)
    response = RedirectResponse(path, 303)
    seconds = settings.access_token_expire_minutes * 60
    set_cookie(response, LOGIN_COOKIE, token.token, seconds, settings)
    # So that others' wrong guesses at this account do not keep this browser waiting.
    browser = _known_browser(request, email)
    remembered = known_browsers.remember(browser, email, secret=settings.secret)
    set_cookie(response, BROWSER_COOKIE, remembered, known_browsers.LIFETIME_DAYS * SECONDS_PER_DAY, settings)
    return response


def _known_browser(request: Request, email: str) -> str | None:
    found = values_of(request, BROWSER_COOKIE)
    return known_browsers.chosen(found, email, secret=settings_of(request).secret)


def _page(request: Request, name: str, form: LoginForm | RegisterForm, refused: Shown = NOTHING) -> Response:
    settings = settings_of(request)
    page = EntryPage(
        form,
        refused,
        zones=timezones(),
        insecure=why_login_cannot_work(request, settings),
        registration_open=settings.registration_open,
    )
    return refused.render(request, f"{name}.html", name, page)
