"""Words of the log as they lie: sealed under the key of their meeting, each at its own place."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping

from sqlalchemy.orm import Session

from service.dialogue.queries import log
from service.foundation import keys
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.sealing import DataClass, DataKey, Place, Unsealable, seal, unseal

Words = Mapping[str, str]
NOTHING: Words = {}


def sealed(key: DataKey, project_id: int, meeting_pk: uuid.UUID, field: str, said: Words) -> bytes:
    """`field`: what they are of, as `of_…` below have it."""
    text = json.dumps(dict(said), ensure_ascii=False).encode()
    return seal(key, _place(project_id, meeting_pk, field), text)


def key_of(session: Session, project_id: int, meeting_pk: uuid.UUID) -> DataKey:
    """Of a meeting whose row is locked. Raises NOT_FOUND: it was removed."""
    key_pk = log.keys_of(session, project_id, [meeting_pk]).get(meeting_pk)
    found = keys.current().find(project_id, key_pk) if key_pk else None
    if found is None:
        raise Problem(NOT_FOUND)
    return found


class Opener:
    """Opens what stands under some meetings, with one look at the key store."""

    def __init__(self, session: Session, project_id: int, meetings: Collection[uuid.UUID]) -> None:
        self._project_id = project_id
        by_meeting = log.keys_of(session, project_id, set(meetings))
        held = keys.current().find_many(project_id, by_meeting.values()) if by_meeting else {}
        self._keys = {meeting: held[key] for meeting, key in by_meeting.items() if key in held}

    def open(self, meeting_pk: uuid.UUID, field: str, lies: bytes | None) -> Words:
        """Nothing where its key is gone, or it does not open."""
        key = self._keys.get(meeting_pk)
        if key is None or lies is None:
            return NOTHING
        try:
            said = unseal(key, _place(self._project_id, meeting_pk, field), bytes(lies))
        except Unsealable:
            keys.unsealable(dialogue=str(meeting_pk))
            return NOTHING
        found: dict[str, str] = json.loads(said)
        return found


def of_meeting() -> str:
    return "notes"


def of_question(question_pk: uuid.UUID) -> str:
    return f"question/{question_pk.hex}"


def of_answer(answer_pk: uuid.UUID) -> str:
    return f"answer/{answer_pk.hex}"


def of_promise(promise_pk: uuid.UUID) -> str:
    return f"promise/{promise_pk.hex}"


def of_word(promise_pk: uuid.UUID, number: int) -> str:
    return f"word/{promise_pk.hex}/{number}"


def _place(project_id: int, meeting_pk: uuid.UUID, field: str) -> Place:
    return Place(
        project_id=project_id,
        record=meeting_pk,
        data_class=DataClass.TESTIMONY,
        field=f"dialogue/{field}",
    )
