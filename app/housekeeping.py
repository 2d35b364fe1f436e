"""What a server does by itself, once a day: what has had its time leaves for good.

Several processes may do it at once; each step is a short transaction that finds nothing where another was first.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime

import structlog

from app.database import Database
from app.services.purging import Purged, purge_all

log = structlog.get_logger(__name__)

FIRST_AFTER = 60.0  # seconds: a server that starts has other things to do
DAILY = 24 * 3600.0
AFTER_A_FAILURE = 3600.0
JITTER = 0.2  # processes that were started together do not come together


@asynccontextmanager
async def housekeeping(database: Database, first_after: float = FIRST_AFTER) -> AsyncIterator[None]:
    """Keep house meanwhile, from `first_after` seconds on; what is under way at the end is left to the next time."""
    task = asyncio.create_task(_keep_house(database, first_after))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def keep_house_once(database: Database) -> Purged:
    """Let everything go whose time has come; how much that was."""
    return await purge_all(database.read, database.write, datetime.now(UTC))


async def _keep_house(database: Database, wait: float) -> None:
    while True:
        await asyncio.sleep(wait * random.uniform(1, 1 + JITTER))  # noqa: S311  # no secret
        try:
            left = await keep_house_once(database)
            if left:
                log.info("left for good", **asdict(left))
            wait = DAILY
        except Exception:
            # Nobody waits for it, and a server must not end because of it.
            log.exception("housekeeping failed")
            wait = AFTER_A_FAILURE
