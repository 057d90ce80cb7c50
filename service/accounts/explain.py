"""Why somebody may do something, or why not: asked of the very policy that decides. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.accounts import policy
from service.accounts.actor import SITE, Actor
from service.accounts.held import Held, bearing
from service.accounts.policy import ANYWHERE, Act
from service.accounts.reach import WHOLE_PROJECT, Reach


class WhyNot(enum.StrEnum):
    """The nearest thing to a right that is there, nearest first."""

    SWITCHED_OFF = "switched_off"
    """The account is."""
    WAITS = "waits"
    """It is given, and a coordinator has not agreed yet."""
    ENDED = "ended"
    """It was given, and its time is over."""
    OUTSIDE = "outside"
    """It is given, in other areas."""
    SINGLE = "single"
    """It is given for single records: what the person sent, or the one of access for a day."""
    NEEDS_WHOLE = "needs_whole"
    """The role gives it, but only where it holds in the whole project."""
    OTHER_ROLE = "other_role"
    """No role here gives it."""
    NO_ROLE = "no_role"
    """There is no role here."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Yes, by what; or no, and why: then `by` is what comes nearest."""

    is_allowed: bool
    by: tuple[Held, ...] = ()
    why_not: WhyNot | None = None


def explain(
    person: int,
    held: Iterable[Held],
    act: Act,
    project_id: int,
    now: dt.datetime,
    place: str | None = ANYWHERE,
    *,
    is_active: bool = True,
) -> Explanation:
    """Whether a person who holds (or held) these may do the act, and through which of them."""
    here = [one for one in held if one.project_id in (project_id, SITE)]
    live = [one for one in here if not one.is_over(now)]

    def may(some: list[Held], at: str | None, when: dt.datetime = now) -> bool:
        return policy.may(_acting(person, some, when), act, project_id, at)

    def giving(some: list[Held], at: str | None) -> tuple[Held, ...]:
        return tuple(one for one in some if may([one], at))

    if not is_active:
        return _no(WhyNot.SWITCHED_OFF)
    if may(live, place):
        return Explanation(is_allowed=True, by=giving(live, place))
    bound = giving([_as_if_whole(one) for one in live], ANYWHERE)
    nearest: tuple[tuple[WhyNot, Sequence[Held]], ...] = (
        (WhyNot.WAITS, [one for one in live if one.waits and may([_as_agreed(one)], place)]),
        (WhyNot.ENDED, [one for one in here if one.is_over(now) and may([one], place, _EARLIEST)]),
        (
            _why_not_there(policy.reach(_acting(person, live, now), act, project_id)),
            giving(live, ANYWHERE),
        ),
        (WhyNot.NEEDS_WHOLE, [one for one in live if _as_if_whole(one) in bound]),
        (WhyNot.OTHER_ROLE, live),
    )
    return _no(*next(((why, by) for why, by in nearest if by), (WhyNot.NO_ROLE, ())))


def _no(why: WhyNot, by: Iterable[Held] = ()) -> Explanation:
    return Explanation(is_allowed=False, by=tuple(by), why_not=why)


def _acting(person: int, held: Iterable[Held], when: dt.datetime) -> Actor:
    given = bearing(held, when)
    return Actor(
        id=person, name="", roles=given.roles, areas=given.areas, emergencies=given.emergencies
    )


def _why_not_there(reach: Reach) -> WhyNot:
    return WhyNot.OUTSIDE if reach.areas else WhyNot.SINGLE


_EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
"""A moment at which nothing is over."""


def _as_agreed(one: Held) -> Held:
    return replace(one, waits=False)


def _as_if_whole(one: Held) -> Held:
    return replace(one, area=WHOLE_PROJECT)
