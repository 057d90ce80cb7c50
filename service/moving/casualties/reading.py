"""A row of a list of casualties -> the answers of a record, or what about it cannot be read."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from service.exports.casualties import where
from service.exports.casualties.words import OF_GROUP, code_of, known, plain
from service.facts import ranges
from service.facts.ages import OLDEST
from service.facts.answers import digits, whole_number
from service.moving.casualties import dates
from service.moving.casualties.mapping import Reading

MOST_IN_ROW = 100_000
"""Casualties for which one row of a table of totals may stand."""
LONGEST_CELL = 80
_OURS = re.compile(r"uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_AGE = re.compile(r"(\d{1,3}(?:\.0)?)\s*(?:years?|yrs?|y|ឆ្នាំ)?\.?", re.IGNORECASE)
NAMESPACE = uuid.UUID("8d0f3c52-6d0e-5b43-9f0e-2f6f0b1d57aa")
_PLACES = ("province", "district", "commune", "village")
_QUESTIONS = ("prov", "dist", "comm", "vill")
_LISTED = ("device", "submunition", "activity", "civil_status", "side", "marked")


@dataclass(frozen=True, kw_only=True)
class Strange:
    """What about a row cannot be read as it stands. `why` is of `plan.Why`."""

    field: str
    cell: str
    why: str

    @property
    def text(self) -> str:
        return f"{self.field}: {self.cell}" if self.cell else self.field


@dataclass(kw_only=True)
class Casualty:
    """One casualty. `faults` keep it out; `note` is to be known of it although it comes."""

    number: int
    """The row, as a spreadsheet counts."""
    instance_id: str = ""
    answers: dict[str, str] = field(default_factory=dict, repr=False)
    faults: list[Strange] = field(default_factory=list)
    note: Strange | None = None
    group: str = "unknown"
    outcome: str = "unknown"


class Reader:
    """Reads the rows of one file, in their order. `latest`: no casualty is later."""

    def __init__(self, reading: Reading, latest: dt.date) -> None:
        self._reading, self._latest = reading, latest
        self._heading = {name: one for one, name in reading.columns.items() if name}
        self._often: Counter[bytes] = Counter()

    def read(self, row: Mapping[str, str], number: int) -> Iterator[Casualty]:
        """One casualty; of a row that stands for several, each."""
        cells = {
            name: row.get(heading, "").strip().lstrip("'")
            for name, heading in self._heading.items()
        }
        one = Casualty(number=number)
        self._who(one, cells)
        self._what(one, cells)
        self._when(one, cells)
        self._where(one, cells)
        times = self._times(one, cells)
        key = self._key(one, cells, row)
        for n in range(times):
            yield Casualty(
                number=number,
                instance_id=_instance_id(
                    one.answers["source"], key if times == 1 else f"{key}/{n}"
                ),
                answers=one.answers,
                faults=one.faults,
                note=one.note,
                group=one.group,
                outcome=one.outcome,
            )

    # --- cells ----------------------------------------------------------------------------------
    def _code(self, one: Casualty, cells: Mapping[str, str], name: str) -> str:
        """The code of a cell; "" where it is empty, or is no word that anybody knows, which is a
        fault."""
        cell = cells.get(name, "")
        if not cell:
            return ""
        code = code_of(name, cell, self._reading.words.get(name, {}))
        if code is None:
            _fault(one, name, cell, "unmapped")
        return code or ""

    def _who(self, one: Casualty, cells: Mapping[str, str]) -> None:
        sex, band = self._sex(one, cells)
        age, cell = None, cells.get("age", "")
        if cell and not _is_unknown(cell):
            age = _years(cell)
            if age is None:
                _fault(one, "age", cell, "no_age")
        said = ranges.of_band(band)
        if age is not None and said and not said[0] <= age <= said[1]:
            _fault(one, "age_group", f"{band}, {age}", "contradicts")
        years = (age, age) if age is not None else said
        child = ranges.is_child(years)
        one.group = _GROUP.get((sex, child), "unknown")
        one.answers |= {"sex": sex or "unknown"}
        if age is not None:
            one.answers["age_years"] = str(age)
        elif band:
            one.answers["age_group"] = band

    def _sex(self, one: Casualty, cells: Mapping[str, str]) -> tuple[str, str]:
        """Sex, and the band of age. "Boy" says both, in whichever column it stands."""
        sex, band = "", self._code(one, cells, "age_group")
        group = self._code(one, cells, "sex_age")
        cell = plain(cells.get("sex", ""))
        if cell in known("sex_age") and cell not in self._reading.words.get("sex", {}):
            group = group or known("sex_age")[cell]
        else:
            sex = self._code(one, cells, "sex")
        if group in OF_GROUP:
            told_sex, told_band = OF_GROUP[group]
            if sex in ("male", "female") and sex != told_sex:
                _fault(one, "sex_age", f"{group}, {sex}", "contradicts")
            sex, band = (
                told_sex,
                band if _is_of(band, told_band) else self._clash(one, band, told_band),
            )
        return sex, band

    def _clash(self, one: Casualty, band: str, told: str) -> str:
        if ranges.of_band(band) is not None:
            _fault(one, "age_group", f"{band}, {told}", "contradicts")
        return told

    def _what(self, one: Casualty, cells: Mapping[str, str]) -> None:
        answers = one.answers
        answers["source"] = self._code(one, cells, "source") or self._reading.source
        for name in _LISTED:
            if code := self._code(one, cells, name):
                answers[_QUESTION.get(name, name)] = code
        injuries = self._injuries(one, cells)
        outcome = self._code(one, cells, "outcome")
        if outcome == "injured_other" and any(code.startswith("amp_") for code in injuries):
            outcome = "amputation"  # told beside: it is counted apart
        one.outcome = outcome if outcome in _OUTCOMES else "unknown"
        answers |= {"outcome": outcome or "unknown", "victim_type": _VICTIM.get(outcome, "unknown")}
        if injuries:
            answers["injury"] = " ".join(injuries)
        answers |= {"c_store": "yes", "c_stats": "yes", "c_method": "institution"}

    def _injuries(self, one: Casualty, cells: Mapping[str, str]) -> list[str]:
        told = cells.get("injury", "").replace("|", ";").replace(",", ";").split(";")
        found = [self._code(one, {"injury": part.strip()}, "injury") for part in told]
        return sorted({code for code in found if code})

    def _when(self, one: Casualty, cells: Mapping[str, str]) -> None:
        order = self._reading.order
        date, year = cells.get("date", ""), cells.get("year", "")
        if date and not _is_unknown(date):
            self._dated(one, "date", date, dates.read(date, order, self._latest))
        elif year and not _is_unknown(year):
            month = cells.get("month", "")
            self._dated(one, "year", year, dates.of_parts(year, month, order, self._latest))
            if month and dates.month_of(month) is None and not _is_unknown(month):
                _fault(one, "month", month, "no_date")
        reported = cells.get("reported_on", "")
        if reported:
            found = dates.read(reported, order, self._latest)
            if found is None or len(found) < 10:
                _fault(one, "reported_on", reported, "no_date")
            else:
                one.answers["reported_on"] = found

    def _dated(self, one: Casualty, name: str, cell: str, found: str | None) -> None:
        if found is None:
            _fault(one, name, cell, "no_date")
        else:
            one.answers["incident_date"] = found

    def _where(self, one: Casualty, cells: Mapping[str, str]) -> None:
        names = [cells.get(name, "") for name in _PLACES]
        if _is_unknown(names[0]):
            names[0] = ""
        if not any(names):
            return
        codes, known_to = where.find(names, self._reading.words.get("province", {}))
        one.answers |= dict(zip(_QUESTIONS, codes, strict=False))
        if known_to == 0:
            _fault(one, "province", names[0], "unmapped")
        elif known_to < len(names):
            missed = _PLACES[known_to]
            one.note = Strange(field=missed, cell=names[known_to][:LONGEST_CELL], why="place_rough")

    # --- the row --------------------------------------------------------------------------------
    def _times(self, one: Casualty, cells: Mapping[str, str]) -> int:
        cell = cells.get("count", "")
        if not cell:
            return 1
        found = whole_number(digits(cell).replace(" ", ""), 0, MOST_IN_ROW)
        if found is None:
            _fault(one, "count", cell, "no_number")
        return 1 if found is None else found

    def _key(self, one: Casualty, cells: Mapping[str, str], row: Mapping[str, str]) -> str:
        """What the row is known by: its number there or, where no column says it, what it says, and
        the how-manieth it is that says so."""
        if "key" in self._heading:
            if not cells["key"]:
                _fault(one, "key", "", "no_id")
            return cells["key"] or f"row {one.number}"
        told = "\0".join(row.get(heading, "").strip() for heading in sorted(self._heading.values()))
        digest = hashlib.sha256(told.encode()).digest()[:16]
        self._often[digest] += 1
        return f"{digest.hex()}-{self._often[digest]}"


_QUESTION = {"side": "injury_side"}
_GROUP = {
    ("male", "no"): "men",
    ("male", "yes"): "boys",
    ("female", "no"): "women",
    ("female", "yes"): "girls",
}
_OUTCOMES = ("killed", "amputation", "injured_other", "uninjured")
_VICTIM = {
    "killed": "direct_killed",
    "amputation": "direct_injured",
    "injured_other": "direct_injured",
    "uninjured": "not_victim",
}


def _years(cell: str) -> int | None:
    found = _AGE.fullmatch(digits(cell).strip())
    return None if found is None else whole_number(found[1], 0, OLDEST)


def _is_of(band: str, told: str) -> bool:
    """Whether a band of ages lies within "child" or "adult"."""
    ages, within = ranges.of_band(band), ranges.of_band(told)
    return bool(ages and within and within[0] <= ages[0] and ages[1] <= within[1])


def _is_unknown(cell: str) -> bool:
    return code_of("sex", cell, {}) == "unknown"


def _fault(one: Casualty, name: str, cell: str, why: str) -> None:
    one.faults.append(Strange(field=name, cell=cell[:LONGEST_CELL], why=why))


def _instance_id(source: str, key: str) -> str:
    """The same for the same row, however often it comes. What was exported from here has its own
    already."""
    if _OURS.fullmatch(key):
        return key
    return f"uuid:{uuid.uuid5(NAMESPACE, chr(0).join((source, key)))}"
