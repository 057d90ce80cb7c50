"""What the case of one person is folded from: each assessment, with the case that it opened."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.cases.events import Assessed, Event, When
from service.cases.folding import CaseNow, fold
from service.cases.queries.storing import CaseRow
from service.cases.queries.told import NeedsTold, PersonTold, Whom
from service.facts.needs import StandsNow

_ALIKE = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
"""Assessments of one day are ordered by their keys."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One assessment of a person, whether it may be read or not."""

    whom: Whom
    case: CaseRow | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """One that may be read, and `own`: its case as it is without the others."""

    whom: Whom
    case: CaseRow | None
    person: PersonTold
    needs: NeedsTold
    may_contact: bool
    assessed: Assessed
    own: CaseNow

    @property
    def key(self) -> uuid.UUID:
        return self.assessed.when.key


def tell(
    side: Side, person: PersonTold, needs: NeedsTold, events: Sequence[Event], *, may_contact: bool
) -> Told:
    record_pk, ordinal = side.whom
    key = uuid.UUID(int=(record_pk.int + ordinal) % 2**128)
    when = When(on=person.on, at=_ALIKE, key=key)
    assessed = Assessed(when=when, needs=needs.told, events=events)
    return Told(
        whom=side.whom,
        case=side.case,
        person=person,
        needs=needs,
        may_contact=may_contact,
        assessed=assessed,
        own=fold([assessed]),
    )


@dataclass(kw_only=True)
class OfOne:
    """All assessments of one person."""

    sides: Sequence[Side]
    told: list[Told] = field(default_factory=list)
    """Those that may be read, in the order in which they were made; the others (removed, rejected)
    stay as they are."""
    in_force: CaseRow | None = None
    """What the case is called: None where nobody opened one."""
    now: CaseNow | None = None

    def fold(self) -> None:
        """In force is what was opened first, before all where the person may still be contacted."""
        opened = [
            (not one.may_contact, one.case.case_pk, one.case) for one in self.told if one.case
        ]
        if opened:
            self.in_force = min(opened, key=lambda one: one[:2])[2]
            self.now = fold([one.assessed for one in self.told])

    def states(self, one: Told) -> dict[str, StandsNow]:
        """How the needs that were told at an assessment stand by now; nothing: as told."""
        if self.now is None:
            return {}
        needs = {code: self.now.needs[code] for code in one.own.needs}
        return {
            code: StandsNow(need.status, need.served_on, need.met_on)
            for code, need in needs.items()
        }

    def denied_since(self, one: Told) -> frozenset[str]:
        return self.now.denied_of[one.key] if self.now else frozenset()
