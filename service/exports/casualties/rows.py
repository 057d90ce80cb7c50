"""What a record says of casualties, by tag -> rows in the columns of others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from service.exports.casualties import fields, where
from service.exports.casualties.synonyms import ADULT, CHILD
from service.exports.casualties.words import lists
from service.exports.layout import Layout
from service.exports.record import Chain, Rows
from service.exports.shapes import Words
from service.facts.ages import OLDEST
from service.facts.answers import whole_number
from service.facts.ranges import OF_AGE
from service.forms.schema import FormSchema

Values = Mapping[str, str]
_DIRECT = frozenset({"direct_injured", "direct_killed"})
_DAY = re.compile(r"\d{4}(?:-\d\d?(?:-\d\d?)?)?(?![\d-])", re.ASCII)
_TELLING = frozenset({"incident.outcome", "incident.device", "victim.type", "person.sex"})
_PLACES = {name: f"incident.adm{n}" for n, name in
           enumerate(("province", "district", "commune", "village"), start=1)}  # fmt: skip
_CODED = {
    "source": "casualty.source",
    "sex": "person.sex",
    "outcome": "incident.outcome",
    "side": "injury.side",
    "device": "incident.device",
    "submunition": "incident.submunition",
    "activity": "incident.activity",
    "civil_status": "incident.civil_status",
    "marked": "incident.marked",
}
_OF_AGE = {
    CHILD: {"en": "Under 18", "km": "កុមារ"},
    ADULT: {"en": "Over 18", "km": "មនុស្សពេញវ័យ"},
}


class Casualties:
    """Reads casualties out of the rows of one form's records. A form that tells of none gives
    none."""

    def __init__(self, layout: Layout, today: FormSchema) -> None:
        tags = {one.path: one.tag for one in today.fields if one.tag}
        self._tags = [
            [tags.get(column.path, "") for column in table.columns] for table in layout.tables
        ]
        told = [len(_TELLING.intersection(names)) for names in self._tags]
        self._layout = layout
        self._table = max(range(len(told)), key=lambda n: told[n])
        self._is_counted_elsewhere = any("casualty.source" in names for names in self._tags)

    def of(self, rows: Rows) -> Iterator[tuple[int, Values]]:
        """(how-manieth in the record, answers by tag) of each casualty in it."""
        root = self._values(0, rows.root)
        held: dict[tuple[int, Chain], Values] = {(0, ()): root}
        found = [root] if self._table == 0 else []
        for inner in rows.inner:
            holder = held.get((self._layout.tables[inner.table].parent or 0, inner.chain[:-1]), {})
            own = {**holder, **self._values(inner.table, inner.row)}
            held[inner.table, inner.chain] = own
            if inner.table == self._table:
                found.append(own)
        for number, values in enumerate(found):
            if self._is_counted_elsewhere or values.get("victim.type") in _DIRECT:
                yield number, values

    def _values(self, table: int, row: Sequence[str | None]) -> dict[str, str]:
        return {
            tag: text.strip()
            for tag, text in zip(self._tags[table], row, strict=True)
            if tag and text and text.strip()
        }


def cells(style: str, key: str, reported_on: str, values: Values, words: Words) -> list[str]:
    """One row, in the order of `fields.columns(style)`; days as day/month/year."""
    language = "km" if words is Words.KM else "en"
    told = {name: _word(name, values.get(tag, ""), words) for name, tag in _CODED.items()}
    injuries = values.get("injury.kind", "").split()
    told |= {name: where.name_of(values.get(tag, ""), language) for name, tag in _PLACES.items()}
    told |= {
        "key": key,
        "reported_on": _day(values.get("meta.date", "") or reported_on),
        "date": _day(_date(values)),
        "age": _age(values),
        "age_group": _age_group(values, words),
        "injury": "; ".join(_word("injury", code, words) for code in injuries),
    }
    return [told.get(name, "") for name in fields.columns(style)]


def _word(name: str, code: str, words: Words) -> str:
    """ "" for what no list has: whatever somebody typed there, a name too."""
    label = lists()[name].get(code)
    if label is None:
        return ""
    return code if words is Words.CODE else label[words.value]


def _age(values: Values) -> str:
    age = whole_number(values.get("incident.age", ""), 0, OLDEST)
    return "" if age is None else str(age)


def _age_group(values: Values, words: Words) -> str:
    age = whole_number(values.get("incident.age", ""), 0, OLDEST)
    band = values.get("incident.age_band", "")
    if age is not None:
        band = CHILD if age < OF_AGE else ADULT
    if words is Words.CODE or band not in _OF_AGE:
        return _word("age_group", band, words)
    return _OF_AGE[band][words.value]


def _date(values: Values) -> str:
    if told := values.get("incident.date", ""):
        return told
    year, month = values.get("incident.year", ""), values.get("incident.month", "")
    number = whole_number(month, 1, 12)
    return f"{year}-{number:02}" if year and number else year


def _day(text: str) -> str:
    """ "" for what is no day, month or year."""
    told = _DAY.match(text)
    return "/".join(reversed(told[0].split("-"))) if told else ""
