"""Cases are folded from the beginning, again and again: the office, facts and phones follow.

A case is of one person of one record. Where people of several records are one by joins in force,
the case that was opened first is in force for all, and folded of everything; each of the others
stands beside it as it is by itself. So taking a join back needs no memory.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from service.cases.actions import phones
from service.cases.actions.phones import NOBODY, Place
from service.cases.actions.sides import OfOne, Side, tell
from service.cases.events import Event, Kind, OfficeEvent, TakenBack, When
from service.cases.queries import folded as kept
from service.cases.queries import storing, told
from service.cases.queries.folded import Folded
from service.cases.queries.storing import CaseRow
from service.cases.queries.told import NO_NEEDS
from service.entities.actions.phones import day_of_consent
from service.facts import actions as facts
from service.facts import queries as fact_queries
from service.facts.needs import StandsNow
from service.facts.scopes import Purpose, with_media
from service.foundation.db import unit_of_work
from service.intake.queries import projecting as intake
from service.persons.queries import files

AT_ONCE = 200


def fold_again(
    project_id: int,
    case_pks: Sequence[uuid.UUID],
    *,
    records: Collection[uuid.UUID] = (),
    renamed: Collection[uuid.UUID] = (),
    named: Mapping[Place, str] = NOBODY,
) -> None:
    """These cases as they stand now, with those that they are joined to or were, and whoever in
    these records was: in the office, in facts and so in figures, on phones. `renamed`: records in
    which names may have changed; `named`: those that were just seen."""
    for at in range(0, max(len(case_pks), 1), AT_ONCE):
        page = case_pks[at : at + AT_ONCE]
        around = records if at == 0 else ()
        of_people, is_otherwise = _fold_page(project_id, page, around)
        if is_otherwise:  # what they allow by now decides which case is in force
            of_people, _ = _fold_page(project_id, page, around)
        if of_people:
            phones.bring_up(project_id, of_people, renamed, named)


def _fold_page(
    project_id: int, case_pks: Collection[uuid.UUID], records: Collection[uuid.UUID]
) -> tuple[list[OfOne], bool]:
    """What was folded, and whether somebody allows something else than the facts had."""
    with unit_of_work() as session:
        connection = session.connection()
        of_people = _list_people(connection, project_id, case_pks, records)
        if not of_people:
            return [], False
        _fold(connection, project_id, of_people)
        outdated, is_otherwise = _tell_facts(connection, project_id, of_people)
    if outdated:
        facts.project_received(project_id, outdated)
    return of_people, is_otherwise


def _list_people(
    connection: sa.Connection,
    project_id: int,
    case_pks: Collection[uuid.UUID],
    records: Collection[uuid.UUID],
) -> list[OfOne]:
    """Everybody whose case is among these, locked, or who was joined to such a person before."""
    first = storing.list_cases(connection, project_id, case_pks)
    around = {one.record_pk for one in first} | {*records}
    found = files.list_files(connection, project_id, around) if around else []
    keys = {*case_pks}
    joined = {whom for file in found for whom in file.here}
    if joined:
        keys |= {*storing.list_of_people(connection, project_id, joined)}
    # Records first, as whoever erases one locks: what is taken back meanwhile is in no fold.
    intake.lock_records(connection, project_id, around | {record for record, _ in joined})
    cases = storing.list_cases(connection, project_id, keys, lock=True)
    by_person = {(one.record_pk, one.ordinal): one for one in cases}
    alone = [[whom] for whom in by_person if whom not in joined]
    together = [list(file.here) for file in found if file.here]
    return [
        OfOne(sides=[Side(whom=whom, case=by_person.get(whom)) for whom in whoms])
        for whoms in [*alone, *together]
    ]


def _fold(connection: sa.Connection, project_id: int, of_people: Sequence[OfOne]) -> None:
    today = day_of_consent()
    sides = [side for one in of_people for side in one.sides]
    records = {side.whom[0] for side in sides}
    people = told.people(connection, project_id, records, Purpose.CODES, today)
    reached = told.people(connection, project_id, records, Purpose.CONTACT, today)
    needs = told.needs(connection, project_id, records, today)
    events = _events(connection, project_id, [side.case for side in sides if side.case], today)
    narrowed = fact_queries.list_narrowed(connection, project_id, sorted(records))
    folded: dict[uuid.UUID, Folded] = {}
    for one in of_people:
        one.told = [
            tell(
                side,
                people[side.whom],
                needs.get(side.whom, NO_NEEDS),
                [
                    *(events.get(side.case.case_pk, ()) if side.case else ()),
                    *(
                        TakenBack(on=back.on, scopes=with_media(back.scopes))
                        for back in narrowed.get(side.whom[0], ())
                    ),
                ],
                may_contact=side.whom in reached,
            )
            for side in one.sides
            if side.whom in people
        ]
        one.told.sort(key=lambda each: each.assessed.when.place)
        one.fold()
        folded |= _as_kept(one)
    kept.put_folded(connection, project_id, folded)


def _as_kept(one: OfOne) -> dict[uuid.UUID, Folded]:
    found: dict[uuid.UUID, Folded] = {}
    if one.now is None or one.in_force is None:
        return found
    for each in one.told:
        if each.case is not None and each.case is not one.in_force:
            joined_to = one.in_force.case_pk
            found[each.case.case_pk] = Folded(
                now=each.own, place=each.person.place, joined_to=joined_to
            )
    last = one.told[-1]
    is_own = last.case is one.in_force
    found[one.in_force.case_pk] = Folded(
        now=one.now, place=last.person.place, last=None if is_own else last.whom
    )
    return found


def _events(
    connection: sa.Connection, project_id: int, cases: Sequence[CaseRow], on: dt.date
) -> dict[uuid.UUID, list[Event]]:
    keys = [one.case_pk for one in cases]
    of_record = storing.visits_of(connection, project_id, keys)
    found: dict[uuid.UUID, list[Event]] = defaultdict(list)
    for record_pk, visit in told.visits(connection, project_id, list(of_record), on).items():
        found[of_record[record_pk]].append(visit)
    for case_pk, rows in storing.events_of(connection, project_id, keys).items():
        found[case_pk] += [
            OfficeEvent(
                when=When(on=row.happened_on, at=row.at, key=row.event_pk),
                kind=Kind(row.kind),
                need_code=row.need_code,
                outcome=row.outcome,
            )
            for row in rows
        ]
    return found


def _tell_facts(
    connection: sa.Connection, project_id: int, of_people: Sequence[OfOne]
) -> tuple[list[uuid.UUID], bool]:
    """Let projection know how needs stand, and what people refused since; answers the submissions
    whose facts say otherwise, and whether of what is allowed. Each record tells the needs that it
    told, as they stand by now."""
    all_told = [(one, each) for one in of_people for each in one.told]
    records = {each.whom[0] for _, each in all_told}
    held = fact_queries.list_denied(connection, project_id, records)
    outdated, is_otherwise = set[uuid.UUID](), False
    for one, each in all_told:
        whom = (project_id, *each.whom)
        states = one.states(each)
        as_told = {need.code: StandsNow(need.status) for need in each.needs.told}
        if (states if one.now else as_told) != each.needs.by_now:
            fact_queries.put_need_states(connection, *whom, states)
            outdated.add(each.person.submission_pk)
        denied = with_media(one.denied_since(each))
        before = held.get(each.whom[0], {}).get(each.whom[1], frozenset())
        if denied != before:
            fact_queries.put_denied(connection, *whom, denied)
        if denied != before or denied & each.person.allows:
            outdated.add(each.person.submission_pk)
            is_otherwise = True
    return sorted(outdated), is_otherwise
