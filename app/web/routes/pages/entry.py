"""The way in and out: `/`, login, registration, logout."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.config import Settings
from app.services.accounts import accounts, known_browsers
from app.services.refusals import Refusal
from app.services.validation import DEFAULT_TIMEZONE, timezones
from app.web.admission import Demands, PageRoute
from app.web.cookies import clear_login_cookie, set_login_cookie, why_login_cannot_work
from app.web.dependencies import AppSettings, ClientAddress, Identity, MaybeIdentity, Now, Write
from app.web.routes.pages.flash import notice_of
from app.web.routes.pages.form_errors import NOTHING, Shown, shown
from app.web.routes.pages.forms import LoginForm, RegisterForm
from app.web.templating import render
from app.web.texts import Said

log = structlog.get_logger(__name__)
router = APIRouter(route_class=PageRoute)

HOME = "/dashboard/today"
BROWSER_COOKIE = "known_browser"
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class LoginPage:
    """What `login.html` receives as `page`."""

    email: str
    next: str
    refusal: Said | None
    insecure: str | None  # in English: why a login cannot work at this address
    registration_open: bool


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """What `register.html` receives as `page`."""

    email: str
    first_name: str
    last_name: str
    timezone: str
    zones: tuple[str, ...]
    refusal: Said | None
    errors: Mapping[str, Said]
    insecure: str | None
    registration_open: bool


@router.get("/")
@Demands(public=True)
async def home(identity: MaybeIdentity) -> Response:
    """To the day, or to the login."""
    return RedirectResponse(HOME if identity else "/login", 303)


@router.get("/login")
@Demands(public=True)
async def login_page(
    request: Request, settings: AppSettings, identity: MaybeIdentity, next: str = ""
) -> Response:
    """The login form. Whoever is logged in already goes on."""
    if identity is not None:
        return RedirectResponse(local_path(next) or HOME, 303)
    return _login_page(request, settings, LoginForm(next=local_path(next) or ""), NOTHING)


@router.post("/login")
@Demands(public=True, csrf="form", limit="login", counts="login")
async def log_in(
    request: Request,
    form: Annotated[LoginForm, Form()],
    write: Write,
    settings: AppSettings,
    now: Now,
    address: ClientAddress,
) -> Response:
    """Log in and go to the page that was asked for."""
    browser = request.cookies.get(BROWSER_COOKIE)
    try:
        token = await accounts.log_in(
            write,
            email=form.email,
            password=form.password,
            address=address,
            known_browser=browser,
            settings=settings,
            now=now,
        )
    except Refusal as refusal:
        return _login_page(request, settings, form, shown(request, refusal))
    response = RedirectResponse(local_path(form.next) or HOME, 303)
    _let_in(response, token, form.email, browser, settings)
    return response


@router.get("/register")
@Demands(public=True)
async def register_page(request: Request, settings: AppSettings, identity: MaybeIdentity) -> Response:
    """The registration form."""
    if identity is not None:
        return RedirectResponse(HOME, 303)
    return _register_page(request, settings, RegisterForm(timezone=DEFAULT_TIMEZONE), NOTHING)


@router.post("/register")
@Demands(public=True, csrf="form", limit="register", counts="registration")
async def register(
    request: Request, form: Annotated[RegisterForm, Form()], write: Write, settings: AppSettings, now: Now
) -> Response:
    """Make an account and log it in."""
    registration = accounts.Registration(
        email=form.email,
        password=form.password,
        first_name=form.first_name,
        last_name=form.last_name,
        timezone=form.timezone or DEFAULT_TIMEZONE,
    )
    try:
        token = await accounts.register(write, registration, settings=settings, now=now)
    except Refusal as refusal:
        fields = ("email", "password", "first_name", "last_name", "timezone")
        return _register_page(request, settings, form, shown(request, refusal, *fields))
    response = RedirectResponse(f"{HOME}?done=welcome", 303)
    _let_in(response, token, form.email, request.cookies.get(BROWSER_COOKIE), settings)
    return response


@router.post("/logout")
async def log_out(identity: Identity, write: Write, settings: AppSettings) -> Response:
    """End this login."""
    await write(lambda conn: accounts.log_out(conn, identity))
    log.info("logged out", user_id=identity.user.id)
    response = RedirectResponse("/login?done=logged-out", 303)
    clear_login_cookie(response, settings)
    return response


def local_path(text: str) -> str | None:
    """`text` when it is the address of a page of ours, else None: a link must not lead from the login to elsewhere.

    Browsers read a backslash as a slash and leave out tabs and line breaks: `/\\evil` and `/<tab>/evil` are `//evil`.
    """
    if not text.startswith("/") or text.startswith("//"):
        return None
    if "\\" in text or not text.isascii() or not text.isprintable() or " " in text:
        return None
    return text


def _let_in(
    response: Response, token: accounts.AccessToken, email: str, browser: str | None, settings: Settings
) -> None:
    set_login_cookie(response, token.token, settings)
    # So that others' wrong guesses at this account do not keep this browser waiting.
    response.set_cookie(
        BROWSER_COOKIE,
        known_browsers.remember(browser, email, secret=settings.secret),
        max_age=known_browsers.LIFETIME_DAYS * SECONDS_PER_DAY,
        path="/",
        secure=settings.cookies_secure,
        httponly=True,
        samesite="lax",
    )


def _login_page(request: Request, settings: Settings, form: LoginForm, refused: Shown) -> Response:
    page = LoginPage(
        email=form.email,
        next=local_path(form.next) or "",
        refusal=refused.refusal,
        insecure=why_login_cannot_work(request, settings),
        registration_open=settings.registration_open,
    )
    return render(
        request,
        "login.html",
        status=refused.status,
        headers=refused.headers,
        section="login",
        notice=notice_of(request.query_params),
        page=page,
    )


def _register_page(request: Request, settings: Settings, form: RegisterForm, refused: Shown) -> Response:
    page = RegisterPage(
        email=form.email,
        first_name=form.first_name,
        last_name=form.last_name,
        timezone=form.timezone,
        zones=timezones(),
        refusal=refused.refusal,
        errors=refused.errors,
        insecure=why_login_cannot_work(request, settings),
        registration_open=settings.registration_open,
    )
    return render(
        request,
        "register.html",
        status=refused.status,
        headers=refused.headers,
        section="register",
        page=page,
    )
