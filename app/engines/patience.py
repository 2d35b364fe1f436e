"""Lets an engine open PostgreSQL connections that do not wait for ever."""

from typing import Any

from sqlalchemy import Engine, event


def be_patient(engine: Engine) -> None:
    """Let an engine open such connections."""
    event.listen(engine, "do_connect", _connect)


def _connect(_dialect: Any, _record: Any, arguments: Any, settings: Any) -> Any:
    # The driver takes long to load, and a SQLite database needs none.
    from app.engines.patient_connection import PatientConnection

    return PatientConnection.connect(*arguments, **settings)
