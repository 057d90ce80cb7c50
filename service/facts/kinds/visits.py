"""What every fact says, and what a visit to a household gives."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec


class OfSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """What every fact says besides: of which record, when, where, and whether it may be used.

    Source: tags `meta.…`, `geo.…` and `consent.…` of the record; a fact never holds a name, a phone
    number, free text or a coordinate.
    """

    project_id: int
    submission_pk: uuid.UUID
    """The record that says so."""
    happened_on: dt.date
    """Day of the interview or signature, in the project's time zone: as told, else as the phone
    began the form, else as it came in."""
    month: str
    """Of `happened_on`, such as "2026-03"."""
    adm1: str
    """Province, district, commune, village where it was asked: codes of 2, 4, 6 and 8 digits by the
    gazetteer, or unknown."""
    adm2: str
    adm3: str
    adm4: str
    submitter_id: int | None
    """The phone or person that sent it: figures that rest on one alone are not shown."""
    stats: bool
    """May be counted: the scope `stats` was given, and not taken back."""
    stats_until: dt.date | None
    """Last day on which it may; None: no end."""
    scopes: int
    """What the person allows now, as bits (`scopes.py`)."""
    scopes_until: dt.date | None
    """Last day on which they hold; None: no end."""
    standing: str
    """received, approved or rejected, by review; what was rejected is counted nowhere."""


class Household(OfSubmission, frozen=True, kw_only=True):
    """One household at one visit, as form F1 tells of it; none where keeping was refused.

    Source: tags `household.…` and `remote.…`.
    """

    household_key: str
    """The same for all visits to one household of a commune; without a code, this visit's own."""
    size: int | None
    """People living in it, 1 to 99; None: not told."""
    head_sex: str
    """List sex."""
    id_docs: tuple[str, ...]
    """Papers held in the household, list id_doc."""
    remoteness: str
    """r0 (30 minutes or less to the health centre) … r4 (more than 240, or cut off in the rains),
    or unknown; computed here."""
    remoteness_rule: int
    """Number of the rule that computed it (`remoteness.py`)."""
    minutes_health_centre: int | None
    """Minutes one way to the nearest health centre, up to a week."""
    minutes_town: int | None
    """Minutes one way to the district town."""
    minutes_rehabilitation: int | None
    """Minutes one way to the nearest rehabilitation centre."""
    cost_khr: int | None
    """Riel, one way, to that centre."""
    wet_season_passable: bool | None
    """Whether the road can be passed in the wet season; None: not told."""
    phone_signal: str
    """List phone_signal."""


class Consent(OfSubmission, frozen=True, kw_only=True):
    """What one subject was asked about the use of what they say, and what they answered.

    Source: tags `consent.…`. A scope that is in neither list was not asked, and is not allowed.
    """

    ordinal: int
    """0 is the household or signer; n + 1 is person n, where a form asks each person."""
    granted: tuple[str, ...]
    """Scopes with a yes, list consent_scope."""
    refused: tuple[str, ...]
    """Scopes with a no."""
    method: str
    """How it was given, list consent_method."""
    language: str
    """In which it was explained, list consent_language."""
    text_version: str
    """Version of the form: it holds the words that were read out."""
    is_proxy: bool
    """Somebody else answered for the person."""
    is_witnessed: bool
    """A witness is named, in the record alone."""
    guardian: bool | None
    """Of a child: whether the guardian agrees; None: not asked."""
    assent: bool | None
    """Of a child: whether the child agrees too; None: not asked."""
    given_on: dt.date
    """Day on which it was asked, else the day of the record."""
    review_by: dt.date | None
    """Last day on which it holds, if one was told."""
    code_digest: str | None
    """Stand-in of the code on the person's paper, by which they take everything back."""
