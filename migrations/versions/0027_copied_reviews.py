"""what was decided of a record on the server that it comes from is told from what was decided here.

Of earlier moves nobody can say which is which: those stay as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("record_reviews", sa.Column("copied_from", sa.String(120)))


def downgrade() -> None:
    op.drop_column("record_reviews", "copied_from")
