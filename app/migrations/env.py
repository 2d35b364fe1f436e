"""Alembic's entry point: `app.schema` passes a connection, or one is opened from the settings."""

from contextlib import nullcontext

from alembic import context

from app.config import get_settings
from app.database import open_engine
from app.db_models import metadata

handed_in = context.config.attributes.get("connection")
with nullcontext(handed_in) if handed_in else open_engine(get_settings().database_url).begin() as connection:
    # SQLite alters a table by making it anew, which batch operations do.
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()
