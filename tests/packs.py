"""What is in a pack, worked out again by code that shares nothing with the one that makes it.

    python -m tests.packs [N]

makes N random packs (1,000) over a random world in which narrators take back what they said, and
says how many numbers and quotes do not hold, and how long a pack takes.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import sys
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from service.products import law
from service.releases import verify_release
from tests.pdf_boxes import pages_of

COUNT, MANIFEST = "SAMLENG_PACKS", "manifest.json"


def mismatches(files: dict[str, bytes], project_id: int) -> list[str]:
    """What does not hold of the files of a pack."""
    told = json.loads(files[MANIFEST])
    found = [*_hashes(files, told)]
    releases = {}
    for one in told["releases"]:
        release = json.loads(files[f"releases/release-{one['number']}.json"])
        verify_release.check_signed(release, project_id, None)
        if release["sha256"] != one["sha256"]:
            found.append(f"release {one['number']}: another hash")
        releases[one["number"]] = release
    for one in told["numbers"]:
        if not _stands(one, releases):
            found.append(f"not in its release: {one}")
    found += _table(files, told)
    found += [
        f"{name}: {number} is no number of a release"
        for name, held in files.items()
        if name.endswith("-en.pdf") and not name.endswith("km-en.pdf")
        for number in _strangers(held, told)
    ]
    return found


def _hashes(files: dict[str, bytes], told: dict[str, Any]) -> list[str]:
    listed = {one["name"]: one["sha256"] for one in told["files"]}
    wrong = [
        name for name, said in listed.items() if hashlib.sha256(files[name]).hexdigest() != said
    ]
    for line in files["SHA256SUMS"].decode().splitlines():
        said, name = line.split("  ", 1)
        if hashlib.sha256(files[name]).hexdigest() != said:
            wrong.append(name)
    unlisted = {*files} - {*listed} - {MANIFEST, "SHA256SUMS"}
    return [f"hash of {name}" for name in wrong] + [f"unlisted: {name}" for name in unlisted]


def _stands(one: dict[str, Any], releases: dict[int, Any]) -> bool:
    """Whether the release has exactly this row in exactly this table, and the share follows."""
    rows = [
        row
        for table in releases[one["release"]]["tables"]
        if table["indicator"] == one["indicator"] and one["by"] in (None, table["by"])
        for row in table["cells"] + table["totals"]
        if {name: row[name] for name in table["by"] if name in row} == one["cell"]
    ]
    if not one["told"]:
        return not rows and one["n"] == 0 and not one["hidden"]
    share = None
    if one["n"] is not None and one["d"]:
        exact = Decimal(100 * one["n"]) / Decimal(one["d"])
        share = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if one["block"] != "promise" and one["percent"] != share:
        return False
    if one["statistics"] and not _is_beside(one, releases):
        return False
    said = (one["n"], one["d"], one["hidden"])
    return said in [(row["n"], row["d"], row["hidden"]) for row in rows]


def _is_beside(one: dict[str, Any], releases: dict[int, Any]) -> bool:
    """Whether the release has exactly these statistics beside exactly this row."""
    for table in releases[one["release"]]["tables"]:
        if (table["indicator"], table["by"]) == (one["indicator"], one["by"]):
            for row in table["statistics"]["rows"]:
                codes = {name: row[name] for name in table["by"] if name in row}
                if codes == one["cell"]:
                    return {name: row[name] for name in row if name not in codes} == one[
                        "statistics"
                    ]
    return False


def _table(files: dict[str, bytes], told: dict[str, Any]) -> list[str]:
    """Rows of the CSV against the manifest."""
    lines = files["numbers.csv"].decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines))[1:]
    if len(rows) != len(told["numbers"]):
        return [f"{len(rows)} rows, {len(told['numbers'])} numbers"]
    wrong = []
    for row, one in zip(rows, told["numbers"], strict=True):
        said = {
            "release": str(one["release"]),
            "indicator": one["indicator"],
            "value": "" if one["n"] is None else str(one["n"]),
            "denominator": "" if one["d"] is None else str(one["d"]),
            "status": "c" if one["hidden"] else "z" if one["n"] == 0 else "",
        }
        if any(row[name] != value for name, value in said.items()):
            wrong.append(f"CSV: {row}")
    return wrong


_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_NO_FIGURES = (
    rf"\d{{1,2}} (?:{_MONTHS}) \d{{4}}",  # days
    r"(?:promises of|Quarter \d of) \d{4}",
    r"Article 7 Form H|within 180 days",  # names
    r"SHA-256 [0-9a-f]{16}",
    r"[Rr]elease \d+",
    r"Article \d+",
    r"\bI\d\d\b",
    r"\bH[1-6]\b",
    r"\b(?:CCM|CRPD|SRAAP|LAP|NDSP|KH)-[\w.]+",
    r"smallest group shown: \d+",
    r"Provinces with a number: \d+",
    r"Zero in the other provinces: \d+",
    r"Hidden: \d+ of \d+ (?:rows|cells)",
    r"\d+ to \d+(?: %)?",  # classes of a map
    r"\d+ / \d+",  # pages
)


_LAW = [words for one in law.PROVISIONS for words in (one.says["en"], one.source)]
"""What is said of laws: years and shares of theirs, and no figures of ours."""


def _strangers(pdf: bytes, told: dict[str, Any]) -> list[str]:
    """Numbers on paper, in English, that no row of the manifest says."""
    said = " ".join(one.words for page in pages_of(pdf) for one in page.boxes)
    said = re.sub(r"\s+", " ", said)
    for words in _LAW:
        said = re.sub(r"\s*".join(map(re.escape, words.split())), " ", said)
    for pattern in _NO_FIGURES:
        said = re.sub(pattern, " ", said)
    known = {"0", "25", "50", "75", "100"}  # of scales, and true zeros
    for one in told["numbers"]:
        known |= {str(one[name]) for name in ("n", "d", "percent") if one[name] is not None}
        known |= set(re.findall(r"\d+", " ".join(map(str, one["statistics"].values()))))
    known |= _names(told) | _classes(told)
    return sorted({one for one in re.findall(r"\d+", said) if one not in known})


def _names(told: dict[str, Any]) -> set[str]:
    """Numbers in names of codes: provinces on the map, age bands, quarters, remoteness."""
    found = {f"{one:02}" for one in range(1, 26)}
    for one in told["numbers"]:
        for value in one["cell"].values():
            found |= set(re.findall(r"\d+", value))
    return found | {"30", "31", "60", "61", "120", "121", "240", "18", "59", "5", "11", "12", "17"}


def _classes(told: dict[str, Any]) -> set[str]:
    """Bounds of a map's classes: quarters of the greatest number, or share, of a province."""
    found = set()
    of_provinces = [one for one in told["numbers"] if {*one["cell"]} == {"province"}]
    for block in {one["block"] for one in of_provinces}:
        theirs = [one for one in of_provinces if one["block"] == block and one["n"]]
        for name in ("n", "percent"):
            top = max((one[name] or 0 for one in theirs), default=0)
            for step in (1, 2, 3, 4):
                found |= {str(top * (step - 1) // 4 + 1), str(top * step // 4)}
    return found


def main(given: list[str]) -> int:
    """Ends as pytest does."""
    import pytest

    count = given[0] if given else "1000"
    os.environ[COUNT] = str(int(count))
    return int(
        pytest.main(
            ["-q", "-s", "-n", "0", "-k", "sqlite", "-p", "no:cacheprovider",
             "tests/integration/products/test_random_packs.py"]
        )
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
