"""Who helps: the service directory."""

from __future__ import annotations

import datetime as dt

from service.facts.kinds.visits import OfSubmission


class Provider(OfSubmission, frozen=True, kw_only=True):
    """One place that serves people, as it was found. An office, never a person.

    Source: tags `directory.…` (form F7); where it is, is `adm1` … `adm4`.
    """

    code: str
    """By which referrals name it."""
    name_en: str
    """What is written over its door."""
    name_km: str
    kind: str
    """List provider_kind."""
    serves: tuple[str, ...]
    """Which needs, list need."""
    opening: tuple[str, ...]
    """When it is open, list opening."""
    cost_khr: int | None
    """What a visit costs, in riel; None: not told."""
    is_accessible: str
    """List yes_no_partly, as the two below."""
    takes_equity_card: str
    is_open: str
    """Whether it works at all."""
    checked_on: dt.date | None
    """Day on which somebody saw that this holds."""
