"""drafts and what a look found.

Forms get drafts with files of their own, which phones reach by a token that nobody keeps; what is
sent to try one lies apart from records. Of a record it is kept what a look at it found, and what
the team said of it, sealed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LIVE = sa.text("ended_as IS NULL")


def upgrade() -> None:
    op.create_table(
        "form_drafts",
        sa.Column("draft_pk", sa.Integer, nullable=False),
        sa.Column("form_pk", sa.Integer, nullable=False),
        sa.Column("version", sa.String(249), nullable=False),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("md5", sa.String(32), nullable=False),
        sa.Column("source_sha256", sa.String(64)),
        sa.Column("warnings", JSON, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("created_by", sa.Integer),
        sa.Column("ended_as", sa.String(40)),
        sa.Column("xml", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["form_pk"], ["forms.form_pk"], name="fk_form_drafts_form_pk"),
        sa.PrimaryKeyConstraint("draft_pk", name="pk_form_drafts"),
    )
    op.create_index("ix_form_drafts_form_pk", "form_drafts", ["form_pk"])
    op.create_index(
        "uq_form_drafts_live",
        "form_drafts",
        ["form_pk"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "form_draft_files",
        sa.Column("file_pk", sa.Integer, nullable=False),
        sa.Column("draft_pk", sa.Integer, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("bound", sa.LargeBinary(16), nullable=False),
        sa.Column("md5", sa.String(32), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_pk"], ["form_drafts.draft_pk"], name="fk_form_draft_files_draft_pk"
        ),
        sa.PrimaryKeyConstraint("file_pk", name="pk_form_draft_files"),
        sa.UniqueConstraint("draft_pk", "name", name="uq_form_draft_files_name"),
    )
    op.create_table(
        "trial_records",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("trial_pk", UID, nullable=False),
        sa.Column("form_pk", sa.Integer, nullable=False),
        sa.Column("draft_pk", sa.Integer, nullable=False),
        sa.Column("instance_id", sa.String(249), nullable=False),
        sa.Column("canonical_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("files_expected", sa.Integer, nullable=False),
        sa.Column("device_key", sa.String(32)),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("xml", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "trial_pk", name="pk_trial_records"),
        sa.UniqueConstraint(
            "project_id", "draft_pk", "instance_id", name="uq_trial_records_instance"
        ),
    )
    op.create_table(
        "record_reviews",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("state", sa.String(40)),
        sa.Column("decided_by", sa.Integer),
        sa.Column("decided_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_record_reviews_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "record_pk", name="pk_record_reviews"),
    )
    op.create_table(
        "record_comments",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("comment_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("actor_id", sa.Integer),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_record_comments_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "comment_pk", name="pk_record_comments"),
    )
    op.create_index(
        "ix_record_comments_record", "record_comments", ["project_id", "record_pk", "comment_pk"]
    )


def downgrade() -> None:
    op.drop_index("ix_record_comments_record", "record_comments")
    for table in ("record_comments", "record_reviews", "trial_records", "form_draft_files"):
        op.drop_table(table)
    op.drop_index("uq_form_drafts_live", "form_drafts")
    op.drop_index("ix_form_drafts_form_pk", "form_drafts")
    op.drop_table("form_drafts")
