"""audit entries are chained.

Every entry gets its place in a strand and the hash of what came before it: first those that are
there, in the order of their times, in strand 0 of their project. The key becomes the place. The
table is made anew, filled as a stream, and takes the place of the old one with its triggers;
`TRUNCATE` is refused too from now on, and on PostgreSQL the owner gives up the right to change.

Going down drops hashes and signed heads: heads that were kept elsewhere say nothing of the chain
that a later way up begins.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
TABLES = ("audit_entries", "audit_heads")
AT_ONCE = 1000


def upgrade() -> None:
    _set_aside()
    op.create_table(
        "audit_entries",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("strand", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        *_said(),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "strand", "seq", name="pk_audit_entries"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_heads",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("head_pk", UID, nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("at", TIME, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("strands", JSON, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "head_pk", name="pk_audit_heads"),
        sa.UniqueConstraint("project_id", "day", name="uq_audit_heads_project_id_day"),
        sqlite_with_rowid=False,
    )
    _move(_chained)
    for table in TABLES:
        _refuse_change(table)


def downgrade() -> None:
    op.drop_table("audit_heads")
    _set_aside()
    op.create_table(
        "audit_entries",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        *_said(),
        sa.PrimaryKeyConstraint("project_id", "entry_pk", name="pk_audit_entries"),
        sqlite_with_rowid=False,
    )
    _move(_unchained)
    for statement in _triggers("audit_entries", "update", "delete"):
        op.execute(statement)


def _said() -> list[sa.Column[Any]]:
    """The columns that stay."""
    return [
        sa.Column("entry_pk", UID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_id", sa.Integer),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("details", JSON, nullable=False),
    ]


def _set_aside() -> None:
    op.rename_table("audit_entries", "audit_entries_before")
    if op.get_bind().dialect.name == "postgresql":  # where names of keys are the schema's
        op.execute("ALTER INDEX pk_audit_entries RENAME TO pk_audit_entries_before")


def _move(made: Any) -> None:
    """Every old entry, as `made` of it, into the new table; then the old one goes."""
    bind, metadata = op.get_bind(), sa.MetaData()
    old = sa.Table(
        "audit_entries_before",
        metadata,
        sa.Column("project_id", sa.Integer),
        *_said(),
    )
    new = sa.Table("audit_entries", metadata, autoload_with=bind)
    rows = bind.execute(
        sa.select(old).order_by(old.c.project_id, old.c.at, old.c.entry_pk),
        execution_options={"yield_per": AT_ONCE},
    )
    batch: list[dict[str, Any]] = []
    for row in made(rows.mappings()):
        batch.append(row)
        if len(batch) == AT_ONCE:
            bind.execute(sa.insert(new), batch)
            batch = []
    if batch:
        bind.execute(sa.insert(new), batch)
    op.drop_table("audit_entries_before")


def _unchained(rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield dict(row)


def _chained(rows: Any) -> Iterator[dict[str, Any]]:
    """Rows with place and hash. How canonical JSON is written is frozen here, as all of this."""
    project_id, seq, previous = None, 0, b""
    for row in rows:
        if row["project_id"] != project_id:
            project_id, seq, previous = row["project_id"], 0, bytes(32)
        seq += 1
        content = _content(row) | {"seq": seq, "strand": 0}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(previous + text.encode()).digest()
        yield {**row, "strand": 0, "seq": seq, "hash": previous}


def _content(row: Any) -> dict[str, Any]:
    at, key = row["at"], row["entry_pk"]
    if at.tzinfo is None:  # SQLite keeps UTC and does not say so
        at = at.replace(tzinfo=dt.UTC)
    return {
        "action": row["action"],
        "actor_id": row["actor_id"],
        "at": at.astimezone(dt.UTC).isoformat(timespec="microseconds")[:-6] + "Z",
        "details": row["details"],
        "entry_pk": str(key if isinstance(key, uuid.UUID) else uuid.UUID(bytes=bytes(key))),
        "project_id": row["project_id"],
        "subject": row["subject"],
    }


def _refuse_change(table: str) -> None:
    for statement in _triggers(table, "update", "delete", "truncate"):
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM CURRENT_USER")


def _triggers(table: str, *verbs: str) -> Iterator[str]:
    if op.get_bind().dialect.name == "postgresql":
        rows = " OR ".join(verb.upper() for verb in verbs if verb != "truncate")
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE {rows} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        if "truncate" in verbs:
            yield (
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for verb in verbs:
        if verb != "truncate":  # SQLite has none
            yield (
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
