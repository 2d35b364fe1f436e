"""Every router of the application, in the order in which they are tried."""

from fastapi import APIRouter, FastAPI

from app.services.userscript import WIDGET
from app.web.routes.api import auth, corrections, events, exports, health, live, metrics, sessions, tokens
from app.web.routes.pages import day, docs, entry, profile, session, widget
from app.web.static_files import VersionedFiles
from app.web.templating import STATIC

# The most frequent addresses come first: each router that does not match costs time.
ROUTERS: tuple[APIRouter, ...] = (
    events.recorders,
    events.router,
    sessions.router,
    live.router,
    day.router,
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
    app.mount("/static", VersionedFiles(directory=STATIC), name="static")
    app.mount("/widget", VersionedFiles(directory=WIDGET), name="widget-parts")  # some serve the page as well
    app.mount("/docs-assets", VersionedFiles(directory=docs.ASSETS), name="docs-assets")
