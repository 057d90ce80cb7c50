"""What the demonstration's team does with records: looks, returns, approves, rejects, removes."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from typing import Any

from service.accounts import queries
from service.accounts.actor import Actor, Role
from service.accounts.reach import WHOLE
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    NOT_FOUND,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    SIGN_IN_NEEDED,
    Problem,
)
from service.intake.queries import listing
from service.review import actions as review
from service.review.actions import deciding
from service.review.actions.deciding import OPEN, Decision, Seen
from service.review.queries import stages
from service.review.removing import Why
from service.review.states import Reason, Stage

MOST = 300
"""Records that the team has looked at, the newest: more would take longer than anybody waits."""
PAGE = 100
PASSED_OVER = (SECOND_PERSON_NEEDED, SIGN_IN_NEEDED, NOT_FOUND, REVIEW_OUTDATED)
"""What the shell, which is nobody, does not get done: to have a record in hand, or to agree. And
what the worker took away meanwhile, because somebody refused it."""
_DOES = {"approved": 45, "returned": 8, "rejected": 4, "taken_on": 6, "removed": 1, "": 36}
_REASONS = (Reason.INCOMPLETE, Reason.PLACE, Reason.DATES, Reason.PERSONS, Reason.CALL)
_WORDS = "សូមសួរក្រុមម្តងទៀត"


def member(project_id: int, email: str, role: Role) -> Actor:
    """One of the demonstration's people, by the address."""
    with reading() as session:
        user = queries.find_user(session, email)
    if user is None:
        raise LookupError(email)
    return Actor(id=user.id, name=role, roles={project_id: frozenset({role})}, is_fresh=True)


def look(project_id: int, seed: int, first: Actor, second: Actor) -> dict[str, int]:
    """`first` reviews; testimony wants `second` too. By instance ID and seed, so that the same
    records meet the same fate; what somebody looked at before is left as it is. Answers how many
    of each."""
    done: Counter[str] = Counter()
    for key, instance_id, stage in _list(project_id):
        chance = random.Random(f"team {seed} {instance_id}")  # noqa: S311 - repeatable on purpose
        what = chance.choices(tuple(_DOES), tuple(_DOES.values()))[0]
        if what and stage in OPEN and _do(project_id, key, stage, what, chance, first, second):
            done[what] += 1
    return dict(sorted(done.items()))


def _list(project_id: int) -> list[tuple[uuid.UUID, str, Stage]]:
    found: list[tuple[uuid.UUID, str, Stage]] = []
    after = None
    with reading() as session:
        while len(found) < MOST:
            rows = listing.list_submissions(
                session, project_id, WHOLE, state="current", after=after, limit=PAGE
            )
            keys = [row.submission_pk for row in rows]
            told = stages.list_stages(session, project_id, keys)
            found += [(row.submission_pk, row.instance_id, told[row.submission_pk].stage)
                      for row in rows if row.is_complete]  # fmt: skip
            if len(rows) < PAGE:
                break
            after = keys[-1]
    return found[:MOST]


def _do(
    project_id: int,
    key: uuid.UUID,
    stage: Stage,
    what: str,
    chance: random.Random,
    first: Actor,
    second: Actor,
) -> bool:
    seen = Seen(version=key, stage=stage)
    try:
        with unit_of_work() as session:
            is_done = _once(session, project_id, seen, what, chance, first, second)
        if not is_done and chance.random() < 0.6:  # the others wait for the second person
            with unit_of_work() as session:
                deciding.make(session, second, project_id, key, Decision(stage=Stage(what)), seen)
    except Problem as problem:
        if problem.kind not in PASSED_OVER:
            raise
        return False
    return True


def _once(
    session: Any,
    project_id: int,
    seen: Seen,
    what: str,
    chance: random.Random,
    first: Actor,
    second: Actor,
) -> bool:
    """False: it waits for the second person."""
    if what == "removed":
        review.remove_record(session, second, project_id, seen.version, Why.PRACTICE)
        return True
    if what == "taken_on":
        deciding.take_on(session, first, project_id, seen.version, seen)
        return True
    reasons = () if what == "approved" else (chance.choice(_REASONS),)
    words = _WORDS if what == "returned" and chance.random() < 0.3 else ""
    decision = Decision(stage=Stage(what), reasons=reasons, words=words)
    return deciding.make(session, first, project_id, seen.version, decision, seen)
