"""Each kind of fact as one SELECT: the fields of `layout.LAYOUT`, joined column by column.

What several rows say of one person (needs, incidents) comes with the row of the person, within the
same submission: whatever changes one of them is a change of that submission.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.facts import tables
from service.facts.scopes import CODES_ALONE, bits
from service.indicators.layout import LAYOUT
from service.indicators.measures import Kind
from service.indicators.queries.expressions import (
    Bytes,
    Day,
    days_between,
    is_empty,
    joined,
    mentions,
    said,
)
from service.intake.tables import Submission

Keys = Sequence[uuid.UUID] | sa.BindParameter[Any] | None
"""Of which submissions; None: all."""
ProjectId = int | sa.BindParameter[int]
Fields = Mapping[str, Any]
_ZERO: Any = sa.literal_column("0")
_NOTHING: Any = sa.literal_column("''")
_WHO = {
    "sex": "sex", "age": "age_band", "wg": "disability", "victim": "victim_type",
    "device": "device", "remoteness": "remoteness",
}  # fmt: skip
_REHABILITATION = (
    "reh_prosthesis", "reh_orthosis", "reh_wheelchair", "reh_walking_aid", "reh_assistive_other",
    "reh_physio", "reh_transport",
)  # fmt: skip
_GAPS: Mapping[str, tuple[str, ...]] = {
    "limb": ("reh_prosthesis", "reh_orthosis"),
    "mobility": ("reh_wheelchair", "reh_walking_aid"),
    "mind": ("psy_counselling", "psy_peer", "psy_family"),
    "work_gap": ("sei_livelihood", "sei_job", "sei_voctraining"),
    "house": ("sei_housing",),
    "rehab": _REHABILITATION,
}
"""Field of a person -> codes of needs of which one is open."""
OLD_AID_YEARS = {"child": 1, "adult": 3}
"""A device that is older should have been renewed."""
FAR_MINUTES = 120
"""From a rehabilitation centre."""
_PUBLIC = ("commune_hall", "school", "health_facility", "police_court", "polling", "market")


@dataclass(frozen=True)
class _Source:
    """Where rows of a kind come from."""

    table: Any
    fields: Callable[[Any, Keys], Fields]
    """Expressions of the kind's fields."""
    ordinal: str = ""
    home: Callable[[Any], Any] = lambda _table: _NOTHING
    unfolds: Callable[[Any], Any] | None = None
    """Several codes, as text or as bits, of which each becomes a row; its code goes in front of
    `what`."""
    where: Callable[[Any], Any] | None = None
    joins: Callable[[Any, Any, Keys], Any] = lambda table, _project, _keys: table


def selected(kind: Kind, project_id: ProjectId, names: Sequence[str], keys: Keys = None) -> Any:
    """The facts of a project, or of some of its submissions, by their keys."""
    source = SOURCES[kind]
    table = source.table
    fields = source.fields(table, keys)
    laid = LAYOUT[kind]
    ordinal = getattr(table, source.ordinal) if source.ordinal else _ZERO
    until = sa.func.coalesce(sa.cast(table.stats_until, sa.String), "")
    columns = {
        "first": ordinal == _ZERO,
        "place": joined(table.adm1, table.adm2, table.adm3),
        "day": sa.cast(table.happened_on, sa.String),
        "terms": joined(table.standing, said(table.stats, "yes"), until),
        "home": source.home(table),
        "submitter": sa.func.coalesce(table.submitter_id, sa.literal_column("-1")),
    }
    for column, named in laid.items():
        told = [fields[one] for one in named if one in fields]
        columns[column] = joined(*told) if told else _NOTHING
    more = [] if source.unfolds is None else [ordinal, source.unfolds(table)]
    asked = [columns[name].label(name) for name in names]
    query = sa.select(Bytes(table.submission_pk), *asked, *more)
    query = query.select_from(source.joins(table, project_id, keys))
    query = query.where(table.project_id == project_id)
    if source.where is not None:
        query = query.where(source.where(table))
    if keys is not None:
        query = query.where(table.submission_pk.in_(keys))
    return query.order_by(table.submission_pk)


# --- fields of each kind ------------------------------------------------------------------------
def _who(table: Any) -> dict[str, Any]:
    return {name: getattr(table, column) for name, column in _WHO.items() if hasattr(table, column)}


def _of_visit(table: Any, _keys: Keys) -> Fields:
    held = sa.or_(mentions(table.id_docs, "nid"), mentions(table.id_docs, "birth_cert"))
    silent = sa.or_(
        is_empty(table.id_docs), *(mentions(table.id_docs, one) for one in ("unknown", "no_answer"))
    )
    identity = sa.case((held, "yes"), (silent, "unknown"), else_="no")
    came_on = Day(_SUBMISSION.received_at)
    return {
        "village": table.adm4,
        "identity": identity,
        "late_days": days_between(table.happened_on, came_on),
    }


def _of_person(table: Any, _keys: Keys) -> Fields:
    child = sa.or_(table.age_to < 18, table.age_band.in_(("0004", "0511", "1217", "unk_child")))
    old = sa.case((child, OLD_AID_YEARS["child"]), else_=OLD_AID_YEARS["adult"])
    has_impairment = sa.not_(
        sa.or_(
            is_empty(table.impairments),
            *(mentions(table.impairments, one) for one in ("none", "unknown", "no_answer")),
        )
    )
    is_due = sa.or_(
        table.disability == "yes", sa.and_(table.victim_type == "direct_injured", has_impairment)
    )
    needs, incident, household = _NEEDS_OF, _INCIDENT, _HOUSEHOLD
    return {
        **_who(table),
        "open": said(table.open_needs > 0, "open"),
        "load": sa.cast(table.open_needs, sa.String),
        "school": table.school,
        "of_school_age": said(sa.and_(table.age_from >= 6, table.age_to <= 17), "yes"),
        "latrine": table.latrine_usable,
        "in_group": table.in_group,
        "has_seat": table.has_seat,
        "consulted": table.consulted,
        "view_changed": table.view_changed,
        "card": table.disability_card,
        "card_due": said(is_due, "yes"),
        "cash": table.cash_received,
        "cash_problem": table.cash_problem,
        "walks": said(table.wg_walk.in_((3, 4)), "hardly"),
        "amputee": said(sa.cast(incident.injuries, sa.String).like('%"amp_%'), "yes"),
        "aid": table.device_in_use,
        "aid_is_old": sa.case(
            (table.device_years.is_(None), "unknown"), (table.device_years > old, "yes"), else_="no"
        ),
        "far": sa.case(
            (household.minutes_rehabilitation.is_(None), "unknown"),
            (household.minutes_rehabilitation > FAR_MINUTES, "yes"),
            else_="no",
        ),
        **{name: said(needs[name] > 0, "yes") for name in (*_GAPS, "barred")},
    }


def _of_need(table: Any, _keys: Keys) -> Fields:
    referred = sa.or_(
        table.status == "referred",
        table.referral_to.is_not(None),
    )
    return {
        **_who(table),
        "need": table.need_code,
        "open": said(table.is_open, "open"),
        "referred": said(referred, "yes"),
        "priority": table.priority,
        "told_on": sa.cast(table.happened_on, sa.String),
        "served_days": days_between(table.happened_on, table.served_on),
        "met_days": days_between(table.happened_on, table.met_on),
    }


def _of_signature(table: Any, _keys: Keys) -> Fields:
    return {**_who(table), "kind": table.kind, "line": table.line_status}


def _of_incident(table: Any, _keys: Keys) -> Fields:
    year = sa.func.substr(sa.cast(table.incident_from, sa.String), 1, 4)
    last = sa.func.substr(sa.cast(table.incident_to, sa.String), 1, 4)
    age = sa.case(
        (table.was_child == "yes", "child"), (table.was_child == "no", "adult"), else_="unknown"
    )
    return {
        "sex": table.sex,
        "age": age,
        "outcome": table.outcome,
        "device": table.device,
        "incident_year": sa.case((year == last, year), else_="unknown"),
    }


def _of_issue(table: Any, _keys: Keys) -> Fields:
    asked = sa.func.coalesce(table.issue_to, table.happened_on)
    return {
        **_who(table),
        "issue": table.issue_code,
        "status": table.status,
        "duty_bearer": table.duty_bearer,
        "public_place": sa.case((table.place_type.in_(_PUBLIC), table.place_type), else_="none"),
        "answer_days": days_between(asked, table.answered_on),
    }


def _of_concern(table: Any, _keys: Keys) -> Fields:
    households = sa.func.coalesce(sa.cast(table.households, sa.String), "")
    return {
        "device": table.device,
        "status": table.answer,
        "hectares": table.hectares,
        "answer_days": days_between(table.reported_on, table.answered_on),
        "households": households,
    }


def _of_testimony(table: Any, _keys: Keys) -> Fields:
    def allows(*scopes: str) -> Any:
        return table.scopes.bitwise_and(bits({*scopes}) | CODES_ALONE) == bits({*scopes})

    return {
        **_who(table),
        "testimony": table.kind,
        "abroad": said(allows("store", "advocacy_intl"), "yes"),
        "quotable": said(sa.or_(allows("quote_anon"), allows("publish_name")), "yes"),
        "read_back": table.read_back,
        "scopes_until": sa.func.coalesce(sa.cast(table.scopes_until, sa.String), ""),
    }


def _of_follow_up(table: Any, _keys: Keys) -> Fields:
    quality = sa.func.coalesce(sa.cast(table.quality, sa.String), "")
    return {
        "need": table.need_code,
        "referral": table.referral_outcome,
        "quality": quality,
        "named": said(table.provider.is_not(None), "yes"),
    }


def _of_sheet(table: Any, _keys: Keys) -> Fields:
    return {"reconciled": sa.case((table.is_reconciled, "yes"), else_="no")}


# --- beside persons -----------------------------------------------------------------------------
def _needs_of(project_id: ProjectId, keys: Keys) -> Any:
    """Which gaps each person has, from the needs that are open."""
    table: Any = tables.Need
    named = {
        name: sa.func.max(sa.case((table.need_code.in_(codes), 1), else_=0)).label(name)
        for name, codes in _GAPS.items()
    }
    named["barred"] = sa.func.max(sa.case((is_empty(table.barriers), 0), else_=1)).label("barred")
    query = sa.select(table.submission_pk, table.person_ordinal, *named.values())
    query = query.where(table.project_id == project_id, table.is_open.is_(True))
    if keys is not None:
        query = query.where(table.submission_pk.in_(keys))
    return query.group_by(table.submission_pk, table.person_ordinal).subquery("gaps")


_NEEDS_OF: Any = {
    name: sa.literal_column(f"gaps.{name}", sa.Integer) for name in (*_GAPS, "barred")
}
_INCIDENT: Any = tables.Incident
_HOUSEHOLD: Any = tables.Household
_SUBMISSION: Any = Submission


def _with_arrival(table: Any, _project_id: ProjectId, _keys: Keys) -> Any:
    same = sa.and_(
        _SUBMISSION.project_id == table.project_id,
        _SUBMISSION.submission_pk == table.submission_pk,
    )
    return sa.join(table, Submission, same)


def _beside_person(table: Any, project_id: ProjectId, keys: Keys) -> Any:
    gaps = _needs_of(project_id, keys)
    same = (table.project_id, table.submission_pk)

    def is_of(other: Any) -> Any:
        pairs = zip((other.project_id, other.submission_pk), same, strict=True)
        return sa.and_(*(theirs == ours for theirs, ours in pairs))

    whole = sa.outerjoin(
        table,
        gaps,
        sa.and_(
            gaps.c.submission_pk == table.submission_pk, gaps.c.person_ordinal == table.ordinal
        ),
    )
    own = sa.and_(is_of(_INCIDENT), _INCIDENT.ordinal == table.ordinal)
    return whole.outerjoin(_INCIDENT, own).outerjoin(_HOUSEHOLD, is_of(_HOUSEHOLD))


def _home(table: Any) -> Any:
    return table.household_key


def _incident(table: Any) -> Any:
    """One incident, whoever told of it: by day, place and device, where the day and the place are
    known; otherwise each is one of its own."""
    is_known = sa.and_(table.incident_from == table.incident_to, table.place != "unknown")
    told = joined(table.place, sa.cast(table.incident_from, sa.String), table.device)
    return sa.case((is_known, told), else_="")


def _case(table: Any) -> Any:
    return table.case_id


def _is_barred(table: Any) -> Any:
    return sa.and_(table.is_open.is_(True), sa.not_(is_empty(table.barriers)))


SOURCES: Mapping[Kind, _Source] = {
    Kind.VISIT: _Source(tables.Household, _of_visit, home=_home, joins=_with_arrival),
    Kind.PERSON: _Source(
        tables.Person, _of_person, ordinal="ordinal", home=_home, joins=_beside_person
    ),
    Kind.NEED: _Source(tables.Need, _of_need, ordinal="person_ordinal", home=_home),
    Kind.SIGNATURE: _Source(tables.Signature, _of_signature, ordinal="ordinal"),
    Kind.INCIDENT: _Source(tables.Incident, _of_incident, home=_incident),
    Kind.ISSUE: _Source(tables.RightsIssue, _of_issue),
    Kind.CONCERN: _Source(tables.Concern, _of_concern),
    Kind.TESTIMONY: _Source(tables.Testimony, _of_testimony),
    Kind.FOLLOW_UP: _Source(tables.FollowUp, _of_follow_up, home=_case),
    Kind.SHEET: _Source(tables.Sheet, _of_sheet),
    Kind.BARRIER: _Source(
        tables.Need,
        lambda table, _keys: _who(table),
        ordinal="person_ordinal",
        home=_home,
        unfolds=lambda table: sa.cast(table.barriers, sa.String),
        where=_is_barred,
    ),
    Kind.ARTICLE: _Source(
        tables.RightsIssue,
        _of_issue,
        ordinal="ordinal",
        unfolds=lambda table: sa.cast(table.crpd, sa.String),
    ),
    Kind.LAND: _Source(
        tables.Concern, _of_concern, unfolds=lambda table: sa.cast(table.land_use, sa.String)
    ),
    Kind.SCOPE: _Source(tables.Testimony, _of_testimony, unfolds=lambda table: table.scopes),
}
"""Rows of reports stand for themselves: `first` is said of each."""
