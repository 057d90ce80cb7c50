"""which entities of a list changed since an app last asked, and what exactly was approved.

An entity carries the number that its list had when it last became another one for those who hold
it. Whoever changes entities locks their list first, so numbers are seen in the order in which they
were given.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    for name in ("revision", "first_revision"):
        op.add_column(
            "entities", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        )
    op.create_index(
        "ix_entities_changed", "entities", ["project_id", "list_pk", "revision", "entity_pk"]
    )
    op.add_column("entity_arrivals", sa.Column("approved_pk", UID))
    op.execute("UPDATE entity_arrivals SET approved_pk = submission_pk WHERE is_approved")
    op.drop_column("entity_arrivals", "is_approved")


def downgrade() -> None:
    op.add_column(
        "entity_arrivals",
        sa.Column("is_approved", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute("UPDATE entity_arrivals SET is_approved = true WHERE approved_pk IS NOT NULL")
    op.drop_column("entity_arrivals", "approved_pk")
    op.drop_index("ix_entities_changed", "entities")
    op.drop_column("entities", "first_revision")
    op.drop_column("entities", "revision")
