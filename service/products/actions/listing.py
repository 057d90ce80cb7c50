"""What was made, each as it stands at this moment; and words that may stand in what is made."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.reach import WHOLE
from service.dialogue.actions import showing
from service.dialogue.actions.showing import State as QuoteState
from service.dialogue.queries import log
from service.dialogue.queries import partners as partner_queries
from service.dialogue.queries import promises as promise_queries
from service.dialogue.queries.promises import Filters
from service.disclosure.rules import Audience
from service.persons.actions import today
from service.products import queries
from service.products.actions import gathering, quoting
from service.products.blocks import Product
from service.products.declared import PRODUCTS
from service.products.queries import Cited
from service.products.tables import Pack
from service.testimonies.actions import leading
from service.testimonies.queries import library
from service.testimonies.queries.library import Usable
from service.testimonies.terms import Naming, Wanted
from service.treaty.queries.quotes import Leader

MOST_LISTED = 50


def list_usable(session: Session, actor: Actor, project_id: int, partner: str) -> list[Usable]:
    """Texts whose narrators allow them before this partner (or, where there is none, before
    anybody) today; codes alone."""
    policy.demand(actor, Act.TESTIMONY_LIBRARY, project_id=project_id)
    known = partner_queries.all_of(session, project_id).get(partner)
    wanted = Wanted(audience=quoting.audience_of(known), naming=Naming.NONE)
    found = library.usable(session, project_id, wanted, today(), reach=WHOLE, limit=MOST_LISTED)
    return found.texts


def list_leaders(session: Session, actor: Actor, project_id: int, partner: str) -> list[Leader]:
    """Leaders who let name and sentence be shown before this partner; codes alone."""
    known = partner_queries.all_of(session, project_id).get(partner)
    audiences = [quoting.leaders_audience(known)]
    return leading.list_leaders(session, actor, project_id, audiences)


# --- the list -------------------------------------------------------------------------------------
class State(enum.StrEnum):
    """Of a pack."""

    STANDS = "stands"
    TAKEN_BACK = "taken_back"
    """Words in it were taken back: the file is gone; what was printed cannot be called back."""
    ENDED = "ended"
    """The office ended a use, or the time is over for which the narrator allowed it."""
    REMOVED = "removed"
    """A meeting was removed with what was said there."""


@dataclass(frozen=True, kw_only=True)
class PackTold:
    """A pack in the list."""

    pack_pk: uuid.UUID
    product: Product
    place: str
    partner: str
    audience: Audience
    language: str
    made_at: dt.datetime
    made_by: int | None
    releases: tuple[int, ...]
    quotes: int
    taken: int
    sha256: str
    state: State
    corrected: tuple[int, ...]
    """Releases of which it was made, and that another one corrects by now."""


def list_packs(
    session: Session, actor: Actor, project_id: int, before: uuid.UUID | None, limit: int
) -> list[PackTold]:
    """The newest first, each as it stands at this moment."""
    policy.demand(actor, Act.PRODUCT_LIST, project_id=project_id)
    rows = queries.list_packs(session, project_id, before, limit)
    uses = queries.quotes_of(session, project_id, [one.pack_pk for one in rows])
    now = _now(session, project_id, rows, [one for some in uses.values() for one in some])
    return [_told(one, uses.get(one.pack_pk, []), now) for one in rows]


@dataclass(frozen=True, kw_only=True)
class _Now:
    """What stands at this moment of all that some packs cite."""

    releases: Collection[int]
    quotes: Mapping[uuid.UUID, QuoteState]
    promises: Collection[uuid.UUID]
    questions: Collection[uuid.UUID]


def _now(session: Session, project_id: int, rows: Sequence[Pack], uses: Sequence[Cited]) -> _Now:
    promised = frozenset(one for row in rows for one in _cited(row, "promises"))
    asked = {one for row in rows for one in _cited(row, "questions")}
    filters = Filters(keys=promised)
    found = promise_queries.list_promises(session, project_id, filters, len(promised))
    return _Now(
        releases=set(gathering.published(session, project_id, Audience.PARTNER)),
        quotes=showing.states_of(session, project_id, [one.quote for one in uses]),
        promises={one.promise_pk for one in found},
        questions=log.standing_questions(session, project_id, asked),
    )


def _cited(row: Pack, what: str) -> set[uuid.UUID]:
    """Promises are cited with the length of their history."""
    cited = row.contents[what]
    return {uuid.UUID(one if what == "questions" else one[0]) for one in cited}


def _told(row: Pack, uses: Sequence[Cited], now: _Now) -> PackTold:
    numbers = tuple(row.contents["releases"])
    return PackTold(
        pack_pk=row.pack_pk,
        product=PRODUCTS[row.product],
        place=row.place,
        partner=row.partner,
        audience=Audience(row.audience),
        language=row.language,
        made_at=row.made_at,
        made_by=row.made_by,
        releases=numbers,
        quotes=len(uses),
        taken=row.taken,
        sha256=row.sha256,
        state=_state(row, uses, now),
        corrected=tuple(one for one in numbers if one not in now.releases),
    )


def _state(row: Pack, uses: Sequence[Cited], now: _Now) -> State:
    found = {now.quotes[one.quote.use_pk] for one in uses}
    for gone, state in _GONE.items():
        if gone in found:
            return state
    is_whole = _cited(row, "promises") <= {*now.promises}
    is_whole = is_whole and _cited(row, "questions") <= {*now.questions}
    return State.STANDS if is_whole else State.REMOVED


_GONE = {QuoteState.TAKEN_BACK: State.TAKEN_BACK, QuoteState.ENDED: State.ENDED}
