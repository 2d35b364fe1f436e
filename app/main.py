"""The application: settings in, middleware and routes out.

`uvicorn app.main:app` from the project's root, or `uvicorn main:app` from inside `app/`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

# Started from inside app/, Python looks for modules here; ours are found from the project's root.
HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent) if Path(folder).resolve() == HERE else folder for folder in sys.path]

import structlog  # noqa: E402
from fastapi import FastAPI  # noqa: E402

from app import logs  # noqa: E402
from app.config import Settings, get_settings  # noqa: E402
from app.database import Database  # noqa: E402
from app.housekeeping import FIRST_SECONDS, housekeeping  # noqa: E402
from app.schema import prepare  # noqa: E402
from app.shutdown import on_shutdown_signal  # noqa: E402
from app.web.dependencies import figures_of  # noqa: E402
from app.web.errors import HANDLERS  # noqa: E402
from app.web.limits import Limits  # noqa: E402
from app.web.live import Live  # noqa: E402
from app.web.metrics import Metrics  # noqa: E402
from app.web.middleware.stack import middleware  # noqa: E402
from app.web.openapi import DOCUMENT  # noqa: E402
from app.web.routers import add_routes  # noqa: E402

log = structlog.get_logger(__name__)


def create_app(settings: Settings | None = None, *, housekeeping_after: float = FIRST_SECONDS) -> FastAPI:
    """An application of its own: the queue of password hashes is the process's.

    `app.housekeeping` runs `housekeeping_after` seconds after its start, and daily from then on.
    """
    logs.configure()
    settings = settings or get_settings()
    app = FastAPI(
        **DOCUMENT,
        lifespan=lifespan,
        middleware=middleware(settings),
        exception_handlers=HANDLERS,
        redirect_slashes=False,  # `middleware.arrival` takes the slash off
        openapi_url=None,  # /docs and /openapi.json are routes of our own
    )
    app.state.settings, app.state.housekeeping_after = settings, housekeeping_after
    app.state.metrics, app.state.limits, app.state.live = Metrics(), Limits(settings), Live()
    add_routes(app)
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the database and bring its tables up to date; close it when the last request is through."""
    settings: Settings = app.state.settings
    if settings.secret_is_short:
        log.warning("SECRET_KEY is shorter than 32 bytes: whoever guesses it can log in as anybody.")
    app.state.database = database = Database(settings.database_url)
    with closing(database):
        prepare(database)
        sampling, live = app.state.metrics.watching(partial(figures_of, app)), app.state.live
        daily = housekeeping(database, app.state.housekeeping_after)
        async with sampling, live.running(database), daily, on_shutdown_signal(live.end):
            yield


def __getattr__(name: str) -> FastAPI:
    """`app`, created when it is first used: importing this module needs no settings."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = made = create_app()
    return made
