"""rows lie by their key.

What every submission writes becomes one tree on SQLite instead of a table beside its index, and
the bytes of a form move behind what is asked of it at every request: SQLite reads a row in order,
and went through 100 KB of XML to find a hash. Nothing changes on PostgreSQL.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BY_KEY = (
    "audit_entries",
    "consents",
    "households",
    "needs",
    "persons",
    "signatures",
)

APPEND_ONLY = [
    (
        f"CREATE TRIGGER audit_entries_no_{verb} BEFORE {verb.upper()} ON audit_entries "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    )
    for verb in ("update", "delete")
]


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    _make_again(with_rowid=False)
    with op.batch_alter_table(
        "form_versions",
        recreate="always",
        partial_reordering=[("published_by", "xml")],
    ):
        pass


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_again(with_rowid=True)


def _make_again(*, with_rowid: bool) -> None:
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER audit_entries_no_{verb}")
    for table in BY_KEY:
        with op.batch_alter_table(
            table, recreate="always", table_kwargs={"sqlite_with_rowid": with_rowid}
        ):
            pass
    for statement in APPEND_ONLY:
        op.execute(statement)
