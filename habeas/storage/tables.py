"""The tables of the state database; the migrations bring a database to this, and a test compares the two."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)

from habeas.storage.utc_time import UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")


def _uuid(name: str, **options: Any) -> Column[str]:
    return Column(name, String(36), **options)


subjects = Table(
    "subjects",
    metadata,
    _uuid("token", primary_key=True),
    Column("created_at", UtcTime, nullable=False),
)
subject_identifiers = Table(
    "subject_identifiers",
    metadata,
    Column("mac", LargeBinary(32), primary_key=True),
    _uuid("token", nullable=False, index=True),
)
suppressions = Table(
    "suppressions",
    metadata,
    Column("mac", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("since", UtcTime, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    _uuid("request_id", primary_key=True),
    _uuid("subject", nullable=False, index=True),
    Column("right", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("language", String(8), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("systems", JSON, nullable=False),
    Column("waits_for", String(64)),
    Column("stopped_since", Date),
    Column("due_told", String(16)),
    Column("open_reviews", Integer, nullable=False, server_default=text("0")),
    Column("last_letter", String(16)),
    Column("silent_since", UtcTime),
    Column("breaks_silence", String(16)),
    Index("ix_cases_state_due_on", "state", "due_on"),
    Index(
        "ix_cases_silent_since",
        "breaks_silence",
        "silent_since",
        postgresql_where=text("silent_since IS NOT NULL"),
        sqlite_where=text("silent_since IS NOT NULL"),
    ),
    Index(
        "ix_cases_open_reviews",
        "due_on",
        postgresql_where=text("open_reviews > 0"),
        sqlite_where=text("open_reviews > 0"),
    ),
)
other_people = Table(
    "other_people",
    metadata,
    Column("record", String(64), primary_key=True),
    _uuid("subject", nullable=False, index=True),
    Column("since", UtcTime, nullable=False),
)
case_events = Table(
    "case_events",
    metadata,
    _uuid("event_id", primary_key=True),
    _uuid("request_id", nullable=False, index=True),
    Column("type", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
revisits = Table(
    "revisits",
    metadata,
    _uuid("request_id", primary_key=True),
    Column("system", String(64), primary_key=True),
    Column("cause", String(16), primary_key=True),
    Column("due_on", Date, nullable=False),
    Index("ix_revisits_cause_due_on", "cause", "due_on"),
)
custody = Table(
    "custody",
    metadata,
    _uuid("request_id", primary_key=True),
    Column("stage", String(16), nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("look_at", UtcTime),
    Column("shredded_at", UtcTime),
    Column("gone_at", UtcTime),
    Column("answer_at", UtcTime),
    Column("answer_removed_at", UtcTime),
    Index("ix_custody_stage_ended_at", "stage", "ended_at"),
    Index(
        "ix_custody_answer_at",
        "answer_at",
        postgresql_where=text("answer_removed_at IS NULL"),
        sqlite_where=text("answer_removed_at IS NULL"),
    ),
)
artefacts = Table(
    "artefacts",
    metadata,
    _uuid("id", primary_key=True),
    _uuid("request_id", nullable=False, index=True),
    Column("system", String(64), nullable=False),
    Column("schema", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", LargeBinary),
    Column("place", String(255)),
)
tasks = Table(
    "tasks",
    metadata,
    Column("position", _Id, primary_key=True, autoincrement=True),
    _uuid("id", nullable=False, unique=True),
    Column("system", String(64), nullable=False),
    _uuid("request_id", nullable=False, index=True),
    _uuid("subject", nullable=False),
    Column("right", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("tried_since", UtcTime),
    Column("lease_owner", String(64)),
    Column("lease_epoch", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", UtcTime),
    Column("error_class", String(128)),
    Column("progress", JSON(none_as_null=True)),  # of the attempt under way
    Column("trigger", JSON, nullable=False),
    Column("trigger_value", LargeBinary),
    Column("done_at", UtcTime),
    # the two questions of a worker: what is due, and is anything before it in its subject's line
    Index(
        "ix_tasks_due",
        "system",
        "due_at",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    Index(
        "ix_tasks_line",
        "system",
        "subject",
        "position",
        postgresql_where=text("state <> 'done'"),
        sqlite_where=text("state <> 'done'"),
    ),
    sqlite_autoincrement=True,
)
task_plans = Table(
    "task_plans",
    metadata,
    _uuid("task_id", primary_key=True),
    Column("round", Integer, primary_key=True),
    _uuid("artefact_id", nullable=False),
    Column("effects", JSON),
)
grace_periods = Table(
    "grace_periods",
    metadata,
    _uuid("key_id", primary_key=True),
    _uuid("task_id", nullable=False, index=True),
    _uuid("request_id", nullable=False, index=True),
    Column("system", String(64), nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("destroyed_at", UtcTime),
    Index(
        "ix_grace_periods_until",
        "until",
        postgresql_where=text("destroyed_at IS NULL"),
        sqlite_where=text("destroyed_at IS NULL"),
    ),
)
originals = Table(
    "originals",
    metadata,
    Column("position", _Id, primary_key=True, autoincrement=True),
    _uuid("key_id", nullable=False),
    Column("name", String(64), nullable=False),
    _uuid("artefact_id", nullable=False),
    Index("ix_originals_key_id_name", "key_id", "name", unique=True),
    sqlite_autoincrement=True,
)
inbox = Table(
    "inbox",
    metadata,
    Column("consumer", String(96), primary_key=True),
    _uuid("event_id", primary_key=True),
    Column("seen_at", UtcTime, nullable=False, index=True),
)
outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("lane", String(64), nullable=False),
    Column("topic", String(128), nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSON, nullable=False),
    Index("ix_outbox_lane_id", "lane", "id"),
    sqlite_autoincrement=True,
)
lanes = Table(
    "lanes",
    metadata,
    Column("lane", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
)
dead_letters = Table(
    "dead_letters",
    metadata,
    _uuid("id", primary_key=True),
    Column("consumer", String(96), nullable=False),
    Column("system", String(64)),
    _uuid("request_id"),
    _uuid("task_id"),
    Column("error_class", String(128), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False, index=True),
    Column("topic", String(128), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("replayed_at", UtcTime),
)
circuits = Table(
    "circuits",
    metadata,
    Column("system", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("error_class", String(128), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("retry_at", UtcTime, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(96), nullable=False),
    Column("action", String(64), nullable=False),
    _uuid("request_id", index=True),
    Column("details", JSON, nullable=False),
    sqlite_autoincrement=True,
)
