"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    op.create_index(op.f("ix_throttles_last_failure_at"), "throttles", ["last_failure_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("external_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=True),
        sa.Column("last_name", sa.String(length=100), nullable=True),
        sa.Column("timezone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("role", sa.String(length=16), server_default="user", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("target_minutes", sa.Float(), server_default="5.5", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("role IN ('user', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("external_id", name=op.f("uq_users_external_id")),
    )
    op.create_table(
        "deletions",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_deletions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "number", name=op.f("pk_deletions")),
    )
    op.create_table(
        "events",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=True),
        sa.Column("sent_timestamp", sa.String(length=64), nullable=True),
        sa.Column("sent_at", sa.String(length=64), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("discard", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("target_minutes", sa.Float(), nullable=True),
        sa.Column("task_id", sa.String(length=64), nullable=True),
        sa.Column("task_type", sa.String(length=40), nullable=True),
        sa.Column("uid", sa.String(length=36), nullable=True),
        sa.Column("default_target_minutes", sa.Float(), nullable=True),
        sa.Column("idle", sa.BigInteger(), nullable=True),
        sa.Column("discard_mark", sa.Boolean(), nullable=True),
        sa.Column("target_mark", sa.Float(), nullable=True),
        sa.Column("target_mark_number", sa.BigInteger(), nullable=True),
        sa.Column("deletion", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("effect", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("type IN ('NEXT', 'PAUSE', 'UNDO', 'EXIT')", name=op.f("ck_events_type")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_events_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "seq", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_deletion",
        "events",
        ["user_id", "deletion"],
        unique=False,
        sqlite_where=sa.text("deletion IS NOT NULL"),
        postgresql_where=sa.text("deletion IS NOT NULL"),
    )
    op.create_index(
        "ix_events_place",
        "events",
        ["user_id", "at", "seq"],
        unique=False,
        sqlite_where=sa.text("deletion IS NULL"),
        postgresql_where=sa.text("deletion IS NULL"),
    )
    op.create_index("ix_events_uid", "events", ["user_id", "uid"], unique=False)
    op.create_index("uq_events_event_id", "events", ["user_id", "event_id"], unique=True)
    op.create_table(
        "logins",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_logins_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
    )
    op.create_index(op.f("ix_logins_user_id"), "logins", ["user_id"], unique=False)
    op.create_table(
        "password_history",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_password_history_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "created_at", name=op.f("pk_password_history")),
    )
    op.create_table(
        "personal_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_personal_tokens_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_personal_tokens_token_hash")),
    )
    op.create_index(op.f("ix_personal_tokens_user_id"), "personal_tokens", ["user_id"], unique=False)
    op.create_table(
        "questions",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed_by", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("paused", sa.BigInteger(), nullable=False),
        sa.Column("target_minutes", sa.Float(), nullable=True),
        sa.Column("own_target", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.String(length=64), nullable=True),
        sa.Column("task_type", sa.String(length=40), nullable=True),
        sa.Column("discarded", sa.Boolean(), nullable=False),
        sa.Column("undone_by", sa.BigInteger(), nullable=True),
        sa.Column("below", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_questions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "closed_by", name=op.f("pk_questions")),
    )
    op.create_index("ix_questions_opened_by", "questions", ["user_id", "opened_by"], unique=False)
    op.create_index("ix_questions_place", "questions", ["user_id", "started_at", "opened_by"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_by", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_type", sa.String(length=8), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("auto_closed", sa.Boolean(), nullable=False),
        sa.Column("idle", sa.BigInteger(), nullable=False),
        sa.Column("target_minutes", sa.Float(), nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("raw", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=False),
        sa.Column("own_target", sa.BigInteger(), nullable=False),
        sa.Column("own_target_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "opened_by", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_place", "sessions", ["user_id", "started_at", "opened_by"], unique=False)
    op.create_index(
        "uq_sessions_active",
        "sessions",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "trackers",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_correction", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_trackers_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_trackers")),
    )


def downgrade() -> None:
    op.drop_table("trackers")
    op.drop_index(
        "uq_sessions_active",
        table_name="sessions",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_sessions_place", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_questions_place", table_name="questions")
    op.drop_index("ix_questions_opened_by", table_name="questions")
    op.drop_table("questions")
    op.drop_index(op.f("ix_personal_tokens_user_id"), table_name="personal_tokens")
    op.drop_table("personal_tokens")
    op.drop_table("password_history")
    op.drop_index(op.f("ix_logins_user_id"), table_name="logins")
    op.drop_table("logins")
    op.drop_index("uq_events_event_id", table_name="events")
    op.drop_index("ix_events_uid", table_name="events")
    op.drop_index(
        "ix_events_place",
        table_name="events",
        sqlite_where=sa.text("deletion IS NULL"),
        postgresql_where=sa.text("deletion IS NULL"),
    )
    op.drop_index(
        "ix_events_deletion",
        table_name="events",
        sqlite_where=sa.text("deletion IS NOT NULL"),
        postgresql_where=sa.text("deletion IS NOT NULL"),
    )
    op.drop_table("events")
    op.drop_table("deletions")
    op.drop_table("users")
    op.drop_index(op.f("ix_throttles_last_failure_at"), table_name="throttles")
    op.drop_table("throttles")
