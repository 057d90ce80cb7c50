"""The facts of one submission, as projection makes them: fields are the columns of `tables.py`.

Structs, not dataclasses: a dozen are made for every submission, and making one costs a
quarter. Coded fields hold a code of their list in `codes.py`, or unknown, no_answer, not_asked.
"""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec


class OfSubmission(msgspec.Struct, frozen=True, kw_only=True):
    project_id: int
    submission_pk: uuid.UUID
    happened_on: dt.date
    month: str
    adm1: str
    adm2: str
    adm3: str
    adm4: str
    submitter_id: int | None
    stats: bool
    stats_until: dt.date | None
    scopes: int
    scopes_until: dt.date | None
    standing: str


class Household(OfSubmission, frozen=True, kw_only=True):
    household_key: str
    size: int | None
    head_sex: str
    remoteness: str
    remoteness_rule: int
    minutes_health_centre: int | None
    minutes_rehabilitation: int | None
    cost_khr: int | None
    wet_season_passable: bool | None
    phone_signal: str


class Consent(OfSubmission, frozen=True, kw_only=True):
    """`ordinal` 0 is the household or signer; n + 1 is person n, where a form asks each person."""

    ordinal: int
    granted: tuple[str, ...]
    refused: tuple[str, ...]
    method: str
    language: str
    text_version: str
    is_proxy: bool
    is_witnessed: bool
    guardian: bool | None
    assent: bool | None
    given_on: dt.date
    review_by: dt.date | None
    code_digest: str | None


class OfPerson(OfSubmission, frozen=True, kw_only=True):
    """The dimensions by which people are counted."""

    household_key: str
    sex: str
    age_band: str
    disability: str
    victim_type: str
    device: str
    remoteness: str


class Person(OfPerson, frozen=True, kw_only=True):
    ordinal: int
    age_years: int | None
    age_known: str
    wg_see: int | None
    wg_hear: int | None
    wg_walk: int | None
    wg_remember: int | None
    wg_selfcare: int | None
    wg_communicate: int | None
    wg_max: int | None
    incident_year: int | None
    incident_outcome: str | None
    injuries: tuple[str, ...]
    open_needs: int
    is_proxy: bool | None


class Need(OfPerson, frozen=True, kw_only=True):
    person_ordinal: int
    need_code: str
    status: str
    is_open: bool
    priority: str
    barriers: tuple[str, ...]


class Signature(OfSubmission, frozen=True, kw_only=True):
    ordinal: int
    line_status: str
    kind: str
    mark: str
    sex: str
    age_band: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one submission says that may be counted or must be obeyed."""

    household: Household | None = None
    consents: tuple[Consent, ...] = ()
    persons: tuple[Person, ...] = ()
    needs: tuple[Need, ...] = ()
    signatures: tuple[Signature, ...] = ()
