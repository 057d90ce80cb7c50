"""Ages in years and in the bands of figures. Unknown, refused and not asked stay apart."""

from __future__ import annotations

from dataclasses import dataclass

from service.facts.answers import Values, coded, whole_number
from service.facts.codes import AGE_BAND5, AGE_KNOWN

OLDEST = 120
"""Years. Beyond it a number is a typing error or another form's code for unknown (999)."""

ASKED_FROM = 6
"""Years. A child of that age is asked itself; for a smaller one its guardian answers alone."""
CHILD_BANDS = frozenset({"0004", "0511", "1217", "unk_child"})


@dataclass(frozen=True, kw_only=True)
class Age:
    """`known` is exact | estimated | unknown | no_answer | not_asked; `band` is of AGE_BAND5."""

    years: int | None
    known: str
    band: str

    @property
    def is_under_5(self) -> bool:
        return self.band == "0004"

    @property
    def is_minor(self) -> bool:
        return self.band in CHILD_BANDS

    @property
    def is_infant(self) -> bool:
        """Too small to be asked; of a child whose age nobody told that is not known."""
        return self.is_under_5 or (self.years is not None and self.years < ASKED_FROM)


def band(years: int) -> str:
    """The five bands used by default; they follow the ages of the Washington Group's modules."""
    if years < 5:
        return "0004"
    if years < 12:
        return "0511"
    if years < 18:
        return "1217"
    return "1859" if years < 60 else "60p"


def read_age(years: str, known: str, in_band: str) -> Age:
    """Age from three answers: years, how well they are known, and a band asked for instead."""
    number = whole_number(years, 0, OLDEST)
    how = coded(known, AGE_KNOWN)
    if number is not None:
        # An age given beside "not known" is somebody's guess.
        how = how if how in {"exact", "not_asked"} else "estimated"
        return Age(years=number, known=how, band=band(number))
    if in_band:
        return Age(years=None, known="unknown", band=coded(in_band, AGE_BAND5))
    if how in {"unk_child", "unk_adult"}:
        return Age(years=None, known="unknown", band=how)
    if how in {"no_answer", "not_asked"} and not years:
        return Age(years=None, known=how, band=how)
    return Age(years=None, known="unknown", band="unknown")


def age_of(values: Values) -> Age:
    """Age from answers by tag."""
    get = values.get
    return read_age(get("person.age", ""), get("person.age_known", ""), get("person.age_band", ""))
