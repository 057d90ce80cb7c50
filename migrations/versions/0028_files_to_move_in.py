"""export files that are brought by the page wait, sealed, for their move; records that an old
server knows by an ID of its own are found by it.

The row of a move says where its file lies, and under which key; both go with the file.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
COLUMNS = ("file_blob", "file_key_pk", "file_size", "file_ending")


def upgrade() -> None:
    op.add_column("move_runs", sa.Column("file_blob", sa.String(64)))
    op.add_column("move_runs", sa.Column("file_key_pk", UID))
    op.add_column("move_runs", sa.Column("file_size", sa.BigInteger()))
    op.add_column("move_runs", sa.Column("file_ending", sa.String(8)))
    op.create_table(
        "moved_records",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("known_as", sa.LargeBinary(32), nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_moved_records_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "known_as"),
    )


def downgrade() -> None:
    op.drop_table("moved_records")
    for name in COLUMNS:
        op.drop_column("move_runs", name)
