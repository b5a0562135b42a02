"""How many records of each case wait for somebody's decision, and which were found to be other people's."""

import sqlalchemy as sa
from alembic import op

from habeas.storage.utc_time import UtcTime

revision = "0006"
down_revision = "0005"

_OPEN = sa.text("open_reviews > 0")


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("open_reviews", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_cases_open_reviews", "cases", ["due_on"], postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_table(
        "other_people",
        sa.Column("record", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_other_people")),
    )
    with op.batch_alter_table("other_people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_other_people_subject"), ["subject"], unique=False)


def downgrade() -> None:
    op.drop_table("other_people")
    op.drop_index("ix_cases_open_reviews", table_name="cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("open_reviews")
