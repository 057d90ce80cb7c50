#!/usr/bin/env python3
"""Check a release of figures: with this file, Python 3.9 or later, and what was published.

    python3 verify_release.py RELEASE.json PROJECT [--key HEX] [--csv FILE] [--xlsx FILE]
                              [--earlier RELEASE.json …]

PROJECT: its number, which is signed too. --key: the installation's, better from long before than
from the release. Every total is worked out again from its parts, every row of the CSV and the
workbook from the JSON, every change since the earlier releases is nothing or at least k. Ends with
0 where all holds. Signatures are Ed25519 (RFC 8032); how a release is hashed, it says itself."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
Key = tuple[str, ...]  # a code for each dimension, "" for all together
APART = ("sha256", "signature", "public_key", "standing", "published_at")
OVERLAPPING = {"need", "article"}  # one person may be in several rows
INSIDE = {"district": "province", "commune": "district", "quarter": "year", "month": "quarter",
          "age": "age_group"}  # fmt: skip


def add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * one[3] * other[3] * D, 2 * one[2] * other[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while number:
        found = add(found, point) if number & 1 else found
        point, number = add(point, point), number >> 1
    return found


def point_of(text: bytes) -> Point:
    y = int.from_bytes(text, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and text[31] >> 7):
        raise ValueError("a key or a signature is no point of the curve")
    x = P - x if x & 1 != text[31] >> 7 else x
    return x, y, 1, x * y % P


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    s = int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little")
    left = times(s, point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little")))
    right = add(point_of(signature[:32]), times(h % Q, point_of(key)))
    return not any((left[at] * right[2] - right[at] * left[2]) % P for at in (0, 1))


def check_signed(release: dict[str, Any], project: int, known_key: str | None) -> None:
    hashed = {name: value for name, value in release.items() if name not in APART}
    text = json.dumps(hashed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sha256, key = hashlib.sha256(text.encode()).hexdigest(), release["public_key"]
    if sha256 != release["sha256"]:
        raise ValueError("the SHA-256 is of another text: something was changed")
    if known_key is not None and known_key != key:
        raise ValueError("it is signed with another key than the installation's")
    name = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:16]
    said = f"samleng.release/{name}/{project}\n{release['number']}\n{sha256}\n".encode()
    if not is_signed(bytes.fromhex(key), said, bytes.fromhex(release["signature"])):
        raise ValueError("the signature does not hold for this project and number")


def rows_of(table: dict[str, Any]) -> dict[Key, dict[str, Any]]:
    rows = (*table["cells"], *table["totals"])
    return {tuple(row.get(name, "") for name in table["by"]): row for row in rows}


def check_table(table: dict[str, Any]) -> int:
    """How many totals could be worked out again."""
    rows, by, k, again = rows_of(table), table["by"], table["k"], 0
    for key, row in rows.items():
        n, d = row["n"], row["d"]
        if row["hidden"] != (n is None) or (n is not None and 0 < n < k):
            raise ValueError(f"{table['indicator']} {key}: {n}, hidden or not, with k = {k}")
        if n is not None and d is not None and not 0 <= n <= d:
            raise ValueError(f"{table['indicator']} {key}: {n} of {d}")
        for at, name in enumerate(by):
            is_inside = any(INSIDE.get(other) == name and key[to] for to, other in enumerate(by))
            if not key[at] and name not in OVERLAPPING and not is_inside:
                again += check_total(table, rows, key, at)
    return again


def check_total(table: dict[str, Any], rows: dict[Key, Any], key: Key, at: int) -> int:
    """Of one row that is a total over the dimension `at`."""
    parts = [row for other, row in rows.items()
             if other[at] and (*other[:at], "", *other[at + 1:]) == key]  # fmt: skip
    again = 0
    for side in ("n", "d"):
        total, told = rows[key][side], [one[side] for one in parts]
        if parts and total is not None:
            whole, sums = None not in told, sum(one or 0 for one in told)
            if sums > total or (whole and sums != total):
                raise ValueError(f"{table['indicator']} {key}: parts {sums}, together {total}")
            again += whole
    return again


def check_copy(release: dict[str, Any], copied: list[dict[str, str]], name: str) -> int:
    """How many rows are as the release has them, in its order."""
    rows = [(table, row) for table in release["tables"]
            for row in (*table["cells"], *table["totals"])]  # fmt: skip
    if len(copied) != len(rows):
        raise ValueError(f"{name} has {len(copied)} rows, the release {len(rows)}")
    for found, (table, row) in zip(copied, rows):  # noqa: B905 - Python 3.9
        wanted = {one: row.get(one, "") for one in table["by"]}
        wanted |= {"release": release["number"], "indicator": table["indicator"]}
        wanted |= {"value": row["n"], "denominator": row["d"]}
        for column, value in wanted.items():
            if found[column] != ("" if value is None else str(value)):
                raise ValueError(f"{name}: {column} {found[column]!r} where {value!r} was released")
    return len(rows)


def sheet(path: str) -> Iterator[dict[str, str]]:
    """Rows of the sheet of numbers, the second of a workbook."""
    tag = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet2.xml"))  # noqa: S314 - ours
    rows = [["".join(cell.itertext()) for cell in row.iter(f"{tag}c")]
            for row in root.iter(f"{tag}row")]  # fmt: skip
    yield from (dict(zip(rows[0], row)) for row in rows[1:])  # noqa: B905 - Python 3.9


def check_since(release: dict[str, Any], before: dict[str, Any]) -> int:
    """How many numbers stand in both. Who reads the stricter of the two may read the other."""
    both = 0
    earlier = {(one["indicator"], *one["by"]): one for one in before["tables"]}
    for table in release["tables"]:
        older = earlier.get((table["indicator"], *table["by"]))
        old = rows_of(older) if older else {}
        k = min(table["k"], older["k"]) if older else 0
        for key, row in rows_of(table).items():
            for now, was in [(row[side], old[key][side]) for side in "nd"] if key in old else ():
                if now is not None and was is not None:
                    both += 1
                    if 0 < abs(now - was) < k:
                        raise ValueError(f"{table['indicator']} {key}: from {was} to {now}")
    return both


def main(given: list[str]) -> str:
    """What was found sound. Raises what is not."""
    wanted = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name in ("release", "project", "--key", "--csv", "--xlsx"):
        wanted.add_argument(name)
    wanted.add_argument("--earlier", nargs="*", default=[])
    files = wanted.parse_args(given)
    release = json.loads(Path(files.release).read_bytes())
    check_signed(release, int(files.project), files.key)
    totals = sum(map(check_table, release["tables"]))
    said = [f"{len(release['tables'])} tables, {totals} totals worked out again"]
    if files.csv:
        lines = Path(files.csv).read_text("utf-8-sig").splitlines(keepends=True)
        rows = list(csv.DictReader(lines))[1:]  # after the tags
        said.append(f"{check_copy(release, rows, files.csv)} rows of the CSV")
    if files.xlsx:
        said.append(f"{check_copy(release, [*sheet(files.xlsx)], files.xlsx)} of the workbook")
    for path in files.earlier:
        before = json.loads(Path(path).read_bytes())
        check_signed(before, int(files.project), files.key)
        said.append(f"{check_since(release, before)} numbers beside release {before['number']}")
    return f"sound: {'; '.join(said)}"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))  # noqa: T201 - a script of its own
    except (ValueError, LookupError, TypeError) as error:
        sys.exit(f"NOT SOUND: {error}")
