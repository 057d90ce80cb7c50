"""The files that can be made of a form's records. Pure."""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    XLSX_LINKED = "xlsx-linked"
    XLSX_LONG = "xlsx-long"
    XLSX_WIDE = "xlsx-wide"
    CSV_SHEET = "csv-sheet"
    """For a spreadsheet: no cell of it runs."""
    CSV_ZIP = "csv-zip"
    JSON_LINES = "json-lines"
    GEOJSON = "geojson"
    STATA = "stata"
    STATA_ZIP = "stata-zip"
    SPSS = "spss"
    IMSMA_XLSX = "imsma-xlsx"
    """Casualties, in the columns of IMSMA NG or as CMVIS publishes them."""
    IMSMA_CSV = "imsma-csv"
    CMVIS_XLSX = "cmvis-xlsx"
    CMVIS_CSV = "cmvis-csv"

    @property
    def ending(self) -> str:
        return _ENDINGS[self]

    @property
    def has_words(self) -> bool:
        """Headers and choices are told in words of a language, or as codes."""
        return self in _IN_WORDS


_ENDINGS = {
    Kind.XLSX_LINKED: "xlsx",
    Kind.XLSX_LONG: "xlsx",
    Kind.XLSX_WIDE: "xlsx",
    Kind.CSV_SHEET: "csv",
    Kind.CSV_ZIP: "csv.zip",
    Kind.JSON_LINES: "jsonl",
    Kind.GEOJSON: "geojson",
    Kind.STATA: "dta",
    Kind.STATA_ZIP: "dta.zip",
    Kind.SPSS: "spss.zip",
    Kind.IMSMA_XLSX: "xlsx",
    Kind.IMSMA_CSV: "csv",
    Kind.CMVIS_XLSX: "xlsx",
    Kind.CMVIS_CSV: "csv",
}
_IN_WORDS = frozenset(
    {
        Kind.XLSX_LINKED, Kind.XLSX_LONG, Kind.XLSX_WIDE, Kind.STATA, Kind.STATA_ZIP, Kind.SPSS,
        Kind.IMSMA_XLSX, Kind.IMSMA_CSV, Kind.CMVIS_XLSX, Kind.CMVIS_CSV,
    }
)  # fmt: skip


class State(enum.StrEnum):
    """How far a run is."""

    WAITING = "waiting"
    """A second person must agree to names and testimony."""
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"
    """Its file is deleted: by somebody, by its age, or because consent was taken back since."""


class Why(enum.StrEnum):
    """Why a file is gone or was not made."""

    DELETED = "deleted"
    OLD = "old"
    TAKEN_BACK = "taken_back"
    NO_RIGHT = "no_right"
    TOO_LARGE = "too_large"
    BROKEN = "broken"
