CREATE TABLE throttles (
    key VARCHAR(80) NOT NULL,
    failures INTEGER NOT NULL,
    last_failure_at BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    CONSTRAINT pk_throttles PRIMARY KEY (key)
);

CREATE INDEX ix_throttles_last_failure_at ON throttles (last_failure_at);

CREATE TABLE users (
    id BIGINT NOT NULL,
    external_id VARCHAR(36) NOT NULL,
    email VARCHAR(320) NOT NULL,
    email_key VARCHAR(320) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    first_name VARCHAR(100),
    last_name VARCHAR(100),
    timezone VARCHAR(64) DEFAULT 'UTC' NOT NULL,
    role VARCHAR(16) DEFAULT 'user' NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    target_minutes FLOAT DEFAULT '5.5' NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_role CHECK (role IN ('user', 'admin')),
    CONSTRAINT uq_users_email_key UNIQUE (email_key),
    CONSTRAINT uq_users_external_id UNIQUE (external_id)
);

CREATE TABLE deletions (
    user_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    deleted_at BIGINT NOT NULL,
    CONSTRAINT pk_deletions PRIMARY KEY (user_id, number),
    CONSTRAINT fk_deletions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE events (
    user_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    type VARCHAR(8) NOT NULL,
    at BIGINT NOT NULL,
    event_id VARCHAR(36),
    sent_timestamp VARCHAR(64),
    sent_at VARCHAR(64),
    received_at BIGINT NOT NULL,
    discard BOOLEAN DEFAULT false NOT NULL,
    target_minutes FLOAT,
    task_id VARCHAR(64),
    task_type VARCHAR(40),
    uid VARCHAR(36),
    default_target_minutes FLOAT,
    idle BIGINT,
    discard_mark BOOLEAN,
    target_mark FLOAT,
    target_mark_number BIGINT,
    deletion BIGINT,
    state TEXT,
    effect INTEGER NOT NULL,
    undoes BIGINT,
    answer TEXT,
    CONSTRAINT pk_events PRIMARY KEY (user_id, seq),
    CONSTRAINT ck_events_type CHECK (type IN ('NEXT', 'PAUSE', 'UNDO', 'EXIT')),
    CONSTRAINT fk_events_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_events_deletion ON events (user_id, deletion) WHERE deletion IS NOT NULL;

CREATE INDEX ix_events_place ON events (user_id, at, seq) WHERE deletion IS NULL;

CREATE INDEX ix_events_uid ON events (user_id, uid);

CREATE UNIQUE INDEX uq_events_event_id ON events (user_id, event_id);

CREATE TABLE logins (
    id VARCHAR(36) NOT NULL,
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pk_logins PRIMARY KEY (id),
    CONSTRAINT fk_logins_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_logins_user_id ON logins (user_id);

CREATE TABLE password_history (
    user_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    CONSTRAINT pk_password_history PRIMARY KEY (user_id, created_at),
    CONSTRAINT fk_password_history_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE personal_tokens (
    id VARCHAR(36) NOT NULL,
    user_id BIGINT NOT NULL,
    name VARCHAR(100) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    scope VARCHAR(16) NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    CONSTRAINT pk_personal_tokens PRIMARY KEY (id),
    CONSTRAINT fk_personal_tokens_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT uq_personal_tokens_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_personal_tokens_user_id ON personal_tokens (user_id);

CREATE TABLE questions (
    user_id BIGINT NOT NULL,
    closed_by BIGINT NOT NULL,
    opened_by BIGINT NOT NULL,
    uid VARCHAR(36) NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    paused BIGINT NOT NULL,
    target_minutes FLOAT,
    own_target BIGINT,
    task_id VARCHAR(64),
    task_type VARCHAR(40),
    discarded BOOLEAN NOT NULL,
    undone_by BIGINT,
    below BIGINT,
    CONSTRAINT pk_questions PRIMARY KEY (user_id, closed_by),
    CONSTRAINT fk_questions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_questions_opened_by ON questions (user_id, opened_by);

CREATE INDEX ix_questions_place ON questions (user_id, started_at, opened_by);

CREATE TABLE sessions (
    user_id BIGINT NOT NULL,
    opened_by BIGINT NOT NULL,
    uid VARCHAR(36) NOT NULL,
    started_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_type VARCHAR(8) NOT NULL,
    ended_at BIGINT,
    auto_closed BOOLEAN NOT NULL,
    idle BIGINT NOT NULL,
    target_minutes FLOAT NOT NULL,
    question_count INTEGER NOT NULL,
    raw BIGINT NOT NULL,
    active BIGINT NOT NULL,
    own_target BIGINT NOT NULL,
    own_target_count INTEGER NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (user_id, opened_by),
    CONSTRAINT fk_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE INDEX ix_sessions_place ON sessions (user_id, started_at, opened_by);

CREATE UNIQUE INDEX uq_sessions_active ON sessions (user_id) WHERE ended_at IS NULL;

CREATE TABLE trackers (
    user_id BIGINT NOT NULL,
    last_seq BIGINT DEFAULT '0' NOT NULL,
    last_correction BIGINT DEFAULT '0' NOT NULL,
    CONSTRAINT pk_trackers PRIMARY KEY (user_id),
    CONSTRAINT fk_trackers_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE purged_rows (
    user_id BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    CONSTRAINT pk_purged_rows PRIMARY KEY (user_id, first_seq),
    CONSTRAINT fk_purged_rows_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE purged_events (
    user_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_purged_events PRIMARY KEY (user_id, digest),
    CONSTRAINT fk_purged_events_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

ALTER TABLE trackers ADD COLUMN purged_until BIGINT;

ALTER TABLE events ADD COLUMN discard_marked_at BIGINT;

ALTER TABLE events ADD COLUMN purged BIGINT;

ALTER TABLE events ADD COLUMN blanked BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE questions ADD COLUMN purged BOOLEAN DEFAULT false NOT NULL;

CREATE INDEX ix_questions_discarded ON questions (user_id, closed_by) WHERE discarded IS true AND purged IS false;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('0002');
