"""cases of one person are one.

Those whose visits are joined already are folded together by the next daily round.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_UID = sa.LargeBinary(length=16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    op.add_column("cases", sa.Column("joined_to", _UID, nullable=True))
    op.add_column("cases", sa.Column("last_record_pk", _UID, nullable=True))
    op.add_column("cases", sa.Column("last_ordinal", sa.Integer, nullable=True))
    op.create_index("ix_cases_joined", "cases", ["project_id", "joined_to"])


def downgrade() -> None:
    op.drop_index("ix_cases_joined", "cases")
    for name in ("last_ordinal", "last_record_pk", "joined_to"):
        op.drop_column("cases", name)
