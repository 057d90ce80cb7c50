"""Roles as people hold them: where, from whom, until when. Pure."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.accounts.actor import Emergency, Role
from service.accounts.reach import WHOLE_PROJECT


class Reason(enum.StrEnum):
    """Why access for a day was given. A list, for a sentence might name somebody."""

    DANGER = "danger"
    """Somebody may come to harm, and help needs what is known."""
    ABSENCE = "absence"
    """Whoever is responsible cannot be reached."""
    REQUEST = "request"
    """A survivor or a family asks about what was kept."""
    FAULT = "fault"
    """Something is broken, and records must be looked at to mend it."""
    OVERSIGHT = "oversight"
    """Somebody who must check the work does."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """One role of a person in a project, or (with `emergency`) access for a day."""

    role: Role
    project_id: int
    area: str = WHOLE_PROJECT
    granted_by: int | None = None
    """None: in the host's shell, or before this was kept."""
    granted_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    emergency: int | None = None
    """The id of the access for a day."""
    reason: Reason | None = None
    record: uuid.UUID | None = None
    """The one record to which access for a day was given; None: the whole project."""
    waits: bool = False
    """For a coordinator to agree."""

    def is_over(self, now: dt.datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """What an `Actor` carries of what a person holds; its fields are those of the actor."""

    roles: Mapping[int, frozenset[Role]]
    areas: Mapping[int, Mapping[Role, frozenset[str]]]
    emergencies: tuple[Emergency, ...]


def bearing(held: Iterable[Held], now: dt.datetime) -> Bearing:
    """What counts at this moment. A role held everywhere is not narrowed by one held in an area."""
    roles: dict[int, set[Role]] = defaultdict(set)
    areas: dict[int, dict[Role, set[str]]] = defaultdict(lambda: defaultdict(set))
    emergencies = []
    for one in held:
        if one.is_over(now) or one.waits:
            continue
        if one.emergency is not None and one.ends_at is not None:
            access = Emergency(
                id=one.emergency,
                project_id=one.project_id,
                role=one.role,
                ends_at=one.ends_at,
                record=one.record,
            )
            emergencies.append(access)
            continue
        roles[one.project_id].add(one.role)
        areas[one.project_id][one.role].add(one.area)
    return Bearing(
        roles={project_id: frozenset(theirs) for project_id, theirs in roles.items()},
        areas={
            project_id: {
                role: frozenset(codes)
                for role, codes in bound.items()
                if WHOLE_PROJECT not in codes
            }
            for project_id, bound in areas.items()
        },
        emergencies=tuple(emergencies),
    )
