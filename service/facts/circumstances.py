"""What all facts of a submission share: whose it is, when and where, and what consent says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from service.facts import places, remoteness
from service.facts.answers import Values, day, local_day, whole_number, yes_or_no
from service.facts.kinds import Consent
from service.facts.needs import StandsNow
from service.facts.scopes import Given, Narrowing

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")

EARLIEST = dt.date(2008, 1, 1)
"""The year of the People's Treaty. An earlier date is a phone whose clock was reset."""

GEO = ("geo.adm1", "geo.adm2", "geo.adm3", "geo.adm4")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the server knows about a submission and the form does not say."""

    project_id: int
    submission_pk: uuid.UUID
    submitter_id: int | None
    received_at: dt.datetime
    """Aware UTC."""
    zone: ZoneInfo = PHNOM_PENH
    version: str = ""
    """Of the form: which words the person heard."""
    standing: str = "received"
    """What review decided, so that replaying a submission does not undo it."""
    before: Mapping[int, Given] | None = None
    """What consent was in the version that this one edits; None for a first version."""
    narrowed: tuple[Narrowing, ...] = ()
    """Scopes taken back of this record."""
    need_states: Mapping[int, Mapping[str, StandsNow]] = field(default_factory=dict)
    """Place of a person in the record -> need -> how it stands by now, where a case is open."""
    denied: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Place of a person in the record -> scopes that the person refused at a later visit."""
    code_digest: Callable[[str], str | None] = lambda _code: None
    """Stands in for the code on the person's paper: facts hold none in clear."""
    household_key: Callable[[str, str], str | None] = lambda _commune, _code: None
    """Stands in for a commune and the code of a household in it."""


def circumstances_of(values: Values, context: Context) -> dict[str, Any]:
    """The fields of `kinds.OfSubmission`; nothing may be counted until consent says so."""
    happened_on = _happened_on(values, context)
    return {
        "project_id": context.project_id,
        "submission_pk": context.submission_pk,
        "happened_on": happened_on,
        "month": happened_on.isoformat()[:7],
        **place_of(values),
        "submitter_id": context.submitter_id,
        "stats": False,
        "stats_until": None,
        "scopes": 0,
        "scopes_until": None,
        "standing": context.standing,
    }


def _happened_on(values: Values, context: Context) -> dt.date:
    """The day it happened: as told, else as the phone began the form, else as it came in."""
    told = (
        day(values.get("petition.date", "")),
        day(values.get("meta.date", "")),
        local_day(values.get("meta.time", ""), context.zone),
    )
    latest = latest_day(context)
    received_on = latest - dt.timedelta(days=1)
    return next((on for on in told if on and EARLIEST <= on <= latest), received_on)


def latest_day(context: Context) -> dt.date:
    """The last day on which what was told can have been told. With a day of grace: phones west of
    Cambodia, and clocks a little fast."""
    return context.received_at.astimezone(context.zone).date() + dt.timedelta(days=1)


def place_of(values: Values) -> dict[str, str]:
    adm1, adm2, adm3, adm4 = (values.get(tag, "") for tag in GEO)
    adm1, adm2, adm3, adm4 = places.load().resolve((adm1, adm2, adm3, adm4))
    return {"adm1": adm1, "adm2": adm2, "adm3": adm3, "adm4": adm4}


def household_key_of(values: Values, adm3: str, context: Context) -> str:
    """By which visits to one household are known. Codes are the teams' own, and may be the same in
    another commune."""
    code = values.get("household.id", "")
    told = context.household_key(adm3, code) if code else None
    return told or context.submission_pk.hex[-16:]


def consent_row(
    common: Mapping[str, Any], ordinal: int, given: Given, values: Values, context: Context
) -> Consent:
    code = "" if given.is_refusal else values.get("consent.code", "")
    return Consent(
        **common,
        ordinal=ordinal,
        granted=given.granted,
        refused=given.refused,
        method=given.method,
        language=given.language,
        text_version=context.version,
        is_proxy=given.is_proxy,
        is_witnessed=given.is_witnessed,
        guardian=given.guardian,
        assent=given.assent,
        given_on=given.given_on or common["happened_on"],
        review_by=given.review_by,
        code_digest=context.code_digest(code) if code else None,
    )


def distance_of(values: Values) -> tuple[int | None, bool | None]:
    """Minutes to the health centre; whether the road can be passed in the wet season."""
    centre = whole_number(values.get("remote.min_hc", ""), 0, remoteness.LONGEST_MINUTES)
    return centre, yes_or_no(values.get("remote.wet_pass", ""))
