"""persons are compared without opening their records.

What is there is filled in when a record is next followed; until then its record is opened.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_UID = sa.LargeBinary(length=16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    op.add_column("person_mentions", sa.Column("compared", sa.LargeBinary, nullable=True))
    op.add_column("person_mentions", sa.Column("compared_key_pk", _UID, nullable=True))


def downgrade() -> None:
    op.drop_column("person_mentions", "compared_key_pk")
    op.drop_column("person_mentions", "compared")
