"""One person as facts and answers tell of them, for comparison. Digests come from a stand-in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.facts.ages import Age
from service.facts.answers import digits
from service.persons import blocking, normal, years
from service.persons.aligning import Standing
from service.persons.blocking import Keys, StandIn
from service.persons.matching import Described

LEAST_DIGITS = 8
"""Of a phone number, without the zero or the code of the country before it."""
COUNTRY = "855"


@dataclass(frozen=True, kw_only=True)
class Coded:
    """What facts say of a person."""

    sex: str
    age_years: int | None
    age_known: str
    age_band: str
    happened_on: dt.date
    home: str
    victim_type: str
    device: str
    household_key: str
    incident_from: dt.date | None
    incident_to: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """One person of one record, to be compared."""

    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    key_pk: uuid.UUID | None
    """Of the names of the record."""
    name: str = field(repr=False)
    described: Described = field(repr=False)
    standing: Standing
    coded: Coded
    search_keys: Keys = field(repr=False)
    pair_keys: Keys = field(repr=False)

    @property
    def keys(self) -> frozenset[int]:
        return frozenset(self.search_keys) | frozenset(self.pair_keys)


def tell(
    project_id: int,
    record_pk: uuid.UUID,
    submission_pk: uuid.UUID,
    key_pk: uuid.UUID | None,
    ordinal: int,
    values: Mapping[str, str],
    coded: Coded,
    stand_in: StandIn,
) -> Told | None:
    """None where no name was told: there is nothing to compare by."""
    name = values.get("person.name", "").strip()
    household = None if _is_none(coded.household_key, submission_pk) else coded.household_key
    described = _described(project_id, name, values, coded, household, stand_in)
    if not described.name.readings:
        return None
    own = values.get("person.id", "").strip()
    search = blocking.search_keys(project_id, described.name, described.place, stand_in)
    return Told(
        record_pk=record_pk,
        submission_pk=submission_pk,
        key_pk=key_pk,
        name=name,
        described=described,
        standing=Standing(
            ordinal=ordinal,
            own=stand_in("person own", project_id, record_pk, own) if own else None,
            described=stand_in("person described", project_id, record_pk, *_who(described)),
            sounds=frozenset(search),
        ),
        coded=coded,
        search_keys=search,
        pair_keys=blocking.pair_keys(project_id, described, stand_in),
    )


def _is_none(household_key: str, submission_pk: uuid.UUID) -> bool:
    """Whether it stands for this version alone (`circumstances.household_key_of`)."""
    return household_key == submission_pk.hex[-16:]


def _who(described: Described) -> tuple[object, ...]:
    """What of it is the person's own, and not the visit's."""
    return described.name, described.sex, described.born, described.phone


def _described(
    project_id: int,
    name: str,
    values: Mapping[str, str],
    coded: Coded,
    household: str | None,
    stand_in: StandIn,
) -> Described:
    phone = _phone(values.get("person.phone", ""))
    age = Age(years=coded.age_years, known=coded.age_known, band=coded.age_band)
    happened = None
    if coded.incident_from and coded.incident_to:
        happened = years.YearRange(first=coded.incident_from.year, last=coded.incident_to.year)
    return Described(
        name=normal.read(name),
        sex=coded.sex,
        born=years.born(age, coded.happened_on),
        place=coded.home if coded.home.isdecimal() else "",
        victim_type=coded.victim_type,
        incident=happened,
        device=coded.device,
        household=household,
        phone=stand_in("phone", project_id, phone).hex() if phone else None,
    )


def _phone(answer: str) -> str:
    """The digits of a number, however it was written; "" for what is none."""
    found = "".join(one for one in digits(answer) if one.isdecimal())
    found = found.removeprefix("00").removeprefix(COUNTRY).lstrip("0")
    return found if len(found) >= LEAST_DIGITS else ""
