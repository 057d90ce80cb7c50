"""Figures as SQL groups them, through the gate of consent: what columns and cubes are held to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.facts import codes
from service.facts.queries import not_usable, usable
from service.facts.scopes import Purpose
from service.facts.tables import Household, Need, Person, Signature
from service.indicators.catalogue import Count
from service.indicators.counting import ONCE_EACH, PLENTY, Scope, Visits
from service.indicators.measures import Kind
from service.indicators.tabulate import Group, Grouping
from service.intake.tables import Submission

Facts = type[Household] | type[Person] | type[Need] | type[Signature]
_COLUMNS = {
    "province": "adm1",
    "district": "adm2",
    "commune": "adm3",
    "need": "need_code",
    "sex": "sex",
    "age": "age_band",
    "age_group": "age_band",
    "wg": "disability",
    "victim": "victim_type",
    "device": "device",
    "remoteness": "remoteness",
    "kind": "kind",
    "month": "month",
    "quarter": "month",
    "year": "month",
}
_UNKNOWN = frozenset({"unknown", "no_answer", "not_asked"})
_CHILDREN = ("0004", "0511", "1217", "unk_child")
_ADULTS = ("1859", "60p", "unk_adult")
_TABLES: dict[Count, Facts] = {
    Count.ASSESSED: Person,
    Count.COMPLETE: Person,
    Count.ANY_OPEN_NEED: Person,
    Count.OPEN_NEED: Need,
    Count.VALID_SIGNATURE: Signature,
}


MOST_LISTED = 2000
"""Parameters of one statement: databases take 32,766."""


Kinds = type[Person] | type[Signature]


class BySql:
    """What `indicators.counting.Figures` answers, asked of the facts themselves."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def group(
        self, scope: Scope, count: Count, by: tuple[str, ...], visits: Visits = ONCE_EACH
    ) -> Grouping:
        return group(self.session, scope, count, by, visits)

    def visits(self, scope: Scope, kind: Kind = Kind.VISIT) -> Visits:
        if kind not in (Kind.VISIT, Kind.PERSON, Kind.NEED):
            raise NotImplementedError(kind)
        return visits(self.session, scope)

    def largest_shares(self, scope: Scope, count: Count) -> dict[str, float]:
        return largest_shares(self.session, scope, count)

    def count_refused(self, scope: Scope, count: Count) -> dict[str, int]:
        return count_refused(self.session, scope, count)

    def count_minors(self, scope: Scope) -> dict[str, int]:
        return count_minors(self.session, scope)

    def count_beside(self, scope: Scope, count: Count) -> dict[str, int]:
        raise NotImplementedError(count)

    def months(self, scope: Scope, count: Count) -> set[str]:
        return months(self.session, scope, count)

    def find_period(self, scope: Scope, count: Count) -> tuple[dt.date, dt.date] | None:
        return find_period(self.session, scope, count)


def visits(session: Session, scope: Scope) -> Visits:
    """Of fewer households than `PLENTY` there are no more visits than the most visited ones had
    together: one more, and somebody else was visited, too."""
    home = usable(Household, Purpose.COUNT, scope.project_id, scope.as_of)
    n = sa.func.count()
    counted = sa.select(n).select_from(home).where(*_within(home, scope))
    most = counted.group_by(home.household_key).order_by(n.desc()).limit(PLENTY - 1)
    busiest = session.scalars(most).all()
    return Visits(
        are_again=bool(busiest) and busiest[0] > 1,
        of_plenty=max(sum(busiest) + 1, PLENTY),
    )


def group(
    session: Session,
    scope: Scope,
    count: Count,
    by: tuple[str, ...],
    visits: Visits = ONCE_EACH,
) -> Grouping:
    """What `count` counts, by these dimensions: one statement, or two.

    Distinct households are dear (a sort of every row), and matter only where they are few. Each
    visit has one person of ordinal 0, so those tell the least number of visits; only groups for
    which that may be too few households are counted exactly.
    """
    table, has_households = _opened(_TABLES[count], scope), _TABLES[count] is not Signature
    columns = [_column(table, name) for name in by]
    where = [*_within(table, scope), *_conditions(table, count)]
    firsts = sa.func.sum(sa.case((_ordinal(table) == 0, 1), else_=0))
    counted = sa.select(*columns, sa.func.count(), firsts).select_from(table).where(*where)
    rows = _rows(session, counted, columns)
    exact: dict[tuple[str, ...], tuple[int, ...]] = {}
    few = [codes_ for codes_, (_, least) in rows.items() if (least or 0) < visits.of_plenty]
    if few and has_households:
        exact = _households(session, table, columns, where, few)
    return Grouping.of(
        by,
        [
            Group(
                codes=codes_,
                persons=persons,
                households=exact.get(codes_, (least,))[0] if has_households else None,
                people=exact[codes_][1] if codes_ in exact else None,
            )
            for codes_, (persons, least) in rows.items()
        ],
    )


def _households(
    session: Session,
    table: Facts,
    columns: Sequence[sa.ColumnElement[str]],
    where: Sequence[sa.ColumnElement[bool]],
    few: Sequence[tuple[str, ...]],
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Of at least these groups: distinct households, and how many different people there are at
    least. People of one visit are different ones; those of another visit to the same household may
    be the same, so of each household the fullest visit counts. (count(distinct) sorts where this
    hashes.)"""
    narrowed = _only(columns, few) if columns else []
    named = [column.label(f"c{at}") for at, column in enumerate(columns)]
    home, visit = _household_key(table), table.submission_pk
    visits = sa.select(*named, home.label("home"), sa.func.count().label("n"))
    visits = visits.where(*where, *narrowed).group_by(*columns, home, visit)
    told = visits.subquery()
    inner = [told.c[f"c{at}"] for at in range(len(columns))]
    fullest = sa.select(*inner, sa.func.max(told.c.n).label("n")).group_by(*inner, told.c.home)
    homes = fullest.subquery()
    grouped = [homes.c[f"c{at}"] for at in range(len(columns))]
    counted = sa.select(*grouped, sa.func.count(), sa.func.sum(homes.c.n)).select_from(homes)
    return _rows(session, counted, grouped)


def _only(
    columns: Sequence[sa.ColumnElement[str]], few: Sequence[tuple[str, ...]]
) -> list[sa.ColumnElement[bool]]:
    """Rows of these groups, as one text: both databases look that up in a hashed list, where
    PostgreSQL compares a list of pairs one by one. Of very many groups, each column by itself."""
    if len(few) > MOST_LISTED:
        return [
            column.in_(sorted(set(codes_)))
            for column, codes_ in zip(columns, zip(*few, strict=True), strict=True)
        ]
    parts = [part for column in columns for part in (sa.literal_column("'|'"), column)][1:]
    whole = reduce(lambda left, right: left.op("||")(right), parts)
    return [whole.in_(sorted("|".join(codes_) for codes_ in few))]


def largest_shares(session: Session, scope: Scope, count: Count) -> dict[str, float]:
    """Share (0–1) of the busiest collector in what `count` counts, by province, and of all (""); 0
    for nothing."""
    table = _opened(_TABLES[count], scope)
    statement = (
        sa.select(table.adm1, table.submitter_id, sa.func.count())
        .select_from(table)
        .where(*_within(table, scope), *_conditions(table, count))
        .group_by(table.adm1, table.submitter_id)
    )
    counts: dict[str, Counter[int | None]] = {"": Counter()}
    for province, submitter_id, n in session.execute(statement):
        for place in ("", province):
            counts.setdefault(place, Counter())[submitter_id] += n
    return {place: max(of.values()) / of.total() if of else 0.0 for place, of in counts.items()}


def _rows(
    session: Session,
    statement: sa.Select[*tuple[Any, ...]],
    columns: Sequence[sa.ColumnElement[str]],
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Codes -> numbers, grouped by the columns."""
    size = len(columns)
    found: Iterable[Sequence[Any]] = session.execute(statement.group_by(*columns))
    return {tuple(row[:size]): tuple(row[size:]) for row in found if row[size]}


def _ordinal(table: Facts) -> InstrumentedAttribute[int]:
    own = "person_ordinal" if hasattr(table, "person_ordinal") else "ordinal"
    found: InstrumentedAttribute[int] = getattr(table, own)
    return found


def _household_key(table: Facts) -> InstrumentedAttribute[str]:
    found: InstrumentedAttribute[str] = table.household_key  # type: ignore[union-attr]
    return found


def count_refused(session: Session, scope: Scope, count: Count) -> dict[str, int]:
    """People (or signatures) that may not be counted, by month: `stats` was refused, or is over."""
    table = not_usable(_people(count), Purpose.COUNT, scope.project_id, scope.as_of)
    where = (*_within(table, scope), *_conditions(table, _whole(count)))
    return _by_month(session, table, where)


def count_minors(session: Session, scope: Scope) -> dict[str, int]:
    """Signatures of people under 18, counted beside the valid ones, by month."""
    table = usable(Signature, Purpose.COUNT, scope.project_id, scope.as_of)
    where = (*_within(table, scope), table.line_status == "minor")
    return _by_month(session, table, where)


def months(session: Session, scope: Scope, count: Count) -> set[str]:
    """The months within the scope in which there is anybody to count."""
    table = _opened(_people(count), scope)
    return set(session.scalars(sa.select(table.month).where(*_within(table, scope)).distinct()))


def _by_month(
    session: Session, table: Facts, where: Iterable[sa.ColumnElement[bool]]
) -> dict[str, int]:
    counted = sa.select(table.month, sa.func.count()).select_from(table).where(*where)
    return {row[0]: row[1] for row in session.execute(counted.group_by(table.month))}


def find_period(session: Session, scope: Scope, count: Count) -> tuple[dt.date, dt.date] | None:
    """First and last day on record within the scope; None if there is nothing."""
    table = _opened(_people(count), scope)
    statement = sa.select(sa.func.min(table.happened_on), sa.func.max(table.happened_on)).where(
        *_within(table, scope)
    )
    first, last = session.execute(statement).one()
    return None if first is None else (first, last)


def _people(count: Count) -> type[Person] | type[Signature]:
    return Signature if count is Count.VALID_SIGNATURE else Person


def _whole(count: Count) -> Count:
    """Whom a count is taken of: everybody asked, or every valid signature."""
    return Count.VALID_SIGNATURE if count is Count.VALID_SIGNATURE else Count.ASSESSED


def _column(table: Facts, name: str) -> sa.ColumnElement[str]:
    column: InstrumentedAttribute[str] = getattr(table, _COLUMNS[name])
    if name == "year":
        return sa.func.substr(column, 1, 4)
    if name == "quarter":
        number = (sa.cast(sa.func.substr(column, 6, 2), sa.Integer) + 2) // 3
        quarter = sa.cast(number, sa.String)
        return sa.func.substr(column, 1, 4).op("||")(sa.literal_column("'-Q'")).op("||")(quarter)
    if name != "age_group":
        return column.expression
    return sa.case(
        (column.in_(_CHILDREN), sa.literal_column("'child'")),
        (column.in_(_ADULTS), sa.literal_column("'adult'")),
        else_=column,
    )


def _opened(kind: Facts, scope: Scope) -> Facts:
    """Facts come through the gate of consent, or not at all."""
    opened: Facts = usable(kind, Purpose.COUNT, scope.project_id, scope.as_of)
    return opened


def _within(table: Facts, scope: Scope) -> Iterable[sa.ColumnElement[bool]]:
    if scope.start is not None:
        yield table.happened_on >= scope.start
    if scope.end is not None:
        yield table.happened_on <= scope.end
    if scope.received_by is not None:
        came = sa.select(sa.literal(1)).where(
            Submission.project_id == table.project_id,
            Submission.submission_pk == table.submission_pk,
            Submission.received_at < _end_of(scope.received_by),
        )
        yield came.exists()


def _end_of(day: dt.date) -> dt.datetime:
    """In Cambodia."""
    following = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    return following - dt.timedelta(hours=7)


def _conditions(table: Any, count: Count) -> Iterable[sa.ColumnElement[bool]]:
    """`table` is that of `count`, opened."""
    if count is Count.ANY_OPEN_NEED:
        yield table.open_needs > 0
    elif count is Count.OPEN_NEED:
        yield table.is_open.is_(True)
    elif count is Count.VALID_SIGNATURE:
        yield table.line_status == "valid"
    elif count is Count.COMPLETE:
        yield table.sex.not_in(_UNKNOWN)
        yield table.age_band.in_(sorted(codes.AGE_BAND5.keys() - _UNKNOWN - {*_VAGUE}))
        # Of children under five nobody asks the Washington Group's short set.
        is_known = table.disability.in_(("yes", "no"))
        yield sa.or_(is_known, sa.and_(table.age_band == "0004", table.disability == "not_asked"))
        yield sa.or_(table.victim_type.in_(_NO_DEVICE), table.device.not_in(_UNKNOWN))


_VAGUE = ("unk_child", "unk_adult")
"""Not an age: completeness asks for a band."""
_NO_DEVICE = ("not_victim", "indirect_family", "indirect_community")
"""Of these no device is asked, or not their own."""
