"""consent can be taken back.

Scopes in force beside each fact, stand-ins for instance IDs, withdrawals. Migrations know no
keys: the stand-ins made here are plain hashes of 20 bytes, replaced by keyed ones of 16 at the
next start (`intake.actions.key_instances`). Facts are computed again then, to have their scopes.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FACTS = ("households", "consents", "persons", "needs", "signatures")
UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NOT_QUEUED = sa.text("state <> 'queued'")
PAGE = 2000


def upgrade() -> None:
    _scopes_beside_facts()
    _stand_ins()
    op.create_table(
        "narrowed_consents",
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("withdrawal_pk", UID, nullable=False),
        sa.Column("scopes", sa.Integer, nullable=False),
        sa.Column("narrowed_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint(
            "project_id", "record_pk", "withdrawal_pk", name="pk_narrowed_consents"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "withdrawals",
        sa.Column("project_id", sa.Integer, nullable=False),
        sa.Column("withdrawal_pk", UID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.Integer),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("scopes", sa.Integer, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("code_digest", sa.String(32)),
        sa.Column("network", sa.String(32)),
        sa.Column("instances", sa.Integer, nullable=False),
        sa.Column("uses", JSON, nullable=False),
        sa.Column("first_received_on", sa.Date),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("project_id", "withdrawal_pk", name="pk_withdrawals"),
    )
    op.create_index("ix_withdrawals_asked_at", "withdrawals", ["asked_at"])
    op.create_index(
        "ix_withdrawals_code",
        "withdrawals",
        ["project_id", "code_digest"],
        sqlite_where=sa.text("code_digest IS NOT NULL"),
        postgresql_where=sa.text("code_digest IS NOT NULL"),
    )


def _scopes_beside_facts() -> None:
    for table in FACTS:
        op.add_column(table, sa.Column("stats_until", sa.Date))
        op.add_column(table, sa.Column("scopes", sa.Integer, nullable=False, server_default="0"))
        op.add_column(table, sa.Column("scopes_until", sa.Date))
    for column in (
        sa.Column("language", sa.String(24), nullable=False, server_default="not_asked"),
        sa.Column("text_version", sa.String(249), nullable=False, server_default=""),
        sa.Column("is_witnessed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("guardian", sa.Boolean),
        sa.Column("assent", sa.Boolean),
        sa.Column("given_on", sa.Date),
        sa.Column("review_by", sa.Date),
        sa.Column("code_digest", sa.String(32)),
    ):
        op.add_column("consents", column)
    op.create_index(
        "ix_consents_code",
        "consents",
        ["project_id", "code_digest"],
        sqlite_where=sa.text("code_digest IS NOT NULL"),
        postgresql_where=sa.text("code_digest IS NOT NULL"),
    )


def _stand_ins() -> None:
    op.add_column(
        "submissions",
        sa.Column(
            "instance_digest", sa.LargeBinary(16), nullable=False, server_default=sa.text("''")
        ),
    )
    submissions = sa.table(
        "submissions",
        sa.column("project_id", sa.Integer),
        sa.column("submission_pk", UID),
        sa.column("form_pk", sa.Integer),
        sa.column("instance_id", sa.String),
        sa.column("instance_digest", sa.LargeBinary),
    )
    columns = submissions.c
    fill = (
        submissions.update()
        .where(
            columns.project_id == sa.bindparam("of_project"),
            columns.submission_pk == sa.bindparam("of_submission"),
        )
        .values(instance_digest=sa.bindparam("digest"))
    )
    connection, after = op.get_bind(), None
    key = sa.tuple_(columns.project_id, columns.submission_pk)
    while True:
        page = (
            sa.select(
                columns.project_id, columns.submission_pk, columns.form_pk, columns.instance_id
            )
            .order_by(columns.project_id, columns.submission_pk)
            .limit(PAGE)
        )
        if after is not None:
            page = page.where(key > after)
        rows = connection.execute(page).all()
        if not rows:
            break
        connection.execute(
            fill,
            [
                {
                    "of_project": row.project_id,
                    "of_submission": row.submission_pk,
                    "digest": _plain(row.form_pk, row.instance_id),
                }
                for row in rows
            ],
        )
        after = (rows[-1].project_id, rows[-1].submission_pk)
    op.drop_index("uq_submissions_instance", "submissions")
    op.create_index(
        "uq_submissions_instance",
        "submissions",
        ["project_id", "instance_digest"],
        unique=True,
        sqlite_where=NOT_QUEUED,
        postgresql_where=NOT_QUEUED,
    )


def _plain(form_pk: int, instance_id: str) -> bytes:
    return hashlib.sha256(f"{form_pk}|{instance_id}".encode()).digest()[:20]


def downgrade() -> None:
    erased = "SELECT count(*) FROM submissions WHERE state = 'erased'"
    if op.get_bind().execute(sa.text(erased)).scalar():
        raise RuntimeError(
            "Records were taken back, and the older release would let phones bring them again. "
            "Nothing changed."
        )
    op.drop_index("uq_submissions_instance", "submissions")
    op.drop_column("submissions", "instance_digest")
    op.create_index(
        "uq_submissions_instance",
        "submissions",
        ["project_id", "form_pk", "instance_id"],
        unique=True,
        sqlite_where=NOT_QUEUED,
        postgresql_where=NOT_QUEUED,
    )
    op.drop_table("withdrawals")
    op.drop_table("narrowed_consents")
    op.drop_index("ix_consents_code", "consents")
    for column in (
        "code_digest", "review_by", "given_on", "assent", "guardian", "is_witnessed",
        "text_version", "language",
    ):  # fmt: skip
        op.drop_column("consents", column)
    for table in FACTS:
        for column in ("scopes_until", "scopes", "stats_until"):
            op.drop_column(table, column)
