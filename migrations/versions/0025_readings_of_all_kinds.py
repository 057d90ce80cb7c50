"""all readings of who somebody is and of what they told are found at once, not only of files.

By time, by record and by person; the condition is that of `foundation.audit.readings`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ALWAYS = "action IN ('testimony.read', 'identity.read', 'entity.read_names', 'entity.carry')"
SOMETIMES = "action IN ('rows.read', 'rows.export', 'rows.left')"
SAID = """instr(details, '"classes":"') > 0 AND instr(details, '"classes":""') = 0"""
ON_SQLITE = f"({ALWAYS} OR ({SOMETIMES} AND {SAID}))"
ON_POSTGRESQL = f"({ALWAYS} OR ({SOMETIMES} AND details ->> 'classes' <> ''))"
FILES = sa.text("action = 'testimony.read'")
INDEXES = {
    "ix_audit_entries_readings": ["project_id", "at", "entry_pk"],
    "ix_audit_entries_readings_of": ["project_id", "subject", "at", "entry_pk"],
    "ix_audit_entries_readings_by": ["project_id", "actor_id", "at", "entry_pk"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(
            name,
            "audit_entries",
            columns,
            sqlite_where=sa.text(ON_SQLITE),
            postgresql_where=sa.text(ON_POSTGRESQL),
        )
    op.drop_index("ix_audit_entries_testimony", "audit_entries")


def downgrade() -> None:
    op.create_index(
        "ix_audit_entries_testimony",
        "audit_entries",
        ["project_id", "at"],
        sqlite_where=FILES,
        postgresql_where=FILES,
    )
    for name in INDEXES:
        op.drop_index(name, "audit_entries")
