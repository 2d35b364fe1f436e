"""Sittings for tests of the pages, put straight into the log."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.database import Database
from app.services import reading
from app.services.accounts.accounts import User
from app.services.recording.batch import record_batch
from app.services.recording.incoming import Receipt
from app.store import users
from tests.http.pages_support import EMAIL
from tests.recorded import event

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)  # 13:00 in Vienna
IDLE = 12 * 3_600_000_000


@dataclass(frozen=True)
class Rater:
    """Somebody who has worked."""

    database: Database

    @property
    def user(self) -> User:
        """As stored now."""
        account = self.database.read_now(lambda conn: users.find_by_email(conn, EMAIL))
        assert account is not None
        return account.user

    def press(self, *presses: tuple[datetime, str] | tuple[datetime, str, dict[str, object]]) -> None:
        """Record events at these instants."""
        items = [
            event(
                press[1],
                press[0].astimezone(UTC),
                event_id=str(uuid.uuid4()),
                **(press[2] if len(press) == 3 else {}),
            )
            for press in presses
        ]
        receipt = Receipt(received=datetime.now(UTC), sent_at=None, idle_us=IDLE)
        user = self.user
        results = self.database.write_now(lambda conn: record_batch(conn, user, items, receipt))
        assert [result.status for result in results] == ["recorded"] * len(items)

    def sitting(self, start: datetime, minutes: list[float], *, ended: bool = True) -> str:
        """A session whose questions took so many minutes each; its id. The last one stays open unless `ended`."""
        presses: list[tuple[datetime, str]] = []
        at = start
        for length in minutes:
            presses.append((at, "NEXT"))
            at += timedelta(minutes=length)
        self.press(*presses, *([(at, "EXIT")] if ended else []))
        newest = self.database.read_now(lambda conn: reading.recent_sessions(conn, self.user_in(conn), 1))
        return newest[0].session_id

    def user_in(self, conn: object) -> User:
        """As stored, inside a transaction."""
        account = users.find_by_email(conn, EMAIL)  # type: ignore[arg-type]
        assert account is not None
        return account.user
