"""The gazetteer: provinces, districts, communes and villages by code, in Khmer and English.

MEF list of 2025, 25 + 210 + 1,662 + 14,576 places (`data/NOTICE.md`, `docs/places.md`). Codes
have 2, 4, 6 and 8 digits; 80 villages whose official code is not theirs alone carry ours
("081201x…"). A village's commune comes from the list, not from the digits of its code.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from service.facts.provinces import BOUNDARY_NAMES, ISO_NAMES, OTHER_SPELLINGS

UNKNOWN = "unknown"
LEVELS = ("province", "district", "commune", "village")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One place. `parent` is the code of the next higher place, None for a province."""

    code: str
    level: int
    """1 province, 2 district, 3 commune, 4 village: the number in adm1…adm4."""
    parent: str | None
    name_km: str
    name_en: str
    source_code: str = ""
    """The code in the official list where it is not `code`."""
    defect: str = ""
    """shared_code | invalid_code | foreign_prefix | missing_in_source, or ""."""

    def name(self, language: str) -> str:
        return self.name_km if language == "km" else self.name_en


class Gazetteer:
    """All places of one data year. Build it with `load()`, which reads the files once."""

    def __init__(self, places: Iterator[Place]) -> None:
        self._places = {place.code: place for place in places}
        self._children: dict[str | None, list[str]] = {}
        for place in self._places.values():
            self._children.setdefault(place.parent, []).append(place.code)
        self._chains: dict[str, tuple[str, ...]] = {}
        self._provinces_by_name = dict(self._province_names())

    def __len__(self) -> int:
        return len(self._places)

    def find(self, code: str) -> Place | None:
        return self._places.get(code)

    def name(self, code: str, language: str) -> str:
        """Name in "km" or "en"; the code itself where it is not a place ("unknown")."""
        place = self._places.get(code)
        return place.name(language) if place else code

    def provinces(self) -> tuple[Place, ...]:
        return self.children(None)

    def villages(self) -> Iterator[tuple[str, ...]]:
        """Codes from the province down to each village."""
        for place in self._places.values():
            if place.level == len(LEVELS):
                yield self.ancestors(place.code)

    def children(self, code: str | None) -> tuple[Place, ...]:
        """Places directly below `code` (None: the country), in the order of the official list."""
        return tuple(self._places[c] for c in self._children.get(code, ()))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Codes from the province down to `code` itself; empty if there is no such place."""
        chain = self._chains.get(code)
        if chain is None:
            place = self._places.get(code)
            if place is None:
                return ()
            above = self.ancestors(place.parent) if place.parent else ()
            chain = self._chains[code] = (*above, code)
        return chain

    def match_province(self, text: str) -> str | None:
        """Code of a province from a code or name, however spelled (Siem Reap, KH-17, ខេត្តកែប)."""
        return self._provinces_by_name.get(plain(text))

    def resolve(self, answers: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
        """Codes adm1…adm4 from what was answered at each level, "unknown" where nothing holds.

        A valid lower answer fills missing higher ones. Where answers contradict each other the
        higher one stands: on a phone the lower one is what remains from before a correction.
        """
        chain: tuple[str, ...] = ()
        for level, answer in enumerate(answers, start=1):
            if not answer:
                continue
            found = self.ancestors(answer) or self.ancestors(self._code(answer, level))
            if len(found) == level and found[: len(chain)] == chain:
                chain = found
        adm1, adm2, adm3, adm4 = (*chain, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)[:4]
        return adm1, adm2, adm3, adm4

    def finest(self, answers: tuple[str, str, str, str]) -> tuple[str, str]:
        """The finest place that these answers name, and its level as a word; both "unknown" where
        they name none."""
        for code in reversed(self.resolve(answers)):
            if code != UNKNOWN:
                return code, LEVELS[self._places[code].level - 1]
        return UNKNOWN, UNKNOWN

    def _code(self, answer: str, level: int) -> str:
        """The answer as a code: spreadsheets drop a leading zero, other forms use P-codes."""
        text = answer.strip().upper().removeprefix("KH").removeprefix("-")
        if text.isdecimal() and len(text) <= 2 * level:
            return "".join(str(int(digit)) for digit in text).zfill(2 * level)
        return (self.match_province(answer) or "") if level == 1 else ""

    def _province_names(self) -> Iterator[tuple[str, str]]:
        for place in self.provinces():
            code = place.code
            names = (code, str(int(code)), f"KH-{int(code)}", f"KH{code}", place.name_km,
                     place.name_en, ISO_NAMES[code], BOUNDARY_NAMES[code])  # fmt: skip
            yield from ((plain(name), code) for name in names)
        yield from ((plain(name), code) for name, code in OTHER_SPELLINGS.items())


@cache
def load() -> Gazetteer:
    """The gazetteer shipped with this release; read at first use, then kept."""
    return Gazetteer(_read())


def _read() -> Iterator[Place]:
    for level, (name, parent_column) in enumerate(
        (("provinces", None), ("districts", 1), ("communes", 1), ("villages", 1)), start=1
    ):
        source = resources.files("service.facts") / "data" / f"{name}.csv"
        with source.open(encoding="utf-8") as lines:
            rows = csv.reader(lines)
            columns = {column: at for at, column in enumerate(next(rows))}
            km, en = columns["name_km"], columns["name_en"]
            source_code, defect = columns.get("source_code"), columns.get("defect")
            for row in rows:
                yield Place(
                    code=row[0],
                    level=level,
                    parent=row[parent_column] if parent_column else None,
                    name_km=row[km],
                    name_en=row[en],
                    source_code=row[source_code] if source_code else "",
                    defect=row[defect] if defect else "",
                )


def plain(text: str) -> str:
    """Text for matching: no marks, spaces, case, nor the word for province."""
    text = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c for c in text if c.isalnum() or unicodedata.category(c) == "Mc"
                      or "\u1780" <= c <= "\u17d3")  # fmt: skip
    return letters.removeprefix("ខេត្ត").removeprefix("រាជធានី").removesuffix("province")
