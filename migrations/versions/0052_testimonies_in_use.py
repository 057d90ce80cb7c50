"""texts that narrators approve, what is masked in them, pictures looked at, and uses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "testimony_versions",
        _project(),
        sa.Column("version_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("source_pk", UID, nullable=True),
        sa.Column("key_pk", UID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_at", WHEN, nullable=False),
        sa.Column("shown_digest", sa.String(32), nullable=False),
        sa.Column("approved_digest", sa.String(32), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("approved_how", sa.String(12), nullable=True),
        sa.Column("approved_language", sa.String(24), nullable=True),
        sa.Column("read_by", sa.Integer(), nullable=True),
        sa.Column("released_digest", sa.String(32), nullable=True),
        sa.Column("released_by", sa.Integer(), nullable=True),
        sa.Column("released_at", WHEN, nullable=True),
        _of_record("testimony_versions"),
        sa.PrimaryKeyConstraint("project_id", "version_pk", name=op.f("pk_testimony_versions")),
    )
    op.create_index(
        "ix_testimony_versions_record",
        "testimony_versions",
        ["project_id", "record_pk", "version_pk"],
    )
    op.create_index(
        "ix_testimony_versions_released",
        "testimony_versions",
        ["project_id", "version_pk"],
        sqlite_where=sa.text("released_digest IS NOT NULL"),
        postgresql_where=sa.text("released_digest IS NOT NULL"),
    )
    _redactions()
    _pictures()
    _uses()


def _redactions() -> None:
    op.create_table(
        "testimony_redactions",
        _project(),
        sa.Column("redaction_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("version_pk", UID, nullable=False),
        sa.Column("spans", JSON, nullable=False),
        sa.Column("masked_by", sa.Integer(), nullable=True),
        sa.Column("masked_at", WHEN, nullable=False),
        sa.Column("lift_asked_by", sa.Integer(), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "version_pk"],
            ["testimony_versions.project_id", "testimony_versions.version_pk"],
            name="fk_testimony_redactions_version",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "redaction_pk", name=op.f("pk_testimony_redactions")),
    )
    op.create_index(
        "ix_testimony_redactions_version", "testimony_redactions", ["project_id", "version_pk"]
    )


def _pictures() -> None:
    op.create_table(
        "testimony_pictures",
        _project(),
        sa.Column("prepared_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("faces", sa.String(12), nullable=False),
        sa.Column("looked_by", sa.Integer(), nullable=True),
        sa.Column("looked_at", WHEN, nullable=False),
        _of_record("testimony_pictures"),
        sa.PrimaryKeyConstraint("project_id", "prepared_pk", name=op.f("pk_testimony_pictures")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_testimony_pictures_record", "testimony_pictures", ["project_id", "record_pk"]
    )


def _uses() -> None:
    op.create_table(
        "testimony_uses",
        _project(),
        sa.Column("use_pk", UID, nullable=False),
        sa.Column("record_pk", UID, nullable=True),
        sa.Column("version_pk", UID, nullable=True),
        sa.Column("audience", sa.String(12), nullable=False),
        sa.Column("naming", sa.String(12), nullable=False),
        sa.Column("means", sa.String(12), nullable=False),
        sa.Column("whither", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("used_by", sa.Integer(), nullable=True),
        sa.Column("used_at", WHEN, nullable=False),
        sa.Column("ended_at", WHEN, nullable=True),
        sa.Column("withdrawal_pk", UID, nullable=True),
        sa.PrimaryKeyConstraint("project_id", "use_pk", name=op.f("pk_testimony_uses")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_testimony_uses_record", "testimony_uses", ["project_id", "record_pk"])
    op.create_index(
        "ix_testimony_uses_withdrawal", "testimony_uses", ["project_id", "withdrawal_pk"]
    )


def _project() -> sa.Column[int]:
    return sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False)


def _of_record(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "record_pk"],
        ["submissions.project_id", "submissions.submission_pk"],
        name=f"fk_{table}_record",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    for table in (
        "testimony_uses", "testimony_pictures", "testimony_redactions", "testimony_versions",
    ):  # fmt: skip
        op.drop_table(table)
