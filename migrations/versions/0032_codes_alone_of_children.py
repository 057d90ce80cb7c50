"""a child's name opens with its guardian's yes and its own: facts that are here say so.

As projection does from now on: the bit `CODES_ALONE` beside the scopes of whoever is under 18
without both yeses. (Of a form about one child alone, the row of its consent gets it when facts are
computed again; that of the child closes the record until then.)
"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

CODES_ALONE = 1 << 30
MINOR = "age_band IN ('0004', '0511', '1217', 'unk_child')"
WHOSE = {
    "persons": (MINOR, "c.ordinal IN (0, persons.ordinal + 1)"),
    "needs": (MINOR, "c.ordinal IN (0, needs.person_ordinal + 1)"),
    "signatures": (f"({MINOR} OR line_status = 'minor')", "c.ordinal = 0"),
}


def upgrade() -> None:
    for table, (is_minor, is_theirs) in WHOSE.items():
        op.execute(
            f"UPDATE {table} SET scopes = scopes | {CODES_ALONE} "  # noqa: S608 - constants
            f"WHERE {is_minor} AND NOT EXISTS "
            f"(SELECT 1 FROM consents c WHERE c.project_id = {table}.project_id "
            f"AND c.submission_pk = {table}.submission_pk AND {is_theirs} "
            "AND c.guardian AND c.assent)"
        )


def downgrade() -> None:
    for table in ("consents", *WHOSE):
        op.execute(f"UPDATE {table} SET scopes = scopes & {CODES_ALONE - 1}")  # noqa: S608
