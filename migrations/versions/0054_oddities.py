"""what stands out among signatures of the People's Treaty, and through whom each came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0050"
branch_labels = None
depends_on = None


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
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("beside", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("is_looked_at", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "what", "about", "signed_on", name=op.f("pk_treaty_oddities")
        ),
    )


def downgrade() -> None:
    op.drop_table("treaty_oddities")
    op.drop_index("ix_treaty_signers_sender", "treaty_signers")
    with op.batch_alter_table("treaty_signers") as table:
        table.drop_column("sender")
