"""What has become of each phone. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

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


def states(
    enrolled: Iterable[Enrolled],
    last_seen: Mapping[int, tuple[dt.datetime, int]],
    now: dt.datetime,
) -> list[Phone]:
    """Each phone with its state, in the order given. `last_seen`: {phone: (last record, count)}."""
    phones = []
    for row in enrolled:
        last_at = last_seen[row.id][0] if row.id in last_seen else None
        phones.append(
            Phone(
                id=row.id,
                name=row.name,
                state=_state(row, last_at, now),
                all_forms=row.all_forms,
                form_ids=row.form_ids,
                last_at=last_at,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
            )
        )
    return phones


def _state(row: Enrolled, last_at: dt.datetime | None, now: dt.datetime) -> PhoneState:
    if row.revoked_at is not None:
        return PhoneState.REVOKED
    if row.expires_at <= now:
        return PhoneState.EXPIRED
    if now - (last_at or row.created_at) >= SILENT_AFTER:
        return PhoneState.SILENT
    return PhoneState.ACTIVE if last_at else PhoneState.NEW
