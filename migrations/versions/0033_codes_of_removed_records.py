"""codes of removed records: found by an index, where each record was opened and read.

Of those that are removed already a job keeps the code (`facts.actions.project_received`). And lists
that people or scripts fill tell of people until somebody says otherwise, as new ones do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "removed_codes",
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("code_digest", sa.String(32), nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "code_digest", "submission_pk", name="pk_removed_codes"
        ),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO jobs (job_pk, project_id, event, subject, due_at) "
        "SELECT submission_pk, project_id, 'submission.received', submission_pk, received_at "
        "FROM submissions WHERE state = 'current' AND deleted_at IS NOT NULL"
    )
    op.execute("UPDATE entity_lists SET telling = 'people' WHERE telling = 'undeclared'")


def downgrade() -> None:
    op.drop_table("removed_codes")
