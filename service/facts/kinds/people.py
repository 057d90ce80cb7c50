"""People assessed, what happened to them, and what they need."""

from __future__ import annotations

import datetime as dt

from service.facts.kinds.visits import OfSubmission


class OfPerson(OfSubmission, frozen=True, kw_only=True):
    """The dimensions by which people are counted; needs repeat those of their person.

    Source: tags `person.…`, `wg.…`, `victim.…`, `incident.device`, and the household's distance.
    """

    household_key: str
    """As of the household."""
    sex: str
    """List sex."""
    age_band: str
    """Of the age in years at the interview, list age_band5."""
    disability: str
    """By the six answers of the Washington Group Short Set: yes (any is 3 or 4), no, indeterminate
    or not_asked (`washington.py`)."""
    victim_type: str
    """List victim_type."""
    device: str
    """What exploded, list device."""
    remoteness: str
    """As of the household."""


class Person(OfPerson, frozen=True, kw_only=True):
    """One person assessed, at one visit.

    Source: the repeat of persons of form F1, or the whole form where it asks of one.
    """

    ordinal: int
    """Place in the form's repeat of persons, from 0."""
    age_years: int | None
    """Completed years at the interview; None: not told."""
    age_known: str
    """exact, estimated or unknown, list age_known."""
    age_from: int | None
    """Youngest and oldest that the person can be at the interview, in completed years: equal for
    an exact age, apart for an estimate, a band, "a child" (`ranges.py`); None: nothing told."""
    age_to: int | None
    born_from: int | None
    """First and last year in which the person can have been born, by age and interview."""
    born_to: int | None
    home: str
    """Where the person lives: the finest place that is known, by the gazetteer; unknown. A visit
    to a household is a visit to its people's home, unless the form asks of another."""
    home_precision: str
    """How fine `home` is: province, district, commune, village or unknown."""
    relation: str
    """What the person is to whoever was killed or injured, list relationship."""
    impairments: tuple[str, ...]
    """What the person says is impaired, list impairment; to plan services by, never prevalence."""
    wg_see: int | None
    """Difficulty seeing, and then hearing, walking, remembering, self-care, communicating: 1 none,
    2 some, 3 a lot, 4 cannot; 7 would not say, 9 does not know; None: not asked."""
    wg_hear: int | None
    wg_walk: int | None
    wg_remember: int | None
    wg_selfcare: int | None
    wg_communicate: int | None
    wg_max: int | None
    """Highest of the six that is 1 to 4; None: there is none."""
    open_needs: int
    """How many of the person's needs are open: figures over all needs count people once."""
    is_proxy: bool | None
    """Somebody else answered for the person; None: not asked."""
    cfm: str
    """Whether the Child Functioning Module was used, list cfm."""
    device_in_use: str
    """Whether a prosthesis, orthosis, wheelchair or the like is in use: list yes_no_unknown."""
    device_years: int | None
    """How old that device is, in years, 0 to 60."""
    school: str
    """Attends school: list yes_no_unknown. So are the five below, unless they name another."""
    work: str
    """Works, for pay or for the family."""
    income_source: str
    """Main source of income, list occupation."""
    land_title: str
    latrine_usable: str
    """Whether there is a latrine that the person can use."""
    disability_card: str
    """Holds the disability ID card: list yes_no_applied, as the two below."""
    equity_card: str
    cash_received: str
    """Receives cash support or the Family Package."""
    cash_problem: str
    """Whether card or cash was refused, delayed or cut: list yes_no_unknown, as all below."""
    in_group: str
    """Member of a survivor group or an organisation of persons with disabilities."""
    consulted: str
    """Asked for their views by an authority or organisation in the last 12 months."""
    view_changed: str
    """Whether that changed something."""
    has_seat: str
    """Holds a seat in a committee or council."""


class Need(OfPerson, frozen=True, kw_only=True):
    """One need of one person at one visit; told twice it is one, open if it is once told open.

    Source: tags `need.…`. Never the words: those stay in the record.
    """

    person_ordinal: int
    """`ordinal` of the person."""
    need_code: str
    """List need (`needs.py`)."""
    status: str
    """How far it is met by now, list need_status: as visits and the office say where a case is
    open, else as it was told."""
    told_status: str | None
    """As it was told at this visit; unmet where a form does not ask. None: it was told at a later
    visit to the case, and is counted with the person from then on."""
    is_open: bool
    """The status is one of `codes.OPEN_STATUSES`."""
    priority: str
    """How urgent, list priority."""
    barriers: tuple[str, ...]
    """What is in the way, list barrier."""
    since_year: int | None
    """Since which year; None: not told, or after the visit."""
    referral_to: str | None
    """Code of the provider that the person was told of, as in the service directory; "in_words"
    where the record names it otherwise; None: nobody."""
    referral_agreed: bool | None
    """Whether the person agrees to that referral; None: not asked."""
    served_on: dt.date | None = None
    """Day of the first service for it that a visit to the case told of; None: none did."""
    met_on: dt.date | None = None
    """Day of the visit since which the person calls it met; None: it is not, or was so from the
    beginning."""


class Incident(OfSubmission, frozen=True, kw_only=True):
    """What happened to one person, or to whoever of their family it happened to.

    Source: tags `incident.…` and `injury.…`; made where any of them is answered. The place in
    words stays in the record.
    """

    ordinal: int
    """`ordinal` of the person."""
    victim_type: str
    """As of the person: whether it happened to them or to somebody of theirs."""
    device: str
    """What exploded, list device."""
    era: str
    """List incident_era: as told, else by the years."""
    submunition: str
    """Kind of submunition, where an expert filled it in, list submunition_kind."""
    incident_from: dt.date | None
    """First and last day on which it can have happened: a month, a year (`ranges.py`); None: not
    told, or only after the visit."""
    incident_to: dt.date | None
    place: str
    """Where it happened: the finest place that was told, by the gazetteer; unknown."""
    place_precision: str
    """How fine `place` is: province, district, commune, village or unknown."""
    activity: str
    """What the person was doing, list activity."""
    civil_status: str
    """What they were at the time, list civil_status."""
    off_duty: bool | None
    """Of soldiers and police: whether off duty; None: not asked."""
    outcome: str
    """List incident_outcome."""
    marked_area: str
    """Whether the place was marked, list marked_area."""
    age_from: int | None
    """Youngest and oldest that the injured or killed person can have been at the time, in completed
    years; None: not known, or it was somebody else than the person assessed."""
    age_to: int | None
    was_child: str
    """Under 18 at the time: yes, no, or unknown where the range leaves both open."""
    injuries: tuple[str, ...]
    """List injury."""
    side: str
    """Of the body, list side."""
    sex: str
    """Of whom it happened to, list sex; not_asked where that is somebody else than the person
    assessed."""
    reported_by: str
    """Which institution counted it, of a casualty whom nobody asked, list casualty_source;
    not_asked: the person, or somebody of theirs, told it."""
