"""Statements that run with every event or page: written in SQLAlchemy Core, compiled once for each database.

Finding a statement's compiled form in SQLAlchemy's cache and wrapping its result costs several times what SQLite needs
to run it: with `connection.execute` an event costs 1.6 times as much (docs/decisions/speed.md). Nothing else differs:
connection, transaction, errors, events for listeners, and the types of parameters and rows are SQLAlchemy's.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Connection, Executable
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

__all__ = ["Sent", "Statement", "together"]

Parameters = Mapping[str, Any]
Processor = Callable[[Any], Any]


@dataclass(slots=True)
class _Compiled:
    """A statement for one dialect."""

    dialect: Dialect
    sql: str
    names: tuple[str, ...] | None  # of the parameters in their order; None: the driver takes them by name
    constants: dict[str, Any]  # values in the statement itself (`LIMIT 1`)
    to_database: dict[str, Processor]  # by parameter, where its type has one (a datetime)
    column_types: Sequence[TypeEngine[Any]]
    row: Callable[[Sequence[Any]], Any]
    from_database: list[tuple[int, Processor]] | None = None  # by column; None: not yet known

    def bind(self, parameters: Parameters) -> Any:
        """`parameters` as the driver wants them."""
        given = {**self.constants, **parameters} if self.constants else parameters
        if self.to_database:
            given = {**given, **{name: of(given[name]) for name, of in self.to_database.items()}}
        return given if self.names is None else [given[name] for name in self.names]

    def rows(self, cursor: Any) -> list[Any]:
        """The rows of a cursor as named tuples of the columns' types."""
        found = cursor.fetchall()
        if self.from_database is None:
            self.from_database = self._processors(cursor)
        if not self.from_database:
            return [self.row(values) for values in found]
        made = []
        for each in found:
            values = list(each)
            for index, of in self.from_database:
                values[index] = of(values[index])
            made.append(self.row(values))
        return made

    def _processors(self, cursor: Any) -> list[tuple[int, Processor]]:
        """What turns a column's value into its type, where the driver does not do that by itself."""
        codes = [described[1] for described in cursor.description]
        types = [of.dialect_impl(self.dialect) for of in self.column_types]
        processors = [of.result_processor(self.dialect, code) for of, code in zip(types, codes, strict=True)]
        return [(index, of) for index, of in enumerate(processors) if of is not None]


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement under way."""

    connection: Connection
    cursor: Any
    compiled: _Compiled

    def fetchall(self) -> list[Any]:
        """Its rows; once, and after the block of `together` in which it was sent. Raises SQLAlchemy's errors."""
        try:
            return self.compiled.rows(self.cursor)
        except self.connection.dialect.loaded_dbapi.Error as error:
            raise _translated(self.connection, error) from error


class Statement:
    """One statement; its parameters are the `bindparam`s in it.

    A row is a named tuple of its columns; where two have the same name, the second is found by its index alone.
    """

    def __init__(self, core: Executable) -> None:
        self._core: Any = core
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, parameters: Parameters) -> list[Any]:
        """Run it and return all rows. Raises SQLAlchemy's errors, as all of these do."""
        return self.run(connection, parameters).fetchall()

    def run(self, connection: Connection, parameters: Parameters) -> Sent:
        """Run it; within `together`, its rows are there after the block."""
        compiled = self._for(connection.dialect)
        bound = compiled.bind(parameters)
        _tell_listeners(connection, compiled.sql, bound, many=False)
        try:
            return Sent(connection, _driver(connection).execute(compiled.sql, bound), compiled)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _translated(connection, error) from error

    def run_many(self, connection: Connection, parameters: Sequence[Parameters]) -> None:
        """Run it for its effect, once for each; on PostgreSQL in one round trip."""
        if len(parameters) == 1:
            self.run(connection, parameters[0])
        elif parameters:
            compiled = self._for(connection.dialect)
            bound = [compiled.bind(each) for each in parameters]
            _tell_listeners(connection, compiled.sql, bound, many=True)
            try:
                _driver(connection).cursor().executemany(compiled.sql, bound)
            except connection.dialect.loaded_dbapi.Error as error:
                raise _translated(connection, error) from error

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _compile(self._core, dialect)
        return found


def _compile(core: Any, dialect: Dialect) -> _Compiled:
    compiled = core.compile(dialect=dialect)
    columns = list(core.exported_columns) if core.is_select or core._returning else []
    to_database = {
        name: processor
        for name, parameter in compiled.binds.items()
        if not isinstance(parameter.type, Boolean)  # every driver takes truth values
        and (processor := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    names = [getattr(column, "name", "") for column in columns]  # a subquery has none
    row = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return _Compiled(
        dialect,
        sql=str(compiled),
        names=None if compiled.positiontup is None else tuple(compiled.positiontup),
        constants={name: value for name, value in compiled.params.items() if value is not None},
        to_database=to_database,
        column_types=[column.type for column in columns],
        row=row._make,
    )


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """On PostgreSQL, send the statements run within without waiting for the result of each: one round trip.

    Within, only `Statement.run` and `run_many` are used. An error comes up at the end of the block at the latest.
    """
    if connection.dialect.driver != "psycopg" or _driver(connection).pgconn.pipeline_status:
        yield  # at once, or with those of others
        return
    try:
        with _driver(connection).pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _translated(connection, error) from error


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _tell_listeners(connection: Connection, sql: str, bound: Any, *, many: bool) -> None:
    listeners: Any = connection.dispatch
    for listener in listeners.before_cursor_execute:
        listener(connection, None, sql, bound, None, many)


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
