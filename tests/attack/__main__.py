"""`python -m tests.attack [HISTORIES]`: so many histories, on all cores, from where it stopped.

    .venv/bin/python -m tests.attack 10000       FROM=500 for another first seed; CORES=1

Where it stopped is written beside the code it tried (`.attack/`): other code begins anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.attack.histories import attack, happen
from tests.attack.reading import Tally

ROOT = Path(__file__).parents[2]
STATE = ROOT / ".attack"
AT_ONCE = 10
SAID_EVERY_S = 30.0
TOLD = ("histories", "tables", "shown", "hidden", "moves", "exact", "narrow", "moved", "small")


def tried(seeds: range) -> tuple[Counter[str], list[str]]:
    """What was found in these histories."""
    counts, found = Counter[str](), list[str]()
    for seed in seeds:
        history, tally = happen(seed), Tally()
        for leak in attack(history, tally):
            counts[leak.what] += 1
            found.append(f"seed {seed}: {leak}")
        counts["histories"] += 1
        counts["refused"] += history.refused
        counts["carried"] += history.carried
        counts["released"] += len(history.released)
        counts.update(vars(tally))
    return counts, found


def main(wanted: int, first: int, cores: int) -> int:
    state = STATE / f"{first}-{_code()}.json"
    done: dict[str, dict[str, int]] = json.loads(state.read_text()) if state.exists() else {}
    counts = sum((Counter(one) for one in done.values()), Counter[str]())
    pieces = [
        range(at, min(at + AT_ONCE, first + wanted)) for at in range(first, first + wanted, AT_ONCE)
    ]
    left = [one for one in pieces if f"{one.start}-{one.stop}" not in done]
    begun = said = time.monotonic()
    with ProcessPoolExecutor(cores) as pool:
        tasks = {pool.submit(tried, piece): piece for piece in left}
        for task in as_completed(tasks):
            found, leaks = task.result()
            for leak in leaks:
                print(leak, flush=True)
            counts += found
            piece = tasks[task]
            done[f"{piece.start}-{piece.stop}"] = dict(found)
            _keep(state, done)
            if time.monotonic() - said > SAID_EVERY_S:
                said = time.monotonic()
                print(f"{counts['histories']} of {wanted} in {said - begun:.0f} s", flush=True)
    print("; ".join(f"{name} {counts[name]:,}" for name in (*TOLD, "carried", "refused")))
    print(f"integer programs that were not solved in time: {counts['undecided']}")
    return int(bool(counts["exact"] + counts["narrow"] + counts["moved"] + counts["small"]))


def _keep(state: Path, done: dict[str, dict[str, int]]) -> None:
    STATE.mkdir(exist_ok=True)
    fresh = state.with_suffix(".new")
    fresh.write_text(json.dumps(done))
    fresh.replace(state)


def _code() -> str:
    """Of everything that decides what is found."""
    found = hashlib.sha256()
    for room in ("service/disclosure", "tests/attack"):
        for path in sorted((ROOT / room).glob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = int(os.environ.get("FROM", "0"))
    sys.exit(main(asked, seed, int(os.environ.get("CORES", "0")) or os.cpu_count() or 1))
