"""Who may see what, and why; access for a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, request

from service.accounts import actions, policy
from service.accounts import queries as accounts
from service.accounts.explain import explain
from service.accounts.policy import ANYWHERE, Act
from service.accounts.queries import Member
from service.facts import places
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.web.identify import actor, allows
from service.web.pages import frame, held_words, wording
from service.web.pages.held_words import InWords

ASKED = tuple(
    act for act in Act if act not in (Act.SESSION_END, Act.PROJECT_CREATE, Act.USER_MANAGE)
)
"""What can be asked about: everything that happens inside a project."""
NO_PLACE = "none"

access = Blueprint("access", __name__)


@access.get("/p/<slug>/access")
@allows(Act.ACCESS_EXPLAIN)
def show(project_id: int) -> str:
    """Everybody of the team with what they hold, and the answer to one question."""
    given = request.args
    chosen = {name: given.get(name, "") for name in ("person", "act", "place")}
    with reading() as session:
        members = accounts.list_members(session, project_id)
        givers = held_words.givers(one for member in members for one in member.held)
        say = held_words.in_words(accounts.list_names(session, givers))
        told = accounts.list_emergencies(session, project_id, clock.now() - actions.EMERGENCY_TOLD)
    person = _one_of(members, chosen["person"]) if chosen["person"] else None
    return frame.page(
        "access.html",
        here="access",
        team=[(member, say(member.held)) for member in members],
        acts=ASKED,
        places=_places(members),
        chosen=chosen,
        answer=_answer(person, project_id, chosen, say) if person else None,
        emergencies=told,
        may_open=policy.may(actor(), Act.EMERGENCY_OPEN, project_id),
        may_list_readings=policy.may(actor(), Act.READINGS_LIST, project_id),
        sees_records=policy.reach(actor(), Act.RECORD_READ, project_id).is_whole,
    )


def _answer(
    person: Member, project_id: int, chosen: dict[str, str], say: InWords
) -> dict[str, Any]:
    """Yes or no, through what or why not: from the policy that decides at the door too."""
    if chosen["act"] not in ASKED:
        raise Problem(INVALID_PARAMETER, name="act", reason=", ".join(ASKED))
    now, place = clock.now(), _place(chosen["place"])
    found = explain(
        person.id,
        person.held,
        Act(chosen["act"]),
        project_id,
        now,
        place,
        is_active=person.is_active,
    )
    verdict = "access.yes" if found.is_allowed else f"access.not_{found.why_not}"
    return {
        "is_allowed": found.is_allowed,
        "question": frame.say(
            "access.question",
            name=person.name,
            act=frame.say(f"act.{_key(Act(chosen['act']))}"),
            place=_place_words(chosen["place"]),
        ),
        "verdict": frame.say(verdict),
        "lines": say(found.by),
    }


def _place(asked: str) -> str | None:
    if asked == NO_PLACE:
        return None
    if asked and places.load().find(asked) is None:
        raise Problem(INVALID_PARAMETER, name="place", reason="no such place")
    return asked or ANYWHERE


def _place_words(asked: str) -> str:
    if asked in ("", NO_PLACE):
        return frame.say("access.anywhere" if not asked else "access.no_place")
    return wording.areas([asked], frame.page_language())


def _places(members: Sequence[Member]) -> list[tuple[str, str]]:
    """Provinces, and every area in which somebody holds a role."""
    codes = {place.code for place in places.load().provinces()}
    codes |= {one.area for member in members for one in member.held if one.area}
    return [(code, wording.areas([code], frame.page_language())) for code in sorted(codes)]


def _one_of(members: Iterable[Member], asked: str) -> Member:
    for member in members:
        if str(member.id) == asked:
            return member
    raise Problem(NOT_FOUND)


def _key(act: Act) -> str:
    return act.replace(".", "_")
