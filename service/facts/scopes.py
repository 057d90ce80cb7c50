"""Consent as data: what a person allowed, how long it holds, and what each use of it needs.

Scopes are independent; one that was not asked is denied. The scopes in force of a record are
kept beside each of its facts as bits, with the day they end: a query compares numbers and dates,
and no job has to come by for consent to expire.
"""

from __future__ import annotations

import calendar
import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from service.facts.answers import coded, day, several, yes_or_no
from service.facts.codes import (
    ATTRIBUTION,
    BY_INSTITUTION,
    CONSENT_GIVEN,
    CONSENT_LANGUAGE,
    CONSENT_METHOD,
    CONSENT_SCOPE,
)

MEDIA = ("publish_photo", "publish_voice", "publish_video")
"""What a yes to `publish_media` allows, each unless it was refused by itself."""
ANONYMOUS = frozenset({"store", "stats"})
"""What whoever answers for a household may allow for its children too."""
TESTIMONY_MONTHS = 24
CASE_MONTHS = 36


NAMINGS: Mapping[str, frozenset[str]] = {
    "full_name": frozenset({"full_name", "first_name", "none"}),
    "first_name": frozenset({"first_name", "none"}),
    "province": frozenset({"province", "none"}),
    "not_asked": frozenset({"full_name", "first_name", "none"}),
}
"""What a narrator answered to how it may be said who told it -> all that this allows. A name needs
the scope `publish_name` beside it. Any other answer: nothing is said."""
UNNAMED = frozenset({"none"})


class Purpose(enum.StrEnum):
    """What somebody wants to do with what a person told. The only way to ask for it."""

    CODES = "codes"
    """Read coded answers inside the team, correct and approve them. No names, no words."""
    WORK = "work"
    """Look at all of the record inside the team: names, words, pictures."""
    COUNT = "count"
    """In a figure, without the name."""
    CONTACT = "contact"
    """Visit or call again; lists of cases on phones."""
    REFER = "refer"
    """Give the file to a service provider that the person was told of."""
    QUOTE = "quote"
    """Words, without name and village."""
    NAME = "name"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    ABROAD = "abroad"
    """Outside Cambodia. Says nothing of how: ask for QUOTE, NAME … as well."""
    GOVERNMENT = "government"
    """The identified record, to a government body."""


NEEDS: Mapping[Purpose, frozenset[str]] = {
    Purpose.CODES: frozenset({"store"}),
    Purpose.WORK: frozenset({"store"}),
    Purpose.COUNT: frozenset({"stats"}),
    Purpose.CONTACT: frozenset({"store", "contact"}),
    Purpose.REFER: frozenset({"store", "share_case"}),
    Purpose.QUOTE: frozenset({"store", "quote_anon"}),
    Purpose.NAME: frozenset({"store", "publish_name"}),
    Purpose.PHOTO: frozenset({"store", "publish_photo"}),
    Purpose.VOICE: frozenset({"store", "publish_voice"}),
    Purpose.VIDEO: frozenset({"store", "publish_video"}),
    Purpose.ABROAD: frozenset({"store", "advocacy_intl"}),
    Purpose.GOVERNMENT: frozenset({"store", "share_gov"}),
}
"""Purpose -> scopes, all of which must be in force. `facts.queries.usable` obeys it."""
NAMELESS = frozenset({Purpose.CODES, Purpose.COUNT})
"""Purposes that point to nobody. Every other is closed where `CODES_ALONE` stands."""

_BITS = {scope: 1 << place for place, scope in enumerate(CONSENT_SCOPE)}
"""Stored: a new scope goes to the end of its list."""
CODES_ALONE = 1 << 30
"""Stored beside scopes: of a child, for whom its guardian, and itself where it can be asked, did
not say yes; and of whoever was not asked at all, but counted by an institution."""


def bits(scopes: Iterable[str]) -> int:
    """Scopes as one number, for a column."""
    number = 0
    for scope in scopes:
        number |= _BITS[scope]
    return number


def scopes_of(number: int) -> frozenset[str]:
    return frozenset(scope for scope, bit in _BITS.items() if number & bit)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What one subject allowed and refused: codes of CONSENT_SCOPE, in that order."""

    granted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    method: str = "not_asked"
    language: str = "not_asked"
    is_proxy: bool = False
    is_witnessed: bool = False
    """A witness was named. Who, stays in the record."""
    guardian: bool | None = None
    """Did the guardian of a child agree; None = not asked."""
    assent: bool | None = None
    """Did the child agree; None = not asked."""
    asked_on: dt.date | None = None
    """The day on which consent was asked again, where the form says so (`consent.date`)."""
    given_on: dt.date | None = None
    review_by: dt.date | None = None
    """The last day on which it holds, where the form says so."""
    attribution: str = "not_asked"
    """How it may be said who told it, list attribution."""

    def allows(self, scope: str) -> bool:
        return scope in self.granted and not self.is_refusal

    @property
    def is_refusal(self) -> bool:
        """Keeping the record was refused: nothing but this refusal may be counted."""
        return "store" in self.refused


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """Scopes that were taken back of a record that stays, and on which day."""

    scopes: frozenset[str]
    on: dt.date
    ends_on: dt.date | None = None
    """Nothing was taken back at once: all of it ends after this day."""


_SCOPE_TAGS = tuple((scope, f"consent.{scope}") for scope in CONSENT_SCOPE)


def read_consent(
    values: Mapping[str, str], on: dt.date | None = None, latest: dt.date = dt.date.max
) -> Given:
    """Consent from answers by tag; `on` is the day of the interview, `latest` the day by which it
    must have been asked. Only a plain yes grants; only a plain no is a refusal."""
    said = {scope: yes_or_no(values[tag]) for scope, tag in _SCOPE_TAGS if tag in values}
    if "consent.change" in values:
        taken = set(several(values["consent.change"], CONSENT_SCOPE))
        said = {s: s not in taken and said.get(s) for s in CONSENT_SCOPE if s in said or s in taken}
    if said.get("publish_media") is True:
        more = {scope: True for scope in MEDIA if scope not in said}
        said = {scope: (said | more)[scope] for scope in CONSENT_SCOPE if scope in said | more}
    granted = tuple(scope for scope, answer in said.items() if answer is True)
    refused = tuple(scope for scope, answer in said.items() if answer is False)
    if "store" in refused:
        # What else stands in the form was asked before the refusal, or by mistake.
        return Given(refused=("store",), given_on=on)
    get = values.get
    asked_on = day(values["consent.date"]) if "consent.date" in values else None
    if asked_on is not None and asked_on > latest:
        asked_on = None  # a day to come: nobody has consented then yet
    method = coded(get("consent.method", ""), CONSENT_GIVEN)
    if method == BY_INSTITUTION:
        granted = tuple(scope for scope in granted if scope in ANONYMOUS)
    return Given(
        granted=granted,
        refused=refused,
        method=method,
        language=coded(get("consent.language", ""), CONSENT_LANGUAGE),
        is_proxy=bool(yes_or_no(get("consent.proxy", ""))),
        is_witnessed="consent.witness" in values,
        guardian=yes_or_no(get("consent.guardian", "")),
        assent=yes_or_no(get("consent.assent", "")),
        asked_on=asked_on,
        given_on=asked_on or on,
        review_by=day(values["consent.review"]) if "consent.review" in values else None,
        attribution=coded(get("testimony.attribution", ""), ATTRIBUTION),
    )


def allows(purpose: Purpose, held: int, until: dt.date | None, on: dt.date) -> bool:
    """Whether scopes as they are stored, in force until then, are enough for a purpose on a day:
    the rule of `queries.gate` for what has no rows yet. (Counting has columns of its own.)"""
    needed = bits(NEEDS[purpose])
    closing = 0 if purpose in NAMELESS else CODES_ALONE
    return held & (needed | closing) == needed and (until is None or until >= on)


def after_edit(before: Given | None, now: Given) -> Given:
    """What holds once a record is edited: narrower at will; wider only where consent was asked
    again, which is said by a later `consent.date` and how it was given."""
    if before is None or _is_asked_again(before, now):
        return now
    if before.is_refusal:
        return before
    cut = [scope for scope in now.granted if scope not in before.granted]
    refused = {*now.refused, *cut}
    return replace(
        now,
        granted=tuple(scope for scope in now.granted if scope not in cut),
        refused=tuple(scope for scope in CONSENT_SCOPE if scope in refused),
        guardian=_narrower(before.guardian, now.guardian),
        assent=_narrower(before.assent, now.assent),
        asked_on=before.asked_on,
        given_on=before.given_on,
        review_by=min((d for d in (before.review_by, now.review_by) if d), default=None),
        attribution=_narrower_naming(before.attribution, now.attribution),
    )


def _is_asked_again(before: Given, now: Given) -> bool:
    known = now.method in CONSENT_METHOD and now.method != "unknown"
    first = before.given_on
    return known and now.asked_on is not None and (first is None or now.asked_on > first)


def _narrower(before: bool | None, now: bool | None) -> bool | None:
    return now if before is True else before if now is not False else False


def _narrower_naming(before: str, now: str) -> str:
    """One that says less at will; what would say more, or something else: nothing is said."""
    allowed = NAMINGS.get(before, UNNAMED)
    return now if NAMINGS.get(now, UNNAMED) <= allowed else "none"


def in_force(
    given: Given,
    *,
    is_minor: bool = False,
    is_infant: bool = False,
    narrowed: Sequence[Narrowing] = (),
) -> frozenset[str]:
    """The scopes that hold for a subject, while they have not expired.

    Of a child, uses that could point to it need the guardian's yes and the child's own, where it
    can be asked; a no of either ends all of them. Scopes taken back come back only with a consent
    of a later day.
    """
    if given.is_refusal:
        return frozenset()
    held = frozenset(given.granted)
    if is_minor:
        if given.guardian is False or given.assent is False:
            return frozenset()
        if not _all_agreed(given, is_infant=is_infant):
            held &= ANONYMOUS
    return held - taken_back(given, narrowed)


def stored(given: Given, held: Iterable[str], *, is_minor: bool, is_infant: bool = False) -> int:
    """The scopes in force as a fact keeps them, with the bit that closes the name of a child, and
    of whoever was not asked."""
    is_closed = given.method == BY_INSTITUTION
    is_closed |= is_minor and not _all_agreed(given, is_infant=is_infant)
    return bits(held) | (CODES_ALONE if is_closed else 0)


def _all_agreed(given: Given, *, is_infant: bool) -> bool:
    """Whoever is to be asked for a child. One that was too small and said no all the same is
    heard."""
    assent = given.assent is None if is_infant else False
    return bool(given.guardian and (given.assent or assent))


def taken_back(given: Given, narrowed: Sequence[Narrowing]) -> frozenset[str]:
    """What withdrawals took away that no later consent gave again."""
    if not narrowed:
        return frozenset()
    gone = [one.scopes for one in _holding(given, narrowed) if one.ends_on is None]
    return with_media(frozenset[str]().union(*gone))


def _holding(given: Given, narrowed: Sequence[Narrowing]) -> list[Narrowing]:
    """Those after which nobody was asked again."""
    later = given.asked_on if given.method in CONSENT_METHOD else None
    return [one for one in narrowed if later is None or later <= one.on]


def with_media(taken: frozenset[str]) -> frozenset[str]:
    """Taking back `publish_media` takes back each of the media."""
    return taken | frozenset(MEDIA if "publish_media" in taken else ())


def ends_on(given: Given, months: int | None, narrowed: Sequence[Narrowing] = ()) -> dt.date | None:
    """The last day of consent: what the form says, at most `months` after it was given, and no
    later than the person said since."""
    ends = [given.review_by, *(one.ends_on for one in _holding(given, narrowed))]
    if months is not None and given.given_on is not None:
        ends.append(months_after(given.given_on, months))
    return min((one for one in ends if one is not None), default=None)


@lru_cache(maxsize=4096)
def months_after(start: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    return dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
