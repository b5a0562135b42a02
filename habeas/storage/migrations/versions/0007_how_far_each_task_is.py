"""How far the attempt at each task is that is under way."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("tasks", sa.Column("progress", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("tasks", "progress")
