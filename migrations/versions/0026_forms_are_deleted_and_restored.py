"""forms are deleted and restored; pulling asks less.

A deleted form keeps its row, and gives its ID free: of forms that stand, and of them alone, one in
a project has it. What ODK Briefcase asks of records is read by indexes, and the MD5 of a file from
beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

STANDS = sa.text("deleted_at IS NULL")
EDITED = sa.text("state = 'current' AND submission_pk <> record_pk")


def upgrade() -> None:
    with op.batch_alter_table("forms") as table:
        table.drop_constraint("uq_forms_form_id", type_="unique")
        table.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.create_index(
        "uq_forms_form_id",
        "forms",
        ["project_id", "form_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index("ix_forms_form_id", "forms", ["project_id", "form_id"])
    op.create_index(
        "ix_submissions_edited",
        "submissions",
        ["project_id", "form_pk", "submission_pk"],
        sqlite_where=EDITED,
        postgresql_where=EDITED,
    )
    op.add_column("prepared_files", sa.Column("sealed_md5", sa.LargeBinary))


def downgrade() -> None:
    # The older release would offer a deleted form to phones, and knows one form by an ID.
    gone = "SELECT 1 FROM forms WHERE deleted_at IS NOT NULL LIMIT 1"
    if op.get_bind().execute(sa.text(gone)).first() is not None:
        raise RuntimeError(
            "Some forms are deleted, and the older release would offer them. Nothing changed."
        )
    op.drop_column("prepared_files", "sealed_md5")
    op.drop_index("ix_submissions_edited", "submissions")
    op.drop_index("ix_forms_form_id", "forms")
    op.drop_index("uq_forms_form_id", "forms")
    with op.batch_alter_table("forms") as table:
        table.drop_column("deleted_at")
        table.create_unique_constraint("uq_forms_form_id", ["project_id", "form_id"])
