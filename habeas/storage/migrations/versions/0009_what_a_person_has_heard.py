"""The last letter of each case, and since when a person has heard nothing."""

import sqlalchemy as sa
from alembic import op

from habeas.storage.utc_time import UtcTime

revision = "0009"
down_revision = "0008"

_SILENT = sa.text("silent_since IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_letter", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("silent_since", UtcTime(), nullable=True))
        batch_op.add_column(sa.Column("breaks_silence", sa.String(length=16), nullable=True))
    op.create_index(
        "ix_cases_silent_since",
        "cases",
        ["breaks_silence", "silent_since"],
        postgresql_where=_SILENT,
        sqlite_where=_SILENT,
    )


def downgrade() -> None:
    op.drop_index("ix_cases_silent_since", table_name="cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("breaks_silence")
        batch_op.drop_column("silent_since")
        batch_op.drop_column("last_letter")
