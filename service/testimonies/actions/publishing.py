"""What stands under the public address of a use, asked of consent each time it is opened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.foundation.problems import NOT_FOUND, STORY_GONE, Problem
from service.intake.queries import preparing
from service.intake.queries.preparing import Prepared
from service.persons.actions import today
from service.testimonies.actions import filing, naming
from service.testimonies.actions.desk import words_of
from service.testimonies.queries import files, library, uses
from service.testimonies.queries.library import Usable
from service.testimonies.tables import ToldUse
from service.testimonies.terms import RECALLABLE, Audience, Means, Medium, Naming, Wanted


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """A file as it goes out, by the use that lets it."""

    use_pk: uuid.UUID
    medium: Medium
    copy: Prepared


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
    files: tuple[ShownFile, ...] = ()
    """Pictures, voices and films that stand there."""


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
    if use.ended_at is not None or (use.version_pk is None and use.prepared_pk is None):
        raise Problem(STORY_GONE)
    if use.medium != Medium.TEXT:
        return _of_file(session, project_id, use)
    wanted = Wanted(audience=Audience(use.audience), naming=Naming(use.naming))
    found = library.usable(session, project_id, wanted, today(), version_pk=use.version_pk).texts
    if not found or found[0].digest != use.digest:
        raise Problem(STORY_GONE)
    (text,) = found
    return Story(
        words=words(session, project_id, text, wanted),
        naming=wanted.naming,
        name=naming.name_of(session, project_id, text.submission_pk, wanted.naming),
        province=text.province,
        tells_of=text.tells_of,
        files=tuple(
            shown
            for one in uses.beside(session, project_id, use_pk)
            if (shown := _shown(session, project_id, one)) is not None
        ),
    )


def words(session: Session, project_id: int, text: Usable, wanted: Wanted) -> dict[str, str]:
    """Language -> the text, and a translation that may be used in the same way."""
    others = library.usable(session, project_id, wanted, today(), beside=text.version_pk).texts
    return {one.language: words_of(session, project_id, one.version_pk) for one in (text, *others)}


def published_file(session: Session, project_id: int, use_pk: uuid.UUID) -> Prepared:
    """The bytes of a picture, a voice or a film, for anybody; raises as `published`. Of one that
    stands beside a text: as long as that page is there."""
    use = uses.find(session, project_id, use_pk)
    if use is None or use.medium == Medium.TEXT or Means(use.means) not in RECALLABLE:
        raise Problem(NOT_FOUND)
    if use.beside_pk is not None:
        published(session, project_id, use.beside_pk)
    return _file_of(session, project_id, use)


def file_that_went(session: Session, project_id: int, use_pk: uuid.UUID) -> Prepared:
    """Of a use by any means, for whoever asked whether they may. Raises NOT_FOUND, STORY_GONE."""
    use = uses.find(session, project_id, use_pk)
    if use is None or use.medium == Medium.TEXT:
        raise Problem(NOT_FOUND)
    return _file_of(session, project_id, use)


def _file_of(session: Session, project_id: int, use: ToldUse) -> Prepared:
    shown = None if use.ended_at is not None else _shown(session, project_id, use)
    if shown is None:
        raise Problem(STORY_GONE)
    return shown.copy


def _shown(session: Session, project_id: int, use: ToldUse) -> ShownFile | None:
    """None where it is not allowed at this moment."""
    if use.prepared_pk is None or use.digest != filing.digest(use.prepared_pk):
        return None
    wanted = _wanted(use)
    found = files.usable(session, project_id, wanted, today(), prepared_pk=use.prepared_pk)
    copy = preparing.find_prepared(session, project_id, use.prepared_pk) if found else None
    if copy is None:
        return None
    return ShownFile(use_pk=use.use_pk, medium=wanted.medium, copy=copy)


def _of_file(session: Session, project_id: int, use: ToldUse) -> Story:
    """A page, or a sheet, with that file alone."""
    shown = _shown(session, project_id, use)
    if shown is None:
        raise Problem(STORY_GONE)
    if use.beside_pk is not None:  # the page is that of the text
        return published(session, project_id, use.beside_pk)
    wanted = _wanted(use)
    (found,) = files.usable(
        session, project_id, wanted, today(), prepared_pk=shown.copy.prepared_pk
    )
    return Story(
        words={},
        naming=wanted.naming,
        name=naming.name_of(session, project_id, found.submission_pk, wanted.naming),
        province=found.province,
        tells_of=found.tells_of,
        files=(shown,),
    )


def _wanted(use: ToldUse) -> Wanted:
    return Wanted(
        audience=Audience(use.audience), naming=Naming(use.naming), medium=Medium(use.medium)
    )
