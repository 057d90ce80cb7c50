"""Records are looked at for what wants a second look, after their facts; and somebody looks.

Nothing of this is on the way of a submission. Records bring their facts with them, and no job: the
worker looks which are new (`look_next`). What a job made anew is looked at after it
(`look_again`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.reach import Reach
from service.consent.actions.erasing import today
from service.facts import actions as facts
from service.facts import queries as consents
from service.facts.circumstances import latest_day
from service.facts.plan import asks_consent
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.foundation import audit, clock, ids
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.queries import projecting as intake
from service.review.flags.distance import Taken
from service.review.flags.kinds import RULES, Code, Flag
from service.review.flags.looks import Look, look_of
from service.review.flags.rules import Beside, flags_of
from service.review.flags.seen import Seen, see
from service.review.queries import find_record, find_thing, flagging, get_form, list_reached
from service.review.queries import flags as rows
from service.review.queries.flags import FlagTold

PAGE = 100
"""Records at once: what they hold of a writer's time is some ten milliseconds."""
SETTLED = dt.timedelta(minutes=2)
"""So long a record may take from its key to its commit. Before that, those with later keys say
nothing of those with earlier ones."""
LOOK_BACK = dt.timedelta(days=2)
"""Once a day all of so long is looked through again, should one have taken longer."""


def tell(
    session: Session, project_id: int, submission_pk: uuid.UUID, reach: Reach
) -> list[FlagTold]:
    """The flags of a version. What led to one are coded answers, of this record and of the one
    that it is compared with: where those of either may not be read, by the consent of those for
    whom it speaks, or because it is out of reach or stands no more, no reason is told."""
    found = rows.list_flags(session, project_id, submission_pk)
    if not found:
        return found
    others = {one.other for one in found if one.other is not None}
    wanted = {submission_pk, *list_reached(session, project_id, others, reach)}
    open_ones = _codes_of(session, project_id, rows.list_standing(session, project_id, wanted))
    if submission_pk not in open_ones:
        return [replace(one, reasons=()) for one in found]
    return [
        one if one.other is None or one.other in open_ones else replace(one, reasons=())
        for one in found
    ]


def _codes_of(session: Session, project_id: int, keys: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these whose codes may be told. As of answers (`review.classes`): a form that asks
    for no consent shows them."""
    asked = consents.allowed_of_many(session, project_id, keys, [Purpose.CODES], today())
    allowed = {key for key, told in asked.items() if Purpose.CODES in told.purposes}
    unasked = [key for key in keys if key not in asked]
    return allowed | {key for key in unasked if not _asks(session, project_id, key)}


def _asks(session: Session, project_id: int, submission_pk: uuid.UUID) -> bool:
    record_pk = find_record(session, project_id, submission_pk)
    if record_pk is None:
        return True
    schemas = forms.list_schemas(session, get_form(session, project_id, record_pk))
    return asks_consent(schemas.values())


def look_at_flag(
    session: Session, actor: Actor, project_id: int, submission_pk: uuid.UUID, code: Code
) -> None:
    """Say that somebody looked: the flag is told no more. Where there is none, or somebody looked
    before, it is left so. Raises NOT_FOUND."""
    policy.demand(actor, Act.REVIEW_STATE, project_id)
    thing = find_thing(session, project_id, submission_pk)
    if thing is None:
        raise Problem(NOT_FOUND)
    policy.demand_thing(actor, Act.REVIEW_STATE, project_id, thing)
    if not rows.set_looked(session, project_id, submission_pk, code, actor.id, clock.now()):
        return
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action="review.look_at_flag",
        subject=submission_pk,
        flag=code.value,
    )


# --- the worker's -------------------------------------------------------------------------------
def is_due() -> bool:
    """Whether a record waits to be looked at; one statement for each project and its progress."""
    with reading() as session:
        for project in accounts.list_projects(session):
            since = flagging.find_progress(session, project.id, RULES)
            if flagging.list_due(session, project.id, RULES, since, 1):
                return True
    return False


def look_next() -> bool:
    """Look at some that wait; whether there were any."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        with reading() as session:
            since = flagging.find_progress(session, project_id, RULES)
            due = flagging.list_due(session, project_id, RULES, since, PAGE)
        if due:
            still = look_again(project_id, due)
            beyond = uuid.UUID(int=due[-1].int + 1)  # nothing of them is there to be looked at
            _note(project_id, since, min(due[0], _back(SETTLED)) if still else beyond)
            return True
        _note(project_id, since, _back(SETTLED))
    return False


def _note(project_id: int, since: uuid.UUID, done_before: uuid.UUID) -> None:
    """Whoever looks next begins there: not at all that came since nothing was due."""
    if done_before > since:
        with unit_of_work() as session:
            flagging.put_progress(session, project_id, RULES, done_before)


def look_back() -> None:
    """Once a day: what came lately is looked through again."""
    with unit_of_work() as session:
        for project in accounts.list_projects(session):
            since = flagging.find_progress(session, project.id, RULES)
            if since > _back(LOOK_BACK):
                flagging.put_progress(session, project.id, RULES, _back(LOOK_BACK))


def _back(span: dt.timedelta) -> uuid.UUID:
    """A key such as was given so long ago."""
    ms = int(span.total_seconds() * 1000)
    return uuid.UUID(int=ids.new_uuid().int - (ms << 80))


def look_again(project_id: int, keys: Sequence[uuid.UUID]) -> int:
    """Make the flags of those of these versions that stand; what was made of versions before them
    goes. In turns: first what is to be compared is there for all, then each is compared with those
    before it. What is written is of versions that are locked: an erasure that comes now waits, and
    takes it along. Answers how many stand."""
    found = _read(project_id, keys)
    with unit_of_work() as session:
        stand = intake.lock_counted(session, project_id, keys)
        looks = [look for key, (_, look, _) in found.items() if key in stand]
        rows.insert_looks(session.connection(), project_id, looks)
    with reading() as session:
        asked = [found[look.submission_pk] for look in looks]
        flags = _flags(session.connection(), project_id, asked)
    with unit_of_work() as session:
        stand = intake.lock_counted(session, project_id, keys)
        still = [look for look in looks if look.submission_pk in stand]
        now = clock.now()
        rows.replace_flags(session.connection(), project_id, still, flags, RULES, now)
    return len(still)


Read = tuple[Seen | None, Look, dt.date]


def _read(project_id: int, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Read]:
    """What they say, what is to be remembered of it, and the last day of which it can tell."""
    found: dict[uuid.UUID, Read] = {}
    with reading() as session:
        for row, stored in facts.list_stored(session, project_id, keys):
            seen = None
            if stored is not None:
                told = facts.facts_of(stored)[1]
                seen = see(stored.instance, stored.schema, told, stored.scope)
            look = look_of(
                seen,
                submission_pk=row.submission_pk,
                record_pk=row.record_pk,
                form_pk=row.form_pk,
                sender=row.submitter_id,
            )
            latest = latest_day(stored.context) if stored else dt.date.max
            found[row.submission_pk] = seen, look, latest
    return found


def _flags(
    connection: sa.Connection, project_id: int, read: Sequence[Read]
) -> dict[uuid.UUID, list[Flag]]:
    """At most two statements for each, only where there is something to compare, and one for the
    paces of all."""
    timed = [look for _, look, _ in read if look.seconds is not None]
    paces = flagging.list_paces(connection, project_id, timed)
    flags: dict[uuid.UUID, list[Flag]] = {}
    for seen, look, latest in read:
        if seen is not None:
            beside = Beside(
                paces=paces.get(look.submission_pk, ()),
                taken=_taken(connection, project_id, seen, look),
                alike=flagging.list_alike(connection, project_id, look),
            )
            flags[look.submission_pk] = flags_of(seen, look, beside, latest)
    return flags


def _taken(connection: sa.Connection, project_id: int, seen: Seen, look: Look) -> Sequence[Taken]:
    is_placed = seen.point is not None and look.commune is not None
    return flagging.list_taken(connection, project_id, look) if is_placed else ()
