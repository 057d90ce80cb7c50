"""What the rules of flags ask of earlier records, and which records are still to be looked at.

Each question reads one index from a record backwards, and a bounded number of rows: what one
record costs is the same however many there are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.tables import Submission
from service.review.flags.distance import Taken
from service.review.flags.doubles import MOST_COMPARED, WITHIN_DAYS
from service.review.flags.looks import Look
from service.review.flags.pace import Pace
from service.review.queries.flags import STANDS
from service.review.tables import FlagLook, FlagProgress

NEWEST = 100
"""Records by which the pace of a form and the place of a village are known."""


_of = sa.bindparam
_EARLIER = (
    FlagLook.project_id == _of("project_id"),
    FlagLook.submission_pk < _of("submission_pk"),
    FlagLook.record_pk != _of("record_pk"),
)
"""Than this one; and other records, not other versions of it."""
_PACES = (
    sa.select(FlagLook.submission_pk, FlagLook.record_pk, FlagLook.seconds, FlagLook.answered)
    .where(
        FlagLook.project_id == _of("project_id"),
        FlagLook.form_pk == _of("form_pk"),
        FlagLook.submission_pk < _of("submission_pk"),
        FlagLook.seconds.is_not(None),
    )
    .order_by(FlagLook.submission_pk.desc())
    .limit(_of("newest"))
)
_TAKEN = (
    sa.select(FlagLook.village, FlagLook.cell_row, FlagLook.cell_column)
    .where(*_EARLIER, FlagLook.commune == _of("commune"), FlagLook.cell_row.is_not(None))
    .order_by(FlagLook.submission_pk.desc())
    .limit(NEWEST)
)


def _alike_by(*names: str) -> sa.Select[Any]:
    """Two indexes, one statement. Put together once: that costs more than asking."""
    halves = [
        sa.select(FlagLook.submission_pk)
        .where(*_EARLIER, getattr(FlagLook, name) == _of(name))
        .order_by(FlagLook.submission_pk.desc())
        .limit(MOST_COMPARED)
        .subquery()
        for name in names
    ]
    keys = sa.union(*(sa.select(half.c.submission_pk) for half in halves))
    return (
        sa.select(FlagLook.__table__)
        .join(
            Submission,
            sa.and_(
                Submission.project_id == FlagLook.project_id,
                Submission.submission_pk == FlagLook.submission_pk,
            ),
        )
        .where(
            FlagLook.project_id == _of("project_id"),
            FlagLook.submission_pk.in_(keys),
            FlagLook.form_pk == _of("form_pk"),
            FlagLook.happened_on.between(_of("since"), _of("until")),
            STANDS,
        )
        .order_by(FlagLook.submission_pk.desc())
    )


_ALIKE: dict[tuple[str, ...], sa.Select[Any]] = {
    names: _alike_by(*names) for names in (("alike",), ("household",), ("alike", "household"))
}


def _asked(project_id: int, look: Look, *names: str) -> dict[str, Any]:
    return {
        "project_id": project_id,
        **{name: getattr(look, name) for name in ("submission_pk", "record_pk", *names)},
    }


def list_paces(
    connection: sa.Connection, project_id: int, looks: Sequence[Look]
) -> dict[uuid.UUID, list[Pace]]:
    """Of each of these, those of the newest NEWEST before it: one statement for each form whose
    records came one after the other. Others that came in between have one of their own."""
    of_form: dict[int, list[Look]] = defaultdict(list)
    for look in sorted(looks, key=lambda one: one.submission_pk, reverse=True):
        of_form[look.form_pk].append(look)
    found: dict[uuid.UUID, list[Pace]] = {}
    for of_one in of_form.values():
        while left := [look for look in of_one if look.submission_pk not in found]:
            newest = NEWEST + len(left)
            asked = {**_asked(project_id, left[0], "form_pk"), "newest": newest}
            rows = connection.execute(_PACES, asked).all()
            before = {look.submission_pk: _before(rows, look) for look in left}
            is_all = len(rows) < newest
            found |= {key: told for key, told in before.items() if is_all or len(told) == NEWEST}
            found.setdefault(left[0].submission_pk, before[left[0].submission_pk])
    return found


def _before(rows: Sequence[Any], look: Look) -> list[Pace]:
    """`rows`: the newest first."""
    first = bisect_right(rows, -look.submission_pk.int, key=lambda row: -row.submission_pk.int)
    theirs = rows[first : first + NEWEST + 1]
    others = [(row[2], row[3]) for row in theirs if row[1] != look.record_pk]
    return others[:NEWEST]


def list_taken(connection: sa.Connection, project_id: int, look: Look) -> list[Taken]:
    rows: Any = connection.execute(_TAKEN, _asked(project_id, look, "commune"))
    return [(village, (row, column)) for village, row, column in rows]


def list_alike(connection: sa.Connection, project_id: int, look: Look) -> list[Look]:
    """Of the same people, or of the same household, those that stand and may be a double: of the
    same form and days."""
    names = tuple(name for name in ("alike", "household") if getattr(look, name) is not None)
    if not names or look.happened_on is None:
        return []
    days = dt.timedelta(days=WITHIN_DAYS)
    about = {"since": look.happened_on - days, "until": look.happened_on + days}
    asked = _asked(project_id, look, "form_pk", *names)
    return [_look(row) for row in connection.execute(_ALIKE[names], {**asked, **about})]


def _look(row: Any) -> Look:
    return Look(
        submission_pk=row.submission_pk,
        record_pk=row.record_pk,
        form_pk=row.form_pk,
        sender=row.sender,
        happened_on=row.happened_on,
        begun_at=row.begun_at,
        household=row.household,
        alike=row.alike,
        people=tuple((sex, age, tuple(needs)) for sex, age, needs in row.people),
    )


# --- which are still to be looked at ------------------------------------------------------------
def find_progress(session: Session, project_id: int, rules: int) -> uuid.UUID:
    """All records that came before were looked at by these rules."""
    found = session.scalar(
        sa.select(FlagProgress.done_before).where(
            FlagProgress.project_id == project_id, FlagProgress.rules == rules
        )
    )
    return found or uuid.UUID(int=0)


def put_progress(session: Session, project_id: int, rules: int, done_before: uuid.UUID) -> None:
    session.merge(FlagProgress(project_id=project_id, rules=rules, done_before=done_before))
    session.flush()


def list_due(
    session: Session, project_id: int, rules: int, since: uuid.UUID, limit: int
) -> list[uuid.UUID]:
    """Records that stand, have their facts, and that nobody looked at by these rules."""
    looked = sa.exists().where(
        FlagLook.project_id == Submission.project_id,
        FlagLook.submission_pk == Submission.submission_pk,
        FlagLook.rules == rules,
    )
    query = (
        sa.select(Submission.submission_pk)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk >= since,
            STANDS,
            Submission.projected_at.is_not(None),
            sa.not_(looked),
        )
        .order_by(Submission.submission_pk)
        .limit(limit)
    )
    return list(session.scalars(query))
