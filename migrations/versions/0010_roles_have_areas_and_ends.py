"""roles have areas and ends.

A grant may hold in one area of a project and until a moment, and says who gave it; access for a
day (break-glass) has a table of its own. A submission knows the place that all its facts share,
so that lists can be cut to an area by one index; what is stored already gets it from its facts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FACTS = ("consents", "households", "persons", "signatures")
"""Needs lie where their person does."""


def upgrade() -> None:
    with op.batch_alter_table("grants") as grants:
        grants.add_column(sa.Column("area", sa.String(6), nullable=False, server_default=""))
        grants.add_column(sa.Column("ends_at", sa.DateTime(timezone=True)))
        grants.add_column(sa.Column("granted_by", sa.Integer))
        grants.add_column(sa.Column("granted_at", sa.DateTime(timezone=True)))
        grants.drop_constraint("pk_grants", type_="primary")
        grants.create_primary_key("pk_grants", ["user_id", "project_id", "role", "area"])
    op.create_table(
        "emergencies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("granted_by", sa.Integer, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_emergencies_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_emergencies_user_id"),
        sa.ForeignKeyConstraint(["granted_by"], ["actors.id"], name="fk_emergencies_granted_by"),
        sa.PrimaryKeyConstraint("id", name="pk_emergencies"),
    )
    op.create_index("ix_emergencies_project", "emergencies", ["project_id", "ends_at"])
    op.create_index("ix_emergencies_user_id", "emergencies", ["user_id"])
    op.add_column("submissions", sa.Column("place", sa.String(6)))
    _find_places()
    op.create_index(
        "ix_submissions_place",
        "submissions",
        ["project_id", "place", "submission_pk"],
        sqlite_where=sa.text("place IS NOT NULL"),
        postgresql_where=sa.text("place IS NOT NULL"),
    )


def _find_places() -> None:
    """The finest place that all facts of a submission share; null where there is none."""
    submissions = _table("submissions", "place")
    told = sa.union_all(
        *(
            sa.select(fact.c.adm1, fact.c.adm2, fact.c.adm3).where(
                fact.c.project_id == submissions.c.project_id,
                fact.c.submission_pk == submissions.c.submission_pk,
            )
            for fact in (_table(name, "adm1", "adm2", "adm3") for name in FACTS)
        )
    ).subquery("told")
    shared = [
        (sa.and_(sa.func.min(level) == sa.func.max(level), sa.func.min(level) != "unknown"), level)
        for level in (told.c.adm3, told.c.adm2, told.c.adm1)
    ]
    finest = sa.case(*((is_one, sa.func.min(level)) for is_one, level in shared))
    op.execute(submissions.update().values(place=sa.select(finest).scalar_subquery()))


def _table(name: str, *columns: str) -> sa.TableClause:
    keys = ("project_id", "submission_pk")
    return sa.table(name, *(sa.column(column) for column in (*keys, *columns)))


def downgrade() -> None:
    op.drop_index("ix_submissions_place", "submissions")
    op.drop_column("submissions", "place")
    op.drop_table("emergencies")
    # The older release knows no limits: what was limited would reach everywhere, for good.
    op.execute("DELETE FROM grants WHERE area <> '' OR ends_at IS NOT NULL")
    with op.batch_alter_table("grants") as grants:
        grants.drop_constraint("pk_grants", type_="primary")
        grants.create_primary_key("pk_grants", ["user_id", "project_id", "role"])
        for name in ("granted_at", "granted_by", "ends_at", "area"):
            grants.drop_column(name)
