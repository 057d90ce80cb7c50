"""Words that are masked in a text, and that two people can show again."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import clock, ids
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.testimonies import masks
from service.testimonies.actions import sealed
from service.testimonies.actions.desk import is_another, locked, note
from service.testimonies.queries import texts
from service.testimonies.tables import ToldText


def mask(
    session: Session, actor: Actor, project_id: int, version_pk: uuid.UUID, words: str
) -> None:
    """Wherever these words stand. What is shown then is another text: it is to be read back, and
    released, anew. Raises INVALID_PARAMETER where they stand nowhere, NOT_FOUND."""
    version = locked(session, actor, Act.TESTIMONY_WRITE, project_id, version_pk)
    found = masks.spans(sealed.opened(version), words)
    if not found:
        raise Problem(INVALID_PARAMETER, name="words", reason="they do not stand in the text")
    texts.insert_redaction(
        session,
        {
            "project_id": project_id,
            "redaction_pk": ids.new_uuid(),
            "record_pk": version.record_pk,
            "version_pk": version_pk,
            "spans": found,
            "masked_by": actor.id,
            "masked_at": clock.now(),
        },
    )
    _show_anew(session, version)
    note(session, actor, Act.TESTIMONY_WRITE, project_id, version_pk, "masked")


def lift(session: Session, actor: Actor, project_id: int, redaction_pk: uuid.UUID) -> bool:
    """The first who asks is written down; the second, somebody else, lifts it. True once it is
    lifted. Raises SECOND_PERSON_NEEDED, NOT_FOUND."""
    one = texts.find_redaction(session, project_id, redaction_pk)
    if one is None:
        raise Problem(NOT_FOUND)
    version = locked(session, actor, Act.TESTIMONY_RELEASE, project_id, one.version_pk)
    one = texts.find_redaction(session, project_id, redaction_pk)  # as it is once it is locked
    if one is None or one.lifted_at is not None:
        raise Problem(NOT_FOUND)
    if one.lift_asked_by is None:
        texts.update_redaction(session, project_id, redaction_pk, lift_asked_by=actor.id)
        note(session, actor, Act.TESTIMONY_RELEASE, project_id, version.version_pk, "lift_asked")
        return False
    if not is_another(actor, one.lift_asked_by):
        raise Problem(SECOND_PERSON_NEEDED)
    texts.update_redaction(
        session, project_id, redaction_pk, lifted_by=actor.id, lifted_at=clock.now()
    )
    _show_anew(session, version)
    note(session, actor, Act.TESTIMONY_RELEASE, project_id, version.version_pk, "lifted")
    return True


def _show_anew(session: Session, version: ToldText) -> None:
    masked = texts.list_redactions(session, version.project_id, [version.version_pk])
    text = sealed.shown(version, masked)
    texts.update_version(
        session,
        version.project_id,
        version.version_pk,
        shown_digest=sealed.digest(version.version_pk, text),
    )
