"""Every router of the application, in the order in which they are tried."""

from fastapi import APIRouter, FastAPI

from app.web import docs
from app.web.api import auth, corrections, csrf, days, events, exports, health, metrics, sessions, tokens
from app.web.headers import VersionedFiles
from app.web.pages import day, entry, profile, session, widget
from app.web.route_table import PAGES, RouteTable
from app.web.templating import STATIC

API: tuple[APIRouter, ...] = (
    events.router,  # asked more often than all others together: found at the first look
    health.router,
    csrf.router,
    auth.router,
    tokens.router,
    corrections.router,
    sessions.router,
    days.router,
    exports.router,
)
PAGE_ROUTERS: tuple[APIRouter, ...] = (
    entry.router,
    day.router,
    session.router,
    profile.router,
    widget.router,
)


def add_routes(app: FastAPI) -> None:
    """Give the application everything that it answers to."""
    for router in API:
        app.include_router(router)
    for page in (*PAGE_ROUTERS, docs.router):
        app.include_router(page, tags=[PAGES], include_in_schema=False)
    if app.state.settings.metrics_shown:
        app.include_router(metrics.router)
    app.mount("/static", VersionedFiles(directory=STATIC), name="static")
    app.mount("/docs-assets", VersionedFiles(directory=docs.assets()), name="docs-assets")
    app.state.route_table = RouteTable(app.routes)
