"""What is said beside a released table: for whom, how it was protected, what it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from service.disclosure.rules import Audience, Rules
from service.disclosure.safe_table import ALL, Cell, Key, RawTable

UNKNOWN = frozenset({"unknown", "no_answer", "not_asked", "indeterminate"})
"""Codes that are not an answer. They stay rows of their own and are never folded into others."""

_AUDIENCE = {
    Audience.PUBLIC: {"en": "the public", "km": "សាធារណជន"},
    Audience.PARTNER: {"en": "partners", "km": "ដៃគូ"},
    Audience.RESTRICTED: {"en": "a restricted circle", "km": "អ្នកមានសិទ្ធិកម្រិត"},
    Audience.INTERNAL: {"en": "internal work only", "km": "ប្រើផ្ទៃក្នុងប៉ុណ្ណោះ"},
}
_HEAD = {
    "en": "For {audience}; records from {start} to {end}.",
    "km": "សម្រាប់{audience}; កំណត់ត្រាពី {start} ដល់ {end}។",
}
_HIDDEN = {
    "en": "Rows with fewer than {k} people, and some rows beside them, are hidden so that nobody "
    "can be recognised; a hidden row is not zero.",
    "km": "ជួរដែលមានមនុស្សតិចជាង {k} នាក់ និងជួរខ្លះនៅក្បែរនោះ ត្រូវបានលាក់ "
    "ដើម្បីកុំឱ្យគេស្គាល់អត្តសញ្ញាណនរណាម្នាក់; ជួរដែលលាក់មិនមែនជាសូន្យទេ។",
}
_UNHIDDEN = {
    "en": "Nothing is hidden: do not pass this table on.",
    "km": "គ្មានអ្វីត្រូវបានលាក់ទេ៖ សូមកុំចែកចាយតារាងនេះបន្ត។",
}
_SUM = {
    "en": "A period of several quarters or months shows what can be had from the parts that are "
    "shown; a whole year shows more.",
    "km": "រយៈពេលដែលមានច្រើនត្រីមាស ឬច្រើនខែ បង្ហាញតែអ្វីដែលអាចរកបានពីផ្នែកដែលបានបង្ហាញ; ឆ្នាំពេញបង្ហាញច្រើនជាង។",
}
_OURS = {
    "en": "These are the people reported to us, not a national total.",
    "km": "នេះជាចំនួនមនុស្សដែលបានរាយការណ៍មកយើង មិនមែនជាចំនួនសរុបទូទាំងប្រទេសទេ។",
}
_ONE_SOURCE = {
    "en": "More than {share} % of these records came from one collector.",
    "km": "កំណត់ត្រាជាង {share} % មកពីអ្នកប្រមូលទិន្នន័យតែម្នាក់។",
}
_ONE_SOURCE_IN = {
    "en": "In these places more than {share} % of the records came from one collector: {places}.",
    "km": "នៅទីកន្លែងទាំងនេះ កំណត់ត្រាជាង {share} % មកពីអ្នកប្រមូលទិន្នន័យតែម្នាក់៖ {places}។",
}


_COUNTS = {
    "all_but_rejected": {
        "en": "Counted are all records but those that review rejected, looked at or not.",
        "km": "រាប់កំណត់ត្រាទាំងអស់ លើកលែងតែដែលការពិនិត្យបានបដិសេធ ទោះបានពិនិត្យ ឬមិនទាន់ក៏ដោយ។",
    },
    "approved_only": {
        "en": "Counted are the records alone that review approved.",
        "km": "រាប់តែកំណត់ត្រាដែលការពិនិត្យបានយល់ព្រម។",
    },
}


def facts(
    table: RawTable,
    audience: Audience,
    rules: Rules | None,
    rows: Sequence[Cell],
    *,
    is_sum: bool = False,
) -> dict[str, Any]:
    """Everything of the released table but its rows. `rules` None: nothing is hidden; `is_sum`:
    its period is made of several."""
    return {
        "indicator": table.indicator,
        "title": dict(table.title),
        "unit": table.unit,
        "period": _period(table),
        "audience": audience.value,
        "k": rules.k if rules else None,
        "as_of": _moment(table.as_of),
        "basis": _basis(table, rules, rows),
        "counts": table.counts,
        "note": {
            language: _note(table, audience, rules, rows, language, is_sum=is_sum)
            for language in ("en", "km")
        },
    }


def _note(
    table: RawTable,
    audience: Audience,
    rules: Rules | None,
    rows: Sequence[Cell],
    language: str,
    *,
    is_sum: bool,
) -> str:
    sentences = [table.note.get(language, "")]
    if table.period:
        start, end = table.period
        who = _AUDIENCE[audience][language]
        sentences.append(_HEAD[language].format(audience=who, start=start, end=end))
    sentences.append(_HIDDEN[language].format(k=rules.k) if rules else _UNHIDDEN[language])
    if is_sum:
        sentences.append(_SUM[language])
    if rules and _largest_share(table) > rules.max_share:
        sentences.append(_ONE_SOURCE[language].format(share=round(rules.max_share * 100)))
    elif rules and (found := _of_one_source(table, rules, rows)):
        named = ", ".join(table.sources[code].name[language] for code in found)
        share = round(rules.max_share * 100)
        sentences.append(_ONE_SOURCE_IN[language].format(share=share, places=named))
    if table.counts:
        sentences.append(_COUNTS[table.counts][language])
    sentences.append(_OURS[language])
    return " ".join(filter(None, sentences))


def _largest_share(table: RawTable) -> float:
    """Share of the busiest collector in what the whole table rests on."""
    whole = (table.base if table.base is not None else table.cells).get((ALL,) * len(table.by))
    return whole.largest_share if whole else 0.0


def _of_one_source(table: RawTable, rules: Rules, rows: Sequence[Cell]) -> list[str]:
    """Provinces with a number, most of which one collector brought."""
    at = table.by.index("province") if "province" in table.by else None
    shown = {row.key[at] for row in rows if not row.hidden} if at is not None else set()
    return [
        code
        for code, source in sorted(table.sources.items())
        if source.share > rules.max_share and code in shown
    ]


def _basis(table: RawTable, rules: Rules | None, rows: Sequence[Cell]) -> dict[str, int | None]:
    """How many people the table rests on. A number here is a number like any other: None where
    it is small, or would give back a hidden row."""
    counted = table.cells if table.base is None else table.base
    whole = (ALL,) * len(table.by)
    total = next((row for row in rows if row.key == whole), None)
    persons = None if total is None else total.n if table.base is None else total.d
    unknown: int | None = sum(
        cell.persons for key, cell in counted.items() if _is_finest(table, key) and _is_unknown(key)
    )
    if rules and any(_is_unknown(row.key) and _is_covered(table, row) for row in rows):
        unknown = None
    basis = {
        "persons": persons,
        "refused_stats": _large(table.refused_stats, rules),
        "unknown": _large(unknown, rules),
    }
    if table.has_unanswered:
        basis["unanswered"] = _large(table.unanswered, rules)
    return {**basis, "minors": _large(table.minors, rules)} if table.has_minors else basis


def _is_finest(table: RawTable, key: Key) -> bool:
    """An innermost cell of what is counted: for denominators, total over overlapping dimensions."""
    single = table.overlapping if table.base is not None else frozenset()
    return all((part is ALL) == (name in single) for name, part in zip(table.by, key, strict=True))


def _is_unknown(key: Key) -> bool:
    return any(part in UNKNOWN for part in key)


def _is_covered(table: RawTable, row: Cell) -> bool:
    return row.d is None if table.base is not None else row.hidden


def _large(count: int | None, rules: Rules | None) -> int | None:
    return count if not rules or not count or count >= rules.k else None


def _period(table: RawTable) -> dict[str, str] | None:
    if table.period is None:
        return None
    return {"from": table.period[0].isoformat(), "to": table.period[1].isoformat()}


def _moment(moment: dt.datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
