"""Paper that goes along with a petition, in a sealed envelope: only where everybody on a sheet
signed below the sentence that says so, and nobody took it back since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from service.treaty.actions import settling
from service.treaty.custody import Step
from service.treaty.queries import campaigns, paper, signers
from service.treaty.queries.paper import SheetHeld
from service.treaty.queries.told import SheetTold
from service.treaty.status import Status

AGAINST = frozenset({Status.WITHDRAWN, Status.NOT_COUNTED})
"""Who took it back, or whose record or consent is gone: the paper names them still."""
Keyed = Mapping[str, Sequence[SheetTold]]


def versions(session: Session, project_id: int) -> frozenset[str]:
    """Texts on whose sheets it is printed that the sheet may be handed over."""
    told = campaigns.list_statements(session, project_id)
    return frozenset(one.version for one in told if one.hands_over)


def numbers(
    session: Session,
    project_id: int,
    agreed: Collection[str],
    page: Sequence[SheetHeld],
    keyed: Keyed,
) -> set[str]:
    """Of a page of the register, the sheets that may go along: `agreed` as `versions` tells."""
    found = {
        one.number
        for one in page
        if one.statement in agreed
        and one.step is Step.CHECKED
        and settling.adds_up(keyed.get(one.number, ()), one)
    }
    against = (
        one.sheet
        for one in (signers.of_sheets(session, project_id, found) if found else ())
        if one.status in AGAINST
    )
    return found - {*against}


def count(session: Session, project_id: int, keyed: Keyed) -> int | None:
    """How many may go along today; None where no text says that any may."""
    agreed = versions(session, project_id)
    if not agreed:
        return None
    return sum(
        len(numbers(session, project_id, agreed, page, keyed))
        for page in paper.pages(session, project_id, [Step.CHECKED])
    )
