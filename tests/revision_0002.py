"""The tables and rows of a database of revision 0002, the oldest one that can be migrated."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect

FOLDER = Path(__file__).parent / "faults"
IN_SQLITE = {"BYTEA": "BLOB", " true": " 1", " false": " 0"}  # as that program wrote it there


def create_tables(connection: Connection) -> None:
    """Create the tables and the stored revision, as a program of that revision did."""
    statements = (FOLDER / "revision_0002.sql").read_text()
    if connection.dialect.name == "sqlite":
        for of_postgresql, of_sqlite in IN_SQLITE.items():
            statements = statements.replace(of_postgresql, of_sqlite)
    for statement in statements.split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)


def add_rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Fill the tables, and return the rows of each.

    Sessions paused, undone, discarded, forgotten, deleted, purged, active, and with targets of their own.
    """
    rows: dict[str, list[dict[str, Any]]] = json.loads((FOLDER / "revision_0002.json").read_text())
    tables = MetaData()
    tables.reflect(connection)
    for name, those in rows.items():
        connection.execute(tables.tables[name].insert(), [_typed(connection, name, row) for row in those])
    return rows


def _typed(connection: Connection, table: str, row: dict[str, Any]) -> dict[str, Any]:
    # SQLite keeps truth values as numbers, and so does the file; bytes stand in it as digits.
    kinds = {column["name"]: column["type"].python_type for column in inspect(connection).get_columns(table)}
    convert: dict[type, Callable[[Any], Any]] = {bool: bool, bytes: bytes.fromhex}
    return {
        name: value if value is None else convert.get(kinds[name], lambda same: same)(value)
        for name, value in row.items()
    }
