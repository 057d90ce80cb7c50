"""tries of codes are counted with the others.

Withdrawals carried a stand-in of the network for an hour, to count by it. Now `throttles` counts,
as it does for whoever signs in.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_withdrawals_asked_at", "withdrawals")
    op.drop_column("withdrawals", "network")


def downgrade() -> None:
    op.add_column("withdrawals", sa.Column("network", sa.String(32)))
    op.create_index("ix_withdrawals_asked_at", "withdrawals", ["asked_at"])
