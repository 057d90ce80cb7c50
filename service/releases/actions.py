"""freeze(), publish(), and reading what was released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries import actors
from service.disclosure import since
from service.disclosure.holdings import Shown, shown
from service.disclosure.rules import Audience
from service.disclosure.safe_table import RawTable, SafeTable
from service.disclosure.since import TooClose
from service.foundation import audit, clock, ids, job_queue
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    RELEASE_DECIDED,
    RELEASE_TOO_CLOSE,
    SECOND_PERSON_NEEDED,
    Problem,
)
from service.foundation.sealing import Signer
from service.indicators import actions as indicators
from service.indicators.measured import MEASURES
from service.releases import document, queries
from service.releases.document import Head, Signed
from service.releases.queries import Told
from service.releases.standing import Standing

MOST_TABLES = 40
READERS = (Audience.PUBLIC, Audience.PARTNER)
PUBLISHED = "release.published"
"""The event after which what is told of releases elsewhere is told anew."""
LONGEST_TITLE, LONGEST_REASON = 200, 2_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be released."""

    title: str
    audience: Audience
    tables: Sequence[tuple[str, tuple[str, ...]]]
    """Indicator and dimensions of each."""
    corrects: int | None = None
    reason: str = ""


def freeze(
    session: Session, actor: Actor, project_id: int, wanted: Wanted, signer: Signer
) -> tuple[Told, Signed]:
    """The next release: all tables as they are now, each beside everything that was released
    before. Raises Problem: what `indicators.count` raises, RELEASE_TOO_CLOSE, INVALID_PARAMETER."""
    policy.demand(actor, Act.RELEASE_FREEZE, project_id=project_id)
    _check(session, project_id, wanted)
    number = queries.lock_next(session, project_id)
    earlier = list(queries.list_shown(session, project_id, MEASURES))
    raws = [
        indicators.count(session, actor, project_id, indicator, by, wanted.audience)
        for indicator, by in wanted.tables
    ]
    tables: list[dict[str, Any]] = []
    for raw in raws:
        made = _settled(session, project_id, raw, wanted.audience, earlier, number, tables)
        tables.append(made)
        earlier.append(shown(number, made, MEASURES[raw.indicator]))
    head = Head(
        project_id=project_id,
        number=number,
        title=wanted.title,
        audience=wanted.audience,
        frozen_at=clock.now().replace(microsecond=0),
        corrects=wanted.corrects,
        reason=wanted.reason,
    )
    signed = document.make(head, tables, signer)
    queries.insert(session, head, signed, _person(session, actor))
    _record(session, actor, project_id, Act.RELEASE_FREEZE, number, tables=len(tables))
    return _find(session, project_id, number)


def _check(session: Session, project_id: int, wanted: Wanted) -> None:
    if wanted.audience not in READERS:
        raise Problem(INVALID_PARAMETER, name="audience", reason=", ".join(READERS))
    if not wanted.title.strip() or len(wanted.title) > LONGEST_TITLE:
        raise Problem(INVALID_PARAMETER, name="title", reason=f"1-{LONGEST_TITLE}")
    if not 0 < len(wanted.tables) <= MOST_TABLES:
        raise Problem(INVALID_PARAMETER, name="tables", reason=f"1-{MOST_TABLES}")
    if len({(one, frozenset(by)) for one, by in wanted.tables}) < len(wanted.tables):
        raise Problem(INVALID_PARAMETER, name="tables", reason="each once")
    if wanted.corrects is None:
        return
    if not wanted.reason.strip() or len(wanted.reason) > LONGEST_REASON:
        raise Problem(INVALID_PARAMETER, name="reason", reason=f"1-{LONGEST_REASON}")
    found = queries.find(session, project_id, wanted.corrects)
    if found is None or found[0].standing is not Standing.PUBLISHED:
        raise Problem(INVALID_PARAMETER, name="corrects", reason="a published release")


def _settled(
    session: Session,
    project_id: int,
    raw: RawTable,
    audience: Audience,
    earlier: Sequence[Shown],
    number: int,
    tables: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The JSON of a table that may stand beside the earlier ones, those of this release (`tables`)
    among them."""
    try:
        found = since.settle(
            indicators.settling(session, project_id, raw, audience),
            earlier,
            MEASURES[raw.indicator],
            number,
        )
    except TooClose as verdict:
        raise Problem(
            RELEASE_TOO_CLOSE,
            indicator=raw.indicator,
            by=" × ".join(raw.asked or ()) or "-",
            number=verdict.number,
        ) from verdict
    if isinstance(found, SafeTable):
        return found.as_dict() | {"carried_from": None}
    return _once_more(session, project_id, found, raw.indicator, tables)


def _once_more(
    session: Session,
    project_id: int,
    found: Shown,
    indicator: str,
    tables: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The table of that release, as it stands there; of this one, which nobody has yet: a finer
    table can become one that stands in it already. Raises RELEASE_TOO_CLOSE where there is none."""
    for table in tables:
        if (table["indicator"], tuple(table["by"])) == (indicator, found.by):
            return dict(table)
    _, signed = _find(session, project_id, found.number)
    for table in document.whole(signed)["tables"]:
        if (table["indicator"], tuple(table["by"])) == (indicator, found.by):
            first = table["carried_from"] or found.number
            return dict(table) | {"carried_from": first}
    # The same people stand there in another indicator, without what this one says beside them.
    by = " × ".join(found.by) or "-"
    raise Problem(RELEASE_TOO_CLOSE, indicator=indicator, by=by, number=found.number)


def decide(session: Session, actor: Actor, project_id: int, number: int, said: Standing) -> Told:
    """Publish a release, or drop it. Raises Problem: SECOND_PERSON_NEEDED for whoever froze it (who
    may drop it), RELEASE_DECIDED, NOT_FOUND."""
    policy.demand(actor, Act.RELEASE_PUBLISH, project_id=project_id)
    told, _ = _find(session, project_id, number)
    if told.standing is not Standing.FROZEN:
        raise Problem(RELEASE_DECIDED, number=number)
    person = _person(session, actor)
    if said is Standing.PUBLISHED and told.frozen_by == person:
        raise Problem(SECOND_PERSON_NEEDED)
    if not queries.say(session, project_id, number, said, person, clock.now()):
        raise Problem(RELEASE_DECIDED, number=number)
    if said is Standing.PUBLISHED:
        job_queue.enqueue(session, project_id=project_id, event=PUBLISHED, subject=ids.new_uuid())
    _record(session, actor, project_id, Act.RELEASE_PUBLISH, number, what=said.value)
    return _find(session, project_id, number)[0]


def list_releases(
    session: Session, actor: Actor, project_id: int, before: int | None, limit: int
) -> list[Told]:
    """The newest first; those that nobody published for whoever may publish."""
    policy.demand(actor, Act.RELEASE_READ, project_id=project_id)
    found = queries.list_told(session, project_id, before, limit)
    return [one for one in found if _sees(actor, project_id, one)]


def get(session: Session, actor: Actor, project_id: int, number: int) -> tuple[Told, Signed]:
    """Raises Problem NOT_FOUND."""
    policy.demand(actor, Act.RELEASE_READ, project_id=project_id)
    told, signed = _find(session, project_id, number)
    if not _sees(actor, project_id, told):
        raise Problem(NOT_FOUND)
    return told, signed


def _sees(actor: Actor, project_id: int, told: Told) -> bool:
    return told.standing is Standing.PUBLISHED or policy.may(actor, Act.RELEASE_PUBLISH, project_id)


def _person(session: Session, actor: Actor) -> int:
    """Who answers for it, by whichever account or script."""
    return actors.find_person_behind(session, actor.person_id)


def _find(session: Session, project_id: int, number: int) -> tuple[Told, Signed]:
    found = queries.find(session, project_id, number)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _record(
    session: Session, actor: Actor, project_id: int, act: Act, number: int, **details: Any
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=act,
        subject=number,
        **details,
    )
