"""The oldest revision that can be migrated. `app.schema` makes the tables of a new database from the metadata."""

revision = "0002"
down_revision = None


def upgrade() -> None:
    raise NotImplementedError("`python -m app migrate` makes the tables of a new database.")
