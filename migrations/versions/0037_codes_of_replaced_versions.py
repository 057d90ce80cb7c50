"""codes of versions that edits replaced: whoever has the paper of before takes back by it, too.

Of those that are here already a job keeps the code (`jobs.py`): under a name of its own, for what
waits to be read for the first time goes to nobody. And edits by when they changed: one that waited,
and took its place after a file was made, may deny the file.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


INDEX = "ix_submissions_edited_since"
IS_EDITED = sa.text("state = 'current' AND submission_pk <> record_pk")


def upgrade() -> None:
    op.create_index(
        INDEX,
        "submissions",
        ["project_id", "form_pk", "changed_at"],
        sqlite_where=IS_EDITED,
        postgresql_where=IS_EDITED,
    )
    op.execute(
        "INSERT INTO jobs (job_pk, project_id, event, subject, due_at) "
        "SELECT submission_pk, project_id, 'version.replaced', submission_pk, received_at "
        "FROM submissions WHERE state = 'superseded' AND submission_pk NOT IN "
        "(SELECT job_pk FROM jobs)"
    )


def downgrade() -> None:
    """Codes that were kept stay: by them is taken back what an older release holds, too."""
    op.execute("DELETE FROM jobs WHERE event = 'version.replaced'")
    op.drop_index(INDEX, "submissions")
