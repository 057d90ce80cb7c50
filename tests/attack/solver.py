"""Somebody who has every table of one moment, pencil and solver. Shares no code with the house.

A variable stands for each kind of person there may be: a value of every dimension that some table
is by. Each shown row is an equation, each row that is not listed a zero: whole people, none
negative. What a row may be is found by linear programs whose corners are whole; where none is, by
an integer program.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from tests.attack.counted import OF_TRAITS, Figure
from tests.attack.people import CHILDREN

Codes = frozenset[tuple[str, str]]
Row = tuple[str, Codes]
"""What is counted ("assessed", "in_need", "rest" for those of them who are not), and of whom."""
Kind = Mapping[str, Any]
Reals = NDArray[np.float64]
INSIDE = {"district": "province", "commune": "district"}
TIMES = ("month", "quarter", "year")
TINY = 1e-6
PUSHES = 12
MOST = 50_000.0
SECONDS = 10.0
Range = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Told:
    """A table as it was handed out, and how wide its hidden rows must stay for this reader."""

    figure: Figure
    table: Mapping[str, Any]
    k: int


@dataclass
class Knowledge:
    """What all tables of one moment say together."""

    told: Sequence[Told]
    domain: Mapping[str, Sequence[Any]]
    """Every value of every trait that somebody may have, as the gazetteer and the forms tell."""
    shown: dict[Row, int] = field(default_factory=dict)
    hidden: dict[Row, int] = field(default_factory=dict)
    """Row -> k."""

    def __post_init__(self) -> None:
        self.kinds = _kinds(self.told, self.domain)
        self._traits = set(self.kinds[0])
        self._vectors: dict[Row, NDArray[np.bool_]] = {}
        self._matched: dict[tuple[str, str], NDArray[np.bool_]] = {}
        for one in self.told:
            self._learn(one)
        self.undecided = 0

    def speaks_of(self, row: Row) -> bool:
        """Whether the tables tell people apart as this row does."""
        what, codes = row
        asks = {_trait(name) for name, _ in codes} | _of_whom(what)
        return asks <= self._traits

    def vector(self, row: Row) -> NDArray[np.bool_]:
        """Which kinds of people are in it."""
        if row not in self._vectors:
            what, codes = row
            inside = np.ones(len(self.kinds), dtype=bool)
            for code in codes:
                inside &= self._matches(code)
            self._vectors[row] = inside & self._matches(("counted", what))
        return self._vectors[row]

    def ranges(self, rows: Sequence[Row], k: int) -> dict[Row, Range]:
        """The least and the most that each row may be; exact where that is less than k apart."""
        rows = [row for row in rows if self.speaks_of(row)]
        if not rows:
            return {}
        program = _Program(self)
        found = program.widest(np.array([self.vector(row) for row in rows]), k)
        self.undecided += program.undecided
        return dict(zip(rows, found, strict=True))

    def is_of_nobody(self, row: Row) -> bool:
        """Whether something wider says zero, as it may."""
        mine = self.vector(row)
        zeros = (one for one, n in self.shown.items() if n == 0)
        return any(not (mine & ~self.vector(one)).any() for one in zeros)

    def _learn(self, one: Told) -> None:
        by = one.table["by"]
        listed = {
            frozenset((name, row[name]) for name in by if name in row): row
            for row in (*one.table["cells"], *one.table["totals"])
        }
        for codes in _every(by, listed, self.domain):
            row = listed.get(codes)
            self._take(_counted(one.figure, codes), row["n"] if row else 0, one.k)
            if one.figure.d is not None and (row or not any(c[0] == "need" for c in codes)):
                base = (one.figure.d, frozenset(c for c in codes if c[0] != "need"))
                self._take(base, row["d"] if row else 0, one.k)
                is_rest = one.figure.n == "in_need" and one.figure.d == "assessed"
                if is_rest and row and None not in (row["n"], row["d"]) and base[1] == codes:
                    self._take(("rest", codes), row["d"] - row["n"], 0)

    def _take(self, row: Row, n: int | None, k: int) -> None:
        if n is None:
            self.hidden[row] = max(k, self.hidden.get(row, 0))
            return
        assert self.shown.setdefault(row, n) == n, f"{row}: {n} and {self.shown[row]}"

    def _matches(self, code: tuple[str, str]) -> NDArray[np.bool_]:
        if code not in self._matched:
            self._matched[code] = np.array([_is_of(kind, *code) for kind in self.kinds])
        return self._matched[code]


class _Program:
    """The equations, ready to be asked for the least and the most of anything."""

    def __init__(self, known: Knowledge) -> None:
        self.undecided = 0
        self._size = len(known.kinds)
        self._every = np.arange(self._size, dtype=np.int32)
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.addVars(self._size, np.zeros(self._size), np.full(self._size, MOST))
        for row, n in known.shown.items():
            at = np.flatnonzero(known.vector(row)).astype(np.int32)
            if len(at):
                self._solver.addRow(n, n, len(at), at, np.ones(len(at)))
            else:
                assert n == 0, f"{row} is of nobody and says {n}"

    def widest(self, rows: NDArray[np.bool_], k: int) -> list[Range]:
        chance = np.random.default_rng(7)
        matrix = rows.astype(np.float64)
        low, high = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
        left = len(rows)
        for _ in range(PUSHES):
            wanted = high - low < k
            push = np.where(wanted, chance.choice((-1.0, 1.0), len(rows)), 0.0) @ matrix
            for cost in (push, -push):
                self._widen(matrix, low, high, self._corner(cost))
            before, left = left, int((high - low < k).sum())
            if left in (0, before):
                break
        for at in np.flatnonzero(~(high - low >= k)):
            for sign in (1.0, -1.0):
                if not high[at] - low[at] >= k:
                    self._end(matrix, low, high, int(at), sign)
        return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]

    def _end(self, matrix: Reals, low: Reals, high: Reals, at: int, sign: float) -> None:
        """One end of one row's range, exactly."""
        corner = self._corner(sign * matrix[at])
        if not _is_whole(corner):
            corner = self._whole_corner(sign * matrix[at])
        self._widen(matrix, low, high, corner)

    def _widen(self, matrix: Reals, low: Reals, high: Reals, corner: Reals | None) -> None:
        if corner is not None and _is_whole(corner):
            sums = np.round(matrix @ corner)
            np.minimum(low, sums, out=low)
            np.maximum(high, sums, out=high)

    def _corner(self, cost: Reals) -> Reals:
        self._solver.changeColsCost(self._size, self._every, cost)
        self._solver.run()
        status = self._solver.getModelStatus()
        assert status == highspy.HighsModelStatus.kOptimal, status
        return np.asarray(self._solver.getSolution().col_value)

    def _whole_corner(self, cost: Reals) -> Reals | None:
        whole = np.full(self._size, highspy.HighsVarType.kInteger)
        parts = np.full(self._size, highspy.HighsVarType.kContinuous)
        self._solver.changeColsIntegrality(self._size, self._every, whole)
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + SECONDS)
        self._solver.changeColsCost(self._size, self._every, cost)
        self._solver.run()
        found = None
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            found = np.round(np.asarray(self._solver.getSolution().col_value))
        else:
            self.undecided += 1
        self._solver.setOptionValue("time_limit", math.inf)
        self._solver.changeColsIntegrality(self._size, self._every, parts)
        return found


def _is_whole(corner: Reals) -> bool:
    return bool(np.abs(corner - np.round(corner)).max(initial=0.0) < TINY)


def wider_rows(row: Row) -> Iterable[Row]:
    """The quarter and the year of its month, children of its age band."""
    what, codes = row
    for name, code in codes:
        others = codes - {(name, code)}
        if name == "age" and code not in ("child", "adult"):
            yield what, others | {("age", "child" if code in CHILDREN else "adult")}
        if name == "month":
            quarter = f"{code[:4]}-Q{(int(code[5:]) + 2) // 3}"
            yield what, others | {("quarter", quarter)}
        if name in ("month", "quarter"):
            yield what, others | {("year", code[:4])}


def _counted(figure: Figure, codes: Codes) -> Row:
    return (figure.by_need or figure.n if any(c[0] == "need" for c in codes) else figure.n, codes)


def _trait(name: str) -> str:
    """The trait that a dimension is told from."""
    if name in ("province", "district", "commune"):
        return "commune"
    other = {"age_group": "age", "need": "needs", "reach": "remoteness"}
    return "month" if name in TIMES else other.get(name, name)


def _of_whom(what: str) -> set[str]:
    if what in OF_TRAITS:
        return set(OF_TRAITS[what].traits)
    return {"abused": {"is_abused"}, "assessed": set[str]()}.get(what, {"needs"})


def _kinds(told: Iterable[Told], domain: Mapping[str, Sequence[Any]]) -> list[Kind]:
    traits = set[str]()
    for one in told:
        traits |= {_trait(name) for name in one.table["by"]}
        traits |= _of_whom(one.figure.n) | _of_whom(one.figure.d or "assessed")
    names = sorted(traits)
    return [
        dict(zip(names, values, strict=True))
        for values in itertools.product(*(domain[name] for name in names))
    ]


def _is_of(kind: Kind, name: str, code: str) -> bool:
    if name == "counted" and code in OF_TRAITS:
        return OF_TRAITS[code].holds(kind)
    if name == "counted":
        return {
            "assessed": True,
            "need": True,
            "in_need": bool(kind.get("needs")),
            "rest": not kind.get("needs"),
            "abused": bool(kind.get("is_abused")),
        }[code]
    if name == "need":
        return code in kind["needs"]
    if name == "age" and code in ("child", "adult"):
        return (kind["age"] in CHILDREN) == (code == "child")
    return _code(kind, name) == code


def _code(kind: Kind, name: str) -> str:
    if name in ("province", "district"):
        return str(kind["commune"][: 2 if name == "province" else 4])
    if name in TIMES:
        month = str(kind["month"])
        quarter = f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
        return {"month": month, "quarter": quarter, "year": month[:4]}[name]
    if name == "reach":
        return {"r3": "remote", "r4": "remote", "unknown": "unknown"}.get(
            kind["remoteness"], "near"
        )
    return str(kind[name])


def _every(
    by: Sequence[str], listed: Iterable[Codes], domain: Mapping[str, Sequence[Any]]
) -> Iterable[Codes]:
    """Every row that the table has or could have: what it does not list is a zero."""
    codes_of: dict[str, set[str]] = {name: set() for name in by}
    for codes in listed:
        for name, code in codes:
            codes_of[name].add(code)
    for name in by:
        if name == "need":
            codes_of[name] |= {need for needs in domain["needs"] for need in needs}
        elif name != "age":  # bands may be told as children and adults alone
            codes_of[name] |= {_code({_trait(name): v}, name) for v in domain[_trait(name)]}
    for parts in itertools.product(*((*sorted(codes_of[name]), None) for name in by)):
        codes = frozenset((n, code) for n, code in zip(by, parts, strict=True) if code)
        said = dict(codes)
        if all(_lies(said, name, by) for name in said):
            yield codes


def _lies(said: Mapping[str, str], name: str, by: Sequence[str]) -> bool:
    """A place has a row inside the one that it lies in, and a time inside its year."""
    outer = INSIDE.get(name)
    if outer in by:
        return outer in said and said[name].startswith(said[outer])
    if name == "month" and "quarter" in by:
        quarter = f"{said[name][:4]}-Q{(int(said[name][5:]) + 2) // 3}"
        return said.get("quarter") == quarter
    if name in ("month", "quarter") and "year" in by:
        return said.get("year") == said[name][:4]
    return True
