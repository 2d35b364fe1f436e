"""A working day of many raters at its real rhythm, run faster: `python -m bench.day`.

    python -m bench.day [sqlite|postgresql] [--raters 60] [--seconds 40]

Each rater works eight hours: a question every few minutes, now and then a pause, a discarded one or an UNDO, a look at
the day's page twice an hour. The eight hours are squeezed into `--seconds`; nothing else is simplified. It checks
the arithmetic of `docs/scaling.md`: the server's processor time must come out as (events x cost of an event + pages
x cost of a page), with both costs measured right before; and that every event is there at the end, once.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from app.database import Database
from app.services.verification import differences
from app.store.users import User
from bench import load, raters, servers
from bench.databases import ENGINES, new_database
from bench.load import EVENT
from bench.servers import Server

HOURS = 8
QUESTION_MINUTES = (2.0, 7.0)  # shortest and longest; task types differ that much
PAUSES, UNDOS, DISCARDS = 0.05, 0.02, 0.03  # shares of the events
PAGES_AN_HOUR = 2
PAGE = "/dashboard/today"


@dataclass(slots=True)
class Seen:
    """What the raters saw."""

    waits: list[float] = field(default_factory=list)  # seconds from an event to its answer
    acknowledged: list[str] = field(default_factory=list)  # event ids
    pages: int = 0


class Rater:
    """One rater and the browser's one connection."""

    def __init__(self, server: Server, token: str, seed: int) -> None:
        self._port, self._token = server.port, token
        self._chance = random.Random(seed)  # the same day in every run
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def work(self, seconds: float, seen: Seen) -> None:
        """The whole day, in so many seconds."""
        begun, start = time.monotonic(), datetime.now(UTC) - timedelta(hours=HOURS)
        scale = HOURS * 3600 / seconds
        clock = self._chance.uniform(0, 600.0)  # seconds of the day; not everybody begins at once
        next_page = clock + 3600 / PAGES_AN_HOUR
        while clock < HOURS * 3600:
            await asyncio.sleep(max(0.0, begun + clock / scale - time.monotonic()))
            await self._press(start + timedelta(seconds=clock), seen)
            if clock > next_page:
                await self._ask("GET", PAGE)
                seen.pages += 1
                next_page += 3600 / PAGES_AN_HOUR
            clock += 60 * self._chance.uniform(*QUESTION_MINUTES)

    async def _press(self, at: datetime, seen: Seen) -> None:
        dice = self._chance.random()
        kinds: list[dict[str, object]] = [{"type": "NEXT"}]
        if dice < PAUSES:
            kinds = [{"type": "PAUSE"}, {"type": "PAUSE"}]
        elif dice < PAUSES + UNDOS:
            kinds = [{"type": "NEXT"}, {"type": "UNDO"}]
        elif dice < PAUSES + UNDOS + DISCARDS:
            kinds = [{"type": "NEXT", "discard": True}]
        for number, kind in enumerate(kinds):
            event_id = str(uuid.uuid4())
            moment = at + timedelta(seconds=20 * number)
            before = time.monotonic()
            status = await self._ask(
                "POST", "/events", {**kind, "timestamp": moment.isoformat(), "event_id": event_id}
            )
            if status == 200:
                seen.waits.append(time.monotonic() - before)
                seen.acknowledged.append(event_id)
            elif status != 400:  # a PAUSE before the first question of the day
                raise RuntimeError(f"{kind}: {status}")

    async def _ask(self, method: str, path: str, body: object = None) -> int:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        content = b"" if body is None else json.dumps(body).encode()
        self._writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
        await self._reader.readexactly(int(length.partition(":")[2]))
        return int(head.split(" ", 2)[1])


def simulate(engine: str, count: int, seconds: float) -> None:
    """Let the raters work and say what it cost."""
    with new_database(engine) as url:
        raters.prepare_database(url)
        people = raters.new_raters(url, count + 16)
        for_costs, working = people[:16], people[16:]
        with servers.tracker(url) as server:
            tokens = [token for _, token in for_costs]
            load.run(server, EVENT, tokens, seconds=2)  # warm
            event_cost = load.run(server, EVENT, tokens, seconds=3, connections=1).cpu
            page_cost = load.run(server, PAGE, tokens, seconds=3, connections=1).cpu
            seen = Seen()
            before = server.cpu_seconds
            asyncio.run(_all(server, [token for _, token in working], seconds, seen))
            spent = server.cpu_seconds - before
        expected = len(seen.acknowledged) * event_cost + seen.pages * page_cost
        waits = sorted(seen.waits)
        print(f"{engine}: {count} raters, {HOURS} hours in {seconds:.0f} s")
        print(
            f"  {len(seen.acknowledged):,} events, {seen.pages:,} pages; {HOURS * 3600 / seconds:.0f} times real time"
        )
        print(f"  processor time measured / expected from the cost of one: {spent / expected:.2f}")
        print(f"  share of one processor: {spent / seconds:.2f}")
        print(f"  wait at the 99th percentile / median: {_share(waits, 0.99) / statistics.median(waits):.1f}")
        _check(url, [user for user, _ in working], seen)


async def _all(server: Server, tokens: Sequence[str], seconds: float, seen: Seen) -> None:
    await asyncio.gather(
        *(Rater(server, token, seed).work(seconds, seen) for seed, token in enumerate(tokens))
    )


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[round(share * (len(ordered) - 1))]


def _check(url: str, users: Sequence[User], seen: Seen) -> None:
    database = Database(url)
    recorded = sum(database.read_now(partial(raters.count_events, user_id=user.id)) for user in users)
    wrong = [found for user in users for found in database.read_now(partial(differences, user_id=user.id))]
    database.close()
    verdict = "each there, once" if recorded == len(seen.acknowledged) and not wrong else "WRONG"
    print(
        f"  recorded {recorded:,} of {len(seen.acknowledged):,} acknowledged; {len(wrong)} differences: {verdict}"
    )


def main() -> None:
    """Simulate on each engine asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.day", description=__doc__)
    parser.add_argument("engines", nargs="*", default=list(ENGINES))
    parser.add_argument("--raters", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=40)
    asked = parser.parse_args()
    for engine in asked.engines:
        simulate(engine, asked.raters, asked.seconds)


if __name__ == "__main__":
    main()
