"""access for a day can be to one record.

And of each access that is open there is one: a unique key, held until it ends. What is open when
this runs keeps none: it ends within the day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.add_column("emergencies", sa.Column("record_pk", UID))
    op.add_column("emergencies", sa.Column("open_key", sa.String(80)))
    op.create_index("uq_emergencies_open", "emergencies", ["open_key"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_emergencies_open", "emergencies")
    # The older release knows no single records: they would open the whole project.
    op.execute("DELETE FROM emergencies WHERE record_pk IS NOT NULL")
    op.drop_column("emergencies", "open_key")
    op.drop_column("emergencies", "record_pk")
