"""the XML of a record has a key for each class of what it tells.

What is stored stays under its one key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_UID = sa.LargeBinary(length=16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    for name in ("identity_key_pk", "testimony_key_pk", "replaced_key_pk"):
        op.add_column("submission_xml", sa.Column(name, _UID, nullable=True))
    op.add_column("project_periods", sa.Column("testimony_months", sa.Integer, nullable=True))


def downgrade() -> None:
    op.drop_column("project_periods", "testimony_months")
    for name in ("replaced_key_pk", "testimony_key_pk", "identity_key_pk"):
        op.drop_column("submission_xml", name)
