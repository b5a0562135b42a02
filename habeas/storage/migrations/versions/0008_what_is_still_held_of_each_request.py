"""What is still held of a person for each request; of those that have ended before, everything."""

import sqlalchemy as sa
from alembic import op

from habeas.storage.utc_time import UtcTime

revision = "0008"
down_revision = "0007"

_STANDING = sa.text("answer_removed_at IS NULL")
_ENDED = """
INSERT INTO custody (request_id, stage, ended_at, answer_at)
SELECT cases.request_id, 'whole', max(case_events.at),
  max(CASE WHEN case_events.type = 'habeas.response.delivered.v1' THEN case_events.at END)
FROM cases JOIN case_events ON case_events.request_id = cases.request_id
WHERE case_events.type IN (
    'habeas.response.delivered.v1', 'habeas.request.refused.v1', 'habeas.request.withdrawn.v1',
    'habeas.undo.completed.v1', 'habeas.review.decided.v1', 'habeas.review.completed.v1')
GROUP BY cases.request_id
"""


def upgrade() -> None:
    op.create_table(
        "custody",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=False),
        sa.Column("look_at", UtcTime(), nullable=True),
        sa.Column("shredded_at", UtcTime(), nullable=True),
        sa.Column("gone_at", UtcTime(), nullable=True),
        sa.Column("answer_at", UtcTime(), nullable=True),
        sa.Column("answer_removed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_custody")),
    )
    op.create_index("ix_custody_stage_ended_at", "custody", ["stage", "ended_at"])
    op.create_index(
        "ix_custody_answer_at", "custody", ["answer_at"], postgresql_where=_STANDING, sqlite_where=_STANDING
    )
    op.execute(_ENDED)


def downgrade() -> None:
    op.drop_table("custody")
