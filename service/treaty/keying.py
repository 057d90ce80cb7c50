"""What somebody keys of a sheet, and where two people keyed otherwise. Pure.

What stands in every line (village, mark) is keyed once: an empty field is what the line above says.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.facts import codes
from service.treaty.custody import MOST_LINES

CARRIED = ("village", "mark")
"""Of an empty one the line above is meant."""
FIELDS = ("status", "name", "sex", "village", "kind", "mark")
CODES: Mapping[str, frozenset[str]] = {
    "status": frozenset(codes.LINE_STATUS),
    "sex": frozenset(codes.SEX),
    "kind": frozenset(codes.SIGNATORY_KIND),
    "mark": frozenset({"signature", "thumbprint_on_paper", "none"}),
}
NAMELESS = frozenset({"illegible", "minor", "withdrawn"})
"""Of these no name is kept, whatever was typed (form F3b)."""
MOST_LETTERS = 120
WITNESS = "witness"
WRITTEN = frozenset({"name", WITNESS})
OTHER = "other"
NAMES_OF_FIELDS = (WITNESS, *(f"{one}_{at}" for at in range(1, MOST_LINES + 1) for one in FIELDS))
"""Of the form."""
NAMES_OF_CHOICES = (*NAMES_OF_FIELDS, *(f"{OTHER}_{at}" for at in range(MOST_LINES + 1)))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A filled line."""

    line: int
    status: str
    name: str = field(repr=False)
    sex: str
    village: str
    kind: str
    mark: str


@dataclass(frozen=True, kw_only=True)
class Keyed:
    witness: str = field(repr=False)
    rows: tuple[Row, ...]

    def dump(self) -> bytes:
        rows = [vars(one) for one in self.rows]
        return json.dumps({"witness": self.witness, "rows": rows}).encode()


def load(held: bytes) -> Keyed:
    said = json.loads(held)
    return Keyed(witness=said["witness"], rows=tuple(Row(**one) for one in said["rows"]))


def read(typed: Mapping[str, str], printed: int, villages: frozenset[str]) -> Keyed:
    """What was typed on the page, for a sheet of so many lines. A line with neither a name nor a
    state is empty. What is no code of its list is taken for nothing said."""
    rows, above = list[Row](), dict.fromkeys(CARRIED, "")
    for line in range(1, printed + 1):
        said = {one: _plain(typed.get(f"{one}_{line}", "")) for one in FIELDS}
        said["village"] = said["village"] if said["village"] in villages else ""
        for name, known in CODES.items():
            said[name] = said[name] if said[name] in known else ""
        above |= {name: said[name] for name in CARRIED if said[name]}
        if said["name"] or said["status"]:
            rows.append(_row(line, {**said, **above}))
    return Keyed(witness=_plain(typed.get(WITNESS, "")), rows=tuple(rows))


def _row(line: int, said: Mapping[str, str]) -> Row:
    status = said["status"] or "valid"
    return Row(
        line=line,
        status=status,
        name="" if status in NAMELESS else said["name"],
        sex=said["sex"],
        village=said["village"],
        kind=said["kind"] or "citizen",
        mark="none" if status == "no_mark" else said["mark"] or "signature",
    )


def _plain(typed: str) -> str:
    return " ".join(unicodedata.normalize("NFC", typed).split())[:MOST_LETTERS]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why it cannot be kept: `what` is count, name or witness."""

    what: str
    line: int = 0
    found: int = 0


def fault(keyed: Keyed, lines: int) -> Fault | None:
    """Against so many lines as were counted when the sheet came back."""
    if not keyed.witness:
        return Fault(what="witness")
    if len(keyed.rows) != lines:
        return Fault(what="count", found=len(keyed.rows))
    for one in keyed.rows:
        if one.status == "valid" and not one.name:
            return Fault(what="name", line=one.line)
    return None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`line` 0 is the head of the sheet. A line that one of them has not is empty there."""

    line: int
    what: str
    first: str = field(repr=False)
    second: str = field(repr=False)

    @property
    def name(self) -> str:
        """Of its field in the form."""
        return f"{self.what}_{self.line}" if self.line else self.what


def differences(first: Keyed, second: Keyed) -> list[Difference]:
    """Where the two do not say the same, and nothing else of what they say."""
    found = [Difference(line=0, what=WITNESS, first=first.witness, second=second.witness)]
    one, other = ({row.line: row for row in keyed.rows} for keyed in (first, second))
    for line in sorted({*one, *other}):
        for what in FIELDS:
            left, right = (getattr(rows.get(line), what, "") for rows in (one, other))
            found.append(Difference(line=line, what=what, first=left, second=right))
    return [each for each in found if each.first != each.second]


def decided(first: Keyed, second: Keyed, said: Mapping[str, str]) -> Keyed | None:
    """What was decided for each difference: 1 or 2, whose it is; or, of a name, OTHER and what
    stands on the paper. None where one was left out."""
    rows = {row.line: row for row in (*second.rows, *first.rows)}
    witness = first.witness
    for each in differences(first, second):
        options = {"1": each.first, "2": each.second}
        if each.what in WRITTEN:
            options[OTHER] = _plain(said.get(f"{OTHER}_{each.line}", ""))
        choice = said.get(each.name, "")
        if choice not in options or (choice == OTHER and not options[OTHER]):
            return None
        if each.line:
            rows[each.line] = Row(**{**vars(rows[each.line]), each.what: options[choice]})
        else:
            witness = options[choice]
    kept = (row for _, row in sorted(rows.items()) if row.status)
    return Keyed(witness=witness, rows=tuple(kept))
