"""entity lists, their entities, and what became of records that speak of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _declared_by_forms()
    _lists()
    _entities()
    _arrivals()


def _declared_by_forms() -> None:
    op.create_table(
        "entity_lists",
        sa.Column("list_pk", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(100), nullable=False),
        sa.Column("approval_required", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("telling", sa.String(40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer),
        sa.UniqueConstraint("project_id", "name_key", name="uq_entity_lists_name"),
    )
    op.create_table(
        "entity_properties",
        sa.Column("property_pk", sa.Integer, primary_key=True),
        sa.Column("list_pk", sa.Integer, sa.ForeignKey("entity_lists.list_pk"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("list_pk", "name_key", name="uq_entity_properties_name"),
    )
    version = sa.ForeignKey("form_versions.version_pk")
    op.create_table(
        "entity_uses",
        sa.Column("version_pk", sa.Integer, version, primary_key=True, autoincrement=False),
        sa.Column(
            "list_pk",
            sa.Integer,
            sa.ForeignKey("entity_lists.list_pk"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("creates", sa.Boolean, nullable=False),
        sa.Column("updates", sa.Boolean, nullable=False),
        sa.Column("properties", JSON, nullable=False),
    )
    version = sa.ForeignKey("form_versions.version_pk")
    op.create_table(
        "wanted_lists",
        sa.Column("version_pk", sa.Integer, version, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), primary_key=True),
    )


def _lists() -> None:
    op.create_table(
        "entity_list_states",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("list_pk", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "list_pk", name="pk_entity_list_states"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entity_list_holders",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("list_pk", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("app_user_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("area", sa.String(6), nullable=False),
        sa.Column("allowed_at", MOMENT, nullable=False),
        sa.Column("allowed_by", sa.Integer),
        sa.Column("ended_at", MOMENT),
        sa.Column("fetched_at", MOMENT),
        sa.PrimaryKeyConstraint(
            "project_id", "list_pk", "app_user_id", name="pk_entity_list_holders"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entity_imports",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("import_pk", UID, nullable=False),
        sa.Column("list_pk", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("actor_id", sa.Integer),
        sa.Column("imported_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT),
        sa.PrimaryKeyConstraint("project_id", "import_pk", name="pk_entity_imports"),
    )


def _entities() -> None:
    op.create_table(
        "entities",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("entity_pk", UID, nullable=False),
        sa.Column("list_pk", sa.Integer, nullable=False),
        sa.Column("entity_id", UID),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("conflict", sa.String(40)),
        sa.Column("resolved_to", sa.Integer, nullable=False, server_default="0"),
        sa.Column("key_pk", UID),
        sa.Column("record_pk", UID),
        sa.Column("import_pk", UID),
        sa.Column("creator_id", sa.Integer),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT),
        sa.Column("deleted_at", MOMENT),
        sa.Column("erased_at", MOMENT),
        sa.PrimaryKeyConstraint("project_id", "entity_pk", name="pk_entities"),
        sa.UniqueConstraint("project_id", "digest", name="uq_entities_digest"),
    )
    op.create_index("ix_entities_list", "entities", ["project_id", "list_pk", "entity_pk"])
    is_imported = sa.text("import_pk IS NOT NULL")
    op.create_index(
        "ix_entities_import",
        "entities",
        ["project_id", "import_pk"],
        sqlite_where=is_imported,
        postgresql_where=is_imported,
    )
    op.create_table(
        "entity_versions",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("entity_pk", UID, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("base_version", sa.Integer),
        sa.Column("branch_id", UID),
        sa.Column("trunk_version", sa.Integer),
        sa.Column("branch_base", sa.Integer),
        sa.Column("conflicting", JSON, nullable=False),
        sa.Column("is_forced", sa.Boolean, nullable=False),
        sa.Column("submission_pk", UID),
        sa.Column("record_pk", UID),
        sa.Column("import_pk", UID),
        sa.Column("creator_id", sa.Integer),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "entity_pk", "number", name="pk_entity_versions"),
        sa.ForeignKeyConstraint(
            ["project_id", "entity_pk"],
            ["entities.project_id", "entities.entity_pk"],
            name="fk_entity_versions_entity",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_entity_versions_record", "entity_versions", ["project_id", "record_pk"])


def _arrivals() -> None:
    op.create_table(
        "entity_arrivals",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("submission_pk", UID, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("fault", sa.String(40)),
        sa.Column("place", sa.Integer),
        sa.Column("is_approved", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("held_since", MOMENT),
        sa.Column("looked_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "record_pk", name="pk_entity_arrivals"),
    )
    op.create_index(
        "ix_entity_arrivals_open", "entity_arrivals", ["project_id", "outcome", "record_pk"]
    )
    op.create_table(
        "entity_awaited",
        sa.Column("project_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("record_pk", UID, nullable=False),
        sa.Column("digest", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "record_pk", "digest", name="pk_entity_awaited"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entity_awaited_digest", "entity_awaited", ["project_id", "digest"])


def downgrade() -> None:
    for table in (
        "entity_awaited",
        "entity_arrivals",
        "entity_versions",
        "entities",
        "entity_imports",
        "entity_list_holders",
        "entity_list_states",
        "wanted_lists",
        "entity_uses",
        "entity_properties",
        "entity_lists",
    ):
        op.drop_table(table)
