"""What is wrong with a form, said so that the person who wrote it can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from service.foundation.problems import FORM_INVALID, Problem


@dataclass(frozen=True, kw_only=True)
class Words:
    """One sentence in both languages."""

    en: str
    km: str


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One mistake: where it is, what is wrong, how to mend it. Sheet, row, cell where known."""

    message: str
    message_km: str
    fix: str
    fix_km: str
    sheet: str | None = None
    row: int | None = None
    """As the spreadsheet counts: the header is row 1."""
    cell: str | None = None
    """Column letter and row, such as C12."""
    text: str | None = None
    """What the cell says."""

    @property
    def place(self) -> str:
        """Such as "survey, C12: ": the same in every language."""
        where = self.cell or (f"row {self.row}" if self.row else None)
        parts = [part for part in (self.sheet, where) if part]
        return f"{', '.join(parts)}: " if parts else ""


def mistake(message: Words, fix: Words, **place: object) -> Mistake:
    """A Mistake from sentences; `place` holds its sheet, row, cell and text."""
    return Mistake(
        message=message.en,
        message_km=message.km,
        fix=fix.en,
        fix_km=fix.km,
        **place,  # type: ignore[arg-type]
    )


def form_invalid(mistakes: Sequence[Mistake]) -> Problem:
    """The Problem that tells of `mistakes`: the first in its summary, all in its details."""
    first = mistakes[0]
    return Problem(
        FORM_INVALID,
        summary=f"{first.place}{first.message} {first.fix}",
        summary_km=f"{first.place}{first.message_km} {first.fix_km}",
        details=[asdict(each) for each in mistakes],
    )
