"""How far a household is from care: a band computed here from what was told, by a numbered rule.

When the rule changes, RULE grows and facts are rebuilt; stored inputs never change.
"""

from __future__ import annotations

RULE = 1

LONGEST_MINUTES = 7 * 24 * 60
"""A week one way; longer is a typing error."""
DEAREST_KHR = 10_000_000

_UPPER_MINUTES = (("r0", 30), ("r1", 60), ("r2", 120), ("r3", 240))


def band(minutes_health_centre: int | None, wet_season_passable: bool | None) -> str:
    """r0…r4 or unknown: minutes to the health centre; cut off in the rains is always r4."""
    if wet_season_passable is False:
        return "r4"
    if minutes_health_centre is None:
        return "unknown"
    for code, upper in _UPPER_MINUTES:
        if minutes_health_centre <= upper:
            return code
    return "r4"
