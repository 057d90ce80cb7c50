"""uses of pictures, voices and films are written down as uses of texts are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    medium = sa.Column("medium", sa.String(8), nullable=False, server_default="text")
    op.add_column("testimony_uses", medium)
    for name in ("prepared_pk", "beside_pk"):
        op.add_column("testimony_uses", sa.Column(name, UID, nullable=True))
    op.create_index(
        "ix_testimony_uses_beside",
        "testimony_uses",
        ["project_id", "beside_pk"],
        sqlite_where=sa.text("beside_pk IS NOT NULL"),
        postgresql_where=sa.text("beside_pk IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM testimony_uses WHERE medium <> 'text'")
    op.drop_index("ix_testimony_uses_beside", "testimony_uses")
    for column in ("beside_pk", "prepared_pk", "medium"):
        op.drop_column("testimony_uses", column)
