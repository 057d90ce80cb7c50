"""first light."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = {
    "sqlite": [
        (
            "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        ),
        (
            "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        ),
    ],
    "postgresql": [
        (
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ),
    ],
}


def upgrade() -> None:
    op.create_table(
        "actors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("display_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_actors"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "entry_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column(
            "details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("project_id", "entry_pk", name="pk_audit_entries"),
    )
    op.create_table(
        "jobs",
        sa.Column(
            "job_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=48), nullable=False),
        sa.Column(
            "subject",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("buried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "claim", sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"), nullable=True
        ),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("job_pk", "project_id", name="pk_jobs"),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["due_at", "job_pk"],
        unique=False,
        sqlite_where=sa.text("buried_at IS NULL"),
        postgresql_where=sa.text("buried_at IS NULL"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=8), server_default="km", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("slug", name="uq_projects_slug"),
    )
    op.create_table(
        "quarantined",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "quarantined_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("xml_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "quarantined_pk", name="pk_quarantined"),
        sa.UniqueConstraint("project_id", "xml_sha256", name="uq_quarantined_xml"),
    )
    op.create_table(
        "submissions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("form_pk", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=249), nullable=False),
        sa.Column("version_pk", sa.Integer(), nullable=True),
        sa.Column("instance_id", sa.String(length=249), nullable=False),
        sa.Column("deprecated_id", sa.String(length=249), nullable=True),
        sa.Column(
            "record_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("xml_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("canonical_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "expected_files",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("files_expected", sa.Integer(), nullable=False),
        sa.Column("files_present", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "flags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("device_key", sa.String(length=32), nullable=True),
        sa.Column("user_agent", sa.String(length=255), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("projected_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_submissions"),
    )
    op.create_index(
        "ix_submissions_record", "submissions", ["project_id", "record_pk"], unique=False
    )
    op.create_index(
        "ix_submissions_waiting_edit",
        "submissions",
        ["project_id", "form_pk", "deprecated_id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "uq_submissions_instance",
        "submissions",
        ["project_id", "form_pk", "instance_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'queued'"),
        postgresql_where=sa.text("state <> 'queued'"),
    )
    op.create_index(
        "uq_submissions_variant",
        "submissions",
        ["project_id", "form_pk", "instance_id", "canonical_sha256"],
        unique=True,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "app_users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("all_forms", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["actors.id"], name="fk_app_users_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_app_users_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_app_users"),
        sa.UniqueConstraint("token_sha256", name="uq_app_users_token_sha256"),
    )
    op.create_index("ix_app_users_project_id", "app_users", ["project_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_attachments_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "submission_pk", "name", "sha256", name="pk_attachments"
        ),
    )
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"], unique=False)
    op.create_index(
        "uq_attachments_current",
        "attachments",
        ["project_id", "submission_pk", "name"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "consents",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "granted", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "refused", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("is_proxy", sa.Boolean(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("adm1", sa.String(length=8), nullable=False),
        sa.Column("adm2", sa.String(length=8), nullable=False),
        sa.Column("adm3", sa.String(length=8), nullable=False),
        sa.Column("adm4", sa.String(length=10), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("stats", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(length=12), server_default="received", nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_consents_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", "ordinal", name="pk_consents"),
    )
    op.create_table(
        "forms",
        sa.Column("form_pk", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(length=249), nullable=False),
        sa.Column("state", sa.String(40), server_default="open", nullable=False),
        sa.Column("current_version_pk", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_forms_project_id"),
        sa.PrimaryKeyConstraint("form_pk", name="pk_forms"),
        sa.UniqueConstraint("project_id", "form_id", name="uq_forms_form_id"),
    )
    op.create_table(
        "households",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("head_sex", sa.String(length=12), nullable=False),
        sa.Column("remoteness", sa.String(length=8), nullable=False),
        sa.Column("remoteness_rule", sa.Integer(), nullable=False),
        sa.Column("minutes_health_centre", sa.Integer(), nullable=True),
        sa.Column("minutes_rehabilitation", sa.Integer(), nullable=True),
        sa.Column("cost_khr", sa.Integer(), nullable=True),
        sa.Column("wet_season_passable", sa.Boolean(), nullable=True),
        sa.Column("phone_signal", sa.String(length=12), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("adm1", sa.String(length=8), nullable=False),
        sa.Column("adm2", sa.String(length=8), nullable=False),
        sa.Column("adm3", sa.String(length=8), nullable=False),
        sa.Column("adm4", sa.String(length=10), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("stats", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(length=12), server_default="received", nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_households_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_households"),
    )
    op.create_table(
        "needs",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("person_ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("need_code", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(length=12), nullable=False),
        sa.Column(
            "barriers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("adm1", sa.String(length=8), nullable=False),
        sa.Column("adm2", sa.String(length=8), nullable=False),
        sa.Column("adm3", sa.String(length=8), nullable=False),
        sa.Column("adm4", sa.String(length=10), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("stats", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(length=12), server_default="received", nullable=False),
        sa.Column("sex", sa.String(length=12), nullable=False),
        sa.Column("age_band", sa.String(length=12), nullable=False),
        sa.Column("disability", sa.String(length=16), nullable=False),
        sa.Column("victim_type", sa.String(length=24), nullable=False),
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("remoteness", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_needs_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "submission_pk", "person_ordinal", "need_code", name="pk_needs"
        ),
    )
    op.create_table(
        "persons",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("age_years", sa.Integer(), nullable=True),
        sa.Column("age_known", sa.String(length=12), nullable=False),
        sa.Column("wg_see", sa.Integer(), nullable=True),
        sa.Column("wg_hear", sa.Integer(), nullable=True),
        sa.Column("wg_walk", sa.Integer(), nullable=True),
        sa.Column("wg_remember", sa.Integer(), nullable=True),
        sa.Column("wg_selfcare", sa.Integer(), nullable=True),
        sa.Column("wg_communicate", sa.Integer(), nullable=True),
        sa.Column("wg_max", sa.Integer(), nullable=True),
        sa.Column("incident_year", sa.Integer(), nullable=True),
        sa.Column("incident_outcome", sa.String(length=16), nullable=True),
        sa.Column(
            "injuries", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("open_needs", sa.Integer(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("adm1", sa.String(length=8), nullable=False),
        sa.Column("adm2", sa.String(length=8), nullable=False),
        sa.Column("adm3", sa.String(length=8), nullable=False),
        sa.Column("adm4", sa.String(length=10), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("stats", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(length=12), server_default="received", nullable=False),
        sa.Column("sex", sa.String(length=12), nullable=False),
        sa.Column("age_band", sa.String(length=12), nullable=False),
        sa.Column("disability", sa.String(length=16), nullable=False),
        sa.Column("victim_type", sa.String(length=24), nullable=False),
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("remoteness", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_persons_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", "ordinal", name="pk_persons"),
    )
    op.create_table(
        "quarantined_files",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "quarantined_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "quarantined_pk"],
            ["quarantined.project_id", "quarantined.quarantined_pk"],
            name="fk_quarantined_files_quarantined",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "quarantined_pk", "name", "sha256", name="pk_quarantined_files"
        ),
    )
    op.create_table(
        "signatures",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_status", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("mark", sa.String(length=24), nullable=False),
        sa.Column("sex", sa.String(length=12), nullable=False),
        sa.Column("age_band", sa.String(length=12), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("adm1", sa.String(length=8), nullable=False),
        sa.Column("adm2", sa.String(length=8), nullable=False),
        sa.Column("adm3", sa.String(length=8), nullable=False),
        sa.Column("adm4", sa.String(length=10), nullable=False),
        sa.Column("submitter_id", sa.Integer(), nullable=True),
        sa.Column("stats", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(length=12), server_default="received", nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_signatures_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", "ordinal", name="pk_signatures"),
    )
    op.create_table(
        "submission_xml",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "submission_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "submission_pk"],
            ["submissions.project_id", "submissions.submission_pk"],
            name="fk_submission_xml_submission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "submission_pk", name="pk_submission_xml"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=8), server_default="en", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["actors.id"], name="fk_users_id"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "app_user_forms",
        sa.Column("app_user_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(length=249), nullable=False),
        sa.ForeignKeyConstraint(
            ["app_user_id"], ["app_users.id"], name="fk_app_user_forms_app_user_id"
        ),
        sa.PrimaryKeyConstraint("app_user_id", "form_id", name="pk_app_user_forms"),
    )
    op.create_table(
        "form_versions",
        sa.Column("version_pk", sa.Integer(), nullable=False),
        sa.Column("form_pk", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=249), nullable=False),
        sa.Column("title", sa.String(length=1000), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=True),
        sa.Column(
            "warnings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["form_pk"], ["forms.form_pk"], name="fk_form_versions_form_pk"),
        sa.PrimaryKeyConstraint("version_pk", name="pk_form_versions"),
        sa.UniqueConstraint("form_pk", "version", name="uq_form_versions_version"),
    )
    op.create_table(
        "grants",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_grants_user_id"),
        sa.PrimaryKeyConstraint("user_id", "project_id", "role", name="pk_grants"),
    )
    op.create_table(
        "setup_links",
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_setup_links_user_id"),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_setup_links"),
    )
    op.create_table(
        "sign_ins",
        sa.Column(
            "sign_in_pk",
            sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql"),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sign_ins_user_id"),
        sa.PrimaryKeyConstraint("sign_in_pk", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_user_id", "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "form_files",
        sa.Column("file_pk", sa.Integer(), nullable=False),
        sa.Column("version_pk", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_pk"], ["form_versions.version_pk"], name="fk_form_files_version_pk"
        ),
        sa.PrimaryKeyConstraint("file_pk", name="pk_form_files"),
        sa.UniqueConstraint("version_pk", "name", name="uq_form_files_name"),
    )
    op.create_index("ix_form_files_version_pk", "form_files", ["version_pk"], unique=False)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entries_append_only ON audit_entries")
        op.execute("DROP FUNCTION refuse_change()")
    op.drop_index("ix_form_files_version_pk", table_name="form_files")
    op.drop_table("form_files")
    op.drop_index("ix_sign_ins_user_id", table_name="sign_ins")
    op.drop_table("sign_ins")
    op.drop_table("setup_links")
    op.drop_table("grants")
    op.drop_table("form_versions")
    op.drop_table("app_user_forms")
    op.drop_table("users")
    op.drop_table("submission_xml")
    op.drop_table("signatures")
    op.drop_table("quarantined_files")
    op.drop_table("persons")
    op.drop_table("needs")
    op.drop_table("households")
    op.drop_table("forms")
    op.drop_table("consents")
    op.drop_index(
        "uq_attachments_current",
        table_name="attachments",
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index("ix_attachments_sha256", table_name="attachments")
    op.drop_table("attachments")
    op.drop_index("ix_app_users_project_id", table_name="app_users")
    op.drop_table("app_users")
    op.drop_index(
        "uq_submissions_variant",
        table_name="submissions",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_index(
        "uq_submissions_instance",
        table_name="submissions",
        sqlite_where=sa.text("state <> 'queued'"),
        postgresql_where=sa.text("state <> 'queued'"),
    )
    op.drop_index(
        "ix_submissions_waiting_edit",
        table_name="submissions",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_index("ix_submissions_record", table_name="submissions")
    op.drop_table("submissions")
    op.drop_table("quarantined")
    op.drop_table("projects")
    op.drop_index(
        "ix_jobs_due",
        table_name="jobs",
        sqlite_where=sa.text("buried_at IS NULL"),
        postgresql_where=sa.text("buried_at IS NULL"),
    )
    op.drop_table("jobs")
    op.drop_table("audit_entries")
    op.drop_table("actors")
