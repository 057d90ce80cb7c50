"""phones and scripts.

Phones: unique names among live ones, binding to an installation, alarms, use of a day, Digest.
Scripts: API tokens and their sessions. Live phones that share a name today keep the newest one's;
the others get a number behind it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)

APP_USERS = sa.table(
    "app_users",
    sa.column("id", sa.Integer),
    sa.column("project_id", sa.Integer),
    sa.column("revoked_at", MOMENT),
    sa.column("name_key", sa.String),
)
ACTORS = sa.table("actors", sa.column("id", sa.Integer), sa.column("display_name", sa.String))
LIVE = sa.text("revoked_at IS NULL")
NEW_COLUMNS = (
    "name_key", "renewed_at", "device_key", "bound_at", "fetched_at", "used_on",
    "used_submissions", "used_bytes",
)  # fmt: skip


def upgrade() -> None:
    for column in (
        sa.Column("name_key", sa.String(400), nullable=False, server_default=""),
        sa.Column("renewed_at", MOMENT),
        sa.Column("device_key", sa.String(32)),
        sa.Column("bound_at", MOMENT),
        sa.Column("fetched_at", MOMENT),
        sa.Column("used_on", sa.Date),
        sa.Column("used_submissions", sa.Integer, nullable=False, server_default="0"),
        sa.Column("used_bytes", sa.BigInteger, nullable=False, server_default="0"),
    ):
        op.add_column("app_users", column)
    _name_phones(op.get_bind())
    op.create_index(
        "uq_app_users_live_name",
        "app_users",
        ["project_id", "name_key"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    _create_device_tables()
    _create_script_tables()


def _name_phones(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.select(
            APP_USERS.c.id, APP_USERS.c.project_id, APP_USERS.c.revoked_at, ACTORS.c.display_name
        )
        .join(ACTORS, ACTORS.c.id == APP_USERS.c.id)
        .order_by(APP_USERS.c.id.desc())
    ).all()
    taken: set[tuple[int, str]] = set()
    for row in rows:
        name, number = row.display_name, 1
        while row.revoked_at is None and (row.project_id, _key(name)) in taken:
            number += 1
            name = f"{row.display_name[:110]} {number}"
        if row.revoked_at is None:
            taken.add((row.project_id, _key(name)))
        mine = APP_USERS.c.id == row.id
        connection.execute(sa.update(APP_USERS).where(mine).values(name_key=_key(name)))
        if name != row.display_name:
            connection.execute(
                sa.update(ACTORS).where(ACTORS.c.id == row.id).values(display_name=name)
            )


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _create_device_tables() -> None:
    op.create_table(
        "device_alarms",
        sa.Column("project_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("app_user_id", sa.Integer, primary_key=True),
        sa.Column("device_key", sa.String(32), primary_key=True),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["app_user_id"], ["app_users.id"], name="fk_device_alarms_app_user_id"
        ),
        sa.PrimaryKeyConstraint("project_id", "app_user_id", "device_key", name="pk_device_alarms"),
    )
    op.create_table(
        "device_digests",
        sa.Column("project_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("app_user_id", sa.Integer, primary_key=True),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["app_user_id"], ["app_users.id"], name="fk_device_digests_app_user_id"
        ),
        sa.PrimaryKeyConstraint("project_id", "app_user_id", name="pk_device_digests"),
    )
    op.create_table(
        "digest_nonces",
        sa.Column("project_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("nonce", sa.LargeBinary(16), primary_key=True),
        sa.Column("highest", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.LargeBinary(16), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "nonce", name="pk_digest_nonces"),
    )
    op.create_index("ix_digest_nonces_expires_at", "digest_nonces", ["expires_at"])


def _create_script_tables() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("all_projects", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.Integer),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.ForeignKeyConstraint(["id"], ["actors.id"], name="fk_api_tokens_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("email", name="uq_api_tokens_email"),
        sa.UniqueConstraint("token_sha256", name="uq_api_tokens_token_sha256"),
    )
    op.create_table(
        "api_token_projects",
        sa.Column("api_token_id", sa.Integer, nullable=False),
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_token_id"], ["api_tokens.id"], name="fk_api_token_projects_api_token_id"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_api_token_projects_project_id"
        ),
        sa.PrimaryKeyConstraint("api_token_id", "project_id", name="pk_api_token_projects"),
    )
    op.create_table(
        "script_sessions",
        sa.Column("session_pk", UID, nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("api_token_id", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["api_token_id"], ["api_tokens.id"], name="fk_script_sessions_api_token_id"
        ),
        sa.PrimaryKeyConstraint("session_pk", name="pk_script_sessions"),
        sa.UniqueConstraint("token_sha256", name="uq_script_sessions_token_sha256"),
    )
    op.create_index("ix_script_sessions_api_token_id", "script_sessions", ["api_token_id"])


def downgrade() -> None:
    for table in (
        "script_sessions", "api_token_projects", "api_tokens",
        "digest_nonces", "device_digests", "device_alarms",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index("uq_app_users_live_name", "app_users")
    for column in NEW_COLUMNS:
        op.drop_column("app_users", column)
