"""What goes back to those who told, in easy words: what was said, as far as releases show it, what
was asked, what came of it. Khmer and English. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.dialogue.promises import Status
from service.dialogue.since import Frozen, in_force, rows
from service.facts import needs, places

Words = Mapping[str, str]
"""Language -> words."""
LANGUAGES = ("en", "km")
MOST_NEEDS = 3
LEVELS = ("province", "district", "commune")
MOST_ON_A_PHONE = 1_500
"""Letters of a text in a list: a phone of a field worker shows it as one note."""

_REACHED = {
    "en": "{place}: {n} people told us how they live.",
    "km": "{place}៖ មនុស្ស {n} នាក់បានប្រាប់យើងអំពីជីវភាពរបស់ពួកគេ។",
}
_LACK = {
    "en": "{place}: {n} of {d} people still lack help that they need.",
    "km": "{place}៖ មនុស្ស {n} នាក់ ក្នុងចំណោម {d} នាក់ នៅខ្វះជំនួយដែលពួកគេត្រូវការ។",
}
_LACK_ALONE = {
    "en": "{place}: {n} people still lack help that they need.",
    "km": "{place}៖ មនុស្ស {n} នាក់ នៅខ្វះជំនួយដែលពួកគេត្រូវការ។",
}
_NEEDS = {
    "en": "{place}: among what is lacking: {needs}.",
    "km": "{place}៖ ក្នុងចំណោមអ្វីដែលខ្វះ៖ {needs}។",
}
_NEED = {"en": "{need} ({n} people)", "km": "{need} ({n} នាក់)"}
_BETWEEN = {"en": "; ", "km": " ; "}
WIDER = {
    "en": "A number of a small place could show who somebody is. So some numbers here are of the "
    "district or the province.",
    "km": "តួលេខនៃកន្លែងតូចអាចបង្ហាញថាជានរណា។ ដូច្នេះ តួលេខខ្លះនៅទីនេះ ជារបស់ស្រុក ឬខេត្ត។",
}
NOTHING_SAID = {
    "en": "No number of this place was published yet.",
    "km": "មិនទាន់មានតួលេខនៃកន្លែងនេះដែលបានផ្សព្វផ្សាយទេ។",
}
NOTHING_ASKED = {"en": "Nothing was asked yet.", "km": "មិនទាន់បានសួរអ្វីទេ។"}
NOTHING_CAME = {
    "en": "Nobody has answered or promised anything yet.",
    "km": "មិនទាន់មាននរណាឆ្លើយ ឬសន្យាអ្វីទេ។",
}
TITLES: Mapping[str, Words] = {
    "said": {"en": "What was said", "km": "អ្វីដែលបាននិយាយ"},
    "asked": {"en": "What was asked", "km": "អ្វីដែលបានសួរ"},
    "came": {"en": "What came of it", "km": "អ្វីដែលបានមកវិញ"},
}
STANDS: Mapping[Status, Words] = {
    Status.OPEN: {"en": "not yet done", "km": "មិនទាន់ធ្វើ"},
    Status.KEPT: {"en": "done", "km": "បានធ្វើហើយ"},
    Status.PARTLY: {"en": "done in part", "km": "បានធ្វើខ្លះ"},
    Status.BROKEN: {"en": "not done", "km": "មិនបានធ្វើ"},
    Status.WITHDRAWN: {"en": "taken back by who promised it", "km": "អ្នកសន្យាបានដកវិញ"},
}
_PROMISED = {
    "en": "{partner} promised: {text} ({stands}{by})",
    "km": "{partner} បានសន្យា៖ {text} ({stands}{by})",
}
_BY = {"en": ", by {day}", "km": " ត្រឹមថ្ងៃទី {day}"}
_ANSWERED = {"en": "{partner} answered: {text}", "km": "{partner} បានឆ្លើយ៖ {text}"}
_ASKED = {
    "en": "We asked {partner} on {day}: {text}",
    "km": "យើងបានសួរ {partner} នៅថ្ងៃទី {day}៖ {text}",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, with names and words in both languages."""

    partner: Words
    on: dt.date
    text: Words


@dataclass(frozen=True, kw_only=True)
class Came:
    """An answer, or a promise (with its status)."""

    partner: Words
    text: Words
    status: Status | None = None
    due_on: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """Of one place, in sentences."""

    place: str
    name: Words
    around: Words
    """District and province; "" of a province."""
    said: tuple[Words, ...]
    asked: tuple[Words, ...]
    came: tuple[Words, ...]

    def text(self, language: str) -> str:
        """As one note on a phone."""
        parts = []
        for part in ("said", "asked", "came"):
            lines = [one[language] for one in getattr(self, part)]
            parts.append("\n".join((f"{TITLES[part][language]}:", *(f"- {one}" for one in lines))))
        whole = "\n\n".join(parts)
        return whole if len(whole) <= MOST_ON_A_PHONE else whole[: MOST_ON_A_PHONE - 2] + " …"


def of_place(place: str, shown: Index, asked: Sequence[Asked], came: Sequence[Came]) -> Feedback:
    """`asked` and `came`: of this place alone."""
    return Feedback(
        place=place,
        name={language: _name(place, language) for language in LANGUAGES},
        around={
            language: ", ".join(_name(one, language) for one in _outwards(place)[1:])
            for language in LANGUAGES
        },
        said=said(place, shown) or (NOTHING_SAID,),
        asked=tuple(_asked(one) for one in asked) or (NOTHING_ASKED,),
        came=tuple(_came(one) for one in came) or (NOTHING_CAME,),
    )


def around(place: str) -> Mapping[str, str]:
    """A place in the dimensions of figures: "0204" is {province: "02", district: "0204"}."""
    return dict(zip(LEVELS, places.load().ancestors(place), strict=False))


# --- what was said --------------------------------------------------------------------------------
Index = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""(indicator, smallest place, need or "") -> the row, as the last release has it that has it."""


def index(releases: Sequence[Frozen]) -> Index:
    """`releases`: those that whoever reads it may see. A row that the last one hides is hidden,
    whatever stood in an earlier one: somebody may have taken an answer back since."""
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for release in in_force(releases):
        for table in release.tables:
            for row in rows(table):
                codes = {name: row[name] for name in table["by"] if name in row}
                at = [codes[name] for name in LEVELS if name in codes]
                if at and codes.keys() <= {*LEVELS, "need"}:
                    found[(table["indicator"], at[-1], codes.get("need", ""))] = row
    return found


def said(place: str, shown: Index) -> tuple[Words, ...]:
    """Of each figure, of the smallest place of which it is shown. What is hidden stays so."""
    figures = (
        _figure(place, shown, "I01", _REACHED, _REACHED),
        _figure(place, shown, "I11", _LACK, _LACK_ALONE),
        _lacking(place, shown),
    )
    found = [one for one in figures if one is not None]
    wider = any(at != place for at, _ in found)
    return (*(words for _, words in found), *((WIDER,) if wider else ()))


def _outwards(place: str) -> list[str]:
    """The place and those around it, the smallest first."""
    return list(around(place).values())[::-1]


def _figure(
    place: str, shown: Index, indicator: str, with_base: Words, alone: Words
) -> tuple[str, Words] | None:
    for at in _outwards(place):
        row = shown.get((indicator, at, ""))
        if row is not None and row["n"] is not None:
            words = alone if row["d"] is None else with_base
            return at, _fill(words, at, n=row["n"], d=row["d"])
    return None


def _lacking(place: str, shown: Index) -> tuple[str, Words] | None:
    """Some of the needs of which a number is shown. They stand in the order of the list, not of
    their size: that would tell of those that are hidden."""
    for at in _outwards(place):
        counts = {
            code: row["n"]
            for code in needs.NEED
            if (row := shown.get(("I12", at, code))) is not None and row["n"]
        }
        if not counts:
            continue
        most = sorted(counts, key=lambda code: -counts[code])[:MOST_NEEDS]
        return at, {
            language: _NEEDS[language].format(
                place=_name(at, language),
                needs=_BETWEEN[language].join(
                    _NEED[language].format(need=needs.NEED[code][language], n=counts[code])
                    for code in needs.NEED
                    if code in most
                ),
            )
            for language in LANGUAGES
        }
    return None


def _fill(words: Words, place: str, **values: object) -> Words:
    return {
        language: words[language].format(place=_name(place, language), **values)
        for language in LANGUAGES
    }


def _name(place: str, language: str) -> str:
    return places.load().name(place, language)


# --- what was asked and what came -----------------------------------------------------------------
def _asked(one: Asked) -> Words:
    return {
        language: _ASKED[language].format(
            partner=one.partner[language], day=day(one.on), text=one.text[language]
        )
        for language in LANGUAGES
    }


def _came(one: Came) -> Words:
    if one.status is None:
        return {
            language: _ANSWERED[language].format(
                partner=one.partner[language], text=one.text[language]
            )
            for language in LANGUAGES
        }
    is_open = one.status is Status.OPEN and one.due_on is not None
    return {
        language: _PROMISED[language].format(
            partner=one.partner[language],
            text=one.text[language],
            stands=STANDS[one.status][language],
            by=_BY[language].format(day=day(one.due_on)) if is_open and one.due_on else "",
        )
        for language in LANGUAGES
    }


def day(value: dt.date) -> str:
    """Numbers alone: 24/11/2026, as it is written in Cambodia."""
    return f"{value.day}/{value.month}/{value.year}"
