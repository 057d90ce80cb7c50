"""Random histories of visits: edits that add, take out, move and respell people; joins, words of
others, joins taken back. Whoever is who is known here, and asked of the rules."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from service.persons.aligning import Known, Standing, align
from service.persons.verdicts import Verdict, contradicted, links, together

RECORDS = 4
MOST_PERSONS = 4
STEPS = 24
SPELLINGS = 3
"""So many ways of writing a name sound alike."""
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A person in one record. `number` is who it is, and what no rule is told."""

    number: int
    spelling: int = 0
    own: bytes | None = None

    def standing(self, ordinal: int) -> Standing:
        words = f"{self.number} {self.spelling}".encode()
        sounds = frozenset({self.number * 100 + self.spelling // SPELLINGS})
        return Standing(ordinal=ordinal, own=self.own, described=words, sounds=sounds)


@dataclass(kw_only=True)
class Record:
    """What its present version tells, and whom it has ever told of."""

    told: list[Someone] = field(default_factory=list)
    known: list[Known[int]] = field(default_factory=list)


@dataclass(kw_only=True)
class World:
    """Records, what was said of pairs, and beside it who each visit is of."""

    chance: random.Random
    records: list[Record] = field(default_factory=list)
    verdicts: dict[Pair, Verdict] = field(default_factory=dict)
    who: dict[int, int] = field(default_factory=dict)
    """Visit -> the person whom it is of, as long as no edit put another there."""
    made: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def visits(self) -> list[int]:
        return [one.mark for record in self.records for one in record.known if one.is_here]

    def files(self) -> dict[int, frozenset[int]]:
        alone = {visit: frozenset({visit}) for visit in self.visits()}
        return alone | together(links(self.verdicts))


def a_world(seed: int) -> World:
    world = World(chance=random.Random(seed))
    for _ in range(RECORDS):
        world.records.append(Record())
        count = world.chance.randint(1, MOST_PERSONS)
        edit(world, world.records[-1], [_someone(world) for _ in range(count)])
    return world


def _someone(world: World) -> Someone:
    world.made += 1
    has_own = world.chance.random() < 0.3
    return Someone(number=world.made, own=f"own {world.made}".encode() if has_own else None)


def edit(world: World, record: Record, told: list[Someone]) -> None:
    """Another version of a record: as `following` writes it down."""
    standing = [one.standing(ordinal) for ordinal, one in enumerate(told)]
    aligned = align(record.known, standing)
    marks = [
        len(world.who) + 1 + aligned.marks[:place].count(None) if mark is None else mark
        for place, mark in enumerate(aligned.marks)
    ]
    for mark in aligned.doubtful:
        for pair, verdict in world.verdicts.items():
            if mark in pair and verdict in (Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE):
                world.verdicts[pair] = Verdict.AGAIN
    for mark, one in zip(marks, told, strict=True):
        if world.who.get(mark, one.number) != one.number:
            assert mark in aligned.doubtful, "another person, and nobody was asked to look again"
        world.who[mark] = one.number
    now = {
        mark: Known(
            mark=mark, ordinal=one.ordinal, own=one.own, described=one.described, sounds=one.sounds
        )
        for mark, one in zip(marks, standing, strict=True)
    }
    before = {one.mark: replace(one, is_here=False, sounds=frozenset()) for one in record.known}
    record.told, record.known = told, list((before | now).values())
    assert len(set(marks)) == len(marks), "nobody is two"


# --- steps --------------------------------------------------------------------------------------
def _respelled(world: World, told: list[Someone]) -> list[Someone]:
    at = world.chance.randrange(len(told))
    return [
        replace(one, spelling=one.spelling + 1) if place == at else one
        for place, one in enumerate(told)
    ]


def _without(world: World, told: list[Someone]) -> list[Someone]:
    at = world.chance.randrange(len(told))
    return told[:at] + told[at + 1 :]


def _with(world: World, told: list[Someone]) -> list[Someone]:
    at = world.chance.randint(0, len(told))
    return [*told[:at], _someone(world), *told[at:]]


def _replaced(world: World, told: list[Someone]) -> list[Someone]:
    at = world.chance.randrange(len(told))
    return [_someone(world) if place == at else one for place, one in enumerate(told)]


def _shuffled(world: World, told: list[Someone]) -> list[Someone]:
    return world.chance.sample(told, len(told))


EDITS: Sequence[Callable[[World, list[Someone]], list[Someone]]] = (
    _respelled, _without, _with, _replaced, _shuffled,
)  # fmt: skip


def _edit(world: World) -> None:
    record = world.chance.choice(world.records)
    change = world.chance.choice(EDITS)
    if record.told or change is _with:
        world.counts["edits"] += 1
        edit(world, record, change(world, record.told))


def _say(world: World, verdict: Verdict) -> None:
    visits = world.visits()
    if len(visits) > 1:
        one, other = sorted(world.chance.sample(visits, 2))
        world.verdicts[one, other] = verdict
        world.counts[verdict.value] += 1


def _apart(world: World) -> None:
    """A join taken back, which leaves both sides as they are without it."""
    joined = links(world.verdicts)
    if joined:
        pair = world.chance.choice(joined)
        without = {key: one for key, one in world.verdicts.items() if key != pair}
        expected = _by_hand(links(without), world.visits())
        world.verdicts[pair] = Verdict.APART
        world.counts["apart"] += 1
        assert {mark: world.files()[mark] for mark in world.visits()} == expected


def _join_and_take_back(world: World) -> None:
    """Joined, and taken back at once: everything is as it was."""
    visits = world.visits()
    if len(visits) > 1:
        one, other = sorted(world.chance.sample(visits, 2))
        before, files = world.verdicts.get((one, other)), world.files()
        if before is Verdict.SAME:
            return
        world.verdicts[one, other] = Verdict.SAME
        assert world.files()[one] == world.files()[other]
        assert {one, other} <= world.files()[one]
        world.verdicts[one, other] = Verdict.APART
        assert world.files() == files


def step(world: World) -> None:
    act = world.chance.choices(
        (_edit, _apart, _join_and_take_back, None), (40, 15, 10, 35)
    )[0]  # fmt: skip
    if act is not None:
        act(world)
    else:
        chosen = (Verdict.SAME, Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE)
        _say(world, world.chance.choice(chosen))


# --- what has to hold ---------------------------------------------------------------------------
def _by_hand(joined: Sequence[Pair], visits: Sequence[int]) -> dict[int, frozenset[int]]:
    """Files of the plainest kind: whom one reaches, walking."""
    found = {}
    for visit in visits:
        reached, fresh = {visit}, [visit]
        while fresh:
            here = fresh.pop()
            for pair in joined:
                for one, other in (pair, pair[::-1]):
                    if one == here and other not in reached:
                        reached.add(other)
                        fresh.append(other)
        found[visit] = frozenset(reached)
    return found


def check(world: World, decided: dict[Pair, tuple[int, int]]) -> None:
    """After every step. `decided`: who stood there when a pair was joined."""
    joined = links(world.verdicts)
    files = world.files()
    by_hand = _by_hand(joined, world.visits())
    assert {mark: files[mark] for mark in by_hand} == by_hand
    for one, other in contradicted(world.verdicts):
        assert by_hand.get(one, files[one]) == by_hand.get(other, files[other])
    for pair in list(decided):
        if pair not in joined:
            del decided[pair]
    for one, other in joined:
        now = (world.who[one], world.who[other])
        assert decided.setdefault((one, other), now) == now, "a join points at another person"


def run(seed: int) -> Counter[str]:
    """One history; answers what was done in it."""
    world = a_world(seed)
    decided: dict[Pair, tuple[int, int]] = {}
    for _ in range(STEPS):
        step(world)
        check(world, decided)
    told = [list(record.told) for record in world.records]
    for record in world.records:  # sent again, as it stands: nothing changes
        known, verdicts = list(record.known), dict(world.verdicts)
        edit(world, record, list(record.told))
        assert {one.mark: one for one in record.known if one.is_here} == {
            one.mark: one for one in known if one.is_here
        }
        assert world.verdicts == verdicts
    joined = links(world.verdicts)
    for pair in world.chance.sample(joined, len(joined)):
        world.verdicts[pair] = Verdict.APART
        check(world, decided)
    assert all(len(world.files()[visit]) == 1 for visit in world.visits()), "both sides, as before"
    assert [record.told for record in world.records] == told
    return world.counts
