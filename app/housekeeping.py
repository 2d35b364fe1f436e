"""The daily purge of a running server: deletes what was deleted 30 days ago, and expired logins.

Several processes may purge at once. Each step is a short transaction that does nothing if another process was first.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog

from app.database import Database
from app.services.purging import purge_all

log = structlog.get_logger(__name__)

FIRST_SECONDS = 60.0  # from the start, which has other work to do, to the first purge
INTERVAL_SECONDS = 24 * 3600.0
RETRY_SECONDS = 3600.0
JITTER = 0.2  # share of a wait; processes that started together then purge at different times


@asynccontextmanager
async def housekeeping(database: Database, after_seconds: float = FIRST_SECONDS) -> AsyncIterator[None]:
    """Purge in a background task, first after `after_seconds`. The task is cancelled at the end."""
    task = asyncio.create_task(_purge_daily(database, after_seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _purge_daily(database: Database, wait_seconds: float) -> None:
    while True:
        await asyncio.sleep(wait_seconds * random.uniform(1, 1 + JITTER))  # noqa: S311  # no secret
        try:
            purged = await purge_all(database.read, database.write, datetime.now(UTC))
            if purged:
                log.info("purged", **purged)
            wait_seconds = INTERVAL_SECONDS
        except Exception:
            # No caller waits for the result, and the server must go on.
            log.exception("housekeeping failed")
            wait_seconds = RETRY_SECONDS
