"""Statements of the hot path: written in SQLAlchemy's language, compiled once, handed to the driver as they are.

Putting a statement together and looking its compiled form up again costs SQLAlchemy several times what SQLite needs
to run it. Where a statement runs with every event, that is done once per engine instead. Everything else
about it stays: the connection, its transaction, the errors.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

Parameters = Mapping[str, Any]

watchers: list[Callable[[Connection, str], None]] = []
"""Told of every statement before it is run: SQLAlchemy's own events do not see these."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement under way."""

    connection: Connection
    cursor: Any

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Its rows; once, and after the block of `together` in which it was sent. Raises SQLAlchemy's errors."""
        try:
            rows: list[tuple[Any, ...]] = self.cursor.fetchall()
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise _translated(self.connection, error) from error
        return rows


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one engine."""

    sql: str
    names: tuple[str, ...] | None  # in the order of their places; None: the driver takes them by name
    values: dict[
        str, Any
    ]  # what the statement itself holds (`LIMIT 1`); None where a parameter is to be given

    def bind(self, parameters: Parameters) -> Any:
        """`parameters` as the driver wants them."""
        given = {**self.values, **parameters} if self.values else parameters
        return given if self.names is None else [given[name] for name in self.names]


class Statement:
    """One statement; its parameters are the `bindparam`s in it, plain numbers and texts.

    Rows come as the driver gives them: tuples, and on SQLite a truth value is 0 or 1.
    """

    def __init__(self, core: Executable) -> None:
        self._core: Any = core
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, parameters: Parameters) -> list[tuple[Any, ...]]:
        """Run it and return all rows. Raises SQLAlchemy's errors, as all of these do."""
        return self.run(connection, parameters).fetchall()

    def run(self, connection: Connection, parameters: Parameters) -> Sent:
        """Run it; within `together`, its rows are there after the block."""
        try:
            return self._execute(connection, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _translated(connection, error) from error

    def run_many(self, connection: Connection, parameters: Sequence[Parameters]) -> None:
        """Run it for its effect, once for each; on PostgreSQL in one round trip."""
        if len(parameters) == 1:
            self.run(connection, parameters[0])
        elif parameters:
            compiled = self._for(connection)
            for watch in watchers:
                watch(connection, compiled.sql)
            try:
                cursor = _driver(connection).cursor()
                cursor.executemany(compiled.sql, [compiled.bind(each) for each in parameters])
            except connection.dialect.loaded_dbapi.Error as error:
                raise _translated(connection, error) from error

    def _execute(self, connection: Connection, parameters: Parameters) -> Sent:
        compiled = self._for(connection)
        for watch in watchers:
            watch(connection, compiled.sql)
        return Sent(connection, _driver(connection).execute(compiled.sql, compiled.bind(parameters)))

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self._core.compile(dialect=dialect)
            names = None if compiled.positiontup is None else tuple(compiled.positiontup)
            held = {name: value for name, value in compiled.params.items() if value is not None}
            found = self._compiled[dialect.name] = _Compiled(str(compiled), names, held)
        return found


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """On PostgreSQL, send the statements run within without waiting for the result of each: one round trip.

    Within, only `Statement.run` and `run_many` are used. An error comes up at the end of the block at the latest.
    """
    if connection.dialect.name == "sqlite" or _driver(connection).pgconn.pipeline_status:
        yield  # at once, or with those of others
        return
    try:
        with _driver(connection).pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, error) from error


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _translated(connection: Connection, error: Exception) -> BaseException:
    """A driver's error as SQLAlchemy has it, so that nobody above has to know two kinds."""
    dialect: Any = connection.dialect
    broken = bool(dialect.is_disconnect(error, connection.connection, None))
    if broken:
        connection.invalidate(error)
    base = dialect.loaded_dbapi.Error
    translated: BaseException = DBAPIError.instance(
        None, None, error, base, hide_parameters=True, connection_invalidated=broken, dialect=dialect
    )
    return translated
