"""What a product is made of: blocks, each asking for one figure, in the order of reading. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Words = Mapping[str, str]
LANGUAGES = ("en", "km")


class Draw(enum.StrEnum):
    """How a figure is drawn. Its table and its sentence stand beside each of them."""

    NUMBER = "number"
    """One number, no breakdown."""
    BARS = "bars"
    DOTS = "dots"
    """Shares on a line."""
    MULTIPLES = "multiples"
    """Bars by the first dimension, a panel for each code of the second."""
    SERIES = "series"
    TILES = "tiles"
    OUTLINE = "outline"
    TABLE = "table"
    """A table alone: too many rows to draw."""


class Level(enum.StrEnum):
    """Of which place a product is."""

    COUNTRY = "country"
    PROVINCE = "province"
    COMMUNE = "commune"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """An indicator by dimensions, beside the place of the product. `only`: of these codes alone."""

    indicator: str
    by: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """The first of `asks` that a release has. `most`: no more rows than these, the greatest of
    those that show."""

    name: Words
    asks: tuple[Ask, ...]
    draw: Draw
    most: int = 0
    of_country: bool = False
    """Of all provinces, whatever the place of the product."""
    framework: str = ""
    """Key of the article or action which it answers."""
    is_more: bool = False
    """Said where a release has it; nobody misses it where none does."""


class Part(enum.StrEnum):
    """What else stands in a product."""

    QUOTES = "quotes"
    LEADERS = "leaders"
    """What leaders said with their signatures, under their names."""
    SERVICES = "services"
    """Where help is: the directory, as it was when the product was made."""
    PROMISES = "promises"
    """What became of last year's."""
    REQUESTS = "requests"
    """What was asked of whom it is for."""
    CHANGED = "changed"
    """Boxes to mark by hand: changed, unchanged, not applicable."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """An article of the Convention: what was reported about it (the first figure in one number,
    the others by places and persons), words beside it, domestic law, and what is recommended.
    Stands where anything was reported or written."""

    article: str
    """Its number."""
    name: Words
    figures: tuple[Figure, ...]

    @property
    def key(self) -> str:
        return f"CRPD-{self.article}"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Blocks under a heading; "" for none."""

    name: Words
    blocks: Sequence[Figure | Part | Evidence]


class Paper(enum.StrEnum):
    """How it stands on paper."""

    USUAL = "usual"
    EASY = "easy"
    """Large letters, few words."""
    NONE = "none"
    """No paper: tables for programs."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """One kind of document. `told`: what it is not, where somebody could take it for more."""

    id: str
    name: Words
    level: Level
    sections: Sequence[Section]
    paper: Paper = Paper.USUAL
    told: Words | None = None
    public_only: bool = False
    """Made of public releases, whoever it is for."""

    @property
    def figures(self) -> list[Figure]:
        found: list[Figure] = []
        for one in (block for section in self.sections for block in section.blocks):
            if isinstance(one, Figure):
                found.append(one)
            elif isinstance(one, Evidence):
                found += one.figures
        return found

    @property
    def evidence(self) -> list[Evidence]:
        blocks = (one for section in self.sections for one in section.blocks)
        return [one for one in blocks if isinstance(one, Evidence)]

    @property
    def takes_quotes(self) -> bool:
        return self.has(Part.QUOTES) or bool(self.evidence)

    def has(self, part: Part) -> bool:
        return any(part in section.blocks for section in self.sections)
