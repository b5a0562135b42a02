"""When each system is to be looked at again after a request was fulfilled in it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "revisits",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "system", "cause", name=op.f("pk_revisits")),
    )
    with op.batch_alter_table("revisits", schema=None) as batch_op:
        batch_op.create_index("ix_revisits_cause_due_on", ["cause", "due_on"], unique=False)


def downgrade() -> None:
    op.drop_table("revisits")
