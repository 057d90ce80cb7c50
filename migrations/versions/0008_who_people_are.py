"""who people are: second factors, refresh tokens, throttles.

Open sessions end: they name no second factor, and their cookies held an access token.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
SIGN_IN = (
    "idle_until", "seen_at", "cookie_sha256", "factor_at", "challenge", "challenge_at", "place",
    "client",
)  # fmt: skip


def upgrade() -> None:
    op.execute("DELETE FROM sign_ins")
    with op.batch_alter_table("sign_ins") as table:
        table.add_column(sa.Column("idle_until", MOMENT, nullable=False))
        table.add_column(sa.Column("seen_at", MOMENT, nullable=False))
        table.add_column(sa.Column("cookie_sha256", sa.LargeBinary(32)))
        table.add_column(sa.Column("factor_at", MOMENT))
        table.add_column(sa.Column("challenge", sa.LargeBinary(64)))
        table.add_column(sa.Column("challenge_at", MOMENT))
        table.add_column(sa.Column("place", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("client", sa.String(80), nullable=False, server_default=""))
        table.create_unique_constraint("uq_sign_ins_cookie_sha256", ["cookie_sha256"])
    op.create_table(
        "known_networks",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("network", sa.String(32), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("blocked_until", MOMENT),
        sa.PrimaryKeyConstraint("user_id", "network", name="pk_known_networks"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_known_networks_user_id"),
    )
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("is_confirmed", sa.Boolean, nullable=False),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "is_confirmed", name="pk_second_factors"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_second_factors_user_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("user_id", "code_sha256", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_recovery_codes_user_id"),
    )
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("credential_id", name="pk_passkeys"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_passkeys_user_id"),
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("sign_in_pk", UID, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("used_by", sa.String(32)),
        sa.Column("replayed_at", MOMENT),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["sign_in_pk"], ["sign_ins.sign_in_pk"], name="fk_refresh_tokens_sign_in_pk"
        ),
    )
    op.create_index("ix_refresh_tokens_sign_in_pk", "refresh_tokens", ["sign_in_pk"])
    op.create_table(
        "throttles",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_throttles"),
    )
    op.create_index("ix_throttles_until", "throttles", ["until"])


def downgrade() -> None:
    op.drop_table("throttles")
    op.drop_table("refresh_tokens")
    op.drop_table("passkeys")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.drop_table("known_networks")
    op.execute("DELETE FROM sign_ins")
    with op.batch_alter_table("sign_ins") as table:
        table.drop_constraint("uq_sign_ins_cookie_sha256", type_="unique")
        for name in SIGN_IN:
            table.drop_column(name)
