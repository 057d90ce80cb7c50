"""an export file that waits to be brought is tied to its move, like every other file.

Those that wait already are tied to none: they are not opened, and sent once more.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("move_runs", sa.Column("file_bound", sa.LargeBinary(length=16)))


def downgrade() -> None:
    op.drop_column("move_runs", "file_bound")
