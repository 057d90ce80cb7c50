"""what is kept has a period.

Projects say for how long they keep what identifies people; of records whose period is over only
what may be counted stays (state "expired"). Projects have a share of the disk.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "project_periods",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("records_months", sa.Integer(), nullable=False),
        sa.Column("quarantine_days", sa.Integer(), nullable=False),
        sa.Column("looked_at", AT),
        sa.Column("erases_from", AT),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_periods_project_id"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_periods"),
    )
    op.create_table(
        "project_shares",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("most_bytes", sa.BigInteger(), nullable=False),
        sa.Column("held_bytes", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", AT),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_project_shares_project_id"
        ),
        sa.PrimaryKeyConstraint("project_id", name="pk_project_shares"),
    )


def downgrade() -> None:
    over = (
        "SELECT 1 FROM submissions WHERE state = 'expired' "
        "UNION SELECT 1 FROM quarantined WHERE reason = 'period_over'"
    )
    if op.get_bind().execute(sa.text(over)).first() is not None:
        raise RuntimeError(
            "Records were kept for their period and erased, and the older release would let phones "
            "bring them again. Nothing changed."
        )
    op.drop_table("project_shares")
    op.drop_table("project_periods")
