"""Entity lists of a source: made where they are not here, and their entities brought in.

They come after the records: what a record makes is made by the record, and goes with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.entities import actions as entities
from service.entities.queries import lists
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
    try:
        data = source.table(wanted)
    except Problem as problem:
        if problem.kind not in _NOT_GIVEN:
            raise
        return _row(wanted, Verdict.REFUSED, _NOT_GIVEN[problem.kind])
    missing = [name for name in wanted.properties if name not in known]
    try:
        if is_dry:
            with reading() as session:
                told: entities.Preview | entities.Imported = entities.preview_of_another(
                    session, door.actor, door.project_id, wanted.name, data, missing
                )
            if isinstance(told, entities.Preview) and told.faulty:
                return _row(wanted, Verdict.REFUSED, Why.ENTITY_ROWS)
        else:
            door.demand_room(len(data))
            told = _import(door, wanted, data, missing)
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


def _import(door: Door, wanted: SourceList, data: bytes, missing: list[str]) -> entities.Imported:
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
        return entities.import_file(session, actor, project_id, wanted.name, data, is_ours=False)


def _row(wanted: SourceList, verdict: Verdict, why: Why = Why.NOTHING) -> Row:
    return Row(what=What.LIST, form_id="", name=wanted.name, verdict=verdict, why=why)
