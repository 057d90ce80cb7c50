"""A list of casualties with the totals that Cambodia published (January 1979 to July 2024), made up
but for those totals. `python -m tests.casualty_files FILE [ROWS]` writes it; fewer rows have the
same proportions.
"""

from __future__ import annotations

import csv
import io
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ALL = 65_074
GROUPS = {"men": 52_698, "boys": 6_121, "women": 4_796, "girls": 1_396, "unknown": 63}
OUTCOMES = {"killed": 19_831, "amputation": 9_095, "injured_other": 36_148}
HEADINGS = (
    "Casualty No.", "Name", "Sex", "Age", "Under/over 18", "Injury type", "Device type",
    "Incident date", "Province", "District", "Activity", "Civilian/military/deminer",
)  # fmt: skip
_WHO = {
    "men": ("M", "", "Over 18"),
    "boys": ("Male", "9", ""),
    "women": ("ស្រី", "៤៤", ""),
    "girls": ("F", "", "Under 18"),
    "unknown": ("Unidentified", "", ""),
}
_WHAT = {"killed": "Killed", "amputation": "Amputated", "injured_other": "Injured"}
_DEVICES = ("AP mine", "AT mine", "UXO", "Cluster munition", "គ្រាប់មីន")
_WHERE = (("Battambang", "Banan"), ("ខេត្តបន្ទាយមានជ័យ", ""), ("Pailin", ""), ("Siem Reap", ""))


def share(parts: Mapping[str, int], rows: int) -> dict[str, int]:
    """The parts of a smaller whole, by largest remainders; each that is there stays."""
    exact = {name: n * rows / sum(parts.values()) for name, n in parts.items()}
    found = {name: int(n) for name, n in exact.items()}
    rest = sorted(exact, key=lambda name: found[name] - exact[name])
    for name in rest[: rows - sum(found.values())]:
        found[name] += 1
    return found


def rows(wanted: int = ALL) -> Iterator[tuple[str, ...]]:
    chance = random.Random(1979)
    groups = [name for name, n in share(GROUPS, wanted).items() for _ in range(n)]
    outcomes = [name for name, n in share(OUTCOMES, wanted).items() for _ in range(n)]
    chance.shuffle(outcomes)
    for number, (group, outcome) in enumerate(zip(groups, outcomes, strict=True), start=1):
        sex, age, of_age = _WHO[group]
        day = f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/{chance.randint(1979, 2023)}"
        yield (
            str(number), "not taken in", sex, age, of_age, _WHAT[outcome],
            chance.choice(_DEVICES), day, *chance.choice(_WHERE), "Farming", "Civilian",
        )  # fmt: skip


def text(wanted: int = ALL, separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([HEADINGS, *rows(wanted)])
    return out.getvalue()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(int(sys.argv[2]) if len(sys.argv) > 2 else ALL), "utf-8")
