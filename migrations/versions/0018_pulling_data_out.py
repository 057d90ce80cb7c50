"""pulling data out.

A form's records as they stand, newest first, by an index of their own. Runs: files that are made
and kept for some days, sealed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    is_current = sa.text("state = 'current'")
    op.create_index(
        "ix_submissions_form",
        "submissions",
        ["project_id", "form_pk", "record_pk"],
        sqlite_where=is_current,
        postgresql_where=is_current,
    )


def downgrade() -> None:
    op.drop_index("ix_submissions_form", "submissions")
