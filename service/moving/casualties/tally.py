"""What a file of casualties adds up to, by which it is reconciled with what was published."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

GROUPS = ("men", "boys", "women", "girls", "unknown")
OUTCOMES = ("killed", "amputation", "injured_other", "uninjured", "unknown")
MOST_WORDS = 100
"""Distinct words that nobody knows: more are counted, and not listed."""


@dataclass(kw_only=True)
class Tally:
    """`rows`: casualties that the file tells of, readable or not. The others count those that can
    be read."""

    rows: int = 0
    groups: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    unknown_words: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(field, cell) of what no code stands for."""

    def add(self, group: str, outcome: str) -> None:
        self.groups[group] += 1
        self.outcomes[outcome] += 1

    def miss(self, name: str, cell: str) -> None:
        if (name, cell) in self.unknown_words or len(self.unknown_words) < MOST_WORDS:
            self.unknown_words[name, cell] += 1

    @property
    def reconciles(self) -> bool:
        """Every row is in both sums."""
        return self.rows == self.groups.total() == self.outcomes.total()

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "by_sex_age": {name: self.groups[name] for name in GROUPS},
            "by_outcome": {name: self.outcomes[name] for name in OUTCOMES},
        }


def reconciles(told: dict[str, Any]) -> bool:
    """The same of what was kept of a tally."""
    sums = (sum(told[name].values()) for name in ("by_sex_age", "by_outcome"))
    return all(each == told["rows"] for each in sums)
