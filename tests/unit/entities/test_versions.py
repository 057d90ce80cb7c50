"""An offline update meets online ones. Cases as ODK Central's own tests of offline entities have
them, and properties over many generated histories."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.entities.versions import (
    HOLD,
    LABEL,
    Applied,
    Change,
    Conflict,
    Fault,
    Hold,
    Known,
    Refused,
    Side,
    Version,
    apply,
    conflicts,
    resolution,
)

BRANCH, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def create(label: str = "Sok", **values: str) -> Change:
    return Change(received={LABEL: label, **values}, creates=True)


def update(
    base: int, trunk: int | None = None, branch: uuid.UUID | None = None, **said: str
) -> Change:
    return Change(
        received=said, updates=True, base_version=base, trunk_version=trunk, branch_id=branch
    )


def after(*changes: Change, force: Sequence[int] = ()) -> Known:
    """The entity that these changes leave, each applied."""
    known: Known | None = None
    for n, change in enumerate(changes):
        known = _next(known, change, force=n in force)
        assert known is not None
    assert known is not None
    return known


def _next(known: Known | None, change: Change, *, force: bool = False) -> Known | None:
    decided = apply(known, change, force=force)
    if isinstance(decided, Hold):
        return None
    before = known.versions if known else ()
    return Known(versions=[*before, decided.version], conflict=decided.conflict)


def row(known: Known) -> tuple[int, dict[str, str], str | None, int | None]:
    now = known.current
    return now.number, dict(now.values), known.conflict, now.base_version


# (history, number, values, conflict, base of the last)
CASES: list[tuple[str, tuple[Change, ...], int, dict[str, str], str | None, int | None]] = [
    ("create", (create(a="1"),), 1, {LABEL: "Sok", "a": "1"}, None, None),
    ("online update", (create(a="1"), update(1, a="2")), 2, {LABEL: "Sok", "a": "2"}, None, 1),
    ("update keeps what the form does not ask", (create(a="1", b="1"), update(1, b="2")), 2,
     {LABEL: "Sok", "a": "1", "b": "2"}, None, 1),
    ("a blank label is none", (create(), update(1, label="  ")), 2, {LABEL: "Sok"}, None, 1),
    ("a blank value is a value", (create(a="1"), update(1, a="")), 2,
     {LABEL: "Sok", "a": ""}, None, 1),
    ("soft: others changed another property", (create(a="1", b="1"), update(1, a="2"),
     update(1, b="2")), 3, {LABEL: "Sok", "a": "2", "b": "2"}, "soft", 1),
    ("soft: both say the same", (create(a="1"), update(1, a="2"), update(1, a="2")), 3,
     {LABEL: "Sok", "a": "2"}, "soft", 1),
    ("hard: the same property", (create(a="1"), update(1, a="2"), update(1, a="3")), 3,
     {LABEL: "Sok", "a": "3"}, "hard", 1),
    ("hard: the label", (create(), update(1, label="Sokha"), update(1, label="Dara")), 3,
     {LABEL: "Dara"}, "hard", 1),
    ("hard stays hard", (create(a="1", b="1"), update(1, a="2"), update(1, a="3"),
     update(2, b="9")), 4, {LABEL: "Sok", "a": "3", "b": "9"}, "hard", 2),
    ("offline chain on a trunk", (create(a="1"), update(1, 1, BRANCH, a="2"),
     update(2, 1, BRANCH, a="3")), 3, {LABEL: "Sok", "a": "3"}, None, 2),
    ("offline create and chain", (create(a="1"), update(1, None, BRANCH, a="2"),
     update(2, None, BRANCH, a="3")), 3, {LABEL: "Sok", "a": "3"}, None, 2),
    ("a chain that began late in our numbers", (create(a="1"), update(1, a="2"), update(2, a="3"),
     update(3, 3, BRANCH, a="4"), update(4, 3, BRANCH, a="5")), 5,
     {LABEL: "Sok", "a": "5"}, None, 4),
    ("interrupted before its first", (create(a="1", b="1"), update(1, b="2"),
     update(1, 1, BRANCH, a="2")), 3, {LABEL: "Sok", "a": "2", "b": "2"}, "soft", 1),
    ("interrupted between", (create(a="1", b="1"), update(1, 1, BRANCH, a="2"), update(2, b="2"),
     update(2, 1, BRANCH, a="3")), 4, {LABEL: "Sok", "a": "3", "b": "2"}, "soft", 2),
    ("interrupted between, same property", (create(a="1"), update(1, 1, BRANCH, a="2"),
     update(2, a="8"), update(2, 1, BRANCH, a="3")), 4, {LABEL: "Sok", "a": "3"}, "hard", 2),
    ("two branches", (create(a="1"), update(1, 1, BRANCH, a="2"), update(1, 1, OTHER, a="3")), 3,
     {LABEL: "Sok", "a": "3"}, "hard", 1),
    ("base 1 is our first, whatever the branch", (create(a="1"), update(1, 1, BRANCH, a="2"),
     update(1, None, OTHER, b="3")), 3, {LABEL: "Sok", "a": "2", "b": "3"}, "soft", 1),
    ("interrupted, though the base is the newest", (create(a="1"), update(1, 1, BRANCH, a="2"),
     update(1, 1, OTHER, b="2"), update(2, 1, OTHER, b="3")), 4,
     {LABEL: "Sok", "a": "2", "b": "3"}, "soft", 3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("history", "number", "values", "conflict", "base"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_c79_what_an_update_makes_of_what_is_there(
    history: tuple[Change, ...], number: int, values: dict[str, str], conflict: str, base: int
) -> None:
    assert row(after(*history)) == (number, values, conflict, base)


BOTH = Change(received={LABEL: "Sok", "a": "1"}, creates=True, updates=True, base_version=1)
REFUSED: list[tuple[str, tuple[Change, ...], Change, Fault]] = [
    ("twice", (create(),), create(), Fault.EXISTS),
    ("no label", (), create("  "), Fault.NO_LABEL),
    ("neither", (), Change(received={}), Fault.NO_ACTION),
    ("never made", (), update(1, a="1"), Fault.UNKNOWN),
    ("no base", (create(),), Change(received={}, updates=True), Fault.BAD_VERSION),
    ("a base above ours", (create(),), update(4, a="1"), Fault.NO_SUCH_VERSION),
    ("a trunk above ours", (create(),), update(4, 4, BRANCH, a="1"), Fault.NO_SUCH_VERSION),
    ("trunk above ours, in the middle", (create(),), update(2, 2, BRANCH), Fault.NO_SUCH_VERSION),
]


@pytest.mark.parametrize(
    ("history", "change", "fault"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_cannot_be_applied(history: tuple[Change, ...], change: Change, fault: Fault) -> None:
    with pytest.raises(Refused) as raised:
        apply(after(*history) if history else None, change)
    assert raised.value.fault is fault


def test_both_flags_update_what_is_there_and_create_what_is_not() -> None:
    assert row(after(BOTH))[0] == 1
    assert row(after(create(a="0"), BOTH)) == (2, {LABEL: "Sok", "a": "1"}, None, 1)


@pytest.mark.parametrize("known", [None, after(create(a="1"))], ids=["no entity", "no predecessor"])
def test_a_branch_whose_beginning_has_not_come_waits(known: Known | None) -> None:
    assert apply(known, update(2, None, BRANCH, a="3")) is HOLD


def test_by_force_an_update_begins_the_entity_and_the_late_creation_updates_it() -> None:
    begun = after(update(2, None, BRANCH, a="3"), force=[0])
    assert row(begun) == (1, {LABEL: "auto generated", "a": "3"}, None, None)
    late = _next(begun, create("Sok", a="1", b="1"))
    assert late is not None
    assert row(late) == (2, {LABEL: "Sok", "a": "1", "b": "1"}, "hard", 1)
    assert late.current.conflicting == ("a",)


def test_by_force_an_update_follows_what_is_there() -> None:
    known = _next(after(create(a="1")), update(3, None, BRANCH, a="4"), force=True)
    assert known is not None
    assert row(known) == (2, {LABEL: "Sok", "a": "4"}, None, 1)
    then = _next(known, update(4, None, BRANCH, a="5"))
    assert then is not None
    assert then.current.base_version == 2


# --- any order ------------------------------------------------------------------------------------
def deliver(changes: Sequence[Change]) -> Known | None:
    """In this order, with a backlog: what waits is tried again after each that was applied."""
    known: Known | None = None
    waiting: list[Change] = []
    for change in changes:
        waiting.append(change)
        progress = True
        while progress:
            progress = False
            for one in list(waiting):
                found = _next(known, one)
                if found is not None:
                    known, progress = found, True
                    waiting.remove(one)
    assert not waiting
    return known


@st.composite
def chains(draw: st.DrawFn) -> list[Change]:
    """An offline creation and updates of it, some of some properties."""
    values = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "១", "2", "3"]))
    steps = draw(st.lists(values, min_size=1, max_size=6))
    first, *rest = steps
    return [
        create("ម៉ាន់", **first),
        *(update(n, None, BRANCH, **said) for n, said in enumerate(rest, start=1)),
    ]


@given(chains(), st.randoms(use_true_random=False))
def test_c78_a_chain_in_any_order_ends_in_the_same_state(chain: list[Change], random: Any) -> None:
    shuffled = list(chain)
    random.shuffle(shuffled)
    ordered = after(*chain)
    assert ordered.conflict is None
    assert deliver(shuffled) == ordered


def test_c78_all_six_orders() -> None:
    chain = [create(a="1"), update(1, None, BRANCH, a="2"), update(2, None, BRANCH, b="3")]
    ends = [deliver(order) for order in itertools.permutations(chain)]
    assert all(end == ends[0] for end in ends)
    assert ends[0] is not None
    assert row(ends[0]) == (3, {LABEL: "Sok", "a": "2", "b": "3"}, None, 2)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int | None, uuid.UUID | None, dict[str, str]]]:
    said = st.dictionaries(st.sampled_from(["a", "b", LABEL]), st.sampled_from(["1", "2", ""]))
    branch = st.sampled_from([None, BRANCH, OTHER])
    one = st.tuples(st.integers(1, 5), st.one_of(st.none(), st.integers(1, 5)), branch, said)
    return draw(st.lists(one, max_size=8))


@given(histories())
def test_nothing_that_was_said_is_lost_and_no_hard_conflict_is_made_soft(
    history: list[tuple[int, int | None, uuid.UUID | None, dict[str, str]]],
) -> None:
    known = after(create(a="0", b="0"))
    for base, trunk, branch, said in history:
        try:
            decided = apply(known, update(base, trunk if branch else None, branch, **said))
        except Refused:
            continue
        if not isinstance(decided, Applied):
            continue
        one = decided.version
        assert one.number == known.current.number + 1
        spoken = {k: v for k, v in said.items() if k != LABEL or v.strip()}
        assert dict(one.values) == {**known.current.values, **spoken}
        assert one.values[LABEL].strip()
        if known.conflict is Conflict.HARD:
            assert decided.conflict is Conflict.HARD
        assert set(one.conflicting) <= set(said)
        assert not one.conflicting or decided.conflict is Conflict.HARD
        known = Known(versions=[*known.versions, one], conflict=decided.conflict)
    for each in conflicts(known.versions):
        assert each.theirs != each.mine
        assert each.mine is not None


# --- settling -------------------------------------------------------------------------------------
def test_each_field_is_settled_by_itself() -> None:
    known = after(create(a="1", b="1", c="1"), update(1, a="2", b="2"), update(1, a="3", b="3"))
    found = conflicts(known.versions)
    assert [(one.name, one.base, one.theirs, one.mine) for one in found] == [
        ("a", "1", "2", "3"), ("b", "1", "2", "3"),
    ]  # fmt: skip
    assert resolution(found, {"a": Side.THEIRS, "b": Side.BASE}) == {"a": "2", "b": "1"}
    assert resolution(found, {"a": Side.MINE}) == {}
    assert conflicts(known.versions, resolved_to=3) == []


def test_what_was_shown_and_chosen_is_what_it_becomes() -> None:
    known = after(create(a="1"), update(1, a="2"), update(1, a="3"), update(3, a="4"))
    [one] = conflicts(known.versions)
    assert (one.base, one.theirs, one.mine, one.now) == ("1", "2", "3", "4")
    assert one.standing is Side.NOW
    assert resolution([one], {"a": Side.MINE}) == {"a": "3"}
    assert resolution([one], {"a": Side.NOW}) == {}
    assert resolution([one], {}) == {}


def test_what_nobody_changed_since_is_offered_once() -> None:
    [one] = conflicts(after(create(a="1"), update(1, a="2"), update(1, a="3")).versions)
    assert one.sides == [Side.BASE, Side.THEIRS, Side.MINE]
    assert one.standing is Side.MINE


def test_the_last_contradiction_of_a_field_counts() -> None:
    versions: list[Version] = list(
        after(create(a="1"), update(1, a="2"), update(1, a="3"), update(1, a="4")).versions
    )
    [one] = conflicts(versions)
    assert (one.base, one.theirs, one.mine, one.version) == ("1", "3", "4", 4)
