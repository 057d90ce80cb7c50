"""the People's Treaty: campaigns, who signed by keyed digests, a log that is only added to."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("treaty_entries", "treaty_tiles", "treaty_heads")


def upgrade() -> None:
    op.create_index("ix_sheets_number", "sheets", ["project_id", "number"])
    _campaigns()
    _log()
    _signers()
    for table in APPEND_ONLY:
        for statement in _triggers(table):
            op.execute(statement)


def _project() -> sa.Column[int]:
    return sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False)


def _small(name: str, *columns: sa.Column[object], key: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("project_id", sa.Integer(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f(f"fk_{name}_project_id")
        ),
        sa.PrimaryKeyConstraint("project_id", *key, name=op.f(f"pk_{name}")),
    )


def _campaigns() -> None:
    _small(
        "treaty_campaigns",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("title_km", sa.String(200), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
    )
    _small(
        "treaty_statements",
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("en", sa.String(20_000), nullable=False),
        sa.Column("km", sa.String(20_000), nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        key=("version",),
    )
    _small(
        "treaty_reported",
        sa.Column("reported_pk", UID, nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        key=("reported_pk",),
    )
    _small(
        "treaty_logs",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("counts", JSON, nullable=False),
    )


def _log() -> None:
    op.create_table(
        "treaty_entries",
        _project(),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("was", sa.String(40), nullable=True),
        sa.Column("now", sa.String(40), nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "place", name=op.f("pk_treaty_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_treaty_entries_commitment", "treaty_entries", ["project_id", "commitment"], unique=True
    )
    op.create_table(
        "treaty_tiles",
        _project(),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "place", name=op.f("pk_treaty_tiles")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "treaty_heads",
        _project(),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "size", name=op.f("pk_treaty_heads")),
        sqlite_with_rowid=False,
    )


def _signers() -> None:
    op.create_table(
        "treaty_signers",
        _project(),
        sa.Column("signer_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(40), nullable=False),
        sa.Column("has_stub", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(10), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("told", sa.String(24), nullable=False),
        sa.Column("may_count", sa.Boolean(), nullable=False),
        sa.Column("is_taken_back", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("logged", sa.String(40), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_treaty_signers_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "signer_pk", name=op.f("pk_treaty_signers")),
    )
    op.create_index(
        "uq_treaty_signers_record", "treaty_signers", ["project_id", "record_pk", "slot"],
        unique=True,
    )  # fmt: skip
    op.create_index("ix_treaty_signers_sheet", "treaty_signers", ["project_id", "sheet"])
    op.create_index("ix_treaty_signers_version", "treaty_signers", ["project_id", "submission_pk"])
    op.create_index("ix_treaty_signers_status", "treaty_signers", ["project_id", "status", "place"])
    op.create_table(
        "treaty_keys",
        _project(),
        sa.Column("signer_pk", UID, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        _of_signer("treaty_keys", "signer_pk"),
        sa.PrimaryKeyConstraint("project_id", "signer_pk", "key", name=op.f("pk_treaty_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_treaty_keys_key", "treaty_keys", ["project_id", "key", "signer_pk"])
    op.create_table(
        "treaty_pairs",
        _project(),
        sa.Column("pair_pk", UID, nullable=False),
        sa.Column("first_pk", UID, nullable=False),
        sa.Column("second_pk", UID, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("verdict", sa.String(40), nullable=True),
        _of_signer("treaty_pairs", "first_pk"),
        _of_signer("treaty_pairs", "second_pk"),
        sa.PrimaryKeyConstraint("project_id", "pair_pk", name=op.f("pk_treaty_pairs")),
    )
    op.create_index(
        "uq_treaty_pairs_both", "treaty_pairs", ["project_id", "first_pk", "second_pk"], unique=True
    )
    op.create_index("ix_treaty_pairs_second", "treaty_pairs", ["project_id", "second_pk"])
    op.create_index("ix_treaty_pairs_open", "treaty_pairs", ["project_id", "verdict", "score"])


def _of_signer(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", column],
        ["treaty_signers.project_id", "treaty_signers.signer_pk"],
        name=f"fk_{table}_{column.removesuffix('_pk')}",
        ondelete="CASCADE",
    )


def _triggers(table: str) -> Iterator[str]:
    """As of the audit log (0004)."""
    if op.get_bind().dialect.name == "postgresql":
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        yield (
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the log of signatures is append-only'); END"
        )


def downgrade() -> None:
    for table in (
        "treaty_pairs", "treaty_keys", "treaty_signers", "treaty_heads", "treaty_tiles",
        "treaty_entries", "treaty_logs", "treaty_reported", "treaty_statements",
        "treaty_campaigns",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_index("ix_sheets_number", "sheets")
