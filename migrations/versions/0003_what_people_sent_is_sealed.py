"""what people sent is sealed.

Columns for it. What is stored in clear is sealed afterwards, by `flask setup` and `flask serve`
(`intake.actions.seal_stored`): migrations know no keys. Until then its digests are plain hashes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILES = ("attachments", "quarantined_files")
UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.drop_index("ix_attachments_sha256", "attachments")
    for table in FILES:
        op.alter_column(table, "sha256", new_column_name="digest")
        op.add_column(table, sa.Column("blob", sa.String(64), nullable=False, server_default=""))
        op.add_column(table, sa.Column("key_pk", UID))
        op.add_column(table, sa.Column("bound", sa.LargeBinary(16)))
        op.execute(f"UPDATE {table} SET blob = digest")  # noqa: S608 - our own two names
    op.create_index("ix_attachments_blob", "attachments", ["blob"])
    op.alter_column("submissions", "xml_sha256", new_column_name="xml_digest")
    op.alter_column("submissions", "canonical_sha256", new_column_name="canonical_digest")
    op.add_column("submission_xml", sa.Column("key_pk", UID))
    op.alter_column("quarantined", "xml_sha256", new_column_name="xml_digest")
    op.add_column("quarantined", sa.Column("key_pk", UID))
    op.add_column("quarantined", sa.Column("size", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE quarantined SET size = length(xml)")


def downgrade() -> None:
    sealed = "SELECT count(*) FROM submission_xml WHERE key_pk IS NOT NULL"
    if op.get_bind().execute(sa.text(sealed)).scalar():
        raise RuntimeError(
            "What is stored is sealed, and the older release could not read it. Nothing changed."
        )
    op.drop_column("quarantined", "size")
    op.drop_column("quarantined", "key_pk")
    op.alter_column("quarantined", "xml_digest", new_column_name="xml_sha256")
    op.drop_column("submission_xml", "key_pk")
    op.alter_column("submissions", "canonical_digest", new_column_name="canonical_sha256")
    op.alter_column("submissions", "xml_digest", new_column_name="xml_sha256")
    op.drop_index("ix_attachments_blob", "attachments")
    for table in FILES:
        op.drop_column(table, "bound")
        op.drop_column(table, "key_pk")
        op.drop_column(table, "blob")
        op.alter_column(table, "digest", new_column_name="sha256")
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])
