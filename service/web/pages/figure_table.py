"""A released table laid out for reading: rows, a cross, or groups. Pure.

Rows follow the order of the code lists, never the size of the numbers: an order by size would
tell what the hidden cells hide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.facts import codes, needs
from service.web.pages import wording
from service.web.pages.texts import text

WIDEST_CROSS = 6
"""More columns than this would scroll sideways on a desk."""
_PLACES = ("province", "district", "commune")
Key = tuple[str | None, ...]

_ORDERS: Mapping[str, Sequence[str]] = {
    "need": [*needs.NEED],
    "sex": [*codes.SEX],
    "age": [*wording.AGES],
    "wg": [*codes.DISABILITY],
    "victim": [*codes.VICTIM_TYPE],
    "remoteness": [*codes.REMOTENESS],
    "device": [*codes.DEVICE],
    "kind": [*codes.SIGNATORY_KIND],
    "status": [
        *codes.LINE_STATUS,
        *codes.NEED_STATUS,
        *codes.ISSUE_STATUS,
        *codes.ANSWER,
    ],
    "barrier": [*codes.BARRIER],
    "land": [*codes.LAND_USE],
    "scope": [*codes.CONSENT_SCOPE],
    "outcome": [*codes.INCIDENT_OUTCOME],
    "duty_bearer": [*codes.DUTY_BEARER],
    "public_place": [*codes.PLACE_TYPE],
    "testimony": [*codes.TESTIMONY_KIND],
    "hectares": [*codes.HECTARES_RANGE],
    "reach": [*wording.REACH],
    "cause": [*wording.CAUSE],
    "waited": [*wording.WAITED],
    "article": [str(number) for number in range(1, 51)],
}


@dataclass(frozen=True, kw_only=True)
class Number:
    """One cell. `n` is None where it is hidden; `d` where there is no base or it is hidden."""

    n: int | None
    d: int | None = None
    hidden: bool = False

    @property
    def percent(self) -> int | None:
        """Whole percent, None where n or d is not given."""
        return (200 * self.n + self.d) // (2 * self.d) if self.n is not None and self.d else None


@dataclass(frozen=True, kw_only=True)
class Line:
    label: str
    numbers: tuple[Number, ...]
    is_total: bool = False


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines under one heading; `label` is "" where the table has no groups."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What the template draws. `columns` is empty unless the table is a cross."""

    heading: str
    columns: tuple[str, ...]
    column_heading: str
    groups: tuple[Group, ...]
    has_base: bool

    @property
    def any_hidden(self) -> bool:
        return any(x.hidden for g in self.groups for line in g.lines for x in line.numbers)


def layout(table: Mapping[str, Any], language: str) -> Layout:
    """A protected table (`SafeTable.as_dict()`) in its most readable shape."""
    by: tuple[str, ...] = tuple(table["by"])
    numbers = numbers_by_key(table)
    column = _cross_column(by, numbers)
    if column is not None:
        return _cross(by, numbers, column, language, is_cut="areas" in table)
    return _listed(by, numbers, language)


def numbers_by_key(table: Mapping[str, Any]) -> dict[Key, Number]:
    """Cells and totals alike, keyed by their codes in the order of `by`; None = total."""
    by: Sequence[str] = table["by"]
    return {
        tuple(row.get(name) for name in by): Number(n=row["n"], d=row["d"], hidden=row["hidden"])
        for row in (*table["cells"], *table["totals"])
    }


def in_order(dimension: str, values: set[str]) -> list[str]:
    """Codes as their list has them; places and times by code; what no list has comes last."""
    order = {code: at for at, code in enumerate(_ORDERS.get(dimension, ()))}
    absent = [*codes.NO_CODE]

    def rank(value: str) -> tuple[int, int, str]:
        late = absent.index(value) + 1 if value in absent else 0
        return (late, order.get(value, len(order)), value)

    return sorted(values, key=rank)


def _codes_at(numbers: Mapping[Key, Number], at: int) -> set[str]:
    return {code for key in numbers if (code := key[at]) is not None}


def _cross_column(by: tuple[str, ...], numbers: Mapping[Key, Number]) -> int | None:
    """Which of two dimensions has few enough codes to stand as columns."""
    if len(by) != 2:
        return None
    sizes = [len(_codes_at(numbers, at)) for at in (0, 1)]
    column = 0 if sizes[0] < sizes[1] else 1
    return column if 0 < sizes[column] <= WIDEST_CROSS else None


def _cross(
    by: tuple[str, ...],
    numbers: Mapping[Key, Number],
    column: int,
    language: str,
    *,
    is_cut: bool,
) -> Layout:
    row = 1 - column
    total = _total_word(by, language)

    def axis(at: int) -> list[str | None]:
        found = in_order(by[at], _codes_at(numbers, at))
        return found if is_cut and by[at] in _PLACES else [*found, None]  # type: ignore[return-value]

    def name(at: int, code: str | None) -> str:
        return total if code is None else _name(by[at], code, language)

    def number(of_row: str | None, of_column: str | None) -> Number:
        key = (of_row, of_column) if row == 0 else (of_column, of_row)
        return numbers.get(key, Number(n=0))

    lines = tuple(
        Line(
            label=name(row, r),
            numbers=tuple(number(r, c) for c in axis(column)),
            is_total=r is None,
        )
        for r in axis(row)
    )
    return Layout(
        heading=text(f"by.{by[row]}", language),
        columns=tuple(name(column, c) for c in axis(column)),
        column_heading=text(f"by.{by[column]}", language),
        groups=(Group(label="", lines=lines),),
        has_base=_has_base(numbers),
    )


def _listed(by: tuple[str, ...], numbers: Mapping[Key, Number], language: str) -> Layout:
    """One line per row of the table, grouped by place where more than one dimension is crossed."""
    lead = _lead(by)
    rest = [at for at in range(len(by)) if at != lead or len(by) == 1]
    heads: list[str | None] = [None]
    if len(by) > 1:
        heads = [*in_order(by[lead], _codes_at(numbers, lead)), None]
    groups = []
    for head in heads:
        keys = [key for key in numbers if len(by) < 2 or key[lead] == head]
        keys.sort(key=lambda key: [_rank(by[at], key[at], numbers, at) for at in rest])
        lines = tuple(_line(by, key, numbers[key], rest, language) for key in keys)
        label = ""
        if len(by) > 1:
            total = text("figures.total", language)
            label = total if head is None else _name(by[lead], head, language)
        groups.append(Group(label=label, lines=lines))
    return Layout(
        heading=wording.breakdown([by[at] for at in rest], language),
        columns=(),
        column_heading="",
        groups=tuple(group for group in groups if group.lines),
        has_base=_has_base(numbers),
    )


def _lead(by: tuple[str, ...]) -> int:
    return next((at for at, name in enumerate(by) if name in _PLACES), 0)


def _rank(
    dimension: str, code: str | None, numbers: Mapping[Key, Number], at: int
) -> tuple[int, int]:
    """Place of a code in its list; totals stand last."""
    if code is None:
        return (1, 0)
    return (0, in_order(dimension, _codes_at(numbers, at)).index(code))


def _line(
    by: tuple[str, ...], key: Key, number: Number, rest: Sequence[int], language: str
) -> Line:
    total = _total_word(by, language)
    parts = [(by[at], key[at]) for at in rest]
    is_total = any(code is None for _, code in parts) or not parts
    if all(code is None for _, code in parts):
        return Line(label=total, numbers=(number,), is_total=True)
    words = [total if code is None else _name(name, code, language) for name, code in parts]
    return Line(label=" · ".join(words), numbers=(number,), is_total=is_total)


def _name(dimension: str, code: str, language: str) -> str:
    """A code's label; places carry their code, which is what the map shows on small screens."""
    name = wording.code(dimension, code, language)
    return f"{code} {name}" if dimension in _PLACES and code.isdecimal() else name


def _total_word(by: tuple[str, ...], language: str) -> str:
    """Totals over needs and articles count persons once and do not add."""
    once = {"need", "article"} & set(by)
    return text("figures.total_once" if once else "figures.total", language)


def _has_base(numbers: Mapping[Key, Number]) -> bool:
    return any(number.d is not None for number in numbers.values())
