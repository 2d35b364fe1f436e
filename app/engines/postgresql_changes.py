"""Notifications of changes between processes on one PostgreSQL: NOTIFY within the transaction, LISTEN on a connection.

A notification is sent with its commit or not at all: none is lost if the process dies in between, and a command in a
process of its own notifies like a server. Notifications without a listener are lost, so each new connection begins with
one for every owner.
"""

import asyncio
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import psycopg
import structlog

from app.engines.backend import Notify

CHANNEL = "raterhub_changes"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %(owners)s)"
EVERY_OWNER = ""  # the payload of a change that is not one owner's
RECONNECT_SECONDS = 1.0
# A connection that only listens sends nothing: without these a broken network would not be detected.
KEEPALIVES = {"keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}

log = structlog.get_logger(__name__)


def payload_of(owners: Iterable[Hashable]) -> str:
    """The payload of the notification that rows of `owners` have changed; at most 8,000 bytes for a group of writes."""
    distinct = set(owners)
    return EVERY_OWNER if None in distinct else ",".join(sorted(map(str, distinct)))


async def listen(parameters: Mapping[str, Any], seconds: int, notify: Notify) -> None:
    """Notify of the changes of all processes, until cancelled. Reconnects after the connection is lost.

    `parameters` are those of psycopg's connections, `seconds` how long a database may take to answer.
    """
    while True:
        try:
            async with await _listening(parameters, seconds) as connection:
                notify(None)
                async for notification in connection.notifies():
                    for owner in notification.payload.split(","):
                        notify(int(owner) if owner.isdecimal() else None)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("notifications of other processes are not received", cause=str(error).strip())
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
