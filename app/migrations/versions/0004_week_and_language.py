"""Users choose the first day of their weeks and the language of the pages."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Both databases add a checked column in place; Alembic would make the table anew on SQLite.
    op.execute(
        "ALTER TABLE users ADD COLUMN week_starts_on INTEGER DEFAULT '1' NOT NULL"
        " CONSTRAINT ck_users_week_starts_on CHECK (week_starts_on BETWEEN 1 AND 7)"
    )
    op.execute("ALTER TABLE users ADD COLUMN language VARCHAR(8)")
