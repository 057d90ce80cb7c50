"""Partners of a project, meetings and what was said there, promises with their history, links.

What somebody wrote in words is sealed under the key of its meeting: it may name people, and goes
from every backup when the meeting is removed. Codes, days and numbers are plain. Nothing of a
quote is copied: its use is in `testimony_uses`, its words are asked for each time.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from service.dialogue.partners import Stands
from service.dialogue.promises import Status
from service.disclosure.rules import Audience
from service.foundation.columns import BY_KEY, ByValue, Json, Uid, UtcDateTime
from service.foundation.db import Base


class PartnerRow(Base):
    """What a project says of a partner: one of its own, or what one that is known may see."""

    __tablename__ = "dialogue_partners"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    name_en: Mapped[str] = mapped_column(sa.String(120))
    """Both empty: as the list of known ones has it."""
    name_km: Mapped[str] = mapped_column(sa.String(120))
    stands: Mapped[Stands] = mapped_column(ByValue(Stands))
    sees: Mapped[Audience] = mapped_column(ByValue(Audience))


class Meeting(Base):
    """Whom we met, when and where. Removed ones keep the day alone."""

    __tablename__ = "dialogue_meetings"
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    held_on: Mapped[dt.date] = mapped_column(sa.Date)
    place: Mapped[str] = mapped_column(sa.String(6))
    """Province, district or commune; "" = of the whole country."""
    key_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Of all words below. Null: removed."""
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Who of us was there, in which room, and notes: for the team alone."""
    written_by: Mapped[int | None]
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (sa.Index("ix_dialogue_meetings_day", "project_id", "held_on", "meeting_pk"),)


def _of_meeting(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "meeting_pk"],
        ["dialogue_meetings.project_id", "dialogue_meetings.meeting_pk"],
        name=f"fk_{table}_meeting",
    )


class MeetingPartner(Base):
    """Who sat at the other side of the table."""

    __tablename__ = "dialogue_meeting_partners"
    __table_args__ = (_of_meeting("dialogue_meeting_partners"), BY_KEY)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(24), primary_key=True)


class Question(Base):
    """What we asked of whom."""

    __tablename__ = "dialogue_questions"
    __table_args__ = (
        _of_meeting("dialogue_questions"),
        sa.Index("ix_dialogue_questions_meeting", "project_id", "meeting_pk"),
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    question_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    partner: Mapped[str] = mapped_column(sa.String(24))
    framework: Mapped[str] = mapped_column(sa.String(16))
    """Key of an article or action; "" = none."""
    indicator: Mapped[str] = mapped_column(sa.String(8))
    place: Mapped[str] = mapped_column(sa.String(6))
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class Answer(Base):
    """What they said to it."""

    __tablename__ = "dialogue_answers"
    __table_args__ = (
        _of_meeting("dialogue_answers"),
        sa.ForeignKeyConstraint(
            ["project_id", "question_pk"],
            ["dialogue_questions.project_id", "dialogue_questions.question_pk"],
            name="fk_dialogue_answers_question",
        ),
        sa.Index("ix_dialogue_answers_meeting", "project_id", "meeting_pk"),
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answer_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    question_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    answered_on: Mapped[dt.date] = mapped_column(sa.Date)
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class Promise(Base):
    """What they promised. How it stands says its history."""

    __tablename__ = "dialogue_promises"
    __table_args__ = (
        _of_meeting("dialogue_promises"),
        sa.Index("ix_dialogue_promises_meeting", "project_id", "meeting_pk"),
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    promise_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid)
    question_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    partner: Mapped[str] = mapped_column(sa.String(24))
    promised_on: Mapped[dt.date] = mapped_column(sa.Date)
    indicator: Mapped[str] = mapped_column(sa.String(8))
    cell: Mapped[dict[str, str]] = mapped_column(Json)
    """Dimension -> code, beside the place: of which number of the indicator it is."""
    place: Mapped[str] = mapped_column(sa.String(6))
    sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """The promise in both languages, and which office answers for it."""


class PromiseWord(Base):
    """One line of a promise's history. Triggers refuse to change or remove it (migration 0059)."""

    __tablename__ = "dialogue_promise_words"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "promise_pk"],
            ["dialogue_promises.project_id", "dialogue_promises.promise_pk"],
            name="fk_dialogue_promise_words_promise",
        ),
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    promise_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[Status] = mapped_column(ByValue(Status))
    said_on: Mapped[dt.date] = mapped_column(sa.Date)
    due_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Why."""
    said_by: Mapped[int | None]
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class MeetingRelease(Base):
    """A release that was shown there."""

    __tablename__ = "dialogue_releases"
    __table_args__ = (_of_meeting("dialogue_releases"), BY_KEY)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class MeetingQuote(Base):
    """That somebody's words were used there. When they are taken back, the use says so."""

    __tablename__ = "dialogue_quotes"
    __table_args__ = (_of_meeting("dialogue_quotes"), BY_KEY)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meeting_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    use_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    """Of `testimony_uses`."""
    signer_pk: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Of a leader's sentence: whose; null: a text of a testimony."""


class Link(Base):
    """What one partner may open without signing in, until a day."""

    __tablename__ = "dialogue_links"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "token_sha256", name="uq_dialogue_links_token"),
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    link_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(sa.String(64))
    partner: Mapped[str] = mapped_column(sa.String(24))
    audience: Mapped[Audience] = mapped_column(ByValue(Audience))
    made_by: Mapped[int | None]
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    opened: Mapped[int] = mapped_column(server_default="0")
    """How often; of whoever opened it nothing is kept."""
    opened_on: Mapped[dt.date | None] = mapped_column(sa.Date)


class LinkPromise(Base):
    """A promise that was chosen for a link."""

    __tablename__ = "dialogue_link_promises"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["project_id", "link_pk"],
            ["dialogue_links.project_id", "dialogue_links.link_pk"],
            name="fk_dialogue_link_promises_link",
        ),
        BY_KEY,
    )
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    link_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    promise_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
