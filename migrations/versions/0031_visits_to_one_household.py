"""visits to one household are known as such, and who answered for somebody else.

A stand-in for the household lies beside what was told of its people.
Until facts are computed again (`flask facts rebuild`) each visit is a household of its own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = ("households", "persons", "needs")


def upgrade() -> None:
    op.add_column("persons", sa.Column("is_proxy", sa.Boolean))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    own = "lower(hex(submission_pk))" if is_sqlite else "replace(submission_pk::text, '-', '')"
    for table in TABLES:
        op.add_column(
            table, sa.Column("household_key", sa.String(16), nullable=False, server_default="")
        )
        op.execute(sa.text(f"UPDATE {table} SET household_key = substr({own}, 17)"))  # noqa: S608


def downgrade() -> None:
    op.drop_column("persons", "is_proxy")
    for table in TABLES:
        op.drop_column(table, "household_key")
