"""Whose consent holds for which facts of a record: the household's, each person's, across edits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from service.facts import scopes
from service.facts.codes import CONSENT_SCOPE
from service.facts.plan import CONSENT_TAGS, Plan, Scope
from service.facts.scopes import Given, Narrowing, after_edit, read_consent

WHOLE = 0
"""The ordinal of the household, the signer, the one who tells; person n has n + 1."""


@dataclass(frozen=True, kw_only=True)
class Consents:
    """What was said in a record, by ordinal, with earlier versions and withdrawals considered."""

    said: Mapping[int, Given]
    months: int | None
    """How long consent lasts in a form of this kind; None = as long as it is not taken back."""
    narrowed: tuple[Narrowing, ...] = ()
    _terms: dict[tuple[int, bool, bool], dict[str, Any]] = field(default_factory=dict)

    @property
    def whole(self) -> Given:
        return self.said[WHOLE]

    def own(self, ordinal: int) -> Given | None:
        """What person `ordinal` said alone."""
        return self.said.get(ordinal + 1)

    def terms(
        self, *, ordinal: int | None = None, is_minor: bool = False, is_infant: bool = False
    ) -> dict[str, Any]:
        """The columns that say what a fact may be used for; of the whole, or of one person."""
        own = None if ordinal is None else self.own(ordinal)
        whose = WHOLE if own is None or ordinal is None else ordinal + 1
        key, of_age = (whose, is_minor, is_infant), {"is_minor": is_minor, "is_infant": is_infant}
        if key not in self._terms:
            given = self.whole if own is None else _joined(self.whole, own)
            held = scopes.in_force(given, **of_age, narrowed=self.narrowed)
            until = scopes.ends_on(given, self.months, self.narrowed)
            self._terms[key] = {
                "stats": "stats" in held,
                "stats_until": until,
                "scopes": scopes.stored(given, held, **of_age),
                "scopes_until": until,
            }
        return self._terms[key]


def read(
    scope: Scope,
    plan: Plan,
    on: dt.date,
    latest: dt.date,
    before: Mapping[int, Given] | None = None,
    narrowed: tuple[Narrowing, ...] = (),
) -> Consents:
    """The consents of one version; `before` are those of the version that it edits."""
    now = read_consent(scope.values, on, latest)
    for entry in scope.beside:
        if entry.says_consent:
            now = _closed_by(now, read_consent(entry.values, on, latest))
    said = {WHOLE: now if before is None else after_edit(before.get(WHOLE), now)}
    is_asked_alone = not CONSENT_TAGS.isdisjoint(plan.by_person)
    for ordinal, entry in enumerate(scope.inside("person") if is_asked_alone else ()):
        own = read_consent(entry.values, on, latest) if entry.says_consent else None
        own = own if before is None else _own_after_edit(before, ordinal, own, said[WHOLE])
        if own is not None:
            said[ordinal + 1] = own
    return Consents(said=said, months=_months(plan), narrowed=narrowed)


def _closed_by(whole: Given, own: Given) -> Given:
    """What somebody refused in a repeat that is not of persons: nobody knows for whom alone, so it
    holds for all of the record. Who would not have hers kept is no use to anybody in it."""
    refused = {*CONSENT_SCOPE} - {"store"} if own.is_refusal else {*own.refused}
    return replace(
        whole,
        granted=tuple(one for one in whole.granted if one not in refused),
        refused=tuple(one for one in CONSENT_SCOPE if one in {*whole.refused, *refused}),
        guardian=False if own.guardian is False else whole.guardian,
        assent=False if own.assent is False else whole.assent,
    )


def _own_after_edit(
    before: Mapping[int, Given], ordinal: int, now: Given | None, whole: Given
) -> Given | None:
    """A person who decided alone is not spoken for by the household once an edit leaves it out."""
    held = before.get(ordinal + 1)
    if held is None and now is None:
        return None
    return after_edit(held or before.get(WHOLE), now or whole)


def _joined(whole: Given, own: Given) -> Given:
    """What a person said alone stands before what was said for all."""
    if own.is_refusal:
        return own
    granted = {*own.granted, *whole.granted} - {*own.refused}
    dates = [day for day in (own.review_by, whole.review_by) if day]
    return replace(
        own,
        granted=tuple(scope for scope in CONSENT_SCOPE if scope in granted),
        guardian=whole.guardian if own.guardian is None else own.guardian,
        assent=whole.assent if own.assent is None else own.assent,
        asked_on=own.asked_on or whole.asked_on,
        review_by=min(dates, default=None),
    )


def _months(plan: Plan) -> int | None:
    if "signature" in plan.makes:
        return None  # signing is an act: it counts until it is taken back
    if "casualty" in plan.makes:
        return None  # nobody was asked, so nobody's yes runs out
    if "testimony" in plan.makes and not {"need", "household"} & plan.makes:
        return scopes.TESTIMONY_MONTHS
    return scopes.CASE_MONTHS
