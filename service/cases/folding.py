"""A case as it stands: the fold of what was told, visits, and what the office wrote down. Pure.

Events are taken in the order in which they happened, so whatever order they arrive in gives one
state. Two phones that visit one case on the same day are two events: the one that came later has
the last word on what both speak of, and nothing of the other is lost.

Who was assessed more than once, and is one person by a join, has one case: of all assessments and
all that happened to their cases. Without the join each folds to what it was.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from service.cases.events import (
    CLOSING,
    Assessed,
    Event,
    FollowedUp,
    Kind,
    OfficeEvent,
    TakenBack,
    Visited,
)
from service.facts.codes import NEED_STATUS, OPEN_STATUSES, PRIORITY
from service.facts.follow_ups import standing_of

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
WITHIN: Mapping[str, dt.timedelta] = {
    "p1": dt.timedelta(hours=72),
    "p2": dt.timedelta(days=30),
    "p3": dt.timedelta(days=90),
}
"""How soon somebody acts on a need, from the beginning of the day on which it was told; a planned
one (p4) has no clock."""
KEPT = dt.timedelta(days=30)
"""So long a case of which no need is open stays on phones: a visit may come back for correction."""
UNCONFIRMED = "unconfirmed"


class CaseStatus(enum.StrEnum):
    OPEN = "open"
    DONE = "done"
    """No need is open."""
    DECEASED = "deceased"
    REFUSED = "refused"
    """At a visit the person said: do not come again."""


@dataclass(frozen=True, kw_only=True)
class NeedNow:
    """One need as it stands."""

    code: str
    status: str
    priority: str
    told_on: dt.date
    last_on: dt.date
    clock_from: dt.date
    """The day on which it was told, or fell back to unmet."""
    why: str = ""
    served_on: dt.date | None = None
    """Day of the first service that the person had since it was told."""
    met_on: dt.date | None = None
    """Day since which the person calls it met, if a visit heard so."""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def late_at(self) -> dt.datetime | None:
        """From when on nobody acted in time. The clock runs while nothing was done: a need that is
        referred or in progress is followed by visits, and a referral that fails starts it anew."""
        within = WITHIN.get(self.priority)
        if self.status != "unmet" or within is None:
            return None
        start = dt.datetime.combine(self.clock_from, dt.time(), tzinfo=PHNOM_PENH)
        return (start + within).astimezone(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class CaseNow:
    """A case as it stands."""

    needs: Mapping[str, NeedNow]
    status: CaseStatus
    visits: int
    last_on: dt.date
    next_visit: dt.date | None
    """As it was agreed at the last visit that did."""
    denied: frozenset[str]
    """Scopes refused at the last visit that asked for them: they hold no longer, whatever
    the record of the last assessment says."""
    denied_of: Mapping[uuid.UUID, frozenset[str]]
    """The same of each assessment, by the key of its `when`: what was said at visits after it."""
    may_share: bool | None
    """None: no visit asked."""

    @property
    def may_contact(self) -> bool:
        return "contact" not in self.denied

    @property
    def open_needs(self) -> list[NeedNow]:
        return [one for one in self.needs.values() if one.is_open]

    @property
    def priority(self) -> str:
        """The highest of an open need; "" for none."""
        order = list(PRIORITY)
        ranked = sorted((one.priority for one in self.open_needs), key=lambda p: _rank(p, order))
        return ranked[0] if ranked else ""

    @property
    def late_at(self) -> dt.datetime | None:
        return min((one.late_at for one in self.open_needs if one.late_at), default=None)

    @property
    def due_on(self) -> dt.date | None:
        """Day of the next visit: as agreed, else when the first clock ends."""
        if self.status is not CaseStatus.OPEN:
            return None
        if self.next_visit is not None:
            return self.next_visit
        return self.late_at.astimezone(PHNOM_PENH).date() if self.late_at else None

    def is_for_phones(self, on: dt.date) -> bool:
        """Whether whoever visits should have it, as far as visits and needs say."""
        if not self.may_contact or self.status is CaseStatus.DECEASED:
            return False
        return self.status is CaseStatus.OPEN or self.last_on + KEPT >= on


_ASKED = tuple(code for code in PRIORITY if code != "unknown")


def _rank(code: str, order: Sequence[str]) -> int:
    return order.index(code) if code in order else len(order)


def fold(assessed: Sequence[Assessed]) -> CaseNow:
    """The one case of a person of these assessments, of which there is one at least."""
    steps: list[tuple[_Order, Assessed | Event]] = []
    for one in assessed:
        steps.append(((one.when.on, 0, one.when.place), one))
        # A phone's clock may be wrong: nothing happened to a case before it was there.
        steps += [
            ((max(event.when.on, one.when.on), 1, event.when.place), event) for event in one.events
        ]
    folding = _Folding(min(one.when.on for one in assessed))
    for _, step in sorted(steps, key=lambda step: step[0]):
        folding.take(step)
    return folding.now()


_Order = tuple[dt.date, int, tuple[dt.date, dt.datetime, bytes]]


_BY_OUTCOME: Mapping[str, str] = {
    "accepted": "referred",
    "waitlisted": "referred",
    "served": "in_progress",
    "partly_served": "in_progress",
    "declined_by_person": "declined",
    "deceased": "closed_deceased",
    **dict.fromkeys(
        ("refused_eligibility", "refused_no_capacity", "no_show_transport", "no_show_cost",
         "no_show_other", "no_reply", "moved"),
        "unmet",
    ),
}  # fmt: skip
"""What the outcome of a referral makes of an open need. A service given is no need met."""


class _Folding:
    """Under way, event by event."""

    def __init__(self, on: dt.date) -> None:
        self._needs: dict[str, NeedNow] = {}
        self._last_on = on
        self._visits = 0
        self._next_visit: dt.date | None = None
        self._is_dead = False
        self._said: dict[uuid.UUID, dict[str, bool]] = {}
        """Of each assessment so far, in order: what visits said after it."""

    def take(self, step: Assessed | Event) -> None:
        if isinstance(step, TakenBack):
            for said in self._said.values():
                for scope in step.scopes:
                    if said.get(scope):
                        del said[scope]
            return
        self._last_on = max(self._last_on, step.when.on)
        if isinstance(step, Assessed):
            self._assess(step)
        elif isinstance(step, Visited):
            self._visit(step)
        else:
            self._office(step)

    def _assess(self, one: Assessed) -> None:
        self._said[one.when.key] = {}
        for need in one.needs:
            held, on = self._needs.get(need.code), one.when.on
            if held is None:
                self._needs[need.code] = NeedNow(
                    code=need.code, status=need.status, priority=need.priority,
                    told_on=on, last_on=on, clock_from=on,
                )  # fmt: skip
            elif need.status in NEED_STATUS and need.status != "unknown":
                self._set(need.code, need.status, on)
                if need.priority in _ASKED:
                    self._needs[need.code] = replace(self._needs[need.code], priority=need.priority)

    def _visit(self, visit: Visited) -> None:
        self._visits = max(self._visits + 1, visit.visit_no or 0)
        on = visit.when.on
        if visit.next_visit is not None:
            self._next_visit = visit.next_visit
        elif self._next_visit is not None and self._next_visit <= on:
            self._next_visit = None  # that was this one
        now = dict.fromkeys(visit.granted, True) | dict.fromkeys(visit.refused, False)
        for said in self._said.values():
            said.update(now)
        if visit.found == "deceased":
            self._is_dead = True
            self._close_all("closed_deceased", on)
        for one in visit.needs:
            self._follow_up(one, on)

    def _follow_up(self, one: FollowedUp, on: dt.date) -> None:
        if one.is_new and one.code not in self._needs:
            status = one.told_status if one.told_status in NEED_STATUS else "unmet"
            self._needs[one.code] = NeedNow(
                code=one.code, status=status, priority=one.priority,
                told_on=on, last_on=on, clock_from=on,
            )  # fmt: skip
            return
        self._serve(one)
        status = standing_of(one.told_status, one.confirmed)
        if status in NEED_STATUS and status != "unknown":
            self._set(one.code, status, on, UNCONFIRMED if _is_unconfirmed(one, status) else "")
        elif one.outcome in _BY_OUTCOME:
            self._come_of(one.code, one.outcome, on)

    def _serve(self, one: FollowedUp) -> None:
        """The first service since the need was told, whichever visit tells of it."""
        need = self._needs.get(one.code)
        if need is None or one.service_on is None or one.service_on < need.told_on:
            return
        first = min(one.service_on, need.served_on or one.service_on)
        self._needs[one.code] = replace(need, served_on=first)

    def _office(self, event: OfficeEvent) -> None:
        on, code = event.when.on, event.need_code
        if event.kind is Kind.REFERRAL:
            self._set(code, "referred", on)
        elif event.kind is Kind.OUTCOME:
            self._come_of(code, event.outcome, on)
        elif event.kind is Kind.STATUS and event.outcome in CLOSING:
            self._set(code, event.outcome, on)
        elif event.kind is Kind.REOPEN:
            self._set(code, "unmet", on, starts_anew=True)

    def _come_of(self, code: str, outcome: str, on: dt.date) -> None:
        need = self._needs.get(code)
        if need is not None and need.is_open and outcome in _BY_OUTCOME:
            self._set(code, _BY_OUTCOME[outcome], on)

    def _set(
        self, code: str, status: str, on: dt.date, why: str = "", *, starts_anew: bool = False
    ) -> None:
        need = self._needs.get(code)
        if need is None:
            return
        falls_back = status == "unmet" and (starts_anew or need.status != "unmet")
        clock_from = on if falls_back else need.clock_from
        met_on = None
        if status == "met":
            met_on = need.met_on if need.status == "met" else on
        self._needs[code] = replace(
            need, status=status, last_on=on, why=why, clock_from=clock_from, met_on=met_on
        )

    def _close_all(self, status: str, on: dt.date) -> None:
        for need in list(self._needs.values()):
            if need.is_open:
                self._set(need.code, status, on)

    def now(self) -> CaseNow:
        is_open = any(one.is_open for one in self._needs.values())
        status = CaseStatus.OPEN if is_open else CaseStatus.DONE
        denied_of = {
            key: frozenset(scope for scope, allowed in said.items() if not allowed)
            for key, said in self._said.items()
        }
        last = list(self._said)[-1]
        denied = denied_of[last]
        if "contact" in denied:
            status = CaseStatus.REFUSED
        if self._is_dead:
            status = CaseStatus.DECEASED
        return CaseNow(
            needs=dict(sorted(self._needs.items())),
            status=status,
            visits=self._visits,
            last_on=self._last_on,
            next_visit=self._next_visit,
            denied=denied,
            denied_of=denied_of,
            may_share=self._said[last].get("share_case"),
        )


def _is_unconfirmed(one: FollowedUp, status: str) -> bool:
    """Whether it was found met, and the person did not say so: they are asked then alone. (F5 says
    what follows from that, other forms what the visitor thought.)"""
    return status != "met" and (one.told_status == "met" or one.confirmed in ("no", "partly"))
