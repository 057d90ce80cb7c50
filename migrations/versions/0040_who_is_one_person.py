"""who is one person: persons of records by keyed digests, pairs of them, and what was decided.

Nothing is filled in here: keys are made by whoever holds the installation's secret, at the first
start. Searches by name stand with the other readings, as in 0030.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

SOMETIMES = "action IN ('rows.read', 'rows.export', 'rows.left')"
SAID = """instr(details, '"classes":"') > 0 AND instr(details, '"classes":""') = 0"""
BEFORE = (
    "action IN ('testimony.read', 'identity.read', 'entity.read_names', 'entity.carry', "
    "'review.read_comments')"
)
ALWAYS = BEFORE.replace(")", ", 'person.search')")
INDEXES = {
    "ix_audit_entries_readings": ["project_id", "at", "entry_pk"],
    "ix_audit_entries_readings_of": ["project_id", "subject", "at", "entry_pk"],
    "ix_audit_entries_readings_by": ["project_id", "actor_id", "at", "entry_pk"],
}


def on_sqlite(always: str) -> str:
    return f"({always} OR ({SOMETIMES} AND {SAID}))"


def on_postgresql(always: str) -> str:
    return f"({always} OR ({SOMETIMES} AND details ->> 'classes' <> ''))"


ON_SQLITE, ON_POSTGRESQL = on_sqlite(ALWAYS), on_postgresql(ALWAYS)


def _make_anew(always: str) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, "audit_entries")
        op.create_index(
            name,
            "audit_entries",
            columns,
            sqlite_where=sa.text(on_sqlite(always)),
            postgresql_where=sa.text(on_postgresql(always)),
        )


def upgrade() -> None:
    _make_anew(ALWAYS)
    op.create_table(
        "person_mentions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "mention_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "record_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("is_here", sa.Boolean(), nullable=False),
        sa.Column("own_digest", sa.LargeBinary(length=16), nullable=True),
        sa.Column("described_digest", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "record_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_person_mentions_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "mention_pk", name=op.f("pk_person_mentions")),
    )
    op.create_index(
        "ix_person_mentions_record", "person_mentions", ["project_id", "record_pk"], unique=False
    )
    op.create_table(
        "person_keys",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "mention_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "mention_pk"],
            ["person_mentions.project_id", "person_mentions.mention_pk"],
            name="fk_person_keys_mention",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "mention_pk", "key", name=op.f("pk_person_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_person_keys_key", "person_keys", ["project_id", "key", "mention_pk"], unique=False
    )
    op.create_table(
        "person_pairs",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "pair_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "first_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "second_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column(
            "reasons", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(40), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "first_pk"],
            ["person_mentions.project_id", "person_mentions.mention_pk"],
            name="fk_person_pairs_first",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "second_pk"],
            ["person_mentions.project_id", "person_mentions.mention_pk"],
            name="fk_person_pairs_second",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "pair_pk", name=op.f("pk_person_pairs")),
    )
    op.create_index(
        "ix_person_pairs_open",
        "person_pairs",
        ["project_id", "score", "pair_pk"],
        unique=False,
        sqlite_where=sa.text("verdict IS NULL OR verdict = 'again'"),
        postgresql_where=sa.text("verdict IS NULL OR verdict = 'again'"),
    )
    op.create_index(
        "ix_person_pairs_second", "person_pairs", ["project_id", "second_pk"], unique=False
    )
    op.create_index(
        "uq_person_pairs_both", "person_pairs", ["project_id", "first_pk", "second_pk"], unique=True
    )
    op.create_table(
        "person_decisions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "decision_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "pair_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("verdict", sa.String(40), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "pair_pk"],
            ["person_pairs.project_id", "person_pairs.pair_pk"],
            name="fk_person_decisions_pair",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "decision_pk", name=op.f("pk_person_decisions")),
    )
    op.create_index(
        "ix_person_decisions_pair",
        "person_decisions",
        ["project_id", "pair_pk", "decision_pk"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_person_decisions_pair", table_name="person_decisions")
    op.drop_table("person_decisions")
    op.drop_index("uq_person_pairs_both", table_name="person_pairs")
    op.drop_index("ix_person_pairs_second", table_name="person_pairs")
    op.drop_index(
        "ix_person_pairs_open",
        table_name="person_pairs",
        sqlite_where=sa.text("verdict IS NULL OR verdict = 'again'"),
        postgresql_where=sa.text("verdict IS NULL OR verdict = 'again'"),
    )
    op.drop_table("person_pairs")
    op.drop_index("ix_person_keys_key", table_name="person_keys")
    op.drop_table("person_keys")
    op.drop_index("ix_person_mentions_record", table_name="person_mentions")
    op.drop_table("person_mentions")
    _make_anew(BEFORE)
