"""export files that are brought by the page wait, sealed, for their move.

The row of a move says where its file lies, and under which key; both go with the file.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
COLUMNS = ("file_blob", "file_key_pk", "file_size", "file_ending")


def upgrade() -> None:
    op.add_column("move_runs", sa.Column("file_blob", sa.String(64)))
    op.add_column("move_runs", sa.Column("file_key_pk", UID))
    op.add_column("move_runs", sa.Column("file_size", sa.BigInteger()))
    op.add_column("move_runs", sa.Column("file_ending", sa.String(8)))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("move_runs", name)
