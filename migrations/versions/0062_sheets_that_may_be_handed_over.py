"""treaty_statements: whether sheets with the text say that they may be handed over, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("hands_over", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("treaty_statements", column)


def downgrade() -> None:
    op.drop_column("treaty_statements", "hands_over")
