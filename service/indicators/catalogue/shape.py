"""What an entry of the catalogue is, and the combinations of dimensions on offer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.disclosure.restated import Restated
from service.disclosure.rules import AGE_GROUP, NESTED, PLACES, RULES, Audience, is_offered
from service.indicators.layout import check
from service.indicators.measures import Count

Breakdown = tuple[str, ...]
Bilingual = Mapping[str, str]

PILLARS = (
    "people", "needs", "services", "rights", "participation", "treaty", "clearance", "quality",
)  # fmt: skip
"""In which order they are listed."""


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """What is said of the numbers of a field, beside a row of the table."""

    field: str
    names: tuple[str, ...]
    """median, p90 or sum."""
    unit: str
    """days, needs, stars or households."""
    step: int = 1
    """To which multiple it is rounded."""
    of_base: bool = False
    """Of the facts of the denominator; else of those of the numerator."""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The rate of one code of a dimension over that of another, both as the table shows them."""

    dimension: str
    over: str
    under: str


@dataclass(frozen=True)
class Gathers:
    """Whoever is counted has one of these needs open, which I12 tells one by one; `is_all`: and
    whoever has is counted."""

    needs: tuple[str, ...]
    is_all: bool = False
    where: tuple[tuple[str, str], ...] = ()
    """Codes that whoever is counted has besides."""

    def by(self, by: Breakdown) -> Breakdown:
        """The dimensions of I12 that tell those needs."""
        inside = tuple(name for name, _ in self.where if name != AGE_GROUP)
        return ("need", *inside, *by)


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One indicator. `grid`: the combinations on offer, the most asked for first; each audience
    gets those its rules allow."""

    id: str
    pillar: str
    title: Bilingual
    unit: str
    numerator: Count
    denominator: Count | None = None
    """All of the numerator are in it. None: a plain count."""
    once: Count | None = None
    """Where one stands in several rows of `overlapping`: counted once for the totals."""
    of_gazetteer: bool = False
    """The denominator is how many there are in the gazetteer."""
    unknown: Count | None = None
    """Who would be in the denominator, had somebody asked or answered."""
    beside: Count | None = None
    """Of the denominator, what another figure tells for certain: its rows are hidden here where few
    are left."""
    statistic: Statistic | None = None
    ratio: Ratio | None = None
    grid: tuple[Breakdown, ...]
    frameworks: tuple[str, ...]
    source: str
    completeness: str
    note: Bilingual
    overlapping: frozenset[str] = frozenset()
    restricted: bool = False
    restates: Restated | None = None
    """Of which figure rows, or sums of rows, are numbers of this one: they are told as that one
    tells them, and hidden where it does (`disclosure.restated`)."""

    gathers: Gathers | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for an entry that cannot be counted."""
        for count in (self.numerator, self.denominator, self.once, self.unknown):
            if count is not None:
                check(count)
        if bool(self.overlapping) != (self.once is not None):
            raise ValueError(f"{self.id}: who stands in several rows is counted once in totals")
        if self.pillar not in PILLARS:
            raise ValueError(f"{self.id}: {self.pillar}")

    @property
    def is_mixed(self) -> bool:
        """Whether it gathers or splits rows of another figure, so that neither follows from the
        other. For internal work alone: beside that figure by place or by who people are it binds
        rows that are hidden there, and a solver of all pages found some (docs/decisions/0087)."""
        return self.gathers is not None or bool(self.restates and self.restates.own)

    @property
    def has_base(self) -> bool:
        return self.denominator is not None or self.of_gazetteer

    def offered(self, by: Breakdown, audience: Audience) -> Breakdown | None:
        """`by` with the places around its places, in the order asked; None if not on offer."""
        whole = tuple(dict.fromkeys(name for asked in by for name in (*_around(asked), asked)))
        grid = {frozenset(one) for one in breakdowns(self, audience)}
        return whole if frozenset(whole) in grid else None


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An indicator that cannot be computed yet, and what it would need. It is never shown as 0."""

    id: str
    pillar: str
    title: Bilingual
    needs: Bilingual
    frameworks: tuple[str, ...]


def breakdowns(indicator: Indicator, audience: Audience) -> tuple[Breakdown, ...]:
    """The fixed grid for this audience; internal work sees all of it."""
    if audience is Audience.INTERNAL:
        return indicator.grid
    if indicator.is_mixed:
        return ()
    rules = RULES[Audience.RESTRICTED if indicator.restricted else audience]
    return tuple(
        by
        for by in indicator.grid
        if is_offered(by, rules)
        and (indicator.restates is None or is_offered(indicator.restates.by(by), rules))
        and (indicator.gathers is None or is_offered(indicator.gathers.by(by), rules))
    )


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


def full_grid(who: tuple[str, ...], also: tuple[str, ...] = ()) -> tuple[Breakdown, ...]:
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


def grid(
    *who: str, always: Breakdown = (), districts: bool = True, ends: bool = True
) -> tuple[Breakdown, ...]:
    """By province and district, by time, and by each of `who` alone and by province. `always` is in
    each; `ends`: the whole without it is offered, too."""
    places: tuple[Breakdown, ...] = (("province",),)
    if districts:
        places += (("province", "district"),)
    times: tuple[Breakdown, ...] = (("quarter",), ("year",))
    single: tuple[Breakdown, ...] = tuple((name,) for name in who)
    by_place: tuple[Breakdown, ...] = tuple(("province", name) for name in who)
    plain: tuple[Breakdown, ...] = (*places, (), *times, *single, *by_place)
    if not always:
        return plain
    found = tuple((*always, *by) for by in plain)
    return (*found, (), ("province",), *times) if ends else found


PERSON = ("sex", "age", "wg", "victim", "remoteness")
VISITS = {
    "en": "Visits of people: one person at one visit is counted once, and somebody visited twice "
    "is two, joined as one person or not.",
    "km": "ការចុះសួរមនុស្ស៖ មនុស្សម្នាក់ក្នុងការចុះសួរម្តង រាប់តែម្តង ហើយអ្នកដែលត្រូវបានចុះសួរពីរដង "
    "រាប់ជាពីរ ទោះបានបញ្ចូលជាមនុស្សតែមួយក៏ដោយ។",
}
"""What every figure whose unit is persons says (docs/decisions/0061)."""
CONSENT = "Only people who allowed their answers in counts (scope stats) are in it."
TOLD = "Only what came with the permission to be counted (scope stats) is in it."


def words(en: str, km: str) -> Bilingual:
    return {"en": en, "km": km}


def of_visits(en: str, km: str) -> Bilingual:
    """A note on a figure whose unit is persons."""
    return words(f"{en} {VISITS['en']}", f"{km} {VISITS['km']}")
