"""Deleted data is purged after a while."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def user_key() -> sa.Column[int]:
    return sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "purged_rows",
        user_key(),
        sa.Column("first_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_purged_rows_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "first_seq", name=op.f("pk_purged_rows")),
    )
    op.create_table(
        "purged_events",
        user_key(),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_purged_events_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_purged_events")),
    )
    # Plain additions: SQLite does them without making the table anew, however long the log.
    op.add_column("trackers", sa.Column("purged_until", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("discard_marked_at", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("purged", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("blanked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("questions", sa.Column("purged", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_questions_discarded",
        "questions",
        ["user_id", "closed_by"],
        unique=False,
        sqlite_where=sa.text("discarded IS 1 AND purged IS 0"),
        postgresql_where=sa.text("discarded IS true AND purged IS false"),
    )
    # When earlier marks were set is not known: their time begins now.
    events = sa.table(
        "events", sa.column("discard_mark", sa.Boolean()), sa.column("discard_marked_at", sa.BigInteger())
    )
    op.execute(
        events.update()
        .where(events.c.discard_mark.is_not(None))
        .values(discard_marked_at=time.time_ns() // 1000)
    )


def downgrade() -> None:
    op.drop_index(
        "ix_questions_discarded",
        table_name="questions",
        sqlite_where=sa.text("discarded IS 1 AND purged IS 0"),
        postgresql_where=sa.text("discarded IS true AND purged IS false"),
    )
    with op.batch_alter_table("questions") as questions:
        questions.drop_column("purged")
    with op.batch_alter_table("events") as events:
        events.drop_column("blanked")
        events.drop_column("purged")
        events.drop_column("discard_marked_at")
    with op.batch_alter_table("trackers") as trackers:
        trackers.drop_column("purged_until")
    op.drop_table("purged_events")
    op.drop_table("purged_rows")
