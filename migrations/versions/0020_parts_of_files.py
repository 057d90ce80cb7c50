"""what apps of JSON sync need: pieces of files, and what changed of what they sent.

Pieces are gone when a file is whole: going back loses what was on its way, and apps send it again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "file_parts",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("name_digest", sa.String(64), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("bound", sa.LargeBinary(16), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_file_parts_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "submission_pk", "name_digest", "begins", name="pk_file_parts"
        ),
    )
    op.add_column("submissions", sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_submissions_changes",
        "submissions",
        ["project_id", "submitter_id", "changed_at", "submission_pk"],
        sqlite_where=sa.text("channel = 'json'"),
        postgresql_where=sa.text("channel = 'json'"),
    )
    op.create_index("ix_file_parts_blob", "file_parts", ["blob"])
    op.create_index("ix_file_parts_received", "file_parts", ["received_at"])


def downgrade() -> None:
    op.drop_table("file_parts")
    op.drop_index("ix_submissions_changes", "submissions")
    op.drop_column("submissions", "changed_at")
