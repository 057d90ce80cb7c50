#!/usr/bin/env python3
"""Check the tally of a People's Treaty: with this file, Python 3.9 or later, and what is published.

    python3 verify_tally.py KEY HEADS LOG [--tally FILE] [--receipts FILE]

KEY: the verifier key, better from long before than from today's page. HEADS, LOG: signed heads, as
many as were kept, and all lines (…/treaty/log/heads, …/log/lines). --tally: what the page says
(…/treaty/tally), counted anew. --receipts: answers of …/treaty/receipts/CODE, one a line. Ends with
0 where all holds. Hashing is that of RFC 9162 §2.1, signatures are Ed25519 (RFC 8032)."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


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


def read_heads(key: str, text: str) -> dict[int, bytes]:
    """Size -> root. Each is four lines, an empty one, and its signature."""
    name, _, public = key.strip().split("+", 2)
    roots: dict[int, bytes] = {}
    found = re.findall(r"(.+\n(\d+)\n(\S+)\nsigned .+\n)\n— (\S+) (\S+)(?:\n|$)", text)
    if len(found) != text.count("\n— "):
        raise ValueError("the heads are not as they were written")
    for head in found:
        signed = base64.b64decode(head[4])[4:]
        is_ours = head[0].split("\n")[0] == head[3] == name
        if not is_ours or not is_signed(base64.b64decode(public)[1:], head[0].encode(), signed):
            raise ValueError(f"the head of {head[1]} lines is not signed with this key")
        root = base64.b64decode(head[2])
        if roots.setdefault(int(head[1]), root) != root:
            raise ValueError(f"two heads of {head[1]} lines differ: the log was written anew")
    return roots


def check_log(lines: list[bytes], roots: dict[int, bytes]) -> dict[str, int]:
    """How many signatures stand how, counted from the lines."""
    counts: dict[str, int] = {}
    peaks: list[tuple[int, bytes]] = []  # whole subtrees, the largest first
    seen: set[str] = set()
    if max(roots, default=-1) != len(lines):
        raise ValueError(f"{len(lines)} lines, but the newest head is of {max(roots, default=-1)}")
    for size, line in enumerate(lines, start=1):
        peaks.append((1, sha(b"\0", line)))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (size_of, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * size_of, sha(b"\1", left, right)))
        if size in roots:
            root = peaks[-1][1]
            for _, left in peaks[-2::-1]:
                root = sha(b"\1", left, root)
            if root != roots[size]:
                raise ValueError(f"the first {size} lines are not those that were signed")
        mark, was, now = (json.loads(line)[key] for key in ("commitment", "was", "now"))
        if mark in seen or (was is not None and not counts.get(was)):
            raise ValueError(f"line {size} says a thing twice, or takes away what is not there")
        seen.add(mark)
        counts[now] = counts.get(now, 0) + 1
        counts.update({was: counts[was] - 1} if was is not None else {})
    return {status: n for status, n in counts.items() if n}


def check_receipt(said: dict[str, Any], roots: dict[int, bytes]) -> None:
    """RFC 9162 §2.1.3.2."""
    index, size = int(said["index"]), int(said["size"])
    place, last, found = index, size - 1, bytes.fromhex(said["leaf"])
    if not 0 <= index < size or size not in roots:
        raise ValueError(f"no head of {size} lines is here, for the receipt of line {index}")
    for step in map(bytes.fromhex, said["proof"]):
        is_right = place & 1 or place == last
        found = sha(b"\1", step, found) if is_right else sha(b"\1", found, step)
        while is_right and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last or found != roots[size] or said["root"] != roots[size].hex():
        raise ValueError(f"the receipt of line {index} does not lead to the signed root")


def main(given: list[str]) -> str:
    """What was found sound. Raises what is not."""
    wanted = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    for name in ("key", "heads", "log", "--tally", "--receipts"):
        wanted.add_argument(name)
    files = wanted.parse_args(given)
    roots = read_heads(files.key, Path(files.heads).read_text("utf-8"))
    counts = check_log(Path(files.log).read_bytes().split(b"\n")[:-1], roots)
    if files.tally:
        page = json.loads(Path(files.tally).read_bytes())["signatures"].items()
        said = {status.replace("minors", "minor"): n for status, n in page if n}
        if said != counts:
            raise ValueError(f"the page says {said}, the log says {counts}")
    for one in Path(files.receipts).read_bytes().splitlines() if files.receipts else ():
        check_receipt(json.loads(one), roots)
    return f"sound: {len(roots)} heads, {counts}"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))  # noqa: T201 - a script of its own
    except (ValueError, LookupError, TypeError) as error:
        sys.exit(f"NOT SOUND: {error}")
