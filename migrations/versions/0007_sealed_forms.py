"""sealed forms.

The key that a form's records are sealed to, beside the form; its fingerprint, and the one it took
the place of, beside the version (before the XML, which SQLite would read through to reach them).
Forms that carried a key already get both. Records say which key opens them; and where a phone
sent in clear what should have been sealed, there is a row for the coordinators.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
KEY = re.compile(rb"""\bbase64RsaPublicKey\s*=\s*["']([^"']+)["']""")


def upgrade() -> None:
    op.add_column("forms", sa.Column("public_key", sa.String(2000)))
    order = ("published_by", "key_fingerprint", "key_before", "xml")
    with op.batch_alter_table("form_versions", partial_reordering=[order]) as batch:
        batch.add_column(sa.Column("key_fingerprint", sa.String(64)))
        batch.add_column(sa.Column("key_before", sa.String(64)))
    _find_keys(op.get_bind())
    op.add_column("submissions", sa.Column("sealed_to", sa.String(64)))
    op.create_table(
        "seal_alarms",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("alarm_pk", UID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("form_pk", sa.Integer, nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("submitter_id", sa.Integer),
        sa.Column("device_key", sa.String(32)),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "alarm_pk", name="pk_seal_alarms"),
        sqlite_with_rowid=False,
    )


def _find_keys(connection: sa.Connection) -> None:
    forms = sa.table("forms", sa.column("public_key"), sa.column("current_version_pk"))
    versions = sa.table(
        "form_versions", sa.column("version_pk"), sa.column("key_fingerprint"), sa.column("xml")
    )
    keys = sa.select(versions.c.version_pk)
    for version_pk in connection.execute(keys).scalars().all():
        mine = versions.c.version_pk == version_pk
        xml = bytes(connection.execute(sa.select(versions.c.xml).where(mine)).scalar_one())
        text = _key_in(xml)
        if text is not None:
            fingerprint = hashlib.sha256(base64.b64decode(text)).hexdigest()
            connection.execute(versions.update().where(mine).values(key_fingerprint=fingerprint))
            offered = forms.c.current_version_pk == version_pk
            connection.execute(forms.update().where(offered).values(public_key=text))


def _key_in(xml: bytes) -> str | None:
    found = KEY.search(xml)
    if found is None:
        return None
    text = "".join(found[1].decode("ascii", "replace").split())
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None  # no phone could seal to it either
    return text


def downgrade() -> None:
    op.drop_table("seal_alarms")
    op.drop_column("submissions", "sealed_to")
    op.drop_column("form_versions", "key_before")
    op.drop_column("form_versions", "key_fingerprint")
    op.drop_column("forms", "public_key")
