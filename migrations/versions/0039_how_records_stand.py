"""how records stand, what became of them, and who agreed.

What was rejected before is counted no more from now on: until then facts did not know of it. (The
history of a record begins now; its last word stays where it was.)
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

FACTS = (
    "households", "consents", "persons", "incidents", "needs", "visits", "follow_ups",
    "rights_issues", "clearance_concerns", "testimonies", "signatures", "sheets", "providers",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "proposal_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "subject",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("seen", sa.String(length=80), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_person", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "proposal_pk", name=op.f("pk_proposals")),
    )
    op.create_index(
        "uq_proposals_open",
        "proposals",
        ["project_id", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "standings",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "counting_policies",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("approved_only", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_counting_policies_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_counting_policies")),
    )
    op.create_table(
        "review_changes",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "change_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "record_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "comment_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=True,
        ),
        sa.Column("origin", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_review_changes_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "change_pk", name=op.f("pk_review_changes")),
    )
    op.create_index(
        "ix_review_changes_record",
        "review_changes",
        ["project_id", "record_pk", "change_pk"],
        unique=False,
    )
    op.add_column("record_reviews", sa.Column("owner_id", sa.Integer(), nullable=True))
    op.add_column(
        "record_reviews", sa.Column("owned_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_record_reviews_returned",
        "record_reviews",
        ["project_id", "decided_at"],
        unique=False,
        sqlite_where=sa.text("state = 'hasIssues'"),
        postgresql_where=sa.text("state = 'hasIssues'"),
    )
    op.execute(
        sa.text(
            "INSERT INTO standings (project_id, submission_pk, standing) "
            "SELECT project_id, submission_pk, state FROM record_reviews "
            "WHERE state = 'rejected' OR (state = 'approved' AND copied_from IS NULL)"
        )
    )
    for table in FACTS:
        stands = (
            f"FROM standings s WHERE s.project_id = {table}.project_id "
            f"AND s.submission_pk = {table}.submission_pk"
        )
        op.execute(
            sa.text(
                f"UPDATE {table} SET standing = (SELECT s.standing {stands}) "  # noqa: S608
                f"WHERE EXISTS (SELECT 1 {stands})"
            )
        )


def downgrade() -> None:
    for table in FACTS:
        op.execute(sa.text(f"UPDATE {table} SET standing = 'received'"))  # noqa: S608 - ours
    op.drop_index(
        "ix_record_reviews_returned",
        table_name="record_reviews",
        sqlite_where=sa.text("state = 'hasIssues'"),
        postgresql_where=sa.text("state = 'hasIssues'"),
    )
    op.drop_column("record_reviews", "owned_at")
    op.drop_column("record_reviews", "owner_id")
    op.drop_index("ix_review_changes_record", table_name="review_changes")
    op.drop_table("review_changes")
    op.drop_table("counting_policies")
    op.drop_table("standings")
    op.drop_index(
        "uq_proposals_open",
        table_name="proposals",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("proposals")
