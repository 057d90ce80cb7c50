"""The facts of one submission, as projection makes them: fields are the columns of `tables.py`.

Coded fields hold a code of their list in `codes.py`, or unknown, no_answer, not_asked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class OfSubmission:
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
    standing: str


@dataclass(frozen=True, kw_only=True)
class Household(OfSubmission):
    size: int | None
    head_sex: str
    remoteness: str
    remoteness_rule: int
    minutes_health_centre: int | None
    minutes_rehabilitation: int | None
    cost_khr: int | None
    wet_season_passable: bool | None
    phone_signal: str


@dataclass(frozen=True, kw_only=True)
class Consent(OfSubmission):
    """`ordinal` 0 is the household or signer; n + 1 is person n, where a form asks each person."""

    ordinal: int
    granted: tuple[str, ...]
    refused: tuple[str, ...]
    method: str
    is_proxy: bool


@dataclass(frozen=True, kw_only=True)
class OfPerson:
    sex: str
    age_band: str
    disability: str
    victim_type: str
    device: str
    remoteness: str


@dataclass(frozen=True, kw_only=True)
class Person(OfSubmission, OfPerson):
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


@dataclass(frozen=True, kw_only=True)
class Need(OfSubmission, OfPerson):
    person_ordinal: int
    need_code: str
    status: str
    is_open: bool
    priority: str
    barriers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Signature(OfSubmission):
    ordinal: int
    line_status: str
    kind: str
    mark: str
    sex: str
    age_band: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything one submission says that may be counted or must be obeyed."""

    household: Household | None = None
    consents: tuple[Consent, ...] = ()
    persons: tuple[Person, ...] = ()
    needs: tuple[Need, ...] = ()
    signatures: tuple[Signature, ...] = ()
