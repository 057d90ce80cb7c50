"""of a file that was made it is kept how far it reaches: a role bound to an area since does
not open more than that.

Of earlier ones nobody knows: they open for whoever reaches the whole project.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "export_runs",
        sa.Column("areas", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
    )


def downgrade() -> None:
    op.drop_column("export_runs", "areas")
