"""Alembic's entrance: the connection is handed in by `app.schema`, or opened from the settings."""

from alembic import context
from sqlalchemy import Connection

from app.config import get_settings
from app.database import open_engine
from app.db_models import metadata


def migrate(connection: Connection) -> None:
    """Run the asked-for revisions over `connection`."""
    # SQLite alters a table by making it anew, which batch operations do.
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


handed_in = context.config.attributes.get("connection")
if handed_in is not None:
    migrate(handed_in)
else:
    engine = open_engine(get_settings().database_url)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
