"""records that were brought along are found by their time of receipt; moves wait for a server.

Keys rise with time, and so does the time of receipt: but not of what comes from another server,
whose keys are of today and whose times are years old. The index has those records alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOVED = sa.text("channel = 'moved'")


def upgrade() -> None:
    op.create_index(
        "ix_submissions_moved",
        "submissions",
        ["project_id", "received_at", "submission_pk"],
        sqlite_where=MOVED,
        postgresql_where=MOVED,
    )
    for name in ("due_at", "waits_since"):
        op.add_column("move_runs", sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    for name in ("waits_since", "due_at"):
        op.drop_column("move_runs", name)
    op.drop_index("ix_submissions_moved", "submissions")
