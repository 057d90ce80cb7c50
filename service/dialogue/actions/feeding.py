"""What goes back to communes: read by whoever works there, printed, and on the phones of those who
go there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import SYSTEM, Actor
from service.accounts.policy import Act
from service.accounts.queries import find_project
from service.dialogue import feedback as rules
from service.dialogue.actions import figures, meeting, promising
from service.dialogue.feedback import Asked, Came, Feedback
from service.dialogue.queries import communes, log
from service.dialogue.queries import partners as partner_queries
from service.dialogue.queries.promises import Filters
from service.disclosure.rules import Audience
from service.entities import actions as entities
from service.entities.actions import keeping
from service.entities.actions.keeping import KeptPlace
from service.entities.queries import lists as entity_lists
from service.entities.versions import LABEL
from service.facts import places
from service.forms.entity_lists import Telling
from service.foundation.db import unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.persons.actions import today

LIST = "commune_feedback"
PROPERTIES = ("code", "name_en", "name_km", "text_en", "text_km")
"""As form `feedback` reads them."""
MOST_ASKED = 10
"""Questions that one commune is told of, the latest."""


@dataclass(frozen=True, kw_only=True)
class Communes:
    """Where something can be told back."""

    codes: Sequence[str]
    is_on_phones: bool


def list_communes(session: Session, actor: Actor, project_id: int) -> Communes:
    """Within the reader's reach, in the order of their codes: those from which somebody told, and
    those of which something was asked."""
    policy.demand(actor, Act.FEEDBACK_READ, project_id=project_id)
    reach = policy.reach(actor, Act.FEEDBACK_READ, project_id)
    return Communes(
        codes=[one for one in _communes(session, project_id) if reach.holds(one)],
        is_on_phones=bool(entity_lists.list_named(session, project_id, [LIST])),
    )


def of_commune(
    session: Session, actor: Actor, project_id: int, place: str, audience: Audience
) -> Feedback:
    """Of a province, district or commune. Numbers are those of releases that this audience may
    read: for partners alone to whoever reads the dialogue log. Raises NOT_FOUND (out of reach,
    too)."""
    policy.demand(actor, Act.FEEDBACK_READ, project_id=project_id)
    found = places.load().find(place)
    reach = policy.reach(actor, Act.FEEDBACK_READ, project_id)
    if found is None or found.level > len(rules.LEVELS) or not reach.holds(place):
        raise Problem(NOT_FOUND)
    if audience is not Audience.PUBLIC:
        policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    return _of(session, project_id, [place], audience)[0]


def _communes(session: Session, project_id: int) -> list[str]:
    told = communes.told_from(session, project_id, today())
    asked = {one for one in log.places_asked(session, project_id) if len(one) == COMMUNE}
    known = places.load()
    return sorted(one for one in told | asked if known.find(one) is not None)


COMMUNE = 6
"""Digits of its code."""


def _of(
    session: Session, project_id: int, asked_for: Sequence[str], audience: Audience
) -> list[Feedback]:
    """Of many places, in as many statements as of one."""
    around = {one: frozenset({"", *rules.around(one).values()}) for one in asked_for}
    every = frozenset().union(*around.values())
    names = {code: one.name for code, one in partner_queries.all_of(session, project_id).items()}
    limit = MOST_ASKED * max(1, len(every))
    rows = log.questions_at(session, project_id, every, limit)
    asked_on = {row.question_pk: day for row, day in rows}
    questions = meeting.told_questions(session, project_id, [row for row, _ in rows])
    told = promising.told(session, project_id, Filters(places=every), ())
    shown = rules.index(figures.published(session, project_id, figures.seen_by(audience)))
    found = []
    for place in asked_for:
        theirs = [one for one in questions if one.place in around[place]][:MOST_ASKED]
        asked = [
            Asked(partner=names[one.partner], on=asked_on[one.question_pk], text=one.text)
            for one in theirs
        ]
        came = [
            Came(partner=names[one.partner], text=answer.text)
            for one in theirs
            for answer in one.answers
        ]
        came += [
            Came(partner=names[one.partner], text=one.text, status=one.status, due_on=one.due_on)
            for one in told
            if one.place in around[place]
        ]
        found.append(rules.of_place(place, shown, asked, came))
    return found


# --- on phones ------------------------------------------------------------------------------------
def put_on_phones(session: Session, actor: Actor, project_id: int) -> None:
    """Make the list, if it is not there: phones get the communes in which they work, with the next
    form that reads it. It tells of nobody: what stands in it may be read aloud to all."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    if not entity_lists.list_named(session, project_id, [LIST]):
        entities.create_list(session, actor, project_id, LIST, telling=Telling.NOBODY)
    meeting.tell_communes(session, project_id)


def refresh(project_id: int) -> None:
    """The list as it should be, by public releases; where there is one. Again is no error."""
    with unit_of_work() as session:
        found = entity_lists.list_named(session, project_id, [LIST])
        if not found or found[0].telling is Telling.PEOPLE:
            return  # somebody else's list of that name
        project = find_project(session, project_id)
        language = project.language if project else "km"
        ref = keeping.open_of_places(session, project_id, LIST, PROPERTIES)
        codes = _communes(session, project_id)
        told = _of(session, project_id, codes, Audience.PUBLIC) if codes else []
        wanted = [
            KeptPlace(
                entity_id=_entity_id(project_id, one.place),
                place=one.place,
                said={
                    LABEL: one.name[language],
                    "code": one.place,
                    "name_en": one.name["en"],
                    "name_km": one.name["km"],
                    "text_en": one.text("en"),
                    "text_km": one.text("km"),
                },
            )
            for one in told
        ]
        keeping.keep_places(session, project_id, ref, wanted, actor_id=SYSTEM.id)


def _entity_id(project_id: int, place: str) -> uuid.UUID:
    """The same for the same commune: a phone that forgot it knows it again."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"samleng/{project_id}/{LIST}/{place}")
