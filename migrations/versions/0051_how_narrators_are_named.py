"""how narrators let it be said who told a testimony."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Records of before did not ask; `flask facts rebuild` changes nothing of them."""
    op.add_column(
        "testimonies",
        sa.Column("attribution", sa.String(16), server_default="not_asked", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("testimonies", "attribution")
