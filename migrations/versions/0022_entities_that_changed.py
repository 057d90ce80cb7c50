"""which entities of a list changed since an app last asked.

An entity carries the number that its list had when it last became another one for those who hold
it. Whoever changes entities locks their list first, so numbers are seen in the order in which they
were given.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("revision", "first_revision"):
        op.add_column(
            "entities", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        )
    op.create_index(
        "ix_entities_changed", "entities", ["project_id", "list_pk", "revision", "entity_pk"]
    )


def downgrade() -> None:
    op.drop_index("ix_entities_changed", "entities")
    op.drop_column("entities", "first_revision")
    op.drop_column("entities", "revision")
