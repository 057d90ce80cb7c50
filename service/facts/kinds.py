"""The facts of one submission, as projection makes them: fields are the columns of `tables.py`.

Structs, not dataclasses: a dozen are made for every submission, and making one costs a
quarter. Coded fields hold a code of their list in `codes.py`, or unknown, no_answer, not_asked.
"""

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
    """The same for all visits to one household: a stand-in, never the team's own code; without a
    code, a part of the record's key."""
    size: int | None
    """People living in it, 1 to 99; None: not told."""
    head_sex: str
    """List sex."""
    remoteness: str
    """r0 (30 minutes or less to the health centre) … r4 (more than 240, or cut off in the rains),
    or unknown; computed here."""
    remoteness_rule: int
    """Number of the rule that computed it (`remoteness.py`)."""
    minutes_health_centre: int | None
    """Minutes one way to the nearest health centre, up to a week."""
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


class OfPerson(OfSubmission, frozen=True, kw_only=True):
    """The dimensions by which people are counted; needs repeat those of their person.

    Source: tags `person.…`, `wg.…`, `victim.…`, `incident.device`, and the household's distance.
    """

    household_key: str
    """The same for all visits to one household: a stand-in, never the team's own code; without a
    code, a part of the record's key."""
    sex: str
    """List sex."""
    age_band: str
    """Of the age in years at the interview, list age_band5."""
    disability: str
    """By the six answers of the Washington Group Short Set: yes (any is 3 or 4), no, indeterminate
    or not_asked (`washington.py`)."""
    victim_type: str
    """List victim_type."""
    device: str
    """What exploded, list device."""
    remoteness: str
    """As of the household."""


class Person(OfPerson, frozen=True, kw_only=True):
    """One person assessed, at one visit.

    Source: the repeat of persons of form F1, or the whole form where it asks of one.
    """

    ordinal: int
    """Place in the form's repeat of persons, from 0."""
    age_years: int | None
    """Completed years at the interview; None: not told."""
    age_known: str
    """exact, estimated or unknown, list age_known."""
    wg_see: int | None
    """Difficulty seeing, and then hearing, walking, remembering, self-care, communicating: 1 none,
    2 some, 3 a lot, 4 cannot; 7 would not say, 9 does not know; None: not asked."""
    wg_hear: int | None
    wg_walk: int | None
    wg_remember: int | None
    wg_selfcare: int | None
    wg_communicate: int | None
    wg_max: int | None
    """Highest of the six that is 1 to 4; None: there is none."""
    incident_year: int | None
    """Year of the incident; None: not told, or after the visit."""
    incident_outcome: str | None
    """List incident_outcome; None: not asked."""
    injuries: tuple[str, ...]
    """List injury."""
    open_needs: int
    """How many of the person's needs are open: figures over all needs count people once."""
    is_proxy: bool | None
    """Somebody else answered for the person; None: not asked."""


class Need(OfPerson, frozen=True, kw_only=True):
    """One need of one person at one visit; told twice it is one, open if it is once told open.

    Source: tags `need.…`. Never the words: those stay in the record.
    """

    person_ordinal: int
    """`ordinal` of the person."""
    need_code: str
    """List need (`needs.py`)."""
    status: str
    """How far it is met, list need_status; unmet where a form does not ask."""
    is_open: bool
    """The status is one of `codes.OPEN_STATUSES`."""
    priority: str
    """How urgent, list priority."""
    barriers: tuple[str, ...]
    """What is in the way, list barrier."""


class Signature(OfSubmission, frozen=True, kw_only=True):
    """One line of the People's Treaty, on a phone or copied from paper; never a name.

    Source: tags `petition.…` (form F3a).
    """

    ordinal: int
    """Place of the line in the record, from 0."""
    line_status: str
    """valid, or why it does not count, list line_status."""
    kind: str
    """Who signs, list signatory_kind."""
    mark: str
    """How, list mark_type: signature, thumbprint, …"""
    sex: str
    """List sex."""
    age_band: str
    """As of a person, where the form asks for it."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one submission says that may be counted or must be obeyed."""

    household: Household | None = None
    consents: tuple[Consent, ...] = ()
    persons: tuple[Person, ...] = ()
    needs: tuple[Need, ...] = ()
    signatures: tuple[Signature, ...] = ()
