"""Originals of what was erased, and how long each erasure can be undone."""

import sqlalchemy as sa
from alembic import op

from habeas.storage.utc_time import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "grace_periods",
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("task_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("destroyed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_grace_periods")),
    )
    with op.batch_alter_table("grace_periods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grace_periods_task_id"), ["task_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_grace_periods_request_id"), ["request_id"], unique=False)
        batch_op.create_index(
            "ix_grace_periods_until",
            ["until"],
            unique=False,
            postgresql_where=sa.text("destroyed_at IS NULL"),
            sqlite_where=sa.text("destroyed_at IS NULL"),
        )
    op.create_table(
        "originals",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("artefact_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_originals")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("originals", schema=None) as batch_op:
        batch_op.create_index("ix_originals_key_id_name", ["key_id", "name"], unique=True)


def downgrade() -> None:
    op.drop_table("originals")
    op.drop_table("grace_periods")
