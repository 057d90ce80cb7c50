"""On which day records came in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.indicators.units import Ints

KEY = "S16"
UNKNOWN = ""


class Arrivals:
    """Keys of submissions in order, and of each the day on which its record came first."""

    def __init__(self, keys: Sequence[bytes] = (), days: Sequence[str] = ()) -> None:
        self._keys = np.array(keys, KEY)
        self.days = [UNKNOWN, *dict.fromkeys(days)]
        numbers = {day: number for number, day in enumerate(self.days)}
        self._numbers: Ints = np.fromiter(map(numbers.__getitem__, days), np.int32, len(days))

    def of(self, keys: NDArray[Any]) -> Ints:
        """Which of `days` each came on; 0 where nobody knows."""
        at = np.searchsorted(self._keys, keys)
        found = np.zeros(len(keys), np.int32)
        inside = np.flatnonzero(at < len(self._keys))
        known = inside[self._keys[at[inside]] == keys[inside]]
        found[known] = self._numbers[at[known]]
        return found
