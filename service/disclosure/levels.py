"""Deciding a table block by block, denominators first, then numerators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from service.disclosure import effort
from service.disclosure.blocks import Block, Blocks, Depths
from service.disclosure.complement import settle
from service.disclosure.hiding import (
    Decisions,
    GaveUp,
    Orders,
    Unprotectable,
    codes,
    is_small_place,
    why_hidden,
)
from service.disclosure.level import Level, Mask
from service.disclosure.rules import Rules, why_small
from service.disclosure.safe_table import Counted, Key, RawTable

if TYPE_CHECKING:
    from service.disclosure.together import Beside

TURNS = 12
"""How often more of a level may be hidden for what other tables tell, before it is given up."""


def decide(
    table: RawTable, rules: Rules, orders: Orders, beside: Beside | None = None
) -> Decisions:
    """Rows to hide. Raises Unprotectable with the dimensions of a level that cannot be made to
    hold, or not within the effort that a table is worth. Where districts cannot be protected
    against their province's own rows, none of that province is shown: one province with a single
    small district must not cost all others theirs."""
    blocks, before = Blocks(table=table), effort.spent()
    for depths in blocks.depths():
        for block in blocks.of(depths):
            if not _settled(blocks, block, rules, orders) and not blocks.is_inside_place(block):
                raise Unprotectable(blocks.names(depths))
            if effort.spent() - before > effort.MOST:
                raise Unprotectable(blocks.names(depths))
        if beside is not None:
            orders = _beside(blocks, depths, rules, orders, beside)
            if effort.spent() - before > effort.MOST:
                raise Unprotectable(blocks.names(depths))
    return blocks.decisions()


def _beside(blocks: Blocks, depths: Depths, rules: Rules, orders: Orders, beside: Beside) -> Orders:
    """Hide of this level what tells too much beside the tables that come first; the orders with
    it."""
    names = blocks.names(depths)
    for turn in range(TURNS):
        try:
            more = beside.too_telling(blocks.table, blocks.decisions(), names, 1 << (turn // 2))
        except GaveUp:
            break
        if more == Orders():
            return orders
        orders = orders.and_also(more)
        for block in blocks.of(depths):
            if not _settled(blocks, block, rules, orders) and not blocks.is_inside_place(block):
                raise Unprotectable(names)
    if names:
        raise Unprotectable(names)
    nothing = Orders(n=frozenset({frozenset()}), d=frozenset({frozenset()}))
    for block in blocks.of(depths):  # nothing is left to drop: not even the total is told
        _settled(blocks, block, rules, nothing)
    return orders.and_also(nothing)


def _settled(blocks: Blocks, block: Block, rules: Rules, orders: Orders) -> bool:
    """Hide what must be; False, with all of the block hidden, if it cannot be protected."""
    alone = _alone(block)
    if alone is not None:
        _settle_as_around(blocks, block, alone, orders)
        return True
    holds = True
    base = blocks.view_of_base(block)
    if base is not None:
        primary = _mask(base, block, lambda key: _hides_base(blocks, block, key, rules, orders))
        holds = settle(base, primary, rules.k)
        blocks.keep_d(block, base)
        if not holds and not blocks.is_inside_place(block):
            return False
    level = blocks.view(block)
    primary = _mask(level, block, lambda key: _hides(blocks, block, key, rules, orders))
    holds = settle(level, primary, rules.k) and holds
    blocks.keep(block, level)
    return holds


def _alone(block: Block) -> int | None:
    """The dimension of which there is one code in what it lies in: the only district of its
    province, the only month of its quarter."""
    pairs = zip(block.axes, block.codes, strict=True)
    return next((at for at, codes_ in pairs if at in block.nested_axes and len(codes_) == 2), None)


def _settle_as_around(blocks: Blocks, block: Block, at: int, orders: Orders) -> None:
    """Its rows are those of what it lies in, so they are hidden where those are: whoever sees a
    province and its only district knows both."""
    by = blocks.table.by

    def around(key: Key) -> Key:
        return (*key[:at], None, *key[at + 1 :])

    base = blocks.view_of_base(block)
    if base is not None:
        base.hidden[
            _mask(
                base,
                block,
                lambda key: around(key) in blocks.hidden_d or codes(by, key) in orders.d,
            )
        ] = True
        blocks.keep_d(block, base)
    level = blocks.view(block)
    level.hidden[
        _mask(level, block, lambda key: around(key) in blocks.hidden or codes(by, key) in orders.n)
    ] = True
    blocks.keep(block, level)


def _hides_base(blocks: Blocks, block: Block, key: Key, rules: Rules, orders: Orders) -> bool:
    table = blocks.table
    counted = _counted(table.base or {}, key)
    if codes(table.by, key) in orders.d or any(up in blocks.hidden_d for up in block.up(key)):
        return True
    return counted.persons > 0 and (
        is_small_place(table, key, rules) or why_small(counted, rules) is not None
    )


def _hides(blocks: Blocks, block: Block, key: Key, rules: Rules, orders: Orders) -> bool:
    """A numerator goes with its denominator, if it is not zero, and with whatever it is a part
    of, zero or not: what is hidden has nothing finer in any table. So no table says more of it
    than another, and two of them together no more than one."""
    table = blocks.table
    counted = _counted(table.cells, key)
    base = _counted(table.base or {}, table.base_key(key))
    is_told = table.base is not None and table.base_key(key) not in blocks.hidden_d
    if is_told and base.persons == 0 and counted.persons == 0:
        return False  # nobody was asked, which the denominator says
    if codes(table.by, key) in orders.n or any(up in blocks.hidden for up in block.up(key)):
        return True
    if counted.persons > 0 and table.base_key(key) in blocks.hidden_d:
        return True
    return why_hidden(table, key, counted, rules) is not None


def _counted(cells: Mapping[Key, Counted], key: Key) -> Counted:
    return cells.get(key) or Counted(persons=0)


def _mask(level: Level, block: Block, test: Callable[[Key], bool]) -> Mask:
    """Cells of the block itself that pass `test`."""
    mask = np.zeros(level.n.shape, dtype=bool)
    for index in map(tuple, np.argwhere(level.is_inner()).tolist()):
        mask[index] = test(block.key(index))
    return mask
