"""The page of whoever told, opened by the code on her paper: what is held of it, where it was used,
her own words; and from there she takes back, all of it or some uses.

Whoever holds the paper is taken for the person, as when something is taken back by it. Nothing is
opened here that the team may not open: words of a child without its guardian's yes, of a record
that is sealed elsewhere, or of which consent is over, are told to be closed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.consent.actions.asking import ask_by_paper
from service.consent.actions.erasing import today
from service.consent.actions.using import uses_of
from service.consent.requests import OPENED_IN_ALL_AN_HOUR, OPENED_PER_NETWORK_AN_HOUR
from service.facts import actions as facts
from service.facts import paper_codes
from service.facts import queries as fact_queries
from service.facts.circumstances import PHNOM_PENH
from service.facts.codes import CONSENT_SCOPE
from service.facts.scopes import NEEDS, Purpose
from service.forms.schema import FormSchema, Sensitivity
from service.forms.tags import TAGS
from service.foundation import audit, clock, throttling
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import media_types, safe_xml
from service.foundation.problems import CONSENT_MISSING, INVALID_PARAMETER, NOT_FOUND, Problem
from service.intake.actions import reading_again
from service.intake.queries import erasing as intake
from service.intake.queries import preparing
from service.intake.queries.erasing import Row
from service.intake.queries.preparing import Prepared
from service.intake.readers import xform_xml

_SINGLE = {
    next(iter(needs - {"store"})): purpose for purpose, needs in NEEDS.items() if needs - {"store"}
}
"""Scope -> the purpose that it alone decides. `store` is the record itself."""
SCOPES = tuple(scope for scope in CONSENT_SCOPE if scope in _SINGLE)


@dataclass(frozen=True, kw_only=True)
class OwnTold:
    """What is held under one paper."""

    records: int
    first_received_on: dt.date
    allowed: tuple[str, ...]
    """Scopes in force today."""
    until: dt.date | None
    """The day on which they end by themselves."""
    files: Mapping[str, int]
    """Kind of file -> how many can be opened."""
    is_open: bool
    """Whether her own words can be opened here."""
    counted: tuple[str, ...]
    acts: tuple[dict[str, Any], ...]
    """As of `Told`."""


@dataclass(frozen=True, kw_only=True)
class OwnWords:
    """What was told, in its order, and the files that belong to it."""

    texts: tuple[str, ...] = field(repr=False)
    copies: tuple[Prepared, ...]


def open_by_code(project_id: int, code: str, *, network: str) -> str:
    """What stands for the code, where a record carries it. Each try is counted. Raises
    INVALID_PARAMETER for what is no code of a paper, NOT_FOUND, TOO_MANY_REQUESTS."""
    if paper_codes.is_mistyped(code) or not paper_codes.is_strong(code):
        raise Problem(INVALID_PARAMETER, name="code", reason="all of it, as the paper says it")
    most, hour = OPENED_PER_NETWORK_AN_HOUR, throttling.HOUR
    with unit_of_work() as session:
        throttling.count(session, f"own/{network}", most=most, window=hour)
        throttling.count(session, "own", most=OPENED_IN_ALL_AN_HOUR, window=hour)
    digest = facts.code_digest(project_id, code) or ""
    with unit_of_work() as session:
        for row in _standing(_rows(session.connection(), project_id, digest)):
            _note(session, row, "consent.see_own")
    return digest


def tell(project_id: int, code_digest: str) -> OwnTold:
    """Raises NOT_FOUND where no record carries the code, or none does any more."""
    with reading() as session:
        rows = _rows(session.connection(), project_id, code_digest)
        held = [row.submission_pk for row in _standing(rows)]
        allowed, until = _allowed(session, project_id, held)
        opened = _openable(session, project_id, held)
        kinds = [_kind(one) for one in preparing.list_copies(session, project_id, opened)]
    uses = uses_of(project_id, {row.record_pk for row in rows})
    return OwnTold(
        records=len({row.record_pk for row in rows}),
        first_received_on=min(row.received_at for row in rows).astimezone(PHNOM_PENH).date(),
        allowed=allowed,
        until=until,
        files={kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
        is_open=bool(opened),
        counted=tuple(uses.get("counted", ())),
        acts=tuple(uses.get("acts", ())),
    )


def read(project_id: int, code_digest: str) -> OwnWords:
    """Her own words and files. Leaves an entry of each record. Raises NOT_FOUND, CONSENT_MISSING
    where nothing of it may be opened."""
    with unit_of_work() as session:
        rows = _standing(_rows(session.connection(), project_id, code_digest))
        opened = _openable(session, project_id, [row.submission_pk for row in rows])
        if not opened:
            raise Problem(CONSENT_MISSING)
        for row in rows:
            if row.submission_pk in opened:
                _note(session, row, "consent.hear_own")
        found = reading_again.find_many(session, project_id, opened)
        copies = preparing.list_copies(session, project_id, opened)
    texts = [text for key in opened if key in found for text in _told(found[key])]
    return OwnWords(texts=tuple(texts), copies=tuple(copies))


def end_on(project_id: int, code_digest: str, last: str, *, blobs: LocalBlobs) -> None:
    """Let all that is allowed end after a day that is earlier than it would. Raises
    INVALID_PARAMETER, NOT_FOUND."""
    try:
        day = dt.date.fromisoformat(last)
    except ValueError:
        day = dt.date.min
    until = tell(project_id, code_digest).until
    if day < today() or (until is not None and day >= until):
        raise Problem(INVALID_PARAMETER, name="until", reason="a day to come, before it ends")
    ask_by_paper(project_id, code_digest, blobs=blobs, scopes=SCOPES, ends_on=day)


def get_file(
    session: Session, project_id: int, code_digest: str, prepared_pk: uuid.UUID
) -> Prepared:
    """A file that `read` told of, if its record still carries the code. Raises NOT_FOUND."""
    rows = _standing(_rows(session.connection(), project_id, code_digest))
    found = preparing.find_prepared(session, project_id, prepared_pk)
    opened = _openable(session, project_id, [row.submission_pk for row in rows])
    if found is None or not found.is_copy or found.submission_pk not in opened:
        raise Problem(NOT_FOUND)
    return found


def _rows(connection: sa.Connection, project_id: int, code_digest: str) -> list[Row]:
    """All that hangs on the records of a paper. Raises NOT_FOUND."""
    found = fact_queries.find_by_code(connection, project_id, code_digest, clock.now())
    records = {row.record_pk for row in intake.find_rows(connection, project_id, found)}
    rows = intake.list_hanging(connection, project_id, records, lock=False)
    if not rows:
        raise Problem(NOT_FOUND)
    return rows


def _standing(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.is_current]


def _allowed(
    session: Session, project_id: int, held: Collection[uuid.UUID]
) -> tuple[tuple[str, ...], dt.date | None]:
    """Scopes that hold for any of them, and when the first of those ends."""
    purposes = list(_SINGLE.values())
    found = fact_queries.allowed_of_many(session, project_id, held, purposes, today())
    may = {purpose for one in found.values() for purpose in one.purposes}
    ends = [one.until for one in found.values() if one.until]
    return tuple(s for s in SCOPES if _SINGLE[s] in may), min(ends, default=None)


def _openable(session: Session, project_id: int, held: Collection[uuid.UUID]) -> list[uuid.UUID]:
    wanted = [Purpose.WORK]
    found = fact_queries.allowed_of_many(session, project_id, held, wanted, today())
    return sorted(key for key, one in found.items() if one.purposes)


def _told(found: reading_again.ReadAgain) -> list[str]:
    """What stands in the questions for what was told; nothing of a record that is sealed."""
    if found.schema is None:
        return []
    root, files = safe_xml.parse(found.xml), found.names
    texts = [text for path in _paths(found.schema) for text in xform_xml.texts(root, path)]
    return [text.strip() for text in texts if text.strip() and text.strip() not in files]


def _paths(schema: FormSchema) -> list[tuple[str, ...]]:
    """Questions of which the form says that they are for what is told: an answer of which it says
    nothing may be a name. What is to be masked stays closed, for it names."""
    return [
        one.path
        for one in schema.fields
        if one.sensitivity is Sensitivity.TESTIMONY
        and one.type != "binary"
        and (one.is_classed or _is_told(one.tag))
        and one.tag != "testimony.mask"
    ]


def _is_told(tag: str | None) -> bool:
    return tag in TAGS and TAGS[tag].sensitivity is Sensitivity.TESTIMONY


def _kind(file: Prepared) -> str:
    return media_types.kind(file.media_type).value


def _note(session: Session, row: Row, action: str) -> None:
    audit.record(
        session, project_id=row.project_id, actor_id=None, action=action, subject=row.submission_pk
    )
