"""files are prepared for those who may look at them.

The type of a file by its content, what became of preparing it, and what was made of it. What is
stored already gets a job for each submission that has files: the worker looks at their types.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
EVENT = "submission.files_arrived"
PAGE = 500


def upgrade() -> None:
    op.add_column("attachments", sa.Column("media_type", sa.String(40)))
    op.add_column("attachments", sa.Column("prepared", sa.String(40)))
    op.add_column("quarantined_files", sa.Column("media_type", sa.String(40)))
    op.create_table(
        "prepared_files",
        sa.Column("project_id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("prepared_pk", UID, nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.String(64), nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("bound", sa.LargeBinary(16), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "prepared_pk", name="pk_prepared_files"),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk", "name", "digest"],
            [
                "attachments.project_id",
                "attachments.submission_pk",
                "attachments.name",
                "attachments.digest",
            ],
            name="fk_prepared_files_attachment",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint(
            "project_id", "submission_pk", "name", "digest", "part", name="uq_prepared_files_part"
        ),
    )
    op.create_index("ix_prepared_files_blob", "prepared_files", ["blob"])
    op.create_index(
        "ix_audit_entries_testimony",
        "audit_entries",
        ["project_id", "at"],
        sqlite_where=sa.text("action = 'testimony.read'"),
        postgresql_where=sa.text("action = 'testimony.read'"),
    )
    _enqueue_stored()


def _enqueue_stored() -> None:
    connection = op.get_bind()
    jobs = sa.table(
        "jobs",
        sa.column("project_id", sa.Integer),
        sa.column("job_pk", UID),
        sa.column("event", sa.String),
        sa.column("subject", UID),
        sa.column("due_at", sa.DateTime(timezone=True)),
    )
    files = sa.table(
        "attachments", sa.column("project_id", sa.Integer), sa.column("submission_pk", UID)
    )
    now = dt.datetime.now(dt.UTC)
    rows = connection.execute(sa.select(files).distinct()).all()
    for start in range(0, len(rows), PAGE):
        new = [
            {
                "project_id": row.project_id,
                "job_pk": _key(connection, uuid.uuid4()),
                "event": EVENT,
                "subject": row.submission_pk,
                "due_at": now,
            }
            for row in rows[start : start + PAGE]
        ]
        connection.execute(sa.insert(jobs), new)


def _key(connection: sa.Connection, value: uuid.UUID) -> uuid.UUID | bytes:
    return value if connection.dialect.name == "postgresql" else value.bytes


def downgrade() -> None:
    op.execute(f"DELETE FROM jobs WHERE event = '{EVENT}'")  # noqa: S608 - our own name
    op.drop_index("ix_audit_entries_testimony", "audit_entries")
    op.drop_table("prepared_files")
    op.drop_column("quarantined_files", "media_type")
    op.drop_column("attachments", "prepared")
    op.drop_column("attachments", "media_type")
