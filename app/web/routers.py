"""Every router of the application, in the order in which they are tried."""

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.services.userscript import WIDGET
from app.web.routes.api import (
    auth,
    corrections,
    events,
    exports,
    health,
    live,
    metrics,
    periods,
    sessions,
    tokens,
)
from app.web.routes.pages import docs, entry, profile, session, styleguide, widget
from app.web.routes.pages import periods as period_pages
from app.web.routes.pages import sessions as session_list
from app.web.static_files import STATIC, PageFiles, VersionedFiles

# The most frequent addresses come first: each router that does not match costs time.
ROUTERS: tuple[APIRouter, ...] = (
    events.recorders,
    events.router,
    sessions.router,
    periods.router,
    period_pages.router,
    session_list.router,
    live.router,
    session.router,
    health.router,
    auth.router,
    tokens.router,
    corrections.router,
    exports.router,
    entry.router,
    profile.router,
    widget.router,
    docs.router,
)


def add_routes(app: FastAPI) -> None:
    """Give the application everything that it answers to."""
    for router in ROUTERS:
        app.include_router(router)
    if app.state.settings.metrics_shown:
        app.include_router(metrics.router)
    if app.state.settings.debug:
        app.include_router(styleguide.router)
    app.mount("/static", GZipMiddleware(PageFiles(directory=STATIC)), name="static")
    # Some of the widget's parts serve the widget page as well.
    app.mount("/widget", GZipMiddleware(VersionedFiles(directory=WIDGET)), name="widget-parts")
    app.mount("/docs-assets", VersionedFiles(directory=docs.ASSETS), name="docs-assets")
