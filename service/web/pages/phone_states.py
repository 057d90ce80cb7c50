"""What has become of each phone. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

ENDS_SOON = dt.timedelta(days=14)
"""Time enough to meet the phone once more before its access ends by itself."""
SILENT_AFTER = dt.timedelta(days=14)
"""Longer than a field trip without network: then somebody should ask."""


class PhoneState(enum.StrEnum):
    NEW = "new"
    """Enrolled, nothing sent yet."""
    ACTIVE = "active"
    SILENT = "silent"
    """Nothing for SILENT_AFTER, counted from its last record or its enrolment."""
    EXPIRED = "expired"
    REVOKED = "revoked"


class Enrolled(Protocol):
    """What is stored of a phone (`accounts.queries.AppUserRow`)."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def all_forms(self) -> bool: ...
    @property
    def form_ids(self) -> tuple[str, ...]: ...
    @property
    def created_at(self) -> dt.datetime: ...
    @property
    def expires_at(self) -> dt.datetime: ...
    @property
    def revoked_at(self) -> dt.datetime | None: ...
    @property
    def renewed_at(self) -> dt.datetime | None: ...
    @property
    def alarm_at(self) -> dt.datetime | None: ...


@dataclass(frozen=True, kw_only=True)
class Phone:
    id: int
    name: str
    state: PhoneState
    all_forms: bool
    form_ids: tuple[str, ...]
    last_at: dt.datetime | None
    """When its last record arrived."""
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    renewed_at: dt.datetime | None
    alarm_at: dt.datetime | None
    """When a second installation used its code; None for a phone that was ended."""
    days_left: int
    ends_soon: bool

    @property
    def is_live(self) -> bool:
        """Whether its access can still be renewed or ended."""
        return self.state is not PhoneState.REVOKED


def states(
    enrolled: Iterable[Enrolled],
    last_seen: Mapping[int, tuple[dt.datetime, int]],
    now: dt.datetime,
) -> list[Phone]:
    """Each phone with its state, in the order given. `last_seen`: {phone: (last record, count)}."""
    return [
        _phone(row, last_seen[row.id][0] if row.id in last_seen else None, now) for row in enrolled
    ]


def _phone(row: Enrolled, last_at: dt.datetime | None, now: dt.datetime) -> Phone:
    state = _state(row, last_at, now)
    is_usable = state not in (PhoneState.REVOKED, PhoneState.EXPIRED)
    return Phone(
        id=row.id,
        name=row.name,
        state=state,
        all_forms=row.all_forms,
        form_ids=row.form_ids,
        last_at=last_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        renewed_at=row.renewed_at,
        alarm_at=None if row.revoked_at else row.alarm_at,
        days_left=max(0, (row.expires_at - now).days),
        ends_soon=is_usable and row.expires_at - now <= ENDS_SOON,
    )


def _state(row: Enrolled, last_at: dt.datetime | None, now: dt.datetime) -> PhoneState:
    if row.revoked_at is not None:
        return PhoneState.REVOKED
    if row.expires_at <= now:
        return PhoneState.EXPIRED
    if now - (last_at or row.created_at) >= SILENT_AFTER:
        return PhoneState.SILENT
    return PhoneState.ACTIVE if last_at else PhoneState.NEW
