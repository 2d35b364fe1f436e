"""How processes on one PostgreSQL tell each other of changes: NOTIFY within the transaction, LISTEN on a connection.

A notification leaves with its commit or not at all: none is lost with a process that dies in between, and a command in
a process of its own notifies like a server. What comes while nobody listens is lost, so whoever begins to listen is
told that anybody's rows may have changed.
"""

import asyncio
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import psycopg
import structlog

from app.engines.backend import Tell

CHANNEL = "raterhub_changes"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %(owners)s)"
ANYBODY = ""  # the notification of a change that is not one owner's
RECONNECT_SECONDS = 1.0
# A connection that only listens sends nothing: without these the end of a network would go unnoticed.
KEEPALIVES = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}

log = structlog.get_logger(__name__)


def naming(owners: Iterable[Hashable]) -> str:
    """The notification that the rows of these owners have changed; at most 8,000 bytes for a group of writes."""
    distinct = set(owners)
    return ANYBODY if None in distinct else ",".join(sorted(map(str, distinct)))


async def listen(parameters: Mapping[str, Any], seconds: int, tell: Tell) -> None:
    """Tell of the changes of all processes, until cancelled. Connects again whenever the connection is lost.

    `parameters` are those of psycopg's connections, `seconds` how long a database may take to answer.
    """
    while True:
        try:
            async with await _listening(parameters, seconds) as connection:
                tell(None)
                async for notification in connection.notifies():
                    for owner in notification.payload.split(","):
                        tell(int(owner) if owner.isdecimal() else None)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("changes that other processes make are not heard of", cause=str(error).strip())
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listening(parameters: Mapping[str, Any], seconds: int) -> psycopg.AsyncConnection[Any]:
    connection = await psycopg.AsyncConnection.connect(
        **{**KEEPALIVES, "connect_timeout": seconds, **parameters}, autocommit=True
    )
    try:
        await asyncio.wait_for(connection.execute(f"LISTEN {CHANNEL}"), seconds)
    except BaseException:
        await connection.close()
        raise
    return connection
