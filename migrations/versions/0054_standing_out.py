"""what stands out among signatures, through whom each came, and words of leaders that are shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "treaty_signers", sa.Column("sender", sa.String(16), server_default="", nullable=False)
    )
    op.create_index(
        "ix_treaty_signers_sender", "treaty_signers", ["project_id", "sender", "signed_on"]
    )
    op.create_table(
        "treaty_oddities",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("beside", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("is_looked_at", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "what", "about", "signed_on", name=op.f("pk_treaty_oddities")
        ),
    )
    op.create_table(
        "treaty_quotes",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("signer_pk", UID, nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "signer_pk"],
            ["treaty_signers.project_id", "treaty_signers.signer_pk"],
            name="fk_treaty_quotes_signer",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "signer_pk", name=op.f("pk_treaty_quotes")),
    )


def downgrade() -> None:
    op.drop_table("treaty_quotes")
    op.drop_table("treaty_oddities")
    op.drop_index("ix_treaty_signers_sender", "treaty_signers")
    with op.batch_alter_table("treaty_signers") as table:
        table.drop_column("sender")
