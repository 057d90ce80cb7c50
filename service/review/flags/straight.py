"""Straight-lining: the six questions of the Washington Group answered alike, beside another sign.

Alike is no sign by itself. Most people have no difficulty at all, and say so six times; whoever
refuses six times has the right to; and somebody very old may have a lot of difficulty with
everything. So what counts is answers alike *and* a form filled in quickly, several people of one
record with the very same difficulties, or "no difficulty" where the same record tells of a limb or
of eyes that were lost. (Only these six are asked on one scale in the reference forms.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from service.facts.kinds import Person
from service.review.flags.kinds import Code, Flag, Reason
from service.review.flags.seen import Seen

NONE, WORST = 1, 4
SEVERAL = 2
"""People of one record with the same difficulty in all six."""
TELLING = frozenset(
    {"amp_leg_above_knee", "amp_arm_above_elbow", "eye_both", "hearing_loss", "back_spine"}
)
"""Injuries after which nobody has no difficulty in anything. (Below the knee a prosthesis may fit
so well that there is none.)"""


def straight_lining(seen: Seen, *, is_quick: bool) -> Flag | None:
    flat = {person.ordinal: degree for person in seen.facts.persons if (degree := _degree(person))}
    reasons = [*_quick(flat, is_quick=is_quick), *_several(flat), *_against_injuries(seen, flat)]
    return Flag(code=Code.STRAIGHT, reasons=tuple(reasons)) if reasons else None


def _degree(person: Person) -> int | None:
    """The one answer to all six: no difficulty (1) to cannot at all (4); None where they differ,
    are not all given, or were refused."""
    answers = {
        person.wg_see, person.wg_hear, person.wg_walk, person.wg_remember, person.wg_selfcare,
        person.wg_communicate,
    }  # fmt: skip
    (answer, *others) = answers
    return answer if not others and answer is not None and answer <= WORST else None


def _quick(flat: dict[int, int], *, is_quick: bool) -> Iterator[Reason]:
    if flat and is_quick:
        yield Reason(why="alike_and_quick", values={"people": len(flat)})


def _several(flat: dict[int, int]) -> Iterator[Reason]:
    counts = Counter(degree for degree in flat.values() if degree > NONE)
    for degree, people in counts.items():
        if people >= SEVERAL:
            yield Reason(why="alike_in_several", values={"people": people, "degree": degree})


def _against_injuries(seen: Seen, flat: dict[int, int]) -> Iterator[Reason]:
    for incident in seen.facts.incidents:
        is_told = incident.victim_type == "direct_injured" and TELLING & set(incident.injuries)
        if is_told and flat.get(incident.ordinal) == NONE:
            yield Reason(why="alike_against_injury")
