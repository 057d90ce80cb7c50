"""names of files are sealed.

Columns for it. What stands in clear is sealed afterwards, by `flask setup` and `flask serve`
(`intake.actions.seal_stored`): migrations know no keys. Until then a stand-in is the name itself,
and the names that a submission expects lie in a wrapping by which they are known.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FILES = ("attachments", "quarantined_files")
NAMED = (*FILES, "prepared_files")
KEY = ("project_id", "submission_pk", "name_digest", "digest")
EARLIER_KEY = ("project_id", "submission_pk", "name", "digest")
FOREIGN_KEY = "fk_prepared_files_attachment"
WRAPPING = '{"names":'


def upgrade() -> None:
    for table in NAMED:
        op.alter_column(table, "name", new_column_name="name_digest")
    for table in FILES:
        op.add_column(table, sa.Column("sealed_name", sa.LargeBinary))
    _refer_to(KEY, onupdate="CASCADE")
    _change_expected(
        sqlite=f"'{WRAPPING}' || expected_files || '}}'",
        postgresql="jsonb_build_object('names', expected_files)",
    )


def downgrade() -> None:
    if _is_anything_sealed():
        raise RuntimeError(
            "Names of files are sealed, and the older release could not read them. Nothing changed."
        )
    _change_expected(
        sqlite=f"substr(expected_files, {len(WRAPPING) + 1},"
        f" length(expected_files) - {len(WRAPPING) + 1})",
        postgresql="expected_files -> 'names'",
    )
    for table in NAMED:
        op.alter_column(table, "name_digest", new_column_name="name")
    for table in FILES:
        op.drop_column(table, "sealed_name")
    _refer_to(EARLIER_KEY)


def _refer_to(key: tuple[str, ...], onupdate: str | None = None) -> None:
    """What was made of a file follows when its name becomes a stand-in."""
    with op.batch_alter_table("prepared_files") as prepared:
        prepared.drop_constraint(FOREIGN_KEY, type_="foreignkey")
        prepared.create_foreign_key(
            FOREIGN_KEY, "attachments", list(key), list(key), ondelete="CASCADE", onupdate=onupdate
        )


def _change_expected(*, sqlite: str, postgresql: str) -> None:
    changed = postgresql if op.get_bind().dialect.name == "postgresql" else sqlite
    op.execute(f"UPDATE submissions SET expected_files = {changed} WHERE files_expected > 0")  # noqa: S608 - our own words


def _is_anything_sealed() -> bool:
    sealed = [f"SELECT 1 FROM {table} WHERE sealed_name IS NOT NULL" for table in FILES]  # noqa: S608 - our own two names
    sealed.append(
        "SELECT 1 FROM submissions WHERE files_expected > 0"
        " AND CAST(expected_files AS TEXT) NOT LIKE '{%'"
    )
    return any(op.get_bind().execute(sa.text(f"{query} LIMIT 1")).first() for query in sealed)
