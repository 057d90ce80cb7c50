"""when something was last taken away under a withdrawal, and until when a made file may be had.

A code is honoured as often as records come with it: the day that the person was told stays
(`done_at`), and what was made before the last time is old.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("withdrawals", sa.Column("last_done_at", MOMENT))
    op.execute("UPDATE withdrawals SET last_done_at = done_at")
    op.add_column("export_runs", sa.Column("good_until", sa.Date()))
    op.add_column(
        "export_runs",
        sa.Column("asks_consent", sa.Boolean(), server_default=sa.true(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("export_runs", "asks_consent")
    op.drop_column("export_runs", "good_until")
    op.drop_column("withdrawals", "last_done_at")
