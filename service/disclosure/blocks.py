"""A table with all its margins, cut into blocks that are settled from the grand total inwards.

Dimensions form chains: communes lie in districts and those in provinces, months in quarters and
those in years, age bands in children or adults; most chains have one dimension. A *depth* says
how far down each chain goes. A *block* is all cells of one depth that lie in the same outer codes:
the districts of one province by sex, the quarters of one year by province. Its last indices are
the cells one step up, decided before. What is decided about a block depends on nothing finer, so
two tables that share a margin hide the same cells in it, and cannot be played against each other.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from service.disclosure.hiding import Decisions, Hide
from service.disclosure.level import Counts, Index, Level, Mask, adds_up
from service.disclosure.rules import PLACES
from service.disclosure.safe_table import ALL, Key, RawTable

Depths = tuple[int, ...]
Place = tuple[Depths, tuple[tuple[int, str], ...]]
"""A block's depths and the codes it lies in."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """`axes`: positions in a key; `codes` of each, the total last; `fixed`: codes of the outer
    dimensions by position; `nested_axes`: those of the axes that lie in a fixed one; `adding`:
    those whose totals are sums."""

    depths: Depths
    fixed: tuple[tuple[int, str], ...]
    axes: tuple[int, ...]
    codes: tuple[tuple[str | None, ...], ...]
    nested_axes: tuple[int, ...]
    adding: tuple[int, ...]
    size: int

    def key(self, index: Index) -> Key:
        key: list[str | None] = [ALL] * self.size
        for at, code in self.fixed:
            key[at] = code
        for at, codes, place in zip(self.axes, self.codes, index, strict=True):
            key[at] = codes[place]
        return tuple(key)

    def up(self, key: Key) -> Iterator[Key]:
        """The cells of which this one is a part, each one step up: its province, its quarter, both
        sexes together. Of what only bounds it, a total over overlapping codes, it is none."""
        for at in self.adding:
            yield (*key[:at], ALL, *key[at + 1 :])


@dataclass(kw_only=True)
class Blocks:
    """The blocks of one table, and what is hidden in it so far."""

    table: RawTable
    hidden: set[Key] = field(default_factory=set)
    hidden_d: set[Key] = field(default_factory=set)
    """Keys of denominators, which are totals over overlapping dimensions."""

    def __post_init__(self) -> None:
        self._chains = _chains(self.table)
        self._counted = _Keys()
        for key in {*self.table.cells, *(self.table.base or {})}:
            self._counted.add(self._depths(key), key)
        self._hidden_at = _Keys()
        self._hidden_d_at = _Keys()
        self._settled: dict[Place, Level] = {}
        self._settled_d: dict[Place, Level] = {}

    def depths(self) -> list[Depths]:
        """From the grand total to the whole table."""
        every = itertools.product(*(range(len(chain) + 1) for chain in self._chains))
        return sorted(every, key=lambda depths: (sum(depths), depths))

    def names(self, depths: Depths) -> list[str]:
        """Dimensions coded at this depth."""
        pairs = zip(self._chains, depths, strict=True)
        coded = {at for chain, deep in pairs for at in chain[:deep]}
        return [name for at, name in enumerate(self.table.by) if at in coded]

    def is_inside_place(self, block: Block) -> bool:
        """Whether it is about districts of a province or communes of a district."""
        return any(self.table.by[at] in PLACES for at in block.nested_axes)

    def of(self, depths: Depths) -> Iterator[Block]:
        """The blocks of a depth, in the order of the codes they lie in. What is hidden opens rows
        as what was counted does: a zero that is hidden has nothing finer, not even a zero."""
        pairs = [(c, deep) for c, deep in zip(self._chains, depths, strict=True) if deep]
        outer = [at for chain, deep in pairs for at in chain[: deep - 1]]
        axes = [chain[deep - 1] for chain, deep in pairs]
        nested = tuple(chain[deep - 1] for chain, deep in pairs if deep > 1)
        groups: dict[tuple[str | None, ...], list[Key]] = defaultdict(list)
        for seen in self._shown_with(depths):
            for keys_at in (self._counted, self._hidden_at, self._hidden_d_at):
                for codes, keys in keys_at.by(seen, tuple(outer)).items():
                    groups[codes].extend(keys)
        for place in sorted(groups, key=lambda codes: tuple(code or "" for code in codes)):
            block = Block(
                depths=depths,
                fixed=tuple((at, code or "") for at, code in zip(outer, place, strict=True)),
                axes=tuple(axes),
                codes=tuple(
                    (*sorted({code for key in groups[place] if (code := key[at]) is not ALL}), ALL)
                    for at in axes
                ),
                size=len(self.table.by),
                nested_axes=nested,
                adding=tuple(at for at in axes if self.table.by[at] not in self.table.overlapping),
            )
            if all(len(codes) > 1 for codes in block.codes):
                yield block

    def view(self, block: Block) -> Level:
        """The block's numerators, with their denominators where it has any. An overlapping axis
        that adds up is taken at its word: whoever guesses that nobody stands there twice can
        subtract, so the attacker may as well."""
        overlaps = tuple(self.table.by[at] in self.table.overlapping for at in block.axes)
        n = self._filled(block, is_base=False)
        self._check_that_totals_add(block, n, overlaps)
        overlapping = tuple(one and not adds_up(n, axis) for axis, one in enumerate(overlaps))
        hidden = self._masked(block, n.shape, self._hidden_at)
        if self.table.base is None:
            level = Level(n=n, hidden=hidden, overlapping=overlapping, name=block.key)
            return self._bound(block, level, self._settled)
        cut = tuple(slice(-1, None) if one else slice(None) for one in overlaps)
        d = self._filled(block, is_base=True)[cut]
        level = Level(
            n=n,
            hidden=hidden,
            d=d,
            hidden_d=self._masked(block, n.shape, self._hidden_d_at)[cut],
            overlapping=overlapping,
            name=block.key,
            name_d=lambda index: ("of", self._base_key(block, index, overlaps)),
        )
        return self._bound(block, level, self._settled)

    def view_of_base(self, block: Block) -> Level | None:
        """The denominators as a table of their own; None where the block has none of its own."""
        overlaps = any(self.table.by[at] in self.table.overlapping for at in block.axes)
        if self.table.base is None or overlaps:
            return None
        d = self._filled(block, is_base=True)
        adding = (False,) * d.ndim
        self._check_that_totals_add(block, d, adding)
        hidden = self._masked(block, d.shape, self._hidden_d_at)
        level = Level(n=d, hidden=hidden, overlapping=adding, name=block.key)
        return self._bound(block, level, self._settled_d)

    def keep(self, block: Block, level: Level) -> None:
        """Write down which numerators of the block are hidden."""
        self._settled[block.depths, block.fixed] = level
        self._keep(block, level, self.hidden, self._hidden_at)

    def keep_d(self, block: Block, level: Level) -> None:
        """The same of its denominators."""
        self._settled_d[block.depths, block.fixed] = level
        self._keep(block, level, self.hidden_d, self._hidden_d_at)

    def decisions(self) -> Decisions:
        """Every row to be written: whatever is not a plain zero, and every row with a base of its
        own. A base that is hidden is there whatever it is: a row left out would say that nobody
        was asked. The grand total is always there."""
        table = self.table
        listed = {key for key, cell in table.cells.items() if cell.persons} | self.hidden
        listed |= {key for key, cell in (table.base or {}).items() if cell.persons}
        listed |= self.hidden_d
        listed.add((ALL,) * len(table.by))
        return {
            key: Hide(
                n=key in self.hidden,
                d=table.base is not None and table.base_key(key) in self.hidden_d,
            )
            for key in listed
        }

    def _depths(self, key: Key) -> Depths:
        return tuple(sum(key[at] is not ALL for at in chain) for chain in self._chains)

    def _shown_with(self, depths: Depths) -> Iterable[Depths]:
        """The depth itself and those one step up in any of its chains."""
        return itertools.product(*((deep - 1, deep) if deep else (0,) for deep in depths))

    def _filled(self, block: Block, *, is_base: bool) -> Counts:
        cells = (self.table.base or {}) if is_base else self.table.cells
        array = np.zeros(tuple(len(codes) for codes in block.codes), dtype=np.int64)
        for index, key in self._inside(block, self._counted):
            found = cells.get(key)
            if found is not None:
                array[index] = found.persons
        return array

    def _masked(self, block: Block, shape: tuple[int, ...], hidden_at: _Keys) -> Mask:
        mask = np.zeros(shape, dtype=bool)
        for index, _ in self._inside(block, hidden_at):
            mask[index] = True
        return mask

    def _inside(self, block: Block, keys_at: _Keys) -> Iterator[tuple[Index, Key]]:
        places = [{code: at for at, code in enumerate(codes)} for codes in block.codes]
        outer = tuple(at for at, _ in block.fixed)
        fixed = tuple(code for _, code in block.fixed)
        for depths in self._shown_with(block.depths):
            for key in keys_at.by(depths, outer).get(fixed, ()):
                found = [place.get(key[at]) for at, place in zip(block.axes, places, strict=True)]
                if None not in found:
                    yield tuple(at for at in found if at is not None), key

    def _keep(self, block: Block, level: Level, hidden: set[Key], hidden_at: _Keys) -> None:
        for index in np.argwhere(level.hidden & level.is_inner()).tolist():
            key = block.key(tuple(index))
            hidden.add(key)
            hidden_at.add(block.depths, key)

    def _bound(
        self,
        block: Block,
        level: Level,
        settled: dict[Place, Level],
    ) -> Level:
        """The level with those beside it that share a hidden cell."""
        found = []
        for axis, at in enumerate(block.axes):
            if at not in block.nested_axes:
                continue
            shared = np.take(level.hidden, -1, axis=axis).any() or (
                level.hidden_d is not None and np.take(level.hidden_d, -1, axis=axis).any()
            )
            chain = next(n for n, one in enumerate(self._chains) if at in one)
            depths = tuple(d - (n == chain) for n, d in enumerate(block.depths))
            outer = self._chains[chain][depths[chain] - 1]
            fixed = tuple((one, code) for one, code in block.fixed if one != outer)
            if shared:
                found.append(settled[depths, fixed])
        return replace(level, beside=tuple(found)) if found else level

    def _base_key(self, block: Block, index: Index, overlaps: tuple[bool, ...]) -> Key:
        whole = tuple(-1 if one else at for at, one in zip(index, overlaps, strict=True))
        return block.key(whole)

    def _check_that_totals_add(
        self, block: Block, n: Counts, overlapping: tuple[bool, ...]
    ) -> None:
        for axis, overlaps in enumerate(overlapping):
            if not overlaps and not adds_up(n, axis):
                name = self.table.by[block.axes[axis]]
                raise ValueError(f"totals over {name!r} do not add up")


class _Keys:
    """Keys by their depths, and by the codes that they lie in: a block looks at its own alone."""

    def __init__(self) -> None:
        self._at: dict[Depths, list[Key]] = defaultdict(list)
        self._grouped: dict[tuple[Depths, tuple[int, ...]], _Group] = defaultdict(_Group)

    def add(self, depths: Depths, key: Key) -> None:
        self._at[depths].append(key)

    def by(self, depths: Depths, outer: tuple[int, ...]) -> dict[tuple[str | None, ...], list[Key]]:
        """Those of these depths by their codes at `outer`."""
        keys, group = self._at[depths], self._grouped[depths, outer]
        for key in keys[group.count :]:
            group.by[tuple(key[at] for at in outer)].append(key)
        group.count = len(keys)
        return group.by


class _Group:
    """How many of the keys are in it, and which those are."""

    def __init__(self) -> None:
        self.count = 0
        self.by: dict[tuple[str | None, ...], list[Key]] = defaultdict(list)


def _chains(table: RawTable) -> list[tuple[int, ...]]:
    """Positions of dimensions, the outer before the inner."""
    within = {c: p for c, p in table.nested.items() if c in table.by and p in table.by}
    chains = []
    for name in table.by:
        if name in within:
            continue
        chain = [name]
        while (child := next((c for c, p in within.items() if p == chain[-1]), None)) is not None:
            chain.append(child)
        chains.append(tuple(table.by.index(one) for one in chain))
    return chains
