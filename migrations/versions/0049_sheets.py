"""numbered sheets of the People's Treaty, and what each went through."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("treaty_campaigns") as table:
        table.add_column(sa.Column("names_until", sa.Date(), nullable=True))
    op.create_table(
        "treaty_sheets",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("batch_pk", UID, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.String(40), nullable=False),
        sa.Column("statement", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("commune", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_treaty_sheets")),
    )
    op.create_index(
        "uq_treaty_sheets_serial", "treaty_sheets", ["project_id", "serial"], unique=True
    )
    op.create_index("ix_treaty_sheets_step", "treaty_sheets", ["project_id", "step", "serial"])
    op.create_index("ix_treaty_sheets_batch", "treaty_sheets", ["project_id", "batch_pk", "serial"])
    op.create_table(
        "treaty_custody",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step_pk", UID, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "number"],
            ["treaty_sheets.project_id", "treaty_sheets.number"],
            name="fk_treaty_custody_sheet",
        ),
        sa.PrimaryKeyConstraint("project_id", "step_pk", name=op.f("pk_treaty_custody")),
    )
    op.create_index(
        "ix_treaty_custody_sheet", "treaty_custody", ["project_id", "number", "step_pk"]
    )
    for statement in _triggers("treaty_custody"):
        op.execute(statement)


def _triggers(table: str) -> Iterator[str]:
    """As of the log of signatures (0047)."""
    if op.get_bind().dialect.name == "postgresql":
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        yield (
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'what sheets went through is append-only'); END"
        )


def downgrade() -> None:
    op.drop_table("treaty_custody")
    op.drop_table("treaty_sheets")
    with op.batch_alter_table("treaty_campaigns") as table:
        table.drop_column("names_until")
