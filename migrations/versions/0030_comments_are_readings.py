"""who read what the team says of a record stands with the other readings: comments may name people.

As 0025, with one more act; the condition is that of `foundation.audit.readings`. And withdrawals
say from when on nothing that is begun can hold what was taken back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SOMETIMES = "action IN ('rows.read', 'rows.export', 'rows.left')"
SAID = """instr(details, '"classes":"') > 0 AND instr(details, '"classes":""') = 0"""
BEFORE = "action IN ('testimony.read', 'identity.read', 'entity.read_names', 'entity.carry')"
ALWAYS = BEFORE.replace(")", ", 'review.read_comments')")
INDEXES = {
    "ix_audit_entries_readings": ["project_id", "at", "entry_pk"],
    "ix_audit_entries_readings_of": ["project_id", "subject", "at", "entry_pk"],
    "ix_audit_entries_readings_by": ["project_id", "actor_id", "at", "entry_pk"],
}


def on_sqlite(always: str) -> str:
    return f"({always} OR ({SOMETIMES} AND {SAID}))"


def on_postgresql(always: str) -> str:
    return f"({always} OR ({SOMETIMES} AND details ->> 'classes' <> ''))"


ON_SQLITE, ON_POSTGRESQL = on_sqlite(ALWAYS), on_postgresql(ALWAYS)


def upgrade() -> None:
    _make_anew(ALWAYS)
    op.add_column("withdrawals", sa.Column("gone_at", MOMENT))


def downgrade() -> None:
    op.drop_column("withdrawals", "gone_at")
    _make_anew(BEFORE)


def _make_anew(always: str) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, "audit_entries")
        op.create_index(
            name,
            "audit_entries",
            columns,
            sqlite_where=sa.text(on_sqlite(always)),
            postgresql_where=sa.text(on_postgresql(always)),
        )
