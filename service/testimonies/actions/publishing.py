"""What stands under the public address of a use, asked of consent each time it is opened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.foundation.problems import NOT_FOUND, STORY_GONE, Problem
from service.persons.actions import today
from service.testimonies.actions import naming
from service.testimonies.actions.desk import words_of
from service.testimonies.queries import library, uses
from service.testimonies.terms import RECALLABLE, Audience, Means, Naming, Wanted


@dataclass(frozen=True, kw_only=True)
class Story:
    """A text as it goes out."""

    words: Mapping[str, str] = field(repr=False)
    """Language -> the text; in a second one where a translation may be used as well."""
    naming: Naming
    name: str = field(repr=False)
    province: str
    tells_of: str
    """Of list testimony_kind."""


def published(session: Session, project_id: int, use_pk: uuid.UUID) -> Story:
    """For anybody. Raises STORY_GONE from the moment on at which it was taken back or ended, and
    from the day after the last one on which it was allowed; NOT_FOUND for what was never out
    here."""
    return _story(session, project_id, use_pk, RECALLABLE)


def paper(session: Session, project_id: int, use_pk: uuid.UUID) -> Story:
    """Of a use by any means, for whoever asked whether they may. Raises as `published`."""
    return _story(session, project_id, use_pk, frozenset(Means))


def _story(session: Session, project_id: int, use_pk: uuid.UUID, means: frozenset[Means]) -> Story:
    use = uses.find(session, project_id, use_pk)
    if use is None or Means(use.means) not in means:
        raise Problem(NOT_FOUND)
    if use.ended_at is not None or use.version_pk is None:
        raise Problem(STORY_GONE)
    wanted = Wanted(audience=Audience(use.audience), naming=Naming(use.naming))
    found = library.usable(session, project_id, wanted, today(), version_pk=use.version_pk).texts
    if not found or found[0].digest != use.digest:
        raise Problem(STORY_GONE)
    (text,) = found
    on = today()
    others = library.usable(session, project_id, wanted, on, beside=text.version_pk).texts
    words = {one.language: words_of(session, project_id, one.version_pk) for one in (text, *others)}
    return Story(
        words=words,
        naming=wanted.naming,
        name=naming.name_of(session, project_id, text.submission_pk, wanted.naming),
        province=text.province,
        tells_of=text.tells_of,
    )
