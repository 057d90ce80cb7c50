"""codes of versions that edits replaced: whoever has the paper of before takes back by it, too.

Of those that are here already a job keeps the code (`facts.actions.project_received`).
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO jobs (job_pk, project_id, event, subject, due_at) "
        "SELECT submission_pk, project_id, 'submission.received', submission_pk, received_at "
        "FROM submissions WHERE state = 'superseded' AND submission_pk NOT IN "
        "(SELECT job_pk FROM jobs)"
    )


def downgrade() -> None:
    """Codes that were kept stay: of older releases, too, they take back by them."""
