"""by what an import came, for some minutes: sent again, it makes nothing twice.

Of earlier ones nobody knows: they are too old.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entity_imports", sa.Column("came_by", sa.LargeBinary(length=16)))


def downgrade() -> None:
    op.drop_column("entity_imports", "came_by")
