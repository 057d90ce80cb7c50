"""in the tables a signer is of a commune: villages stay in the sealed records alone."""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

OF_SIGNING = (
    "UPDATE {table} SET adm4 = 'unknown' WHERE adm4 <> 'unknown' AND EXISTS (SELECT 1 FROM {of} o "
    "WHERE o.project_id = {table}.project_id AND o.submission_pk = {table}.submission_pk)"
)


def upgrade() -> None:
    for of in ("signatures", "sheets"):
        op.execute(OF_SIGNING.format(table="consents", of=of))
    op.execute("UPDATE signatures SET adm4 = 'unknown' WHERE adm4 <> 'unknown'")
    op.execute("UPDATE sheets SET adm4 = 'unknown' WHERE adm4 <> 'unknown'")
    # Where a village's code is not its commune's, the next look at the record says which.
    op.execute("UPDATE treaty_signers SET place = substr(place, 1, 6) WHERE length(place) > 6")


def downgrade() -> None:
    """Villages come back with `flask facts rebuild` of the earlier release."""
