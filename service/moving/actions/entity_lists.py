"""Entity lists of a source: made where they are not here, and their entities brought in.

They come after the records: what a record makes is made by the record, and goes with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from service.entities import actions as entities
from service.entities.queries import lists
from service.exports.actions.spooled import Spool
from service.forms.entity_lists import Telling
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    ALREADY_EXISTS,
    IMPORT_REFUSED,
    INVALID_PARAMETER,
    PROPERTY_NAME_ALIKE,
    SOURCE_STRANGE,
    SOURCE_TOO_LARGE,
    Problem,
)
from service.moving.actions.door import Door
from service.moving.plan import Row, Verdict, What, Why
from service.moving.source import Source, SourceList

_NOT_GIVEN = {SOURCE_STRANGE: Why.NOT_GIVEN, SOURCE_TOO_LARGE: Why.TOO_LARGE}
_REFUSALS = (IMPORT_REFUSED, INVALID_PARAMETER)


def declare(door: Door, those: Sequence[SourceList]) -> None:
    """Lists whose records wait for approval there wait for it here, from the first record on: a
    form that is published before its list is there would make one that asks nobody."""
    for wanted in those:
        if not wanted.approval_required:
            continue
        with unit_of_work() as session:
            if lists.find(session, door.project_id, wanted.name) is None:
                _make(session, door, wanted)


def _make(session: Session, door: Door, wanted: SourceList) -> None:
    entities.create_list(
        session,
        door.actor,
        door.project_id,
        wanted.name,
        approval_required=wanted.approval_required,
        telling=Telling.PEOPLE,  # nobody here knows better, and no record stands behind its rows
    )


def bring(
    door: Door, source: Source, wanted: SourceList, *, is_dry: bool, is_fed: bool = False
) -> Row:
    """All of a list or nothing. `is_fed`: it will be here by then, made by a form that comes."""
    with reading() as session:
        ref = lists.find(session, door.project_id, wanted.name)
        known = lists.property_names(session, ref.list_pk) if ref else []
    missing = [name for name in wanted.properties if name not in known]
    with contextlib.closing(Spool(door.blobs)) as kept:
        try:
            _put_by(source.table(wanted), kept, _looked_at if is_dry else door.demand_room)
        except Problem as problem:
            if problem.kind not in _NOT_GIVEN:
                raise
            return _row(wanted, Verdict.REFUSED, _NOT_GIVEN[problem.kind])
        try:
            told = _bring(door, wanted, kept, missing, is_dry=is_dry)
        except Problem as problem:
            if problem.kind not in _REFUSALS:
                raise
            return _row(wanted, Verdict.REFUSED, Why.ENTITY_ROWS)
    why = Why.ENTITIES_GONE if told.gone else Why.NOTHING
    if ref is None and is_fed:
        return _row(wanted, Verdict.CHANGED, why or Why.FROM_RECORDS)
    if ref is None:
        return _row(wanted, Verdict.NEW, why)
    changes = told.created + told.changed + len(missing)
    return _row(wanted, Verdict.CHANGED if changes else Verdict.SAME, why)


def _looked_at(_: int) -> None:
    """Nothing of it stays."""


def _put_by(pieces: Iterator[bytes], kept: Spool, demand_room: Callable[[int], None]) -> None:
    """Nobody else can write while a list is written: so all of it is here before."""
    for piece in pieces:
        demand_room(len(piece))
        kept.write(piece)


def _bring(
    door: Door, wanted: SourceList, kept: Spool, missing: list[str], *, is_dry: bool
) -> entities.Imported:
    if not is_dry:
        return _import(door, wanted, kept.read(), missing)
    with reading() as session:
        return entities.preview_of_another(
            session, door.actor, door.project_id, wanted.name, kept.read(), missing
        )


def _import(
    door: Door, wanted: SourceList, pieces: Iterator[bytes], missing: list[str]
) -> entities.Imported:
    actor, project_id = door.actor, door.project_id
    with unit_of_work() as session:
        found = lists.find(session, project_id, wanted.name)
        if found is None:
            _make(session, door, wanted)
        elif found.telling is Telling.UNDECLARED:  # made by a form, which says nothing of its rows
            entities.tell(session, actor, project_id, wanted.name, Telling.PEOPLE)
        for name in missing:
            try:
                entities.add_property(session, actor, project_id, wanted.name, name)
            except Problem as problem:  # capitals aside, it is there
                if problem.kind not in (ALREADY_EXISTS, PROPERTY_NAME_ALIKE):
                    raise
        return entities.bring_another(session, actor, project_id, wanted.name, pieces)


def _row(wanted: SourceList, verdict: Verdict, why: Why = Why.NOTHING) -> Row:
    return Row(what=What.LIST, form_id="", name=wanted.name, verdict=verdict, why=why)
