"""An offline update meets online ones: branch, merge, or flag. Pure.

A phone without network goes on from what it holds (the trunk) by versions of its own (a branch),
whose numbers mean nothing to anybody else. ODK Entities 2024.1; the decisions are those of ODK
Central, which pyodk and Collect were made against (`docs/decisions/0028-entities.md`).
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

LABEL = "label"
"""Stands among the properties where a version and its label are compared: no property can be
called so."""
NAMELESS = "auto generated"
"""Label of an entity whose creation never came, as ODK Central writes it."""
Values: TypeAlias = Mapping[str, str]
"""Property name to value; LABEL to the label, where there is one."""


class Conflict(enum.StrEnum):
    SOFT = "soft"
    """Others changed it meanwhile, but nothing that this update says otherwise."""
    HARD = "hard"
    """Two changed the same property to different values."""


class Fault(enum.StrEnum):
    """Why a change of an entity cannot be applied. Shown beside the record; no values."""

    NO_LIST = "no_list"
    BAD_ID = "bad_id"
    NO_LABEL = "no_label"
    BAD_VERSION = "bad_version"
    BAD_BRANCH = "bad_branch"
    NO_ACTION = "no_action"
    NOT_DECLARED = "not_declared"
    """The form's version does not say that it creates, or updates, entities of this list."""
    EXISTS = "exists"
    UNKNOWN = "unknown"
    NO_SUCH_VERSION = "no_such_version"
    DELETED = "deleted"
    ERASED = "erased"
    OTHER_LIST = "other_list"
    """The entity is of another list."""


class Refused(Exception):  # noqa: N818 - a verdict on what arrived, not a fault here
    """A change that cannot be applied."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one record, or one request, does to one entity. `received`: what it says, LABEL too."""

    received: Values = field(repr=False)
    creates: bool = False
    updates: bool = False
    base_version: int | None = None
    trunk_version: int | None = None
    branch_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of an entity as it stands. `values` hold the label as LABEL."""

    number: int
    values: Values = field(repr=False)
    received: Values = field(repr=False)
    """What the change itself said."""
    base_version: int | None = None
    """The version of ours that it was made from."""
    branch_id: uuid.UUID | None = None
    trunk_version: int | None = None
    branch_base: int | None = None
    """The number in its branch that it was made from."""
    conflicting: tuple[str, ...] = ()
    is_forced: bool = False
    """Applied although what came before it never arrived."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entity that is there. `versions` from the first to the current one."""

    versions: Sequence[Version]
    conflict: Conflict | None = None

    @property
    def current(self) -> Version:
        return self.versions[-1]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The next version, and how the entity stands after it."""

    version: Version
    conflict: Conflict | None = None


class Hold:
    """What it builds on has not come: it waits."""


HOLD = Hold()


def apply(known: Known | None, change: Change, *, force: bool = False) -> Applied | Hold:
    """What `change` makes of the entity (None = there is none). Raises Refused.

    Both flags: update first, else create. `force`: what it builds on did not come for days; it is
    applied to what is there, or becomes the entity's beginning.
    """
    if change.updates:
        if change.base_version is None and not (change.creates and known is None):
            raise Refused(Fault.BAD_VERSION)
        if known is not None:
            return _update(known, change, force=force)
        return _begin(change, force=force)
    if not change.creates:
        raise Refused(Fault.NO_ACTION)
    if known is None:
        return _create(change, is_forced=False)
    if known.versions[0].is_forced:
        return _late_create(known, change)
    raise Refused(Fault.EXISTS)


def _begin(change: Change, *, force: bool) -> Applied | Hold:
    """An update of an entity that is not there."""
    if change.creates:
        return _create(change, is_forced=False)
    if change.branch_id is None:
        raise Refused(Fault.UNKNOWN)
    return _create(change, is_forced=True) if force else HOLD


def _create(change: Change, *, is_forced: bool) -> Applied:
    label = change.received.get(LABEL, "").strip()
    if not label and not is_forced:
        raise Refused(Fault.NO_LABEL)
    values = {**change.received, LABEL: change.received[LABEL] if label else NAMELESS}
    return Applied(
        version=Version(
            number=1,
            values=values,
            received=change.received,
            branch_id=change.branch_id,
            trunk_version=change.trunk_version,
            branch_base=change.base_version if is_forced else None,
            is_forced=is_forced,
        )
    )


def _update(known: Known, change: Change, *, force: bool) -> Applied | Hold:
    current = known.current
    if change.trunk_version is not None and change.trunk_version > current.number:
        raise Refused(Fault.NO_SUCH_VERSION)
    base = _base(known, change)
    if base is None:
        if change.branch_id is None:
            raise Refused(Fault.NO_SUCH_VERSION)
        if not force:
            return HOLD
        base = current
    conflicting: tuple[str, ...] = ()
    conflict = known.conflict
    if base.number != current.number:
        conflicting = _contradicted(change.received, _changed(base.values, current.values))
        conflict = _worse(conflict, Conflict.HARD if conflicting else Conflict.SOFT)
    elif _is_interrupted(known, change):
        conflict = _worse(conflict, Conflict.SOFT)
    return _next(known, change, base, conflicting, conflict)


def _base(known: Known, change: Change) -> Version | None:
    """The version of ours that the phone made its change from; None where it has not come."""
    if change.branch_id is None or change.base_version in (1, change.trunk_version):
        return next((one for one in known.versions if one.number == change.base_version), None)
    before = (change.base_version or 0) - 1
    return next(
        (
            one
            for one in known.versions
            if one.branch_id == change.branch_id and one.branch_base == before
        ),
        None,
    )


def _late_create(known: Known, change: Change) -> Applied:
    """The creation of an entity that an update had to begin: it says what the others do not.

    What stands has the last word in neither way: ODK Central lets the creation win and flags what
    it contradicts, and so do we.
    """
    if not change.received.get(LABEL, "").strip():
        raise Refused(Fault.NO_LABEL)
    current = known.current
    differing = {
        name: value
        for name, value in current.values.items()
        if change.received.get(name, value) != value and (name, value) != (LABEL, NAMELESS)
    }
    conflicting = _contradicted(change.received, differing)
    conflict = _worse(known.conflict, Conflict.HARD if conflicting else Conflict.SOFT)
    return _next(known, change, current, conflicting, conflict)


def _next(
    known: Known,
    change: Change,
    base: Version,
    conflicting: tuple[str, ...],
    conflict: Conflict | None,
) -> Applied:
    current = known.current
    said = dict(change.received)
    if not said.get(LABEL, "").strip():  # an update need not say the label
        said.pop(LABEL, None)
    return Applied(
        version=Version(
            number=current.number + 1,
            values={**current.values, **said},
            received=said,
            base_version=base.number,
            branch_id=change.branch_id,
            trunk_version=change.trunk_version,
            branch_base=change.base_version if change.branch_id else None,
            conflicting=conflicting,
        ),
        conflict=conflict,
    )


def _changed(before: Values, after: Values) -> dict[str, str]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def _contradicted(received: Values, theirs: Values) -> tuple[str, ...]:
    """Names that both changed, to different values. A blank label says nothing."""
    return tuple(
        sorted(
            name
            for name, value in received.items()
            if name in theirs
            and theirs[name] != value
            and not (name == LABEL and not value.strip())
        )
    )


def _is_interrupted(known: Known, change: Change) -> bool:
    """Whether a version of another branch came after the trunk of this one."""
    if change.branch_id is None:
        return False
    trunk = change.trunk_version or 1  # a branch that began with a creation made version 1
    return any(one.number > trunk and one.branch_id != change.branch_id for one in known.versions)


def _worse(one: Conflict | None, other: Conflict) -> Conflict:
    """A hard conflict is never made soft."""
    return Conflict.HARD if Conflict.HARD in (one, other) else other


# --- conflicts, field by field --------------------------------------------------------------------
class Side(enum.StrEnum):
    """Whose value it is."""

    BASE = "base"
    """What both began from."""
    THEIRS = "theirs"
    """What stood here when the update came."""
    MINE = "mine"
    """What the update says."""
    NOW = "now"
    """What stands here now: later visits may have changed it since."""


@dataclass(frozen=True, kw_only=True)
class FieldConflict:
    """A property, or LABEL, that two changed. None where that version has no such value."""

    name: str
    base: str | None = field(repr=False)
    theirs: str | None = field(repr=False)
    mine: str | None = field(repr=False)
    now: str | None = field(repr=False)
    version: int
    """The version that the update became."""

    def value(self, side: Side) -> str | None:
        return {
            Side.BASE: self.base,
            Side.THEIRS: self.theirs,
            Side.MINE: self.mine,
            Side.NOW: self.now,
        }[side]

    @property
    def sides(self) -> list[Side]:
        """What there is to choose from: "as it is now" by itself where a later version changed it
        since."""
        return [side for side in Side if side is not Side.NOW or self.now != self.mine]

    @property
    def standing(self) -> Side:
        """Which of them stands now."""
        return self.sides[-1]


def conflicts(versions: Sequence[Version], resolved_to: int = 0) -> list[FieldConflict]:
    """What is to be decided: of each field its last contradiction after version `resolved_to`."""
    by_number = {one.number: one for one in versions}
    found: dict[str, FieldConflict] = {}
    for one in versions:
        if one.number <= resolved_to:
            continue
        base = by_number.get(one.base_version or 0)
        before = by_number.get(one.number - 1)
        for name in one.conflicting:
            found[name] = FieldConflict(
                name=name,
                base=base.values.get(name) if base else None,
                theirs=before.values.get(name) if before else None,
                mine=one.received.get(name),
                now=versions[-1].values.get(name),
                version=one.number,
            )
    return [found[name] for name in sorted(found)]


def resolution(found: Sequence[FieldConflict], chosen: Mapping[str, Side]) -> dict[str, str]:
    """The values that settle it: what was chosen, wherever it is not what stands now. Fields that
    nobody chose for stay as they are. A side without a value gives an empty one: a property cannot
    be taken away."""
    values = {one.name: one.value(chosen[one.name]) or "" for one in found if one.name in chosen}
    now = {one.name: one.now or "" for one in found}
    return {name: value for name, value in values.items() if value != now[name]}
