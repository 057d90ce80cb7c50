"""leaders' sentences and articles beside quotes in packs; recommendations under articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.add_column("product_pack_quotes", sa.Column("signer_pk", UID, nullable=True))
    op.add_column(
        "product_pack_quotes",
        sa.Column("beside", sa.String(8), server_default="", nullable=False),
    )
    op.create_table(
        "product_recommendations",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("en", sa.String(1200), nullable=False),
        sa.Column("km", sa.String(1200), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "article", "version", name=op.f("pk_product_recommendations")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("product_recommendations")
    op.drop_column("product_pack_quotes", "beside")
    op.drop_column("product_pack_quotes", "signer_pk")
