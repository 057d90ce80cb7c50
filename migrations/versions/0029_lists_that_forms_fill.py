"""lists that forms fill and of which nobody said whom they tell, tell of people until somebody
says otherwise, as those that are made from now on.
"""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE entity_lists SET telling = 'people' WHERE telling = 'undeclared' "
        "AND list_pk IN (SELECT list_pk FROM entity_uses)"
    )


def downgrade() -> None:
    """Nothing: what was hidden stays hidden."""
