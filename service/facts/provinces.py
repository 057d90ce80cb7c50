"""The 25 first-level units beside their gazetteer rows: other names, ISO, place on the tile map."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Where a province sits on the hand-made tile map; column 0 is west, row 0 is north."""

    code: str
    column: int
    row: int


# code, ISO 3166-2 name (pycountry 26), label in the ODbL outline file, tile column, tile row.
_ROWS = (
    ("01", "Banteay Mean Choăy", "Bantey Meanchey", 1, 1),
    ("02", "Baat Dambang", "Battambang", 1, 2),
    ("03", "Kampong Chaam", "Kampong Cham", 4, 2),
    ("04", "Kampong Chhnang", "Kampong Chhnang", 3, 2),
    ("05", "Kampong Spueu", "Kampong Speu", 2, 3),
    ("06", "Kampong Thum", "Kampong Thom", 4, 1),
    ("07", "Kampot", "Kampot", 2, 4),
    ("08", "Kandaal", "Kandal", 4, 3),
    ("09", "Kaoh Kong", "Koh Kong", 1, 3),
    ("10", "Kracheh", "Kratie", 5, 1),
    ("11", "Mondol Kiri", "Mondulkiri", 6, 1),
    ("12", "Phnom Penh", "Phnom Penh", 3, 3),
    ("13", "Preah Vihear", "Preah Vihear", 4, 0),
    ("14", "Prey Veaeng", "Prey Veng", 5, 3),
    ("15", "Pousaat", "Pursat", 2, 2),
    ("16", "Rotanak Kiri", "Ratanakiri Province", 6, 0),
    ("17", "Siem Reab", "Siem Reap", 2, 1),
    ("18", "Preah Sihanouk", "Preah Sihanouk", 1, 4),
    ("19", "Stueng Traeng", "Stung Treng", 5, 0),
    ("20", "Svaay Rieng", "Svay Rieng", 5, 4),
    ("21", "Taakaev", "Takeo", 3, 4),
    ("22", "Otdar Mean Chey", "Oddar Meanchey", 2, 0),
    ("23", "Kaeb", "Kep", 2, 5),
    ("24", "Pailin", "Pailin", 0, 2),
    ("25", "Tbong Khmum", "Tbong Khmum", 5, 2),
)

ISO_NAMES = {code: iso_name for code, iso_name, *_ in _ROWS}
BOUNDARY_NAMES = {code: boundary for code, _, boundary, *_ in _ROWS}

OTHER_SPELLINGS = {
    "siem reap": "17",
    "siemreap": "17",
    "sihanoukville": "18",
    "preah sihanoukville": "18",
    "kompong som": "18",
    "oddar meanchey": "22",
    "otdar meanchey": "22",
    "odor meanchey": "22",
    "ratanakiri": "16",
    "ratanak kiri": "16",
    "mondulkiri": "11",
    "mondul kiri": "11",
    "takeo": "21",
    "kompong cham": "03",
    "kompong chhnang": "04",
    "kompong speu": "05",
    "kompong thom": "06",
    "tboung khmum": "25",
    "ភ្នំពេញ": "12",
    "ខេត្តព្រះសីហនុ": "18",
}
"""Spellings met in the field that neither MEF, ISO nor the outline file has."""


def tiles() -> tuple[Tile, ...]:
    """The tile map of the 25 provinces, in order of code. No two share a square."""
    return tuple(Tile(code=code, column=column, row=row) for code, _, _, column, row in _ROWS)


def iso_code(code: str) -> str:
    """ISO 3166-2 code of a province: "02" is KH-2."""
    return f"KH-{int(code)}"
