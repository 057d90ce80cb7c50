"""what people keyed of sheets until it is a record, and pictures of sheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "treaty_keyings",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("keying_pk", UID, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _of_sheet("treaty_keyings"),
        sa.PrimaryKeyConstraint("project_id", "keying_pk", name=op.f("pk_treaty_keyings")),
    )
    op.create_index(
        "uq_treaty_keyings_turn", "treaty_keyings", ["project_id", "number", "turn"], unique=True
    )
    op.create_table(
        "treaty_scans",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("bound", sa.LargeBinary(), nullable=False),
        sa.Column("delete_on", sa.Date(), nullable=False),
        _of_sheet("treaty_scans"),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_treaty_scans")),
    )
    op.create_index("ix_treaty_scans_blob", "treaty_scans", ["project_id", "blob"])
    op.create_index("ix_treaty_scans_delete_on", "treaty_scans", ["project_id", "delete_on"])


def _of_sheet(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "number"],
        ["treaty_sheets.project_id", "treaty_sheets.number"],
        name=f"fk_{table}_sheet",
    )


def downgrade() -> None:
    op.drop_table("treaty_scans")
    op.drop_table("treaty_keyings")
