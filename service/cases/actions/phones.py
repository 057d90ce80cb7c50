"""Lists of cases on phones: a code, a first name, and what is needed; for who is to be visited.

Which phones get which rows, `entities` decides: those that a coordinator allowed the list, in their
area, else in the villages where they assessed somebody; only while the person may be contacted.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import queries as accounts
from service.cases.folding import CaseNow
from service.cases.naming import first_name, need_id
from service.cases.queries import storing, told
from service.cases.queries.storing import CaseRow
from service.cases.queries.told import PersonTold
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


def bring_up(
    project_id: int,
    cases: Sequence[CaseRow],
    now: Mapping[uuid.UUID, CaseNow],
    renamed: Collection[uuid.UUID],
) -> None:
    """The lists as these cases are. Where no form works with them, nobody is named anywhere."""
    today = day_of_consent()
    records = {one.record_pk for one in cases}
    with unit_of_work() as session:
        before = told.people(session, project_id, records, Purpose.CONTACT, today)
        keys = {one.submission_pk for one in before.values()}
        # Locked first, in the order of whoever erases: what is taken back meanwhile is not named.
        intake.lock_counted(session.connection(), project_id, keys)
        if not _are_read(session, project_id):
            return
        lists = keeping.open_kept(session, project_id, PROPERTIES)
        people = told.people(session, project_id, records, Purpose.CONTACT, today)
        shown = [
            one
            for one in cases
            if (one.record_pk, one.ordinal) in people
            and one.case_pk in now
            and now[one.case_pk].is_for_phones(today)
        ]
        names = _names(session, project_id, shown, people, renamed)
        language = _language(session, project_id)
        wanted = []
        for case in shown:
            person = people[(case.record_pk, case.ordinal)]
            source = Source(
                actor_id=None, record_pk=case.record_pk, submission_pk=person.submission_pk
            )
            wanted += [
                OfPerson(
                    ref=ref,
                    source=source,
                    ordinal=case.ordinal,
                    wanted=_wanted(name, case, person, now[case.case_pk], names, language),
                )
                for name, ref in lists.items()
            ]
        keeping.keep(session, project_id, wanted)
        listed = {one.case_pk for one in shown}
        gone = [one for one in cases if one.case_pk not in listed]
        keeping.take_out(session, project_id, _entities(session, project_id, gone))


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
) -> dict[uuid.UUID, str]:
    """Case -> first name, of those whose name is not on the list yet, or may be another by now."""
    missing = keeping.list_missing(session, project_id, [one.entity_id for one in cases])
    asked = [one for one in cases if one.entity_id in missing or one.record_pk in renamed]
    keys = {one.case_pk: people[(one.record_pk, one.ordinal)].submission_pk for one in asked}
    held = facts.identities_told(session, project_id, set(keys.values())) if keys else {}
    told = {one.case_pk: held.get((keys[one.case_pk], one.ordinal)) for one in asked}
    return {key: first_name(one.name if one else "") for key, one in told.items()}


def _language(session: Session, project_id: int) -> str:
    project = accounts.find_project(session, project_id)
    return project.language if project else "km"


def _wanted(
    name: str,
    case: CaseRow,
    person: PersonTold,
    now: CaseNow,
    names: Mapping[uuid.UUID, str],
    language: str,
) -> list[Kept]:
    if name == NEEDS:
        return [
            Kept(
                entity_id=need_id(case.entity_id, one.code),
                said={
                    LABEL: NEED.get(one.code, {}).get(language, one.code),
                    "case": str(case.entity_id),
                    "need_code": one.code,
                    "status": one.status,
                    "priority": one.priority,
                },
                ordinal=case.ordinal,
                place=person.place,
            )
            for one in now.needs.values()
        ]
    said = {
        "code": case.code,
        "village": places.load().name(person.place, language) if person.place else "",
        "due_on": now.due_on.isoformat() if now.due_on else "",
        "visit_no": str(now.visits),
    }
    if case.case_pk in names:
        called = names[case.case_pk]
        said |= {LABEL: f"{called} {case.code}".strip(), "first_name": called}
    row = Kept(entity_id=case.entity_id, said=said, ordinal=case.ordinal, place=person.place)
    return [row]


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
