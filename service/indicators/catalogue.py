"""Every indicator, declared once: what is counted, of whom, by what, for whom, and why.

A new indicator is one entry here and a hand-computed test.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.disclosure.holdings import Measure
from service.disclosure.rules import NESTED, PLACES, RULES, Audience, is_offered

Breakdown = tuple[str, ...]


class Count(enum.StrEnum):
    """What a person, a need or a signature must be to count; the SQL is in `queries.py`."""

    ASSESSED = "assessed"
    COMPLETE = "complete"
    """Sex, age, Washington Group status and, for survivors of explosions, device: all known."""
    ANY_OPEN_NEED = "any_open_need"
    OPEN_NEED = "open_need"
    VALID_SIGNATURE = "valid_signature"


OF_HOUSEHOLD = frozenset(
    {"province", "district", "commune", "remoteness", "month", "quarter", "year"}
)
"""Dimensions which all people of one visit share: visits add up over them."""
OF_PLACE = frozenset(PLACES)
"""Of those, what stays the same when a household is visited again."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One indicator. `grid`: the combinations on offer, the most asked for first; each audience
    gets those its rules allow."""

    id: str
    title: Mapping[str, str]
    unit: str
    numerator: Count
    denominator: Count | None
    grid: tuple[Breakdown, ...]
    frameworks: tuple[str, ...]
    source: str
    completeness: str
    note: Mapping[str, str]
    overlapping: frozenset[str] = frozenset()
    restricted: bool = False

    def offered(self, by: Breakdown, audience: Audience) -> Breakdown | None:
        """`by` with the places around its places, in the order asked; None if not on offer."""
        whole = tuple(dict.fromkeys(name for asked in by for name in (*_around(asked), asked)))
        grid = {frozenset(one) for one in breakdowns(self, audience)}
        return whole if frozenset(whole) in grid else None


def breakdowns(indicator: Indicator, audience: Audience) -> tuple[Breakdown, ...]:
    """The fixed grid for this audience; internal work sees all of it."""
    if audience is Audience.INTERNAL:
        return indicator.grid
    rules = RULES[Audience.RESTRICTED if indicator.restricted else audience]
    return tuple(by for by in indicator.grid if is_offered(by, rules))


LEVELS = {2: "province", 4: "district", 6: "commune"}
"""Length of a place's code to the dimension in which the place has a row."""


def of_areas(grid: Sequence[Breakdown], areas: Iterable[str]) -> tuple[Breakdown, ...]:
    """Those of the grid that have a row for one of the areas."""
    levels = {LEVELS[len(area)] for area in areas}
    return tuple(by for by in grid if levels.intersection(by))


def _around(place: str) -> Iterator[str]:
    """The places around a place, the widest first. They are in the table too."""
    outer = NESTED.get(place) if place in PLACES else None
    if outer:
        yield from _around(outer)
        yield outer


def _grid(who: tuple[str, ...], also: tuple[str, ...] = ()) -> tuple[Breakdown, ...]:
    """Alone, by place, by time, and the crossings people ask for; `also` goes in front of each."""
    places: tuple[Breakdown, ...] = (
        ("province",),
        ("province", "district"),
        ("province", "district", "commune"),
    )
    times: tuple[Breakdown, ...] = (("month",), ("quarter",), ("year",))
    single: tuple[Breakdown, ...] = tuple((name,) for name in who)
    by_place = tuple(("province", name) for name in who)
    by_time = tuple(("province", *time) for time in times)
    crossed: tuple[Breakdown, ...] = ()
    if {"sex", "age"} <= set(who):
        crossed = (("sex", "age"), ("province", "sex", "age"))
    if {"sex", "wg"} <= set(who):
        crossed += (("sex", "wg"), ("province", "sex", "wg"))
    if {"sex", "age", "wg"} <= set(who):
        crossed += (("province", "sex", "age", "wg"), ("province", "year", "sex", "age"))
    plain: tuple[Breakdown, ...] = (*places, (), *times, *single, *by_place, *by_time, *crossed)
    if not also:
        return plain
    whole = ((*also, *by) for by in plain)
    return (*filter(_is_within_four, whole), (), *single, *places, *times)


def _is_within_four(by: Breakdown) -> bool:
    """Up to four dimensions; a place with those around it is one."""
    return len([name for name in by if name not in PLACES]) + bool(set(by) & set(PLACES)) <= 4


_PERSON = ("sex", "age", "wg", "victim", "remoteness")
_VISITS = {
    "en": "Visits of people: one person at one visit is counted once, and somebody visited twice "
    "is two, joined as one person or not.",
    "km": "ការចុះសួរមនុស្ស៖ មនុស្សម្នាក់ក្នុងការចុះសួរម្តង រាប់តែម្តង ហើយអ្នកដែលត្រូវបានចុះសួរពីរដង "
    "រាប់ជាពីរ ទោះបានបញ្ចូលជាមនុស្សតែមួយក៏ដោយ។",
}
"""What every figure whose unit is persons says (docs/decisions/0061)."""


def _of_visits(en: str, km: str) -> Mapping[str, str]:
    return {"en": f"{en} {_VISITS['en']}", "km": f"{km} {_VISITS['km']}"}


_CONSENT = "Only people who allowed their answers in counts (scope stats) are in it."

_ENTRIES = (
    Indicator(
        id="I01",
        title={"en": "People assessed", "km": "មនុស្សដែលបានវាយតម្លៃតម្រូវការ"},
        unit="persons",
        numerator=Count.ASSESSED,
        denominator=None,
        grid=_grid(_PERSON),
        frameworks=("CCM-5.2a", "LAP-31", "CRPD-31"),
        source="Count of persons assessed; form F1.",
        completeness=_CONSENT,
        note=_VISITS,
    ),
    Indicator(
        id="I08",
        title={
            "en": "Disaggregation completeness",
            "km": "ភាពពេញលេញនៃទិន្នន័យតាមភេទ អាយុ និងពិការភាព",
        },
        unit="persons",
        numerator=Count.COMPLETE,
        denominator=Count.ASSESSED,
        grid=(("province",), (), ("month",), ("quarter",), ("year",), ("province", "quarter")),
        frameworks=("CRPD-31", "LAP-31"),
        source="SADDD rule: at least 90 % before calling a figure disaggregated.",
        completeness="Known: not unknown, refused, indeterminate or not asked; the device only "
        "of people injured or killed by one.",
        note=_of_visits(
            "People whose sex, age, disability status and, for victims, device are all "
            "known, of all people assessed.",
            "មនុស្សដែលគេដឹងភេទ អាយុ ស្ថានភាពពិការភាព និងប្រភេទគ្រាប់ (ចំពោះជនរងគ្រោះ) "
            "ទាំងអស់ ក្នុងចំណោមមនុស្សដែលបានវាយតម្លៃ។",
        ),
    ),
    Indicator(
        id="I11",
        title={
            "en": "Any unmet need",
            "km": "មនុស្សដែលមានតម្រូវការយ៉ាងហោចមួយមិនទាន់បានបំពេញ",
        },
        unit="persons",
        numerator=Count.ANY_OPEN_NEED,
        denominator=Count.ASSESSED,
        grid=_grid(_PERSON),
        frameworks=("CCM-5.1",),
        source="Open: unmet, referred, in progress, partly met; as visits found it last.",
        completeness=_CONSENT,
        note=_VISITS,
    ),
    Indicator(
        id="I12",
        title={
            "en": "Unmet need by service and province",
            "km": "តម្រូវការមិនទាន់បានបំពេញ តាមសេវា និងខេត្ត",
        },
        unit="persons",
        numerator=Count.OPEN_NEED,
        denominator=Count.ASSESSED,
        grid=_grid(_PERSON, also=("need",)),
        frameworks=("CCM-5.2a", "CRPD-25", "CRPD-26", "CRPD-27", "CRPD-28"),
        source="Open: unmet, referred, in progress, partly met; as visits found it last.",
        completeness=_CONSENT,
        overlapping=frozenset({"need"}),
        note=_of_visits(
            "A person with several needs is in several rows and once in the totals, "
            "so rows do not add up to totals.",
            "មនុស្សម្នាក់ដែលមានតម្រូវការច្រើន ស្ថិតក្នុងជួរច្រើន តែរាប់ម្តងក្នុងចំនួនសរុប ដូច្នេះជួរបូកគ្នាមិនស្មើចំនួនសរុបទេ។",
        ),
    ),
    Indicator(
        id="I49",
        title={
            "en": "People’s Treaty signatures",
            "km": "ហត្ថលេខាលើសន្ធិសញ្ញាប្រជាជន",
        },
        unit="signatures",
        numerator=Count.VALID_SIGNATURE,
        denominator=None,
        grid=_grid(("sex", "age", "kind")),
        frameworks=("CCM-21",),
        source="Valid lines of adults; minors are counted beside.",
        completeness=_CONSENT,
        note={
            "en": "Valid signatures of adults; those of people under 18 are counted apart.",
            "km": "ហត្ថលេខាត្រឹមត្រូវរបស់មនុស្សពេញវ័យ; ហត្ថលេខារបស់អ្នកអាយុក្រោម ១៨ ឆ្នាំ រាប់ដោយឡែក។",
        },
    ),
)


def measure_of(indicator: Indicator) -> Measure:
    """What its numbers count, by names under which other indicators count the same people."""
    numerator, each = indicator.numerator, ""
    if numerator is Count.OPEN_NEED:  # totals over needs count each person once
        numerator, each = Count.ANY_OPEN_NEED, numerator.value
    is_of_people = numerator is not Count.VALID_SIGNATURE
    return Measure(
        n=numerator.value,
        each=each,
        d=indicator.denominator.value if indicator.denominator else "",
        within=Count.ASSESSED.value if is_of_people and numerator is not Count.ASSESSED else "",
        overlapping=indicator.overlapping,
        restricted=indicator.restricted,
    )


INDICATORS: Mapping[str, Indicator] = {entry.id: entry for entry in _ENTRIES}
