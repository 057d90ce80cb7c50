"""packs of products: of which releases, promises and quotes each was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "product_packs",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pack_pk", UID, nullable=False),
        sa.Column("product", sa.String(24), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("partner", sa.String(24), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("contents", JSON, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("project_id", "pack_pk", name=op.f("pk_product_packs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product_pack_quotes",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pack_pk", UID, nullable=False),
        sa.Column("use_pk", UID, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "pack_pk"],
            ["product_packs.project_id", "product_packs.pack_pk"],
            name="fk_product_pack_quotes_pack",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "pack_pk", "use_pk", name=op.f("pk_product_pack_quotes")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("product_pack_quotes")
    op.drop_table("product_packs")
