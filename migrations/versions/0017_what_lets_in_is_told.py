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

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("secret_sha256", sa.LargeBinary(32)))
    waits = sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("grants", waits)
    op.add_column("form_files", sa.Column("blob", sa.String(64)))
    op.execute("UPDATE form_files SET blob = sha256")
    with op.batch_alter_table("form_files") as table:
        table.alter_column("blob", existing_type=sa.String(64), nullable=False)
        table.add_column(sa.Column("key_pk", UID))
        table.add_column(sa.Column("bound", sa.LargeBinary(16)))


def downgrade() -> None:
    # The older release finds a form's file by its hash, in clear: what is sealed must be published
    # again there, and a role that waits would hold.
    op.execute("DELETE FROM form_files WHERE key_pk IS NOT NULL")
    with op.batch_alter_table("form_files") as table:
        table.drop_column("bound")
        table.drop_column("key_pk")
        table.drop_column("blob")
    op.execute("DELETE FROM grants WHERE waits")
    op.drop_column("grants", "waits")
    op.drop_column("sign_ins", "secret_sha256")
