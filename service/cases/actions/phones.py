"""Lists of cases on phones: a code, a first name, and what is needed; for who is to be visited.

Which phones get which rows, `entities` decides: those that a coordinator allowed the list, in their
area, else in the villages where they assessed somebody; only while the person may be contacted.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import queries as accounts
from service.cases.actions.sides import OfOne, Side
from service.cases.naming import first_name, need_id
from service.cases.queries import storing, told
from service.cases.queries.storing import CaseRow
from service.cases.queries.told import PersonTold, Whom
from service.entities.actions import keeping
from service.entities.actions.keeping import Kept, OfPerson
from service.entities.actions.phones import day_of_consent
from service.entities.actions.writing import Source
from service.entities.queries import lists as entity_lists
from service.entities.versions import LABEL
from service.facts import actions as facts
from service.facts import places
from service.facts.needs import NEED
from service.facts.scopes import Purpose
from service.foundation.db import unit_of_work
from service.intake.queries import projecting as intake

CASES, NEEDS = "cases", "open_needs"
PROPERTIES: Mapping[str, Sequence[str]] = {
    CASES: ("code", "first_name", "village", "due_on", "visit_no"),
    NEEDS: ("case", "need_code", "status", "priority"),
}
"""As form F5 reads them."""


Place = tuple[uuid.UUID, int]
"""A version, and the place of a person in it."""
NOBODY: Mapping[Place, str] = {}


def bring_up(
    project_id: int,
    of_people: Sequence[OfOne],
    renamed: Collection[uuid.UUID],
    named: Mapping[Place, str] = NOBODY,
) -> None:
    """The lists as the cases of these people are. Where no form works with them, nobody is named
    anywhere. `named`: names that whoever compares people saw in these very versions; here they are
    used of those alone who may be contacted."""
    today = day_of_consent()
    records = {side.whom[0] for one in of_people for side in one.sides}
    with unit_of_work() as session:
        connection = session.connection()
        # Locked first, in the order of whoever erases: what is taken back meanwhile is not named.
        intake.lock_records(connection, project_id, records)
        if not _are_read(session, project_id):
            return
        lists = keeping.open_kept(session, project_id, PROPERTIES)
        people = told.people(connection, project_id, records, Purpose.CONTACT, today)
        shown = [one for one in of_people if _is_shown(one, people, today)]
        called = [one.in_force for one in shown if one.in_force]
        names = _names(session, project_id, called, people, renamed, named)
        language = _language(session, project_id)
        wanted = [
            OfPerson(
                ref=ref,
                source=Source(
                    actor_id=None,
                    record_pk=side.whom[0],
                    submission_pk=people[side.whom].submission_pk,
                ),
                ordinal=side.whom[1],
                wanted=_wanted(name, one, side, names, language),
            )
            for one in shown
            for side in one.sides
            if side.whom in people
            for name, ref in lists.items()
        ]
        keeping.keep(session, project_id, wanted)
        listed = {id(one) for one in shown}
        gone = [
            side.case
            for one in of_people
            for side in one.sides
            if side.case and (id(one) not in listed or side.whom not in people)
        ]
        keeping.take_out(session, project_id, _entities(session, project_id, gone))


def _is_shown(one: OfOne, people: Mapping[Whom, PersonTold], on: dt.date) -> bool:
    """Where the person allows it, by the case that is in force and by the last word."""
    return (
        one.now is not None
        and one.in_force is not None
        and (one.in_force.record_pk, one.in_force.ordinal) in people
        and one.told[-1].whom in people
        and one.now.is_for_phones(on)
    )


def _are_read(session: Session, project_id: int) -> bool:
    """Whether a form of the project works with both lists, as F5 does. Somebody's own list that
    happens to be called so is left alone."""
    readers = [
        {one.form_id for one in entity_lists.readers_of(session, project_id, name)}
        for name in PROPERTIES
    ]
    return bool(set.intersection(*readers))


def _names(
    session: Session,
    project_id: int,
    cases: Sequence[CaseRow],
    people: Mapping[tuple[uuid.UUID, int], PersonTold],
    renamed: Collection[uuid.UUID],
    named: Mapping[Place, str],
) -> dict[uuid.UUID, str]:
    """Case -> first name, of those whose name is not on the list yet, or may be another by now."""
    missing = keeping.list_missing(session, project_id, [one.entity_id for one in cases])
    asked = [one for one in cases if one.entity_id in missing or one.record_pk in renamed]
    where = {
        one.case_pk: (people[(one.record_pk, one.ordinal)].submission_pk, one.ordinal)
        for one in asked
    }
    left = {place[0] for place in where.values() if place not in named}
    held = facts.identities_told(session, project_id, left) if left else {}
    told = dict(named) | {place: one.name for place, one in held.items()}
    return {key: first_name(told.get(place, "")) for key, place in where.items()}


def _language(session: Session, project_id: int) -> str:
    project = accounts.find_project(session, project_id)
    return project.language if project else "km"


def _wanted(
    name: str, one: OfOne, side: Side, names: Mapping[uuid.UUID, str], language: str
) -> list[Kept]:
    """What hangs on one assessment: the row of the person on that of the case in force, each need
    on one that told it, so that it goes with it."""
    if name == NEEDS:
        return _needs(one, side, language)
    case = one.in_force
    if case is None or one.now is None or side.case is not case:
        return []
    place = _lives(one)
    said = {
        "code": case.code,
        "village": places.load().name(place, language) if place else "",
        "due_on": one.now.due_on.isoformat() if one.now.due_on else "",
        "visit_no": str(one.now.visits),
    }
    if case.case_pk in names:
        called = names[case.case_pk]
        said |= {LABEL: f"{called} {case.code}".strip(), "first_name": called}
    return [Kept(entity_id=case.entity_id, said=said, ordinal=case.ordinal, place=place)]


def _needs(one: OfOne, side: Side, language: str) -> list[Kept]:
    case = side.case
    if case is None or one.now is None or one.in_force is None:
        return []
    return [
        Kept(
            entity_id=need_id(case.entity_id, need.code),
            said={
                LABEL: NEED.get(need.code, {}).get(language, need.code),
                "case": str(one.in_force.entity_id),
                "need_code": need.code,
                "status": need.status,
                "priority": need.priority,
            },
            ordinal=case.ordinal,
            place=_lives(one),
        )
        for need in one.now.needs.values()
        if _tells(one, need.code) == side.whom
    ]


def _tells(one: OfOne, need_code: str) -> Whom | None:
    """The assessment on which a need hangs: that of the case in force if it can, else the first."""
    those = [
        each for each in one.told if each.case and each.may_contact and need_code in each.own.needs
    ]
    those.sort(key=lambda each: each.case is not one.in_force)
    return those[0].whom if those else None


def _lives(one: OfOne) -> str:
    return one.told[-1].person.place if one.told else ""


def _entities(
    session: storing.Connected, project_id: int, cases: Sequence[CaseRow]
) -> list[uuid.UUID]:
    """All that phones may have of these cases."""
    codes = storing.need_codes(session, project_id, [one.case_pk for one in cases])
    of_needs = [
        need_id(one.entity_id, code) for one in cases for code in codes.get(one.case_pk, ())
    ]
    return [*(one.entity_id for one in cases), *of_needs]


def rename(connection: sa.Connection, project_id: int, case_pks: Collection[uuid.UUID]) -> None:
    """Let phones forget these cases, and know them by another name from the next folding on."""
    cases = storing.list_cases(connection, project_id, case_pks, lock=True)
    keeping.take_out(connection, project_id, _entities(connection, project_id, cases))
    storing.rename(connection, project_id, {one.case_pk: uuid.uuid4() for one in cases})
