"""the dialogue log: partners, meetings, questions, answers, promises with their history, links; and
entity lists of places."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

UID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "dialogue_links",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link_pk", UID, nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("partner", sa.String(24), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "link_pk", name=op.f("pk_dialogue_links")),
        sa.UniqueConstraint("project_id", "token_sha256", name="uq_dialogue_links_token"),
    )
    op.create_table(
        "dialogue_meetings",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("key_pk", UID, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("written_by", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("project_id", "meeting_pk", name=op.f("pk_dialogue_meetings")),
    )
    op.create_index(
        "ix_dialogue_meetings_day", "dialogue_meetings", ["project_id", "held_on", "meeting_pk"]
    )
    op.create_table(
        "dialogue_partners",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("name_km", sa.String(120), nullable=False),
        sa.Column("stands", sa.String(40), nullable=False),
        sa.Column("sees", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "code", name=op.f("pk_dialogue_partners")),
    )
    op.create_table(
        "dialogue_link_promises",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("link_pk", UID, nullable=False),
        sa.Column("promise_pk", UID, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "link_pk"],
            ["dialogue_links.project_id", "dialogue_links.link_pk"],
            name="fk_dialogue_link_promises_link",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "link_pk", "promise_pk", name=op.f("pk_dialogue_link_promises")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dialogue_meeting_partners",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("code", sa.String(24), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "meeting_pk"],
            ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
            name="fk_dialogue_meeting_partners_meeting",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "meeting_pk", "code", name=op.f("pk_dialogue_meeting_partners")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dialogue_promises",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("promise_pk", UID, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("question_pk", UID, nullable=True),
        sa.Column("partner", sa.String(24), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("indicator", sa.String(8), nullable=False),
        sa.Column("cell", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "meeting_pk"],
            ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
            name="fk_dialogue_promises_meeting",
        ),
        sa.PrimaryKeyConstraint("project_id", "promise_pk", name=op.f("pk_dialogue_promises")),
    )
    op.create_index(
        "ix_dialogue_promises_meeting", "dialogue_promises", ["project_id", "meeting_pk"]
    )
    op.create_table(
        "dialogue_questions",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question_pk", UID, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("partner", sa.String(24), nullable=False),
        sa.Column("framework", sa.String(16), nullable=False),
        sa.Column("indicator", sa.String(8), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "meeting_pk"],
            ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
            name="fk_dialogue_questions_meeting",
        ),
        sa.PrimaryKeyConstraint("project_id", "question_pk", name=op.f("pk_dialogue_questions")),
    )
    op.create_index(
        "ix_dialogue_questions_meeting", "dialogue_questions", ["project_id", "meeting_pk"]
    )
    op.create_table(
        "dialogue_quotes",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("use_pk", UID, nullable=False),
        sa.Column("signer_pk", UID, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "meeting_pk"],
            ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
            name="fk_dialogue_quotes_meeting",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "meeting_pk", "use_pk", name=op.f("pk_dialogue_quotes")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dialogue_releases",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "meeting_pk"],
            ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
            name="fk_dialogue_releases_meeting",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "meeting_pk", "number", name=op.f("pk_dialogue_releases")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dialogue_answers",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answer_pk", UID, nullable=False),
        sa.Column("meeting_pk", UID, nullable=False),
        sa.Column("question_pk", UID, nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "meeting_pk"],
            ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
            name="fk_dialogue_answers_meeting",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "question_pk"],
            ["dialogue_questions.project_id", "dialogue_questions.question_pk"],
            name="fk_dialogue_answers_question",
        ),
        sa.PrimaryKeyConstraint("project_id", "answer_pk", name=op.f("pk_dialogue_answers")),
    )
    op.create_index("ix_dialogue_answers_meeting", "dialogue_answers", ["project_id", "meeting_pk"])
    op.create_table(
        "dialogue_promise_words",
        sa.Column("project_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("promise_pk", UID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "promise_pk"],
            ["dialogue_promises.project_id", "dialogue_promises.promise_pk"],
            name="fk_dialogue_promise_words_promise",
        ),
        sa.PrimaryKeyConstraint(
            "project_id", "promise_pk", "number", name=op.f("pk_dialogue_promise_words")
        ),
    )
    op.add_column(
        "entity_lists",
        sa.Column("is_of_places", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    for statement in _append_only("dialogue_promise_words"):
        op.execute(statement)


def _append_only(table: str) -> Iterator[str]:
    """As of releases (0055)."""
    if op.get_bind().dialect.name == "postgresql":
        yield (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("update", "delete"):
        yield (
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'what was said of a promise never changes'); END"
        )


def downgrade() -> None:
    op.drop_column("entity_lists", "is_of_places")
    for table in (
        "promise_words", "answers", "releases", "quotes", "questions", "promises",
        "meeting_partners", "link_promises", "partners", "meetings", "links",
    ):  # fmt: skip
        op.drop_table(f"dialogue_{table}")
