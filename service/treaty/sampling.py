"""How sure the number is: some sheets, drawn by chance, are checked again line by line, and what
was found there says between which bounds the whole lies. Pure.

A sheet is the cluster: who forges, forges whole sheets. So sheets are told apart by what was found:
on sound ones nearly every line holds, on broken ones few. How many of those that nobody looked at
are broken is drawn from what n looks at sheets allow (beta-binomial, Jeffreys' prior); how many
lines hold on each kind, from what was found on that kind. Of many such draws the middle 95 % are
the interval. The usual formula (mean ± t · standard error) misses the truth in one campaign of
eight where few sheets are forged: a small sample often holds none (decision 0064).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SOUND = 0.5
"""Share of lines that hold from which on a sheet is sound."""
DRAWS = 2_000
LEAST = 20
"""Sheets to be checked, below which no interval is told."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One sheet that was checked again: how many of its counted lines hold."""

    lines: int
    hold: int


@dataclass(frozen=True, kw_only=True)
class Interval:
    """How many signatures hold: the middle, and between which bounds in 95 of 100 campaigns."""

    estimate: int
    low: int
    high: int

    @property
    def margin(self) -> int:
        """The larger of both sides."""
        return max(self.high - self.estimate, self.estimate - self.low)


def draw(sheets: Mapping[str, int], count: int, seed: int) -> list[str]:
    """Numbers of `count` sheets, each as likely as any other. Whoever has the seed draws the same:
    nobody can have chosen them."""
    chance = random.Random(seed)  # noqa: S311 - drawn again by whoever checks
    return sorted(chance.sample(sorted(sheets), min(count, len(sheets))))


def interval(checked: Sequence[Checked], others: Sequence[int], seed: int = 0) -> Interval:
    """Of what was checked, and the lines of each sheet that was not."""
    chance = np.random.default_rng(seed)
    seen = sum(one.hold for one in checked)
    sizes = np.array(others, dtype=np.float64)
    sound = [one for one in checked if one.hold >= SOUND * one.lines]
    broken = [one for one in checked if one.hold < SOUND * one.lines]
    share = chance.beta(len(broken) + 0.5, len(sound) + 0.5, DRAWS)
    is_broken = chance.random((DRAWS, len(sizes))) < share[:, None]
    hold = _hold(chance, sound, np.where(is_broken, 0.0, sizes), (1.0 + SOUND) / 2)
    hold += _hold(chance, broken, np.where(is_broken, sizes, 0.0), SOUND / 2)
    totals = seen + np.clip(hold, 0, sizes.sum())
    low, middle, high = np.quantile(totals, (0.025, 0.5, 0.975))
    return Interval(estimate=round(middle), low=math.floor(low), high=math.ceil(high))


def _hold(
    chance: np.random.Generator, found: Sequence[Checked], sizes: Floats, expected: float
) -> Floats:
    """In each draw, how many lines hold on sheets of one kind, of these sizes (0: of the other
    kind). `expected`: their share where no such sheet was seen, give or take half of it."""
    lines = sizes.sum(axis=1)
    if len(found) < 2:  # one says nothing of how they differ
        known = sum(one.hold for one in found), sum(one.lines for one in found)
        shares = chance.beta(known[0] + 2 * expected, known[1] - known[0] + 2 - 2 * expected, DRAWS)
        return np.asarray(shares * lines)
    weights = chance.exponential(1.0, (DRAWS, len(found)))
    of_lines = weights * np.array([one.lines for one in found], dtype=np.float64)
    held = np.array([one.hold / one.lines for one in found])
    shares = (of_lines * held).sum(axis=1) / of_lines.sum(axis=1)
    spread = held.std(ddof=1) * np.sqrt((sizes**2).sum(axis=1))
    return np.asarray(shares * lines + spread * chance.standard_normal(DRAWS))
