"""The cells of a workbook, and where in them a mistake is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ALIASES = {
    "calculation": ("calculate",),
    "relevant": ("relevance",),
    "list_name": ("list name",),
    "dataset": ("list_name", "list name"),
    "readonly": ("read_only", "read only"),
    "form_id": ("id_string",),
    "required": (),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A cell, or as much of its address as is known."""

    sheet: str | None = None
    row: int | None = None
    cell: str | None = None
    text: str | None = None


class Sheets:
    """Sheet name to rows of texts, the header first, as the converter's child answers them."""

    def __init__(self, rows: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._rows = {name.casefold().strip(): list(lines) for name, lines in rows.items()}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def columns(self, sheet: str, column: str) -> list[int]:
        """Positions of a column: `label` stands for `label::ខ្មែរ (km)` and all its languages."""
        header = self.header(sheet)
        wanted = {column, *_ALIASES.get(column, ())}
        bare = [text.strip().casefold() for text in header]
        return [n for n, text in enumerate(bare) if text in wanted or text.split(":")[0] in wanted]

    def header(self, sheet: str) -> Sequence[str]:
        """The first row of a sheet."""
        return (self._rows.get(sheet) or [[]])[0]

    def text(self, sheet: str, row: int, position: int) -> str:
        """The text of a cell; `row` counts from 1."""
        lines = self._rows.get(sheet, [])
        if not 0 < row <= len(lines) or position >= len(lines[row - 1]):
            return ""
        return lines[row - 1][position]

    def find_row(self, sheet: str, column: str, text: str | tuple[str, ...]) -> int | None:
        """The first row whose cell in that column is `text`, or begins with one of several."""
        for position in self.columns(sheet, column):
            for row in range(2, len(self._rows[sheet]) + 1):
                found = self.text(sheet, row, position).strip()
                if found == text if isinstance(text, str) else found.startswith(text):
                    return row
        return None

    def place(self, sheet: str, row: int | None, column: str, containing: str = "") -> Place:
        """Where a column of a row is; of several languages, the one `containing` that text."""
        if row is None:
            return Place(sheet=sheet)
        found = self.columns(sheet, column)
        if not found:
            return Place(sheet=sheet, row=row)
        best = next((n for n in found if containing in self.text(sheet, row, n)), found[0])
        return Place(
            sheet=sheet,
            row=row,
            cell=f"{column_letters(best)}{row}",
            text=self.text(sheet, row, best),
        )

    def setting(self, name: str) -> dict[str, object]:
        """Sheet and cell of a setting; where its column is missing, the cell that is free for its
        name."""
        found = self.columns("settings", name)
        used = [n for n, text in enumerate(self.header("settings")) if text.strip()]
        position = found[0] if found else max(used, default=-1) + 1
        row = 2 if found else 1
        return {"sheet": "settings", "row": row, "cell": f"{column_letters(position)}{row}"}


def column_letters(position: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
