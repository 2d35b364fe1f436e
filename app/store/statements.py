"""Statements that run with every event or page: written in SQLAlchemy Core, compiled once for each database.

Finding a statement's compiled form in SQLAlchemy's cache and wrapping its result costs several times what SQLite needs
to run it: with `connection.execute` an event costs 1.6 times as much (docs/decisions/speed.md). Nothing else differs:
connection, transaction, errors, events for listeners, and the types of parameters and values are SQLAlchemy's. A row is
a plain sequence of its values.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Boolean, Connection, Executable, Float
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
Parameters = Mapping[str, Any]
Processor = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement for one dialect."""

    sql: str
    names: tuple[str, ...] | None  # of the parameters in their order; None: the driver takes them by name
    constants: dict[str, Any]  # values in the statement itself (`LIMIT 1`)
    to_database: dict[str, Processor]  # by parameter, where its type has one (a datetime)
    from_database: list[tuple[int, Processor]]  # by column, where its type has one

    def bind(self, parameters: Parameters) -> Any:
        """`parameters` as the driver wants them."""
        given = {**self.constants, **parameters} if self.constants else parameters
        if self.to_database:
            given = {**given, **{name: of(given[name]) for name, of in self.to_database.items()}}
        return given if self.names is None else [given[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement that was sent, and whose rows are not read yet."""

    connection: Connection
    cursor: Any
    compiled: _Compiled

    def fetchall(self) -> list[Any]:
        """Its rows, once. Raises SQLAlchemy's errors."""
        found: list[Any] = _call(self.connection, self.cursor.fetchall)
        if not self.compiled.from_database:
            return found
        rows = [list(row) for row in found]
        for index, processor in self.compiled.from_database:
            for row in rows:
                row[index] = processor(row[index])
        return rows


class Statement:
    """One statement; its parameters are the `bindparam`s in it."""

    def __init__(self, core: Executable) -> None:
        self._core: Any = core
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, parameters: Parameters) -> list[Any]:
        """Run it and return all rows. Raises SQLAlchemy's errors, as all of these do."""
        return self.run(connection, parameters).fetchall()

    def run(self, connection: Connection, parameters: Parameters) -> Sent:
        """Run it. In a group of PostgreSQL it is sent, and waited for when its rows are fetched."""
        compiled = self._for(connection.dialect)
        bound = compiled.bind(parameters)
        _tell_listeners(connection, compiled.sql, bound, many=False)
        cursor = _call(connection, _driver(connection).execute, compiled.sql, bound)
        return Sent(connection, cursor, compiled)

    def run_many(self, connection: Connection, parameters: Sequence[Parameters]) -> None:
        """Run it for its effect, once for each; on PostgreSQL in one round trip, but not in a group."""
        if len(parameters) == 1:
            self.run(connection, parameters[0])
        elif parameters:
            compiled = self._for(connection.dialect)
            bound = [compiled.bind(each) for each in parameters]
            _tell_listeners(connection, compiled.sql, bound, many=True)
            _call(connection, _driver(connection).cursor().executemany, compiled.sql, bound)

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
    from_database = [
        (index, processor)
        for index, column in enumerate(columns)
        if not isinstance(column.type, Float)  # every driver returns floats
        and (processor := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]
    return _Compiled(
        sql=str(compiled),
        names=None if compiled.positiontup is None else tuple(compiled.positiontup),
        constants={name: value for name, value in compiled.params.items() if value is not None},
        to_database=to_database,
        from_database=from_database,
    )


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _tell_listeners(connection: Connection, sql: str, bound: Any, *, many: bool) -> None:
    listeners: Any = connection.dispatch
    for listener in listeners.before_cursor_execute:
        listener(connection, None, sql, bound, None, many)


def _call(connection: Connection, method: Callable[..., T], *arguments: Any) -> T:
    """What a method of the driver returns. Raises SQLAlchemy's errors: nobody above has to know two kinds."""
    dialect: Any = connection.dialect
    base = dialect.loaded_dbapi.Error
    try:
        return method(*arguments)
    except base as error:
        broken = bool(dialect.is_disconnect(error, connection.connection, None))
        if broken:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, base, hide_parameters=True, connection_invalidated=broken, dialect=dialect
        ) from error
