"""What each case waits for, since when its clock stands still, and what has been told of its due date."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waits_for", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("stopped_since", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("due_told", sa.String(length=16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("due_told")
        batch_op.drop_column("stopped_since")
        batch_op.drop_column("waits_for")
