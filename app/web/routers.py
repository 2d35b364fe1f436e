"""Every router of the application, in the order in which they are tried."""

from fastapi import APIRouter, FastAPI

from app.services.userscript import WIDGET
from app.web import docs
from app.web.headers import VersionedFiles
from app.web.route_table import PAGES, RouteTable
from app.web.routes.api import (
    auth,
    corrections,
    csrf,
    days,
    events,
    exports,
    health,
    metrics,
    sessions,
    tokens,
)
from app.web.routes.pages import day, entry, profile, session, widget
from app.web.templating import STATIC

# The addresses asked for most come first: every router that is tried in vain takes its time.
API_OFTEN: tuple[APIRouter, ...] = (events.recorders, events.router, days.router, sessions.router)
PAGES_OFTEN: tuple[APIRouter, ...] = (day.router, session.router)
API: tuple[APIRouter, ...] = (
    health.router,
    csrf.router,
    auth.router,
    tokens.router,
    corrections.router,
    exports.router,
)
OTHER_PAGES: tuple[APIRouter, ...] = (entry.router, profile.router, widget.router, docs.router)


def add_routes(app: FastAPI) -> None:
    """Give the application everything that it answers to."""
    for api, pages in ((API_OFTEN, PAGES_OFTEN), (API, OTHER_PAGES)):
        for router in api:
            app.include_router(router)
        for page in pages:
            app.include_router(page, tags=[PAGES], include_in_schema=False)
    if app.state.settings.metrics_shown:
        app.include_router(metrics.router)
    app.mount("/static", VersionedFiles(directory=STATIC), name="static")
    app.mount("/widget", VersionedFiles(directory=WIDGET), name="widget-parts")  # some serve the page as well
    app.mount("/docs-assets", VersionedFiles(directory=docs.assets()), name="docs-assets")
    app.state.route_table = RouteTable(app.routes)
