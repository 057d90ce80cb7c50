"""what is sent twice makes one thing.

Names of scripts' tokens are unique in their project while the token lives: of those that share one
today the newest keeps it, the others get a number behind it. Of a short code that the same person
gave twice one request waits for a coordinator, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TOKENS = sa.table(
    "api_tokens",
    sa.column("id", sa.Integer),
    sa.column("revoked_at", sa.DateTime(timezone=True)),
)
PLACES = sa.table(
    "api_token_projects",
    sa.column("api_token_id", sa.Integer),
    sa.column("project_id", sa.Integer),
    sa.column("live_name", sa.String),
)
ACTORS = sa.table("actors", sa.column("id", sa.Integer), sa.column("display_name", sa.String))
WAITING = {
    "uq_withdrawals_waiting": "state = 'waiting' AND actor_id IS NULL",
    "uq_withdrawals_waiting_of": "state = 'waiting' AND actor_id IS NOT NULL",
}


def upgrade() -> None:
    op.add_column("api_token_projects", sa.Column("live_name", sa.String(400)))
    _name_tokens(op.get_bind())
    op.create_index(
        "uq_api_token_projects_live_name",
        "api_token_projects",
        ["project_id", "live_name"],
        unique=True,
    )
    _refuse_repeated()
    for name, where in WAITING.items():
        of = ["actor_id"] if name.endswith("_of") else []
        op.create_index(
            name,
            "withdrawals",
            ["project_id", "code_digest", "scopes", *of],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _name_tokens(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.select(TOKENS.c.id, ACTORS.c.display_name)
        .join(ACTORS, ACTORS.c.id == TOKENS.c.id)
        .where(TOKENS.c.revoked_at.is_(None))
        .order_by(TOKENS.c.id.desc())
    ).all()
    taken: set[tuple[int, str]] = set()
    for row in rows:
        mine = PLACES.c.api_token_id == row.id
        places = connection.execute(sa.select(PLACES.c.project_id).where(mine)).scalars().all()
        name, number = row.display_name, 1
        while any((place, _key(name)) in taken for place in places):
            number += 1
            name = f"{row.display_name[:110]} {number}"
        taken |= {(place, _key(name)) for place in places}
        connection.execute(sa.update(PLACES).where(mine).values(live_name=_key(name)))
        if name != row.display_name:
            connection.execute(
                sa.update(ACTORS).where(ACTORS.c.id == row.id).values(display_name=name)
            )


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _refuse_repeated() -> None:
    names = ("project_id", "withdrawal_pk", "actor_id", "code_digest", "scopes", "state")
    later = sa.table("withdrawals", *map(sa.column, names))
    first = later.alias("first")
    op.execute(
        later.update()
        .where(
            later.c.state == "waiting",
            sa.exists(
                sa.select(1)
                .select_from(first)
                .where(
                    first.c.state == "waiting",
                    first.c.project_id == later.c.project_id,
                    first.c.code_digest == later.c.code_digest,
                    first.c.scopes == later.c.scopes,
                    sa.func.coalesce(first.c.actor_id, 0) == sa.func.coalesce(later.c.actor_id, 0),
                    first.c.withdrawal_pk < later.c.withdrawal_pk,
                )
            ),
        )
        .values(state="refused")
    )


def downgrade() -> None:
    for name in WAITING:
        op.drop_index(name, "withdrawals")
    op.drop_index("uq_api_token_projects_live_name", "api_token_projects")
    op.drop_column("api_token_projects", "live_name")
