"""what lets in is told.

Access tokens say a secret of their session, of which its row keeps the hash. Sessions of before
have none: programs sign in again. A role may wait for a coordinator's agreement. Files of forms
are sealed under keys of their own; those stored in clear, by their SHA-256, are sealed at the
next start.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("secret_sha256", sa.LargeBinary(32)))
    waits = sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("grants", waits)
    op.create_table(
        "role_notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("area", sa.String(6), server_default="", nullable=False),
        sa.Column("given_by", sa.Integer()),
        sa.Column("given_at", AT, nullable=False),
        sa.Column("answered_by", sa.Integer()),
        sa.Column("answered_at", AT),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_role_notices_project_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_role_notices_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_role_notices"),
    )
    op.create_index("ix_role_notices_project", "role_notices", ["project_id", "given_at"])
    op.add_column("form_files", sa.Column("blob", sa.String(64)))
    op.execute("UPDATE form_files SET blob = sha256")
    with op.batch_alter_table("form_files") as table:
        table.alter_column("blob", existing_type=sa.String(64), nullable=False)
        table.add_column(sa.Column("key_pk", UID))
        table.add_column(sa.Column("bound", sa.LargeBinary(16)))


def downgrade() -> None:
    # The older release finds a form's file by its hash, in clear.
    sealed = "SELECT 1 FROM form_files WHERE key_pk IS NOT NULL LIMIT 1"
    if op.get_bind().execute(sa.text(sealed)).first() is not None:
        raise RuntimeError(
            "Files of forms are sealed, and the older release could not read them. Nothing changed."
        )
    with op.batch_alter_table("form_files") as table:
        table.drop_column("bound")
        table.drop_column("key_pk")
        table.drop_column("blob")
    op.drop_index("ix_role_notices_project", "role_notices")
    op.drop_table("role_notices")
    op.execute("DELETE FROM grants WHERE waits")  # there they would hold
    op.drop_column("grants", "waits")
    op.drop_column("sign_ins", "secret_sha256")
