"""Ages that can hardly be. Ranges, not guesses: what was told roughly is odd only where all of its
range is."""

from __future__ import annotations

from collections.abc import Iterator

from service.facts.answers import whole_number
from service.facts.kinds import Incident, Person
from service.review.flags.kinds import Code, Flag, Reason
from service.review.flags.seen import Seen

OLDEST = 105
"""Completed years. Of a hundred thousand people fewer than one is older, anywhere."""
UNKNOWN_AGE = 999
"""Another form's code for "not known"."""
GROWN = 12
"""Years under which nobody is a soldier, a spouse or a parent."""
ARMED = frozenset({"military", "security_police", "deminer", "other_armed"})
GROWN_RELATIONS = frozenset({"spouse", "parent"})
OWN = frozenset({"direct_injured", "direct_killed"})


def implausible(seen: Seen) -> Flag | None:
    incidents = {one.ordinal: one for one in seen.facts.incidents}
    reasons = list(_too_old(seen))
    for person in seen.facts.persons:
        reasons += _grown(person)
        incident = incidents.get(person.ordinal)
        if incident is not None and incident.victim_type in OWN:
            reasons += _then(person, incident)
    return Flag(code=Code.AGE, reasons=tuple(reasons)) if reasons else None


def _too_old(seen: Seen) -> Iterator[Reason]:
    """As it was told: facts hold no age over 120, nor one below nothing."""
    for answer in seen.answers("person.age"):
        age = whole_number(answer, -UNKNOWN_AGE, UNKNOWN_AGE - 1)
        if age is not None and (age > OLDEST or age < 0):
            yield Reason(why="age_of_nobody", values={"age": age})


def _grown(person: Person) -> Iterator[Reason]:
    if person.age_to is not None and person.age_to < GROWN:
        if person.relation in GROWN_RELATIONS:
            yield Reason(why=f"age_of_{person.relation}", values={"age": person.age_to})
        if person.has_seat == "yes":
            yield Reason(why="age_of_member", values={"age": person.age_to})
        if person.income_source == "soldier":
            yield Reason(why="age_of_soldier", values={"age": person.age_to})


def _then(person: Person, incident: Incident) -> Iterator[Reason]:
    """At the incident. `age_to` of it is None where it was before the person was born."""
    if (
        incident.incident_to is not None
        and person.born_from is not None
        and incident.incident_to.year < person.born_from
    ):
        values = {"year": incident.incident_to.year, "born": person.born_from}
        yield Reason(why="age_before_birth", values=values)
    elif incident.civil_status in ARMED and incident.age_to is not None and incident.age_to < GROWN:
        yield Reason(why="age_of_soldier", values={"age": incident.age_to})
