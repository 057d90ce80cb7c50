"""What stands around a figure: the catalogue by pillar, statistics, what is known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.disclosure.medians import WELL_KNOWN
from service.indicators.catalogue import INDICATORS, MISSING, PILLARS
from service.web.pages import wording
from service.web.pages.figure_table import in_order
from service.web.pages.texts import text


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Columns of numbers beside rows of the table, and how to read them."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    """Words for a row, and its numbers; "" where there is none."""
    notes: tuple[str, ...]


def pillars(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Title of each pillar, and its indicators: id and title."""
    return [
        (
            text(f"pillar.{pillar}", language),
            [(one.id, one.title[language]) for one in INDICATORS.values() if one.pillar == pillar],
        )
        for pillar in PILLARS
    ]


def missing(language: str) -> list[tuple[str, str]]:
    """Titles of what cannot be computed yet, and what it needs."""
    return [(one.title[language], one.needs[language]) for one in MISSING.values()]


def statistics(table: Mapping[str, Any], language: str) -> Statistics | None:
    """None where the figure has none."""
    told = table.get("statistics")
    if told is None:
        return None
    names, unit = told["names"], told["unit"]
    dimensions = [name for name in table["by"] if name != told.get("dimension")]

    def place(row: Mapping[str, Any]) -> list[tuple[bool, int]]:
        codes = {name: {one[name] for one in told["rows"] if name in one} for name in dimensions}
        return [
            (name not in row, in_order(name, codes[name]).index(row[name]) if name in row else 0)
            for name in dimensions
        ]

    rows = tuple(
        (
            _words(row, dimensions, language),
            tuple(_said(row, name, unit, language) for name in names),
        )
        for row in sorted(told["rows"], key=place)
    )
    notes = []
    if "dimension" in told:
        ends = {
            end: wording.code(told["dimension"], told[end], language) for end in ("over", "under")
        }
        notes.append(text("statistic.over", language, **ends))
    if told.get("step", 1) > 1:
        notes.append(text("statistic.rounded", language, n=told["step"]))
    notes.append(text("statistic.few", language))
    return Statistics(
        names=tuple(text(f"statistic.{name}", language) for name in names),
        rows=rows,
        notes=tuple(notes),
    )


def _words(row: Mapping[str, Any], dimensions: list[str], language: str) -> str:
    named = [wording.code(name, row[name], language) for name in dimensions if name in row]
    return " · ".join(named) or text("figures.total", language)


def _said(row: Mapping[str, Any], name: str, unit: str, language: str) -> str:
    return text(f"statistic.{unit}", language, n=row[name]) if name in row else ""


def completeness(table: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Of each dimension of people: its name, and how much is known."""
    if "areas" in table:
        return []
    found = []
    for name, percent in table.get("completeness", {}).items():
        said = text("figures.hidden", language)
        if percent is not None:
            key = "complete_well" if percent >= WELL_KNOWN else "complete_not"
            said = text(f"figures.{key}", language, n=percent)
        by = text(f"by.{name}", language)
        found.append((text("figures.completeness", language, by=by), said))
    return found
