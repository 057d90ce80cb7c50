"""Some sheets are drawn by chance and looked at again: what people find says how sure the number
is."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.treaty import sampling
from service.treaty.queries import checks
from service.treaty.queries.checks import CheckTold
from service.treaty.sampling import LEAST, Checked, Interval


@dataclass(frozen=True, kw_only=True)
class HowSure:
    """Of the signatures on paper, when the sample was drawn, so many hold."""

    drawn_at: dt.datetime
    sheets: int
    """That were looked at."""
    lines: int
    """Signatures on paper that counted then."""
    interval: Interval


def draw(session: Session, actor: Actor, project_id: int, count: int) -> None:
    """A new sample, in place of the one before. Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    sheets = checks.valid_by_sheet(session, project_id)
    if not LEAST <= count <= len(sheets):
        reason = f"at least {LEAST}, and no more than the {len(sheets)} sheets that count"
        raise Problem(INVALID_PARAMETER, name="count", reason=reason)
    seed = secrets.randbelow(2**31)
    chosen = sampling.draw(sheets, count, seed)
    key = checks.insert(session, project_id, clock.now(), seed, sheets, chosen)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TREATY_DECIDE,
        subject=key,
        what="sample",
        seed=seed,
        sheets=count,
    )


def put_found(session: Session, actor: Actor, project_id: int, sheet: str, hold: int) -> None:
    """So many of the lines of this sheet hold: the person exists, and signed. What was said is not
    said otherwise: a sample whose results are chosen proves nothing."""
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    check = checks.newest(session, project_id, lock=True)
    if check is None or sheet not in check.left:
        reason = "a sheet of the sample that nobody has looked at"
        raise Problem(INVALID_PARAMETER, name="sheet", reason=reason)
    if not 0 <= hold <= check.sheets[sheet]:
        reason = f"between 0 and {check.sheets[sheet]}"
        raise Problem(INVALID_PARAMETER, name="hold", reason=reason)
    checks.put_found(session, project_id, check.check_pk, {**check.found, sheet: hold})
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TREATY_DECIDE,
        subject=check.check_pk,
        what="checked",
        hold=hold,
    )


def how_sure(check: CheckTold | None) -> HowSure | None:
    """None until every sheet of the sample was looked at: who stops where it looks well would
    choose the result."""
    if check is None or check.left:
        return None
    checked = [Checked(lines=check.sheets[one], hold=n) for one, n in check.found.items()]
    others = [n for sheet, n in check.sheets.items() if sheet not in check.found]
    return HowSure(
        drawn_at=check.drawn_at,
        sheets=len(checked),
        lines=sum(check.sheets.values()),
        interval=sampling.interval(checked, others, check.seed),
    )
