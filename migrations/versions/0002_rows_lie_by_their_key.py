"""rows lie by their key.

What every submission writes becomes one tree on SQLite instead of a table beside its index, and
the bytes of a form move behind what is asked of it at every request: SQLite reads a row in order,
and went through 100 KB of XML to find a hash. And the
index of records no longer begins with the project: PostgreSQL, as long as it knew nothing of the
rows, took it to check foreign keys, and read all of a project for each fact.
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
    op.drop_index("ix_submissions_record", "submissions")
    op.create_index("ix_submissions_record", "submissions", ["record_pk"])
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
    op.drop_index("ix_submissions_record", "submissions")
    op.create_index("ix_submissions_record", "submissions", ["project_id", "record_pk"])
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
