"""make(), hand_out(), and the list of what was made."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
from service.facts import places
from service.foundation import audit, clock, ids
from service.foundation.formats import zip_stream
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.actions import today
from service.products import pack, queries
from service.products.actions import gathering
from service.products.actions.gathering import Asked
from service.products.blocks import LANGUAGES, Level, Part, Product
from service.products.declared import PRODUCTS
from service.products.pack import Composed
from service.products.tables import Pack
from service.testimonies.actions import using
from service.testimonies.actions.recording import LONGEST_PLACE
from service.testimonies.actions.using import Going
from service.testimonies.queries import library
from service.testimonies.queries.library import Usable
from service.testimonies.terms import Means

MOST_QUOTES, MOST_LISTED = 2, 50
BOTH = "both"
PAPERS = (*LANGUAGES, BOTH)
Papers = Callable[[Composed], Mapping[str, bytes]]
"""What draws the pages: name of the file -> its bytes."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be made. `quotes`: texts by key, with the stand-in of what was listed."""

    product: str
    language: str
    place: str = ""
    partner: str = ""
    quotes: Sequence[tuple[uuid.UUID, str]] = ()
    year: int | None = None
    """Of the promises; None: the last one."""


def list_usable(session: Session, actor: Actor, project_id: int, partner: str) -> list[Usable]:
    """Texts whose narrators allow them before this partner (or, where there is none, before
    anybody) today; codes alone."""
    policy.demand(actor, Act.TESTIMONY_LIBRARY, project_id=project_id)
    wanted = gathering.quoted_to(partner_queries.all_of(session, project_id).get(partner))
    found = library.usable(session, project_id, wanted, today(), reach=WHOLE, limit=MOST_LISTED)
    return found.texts


def make(
    session: Session, actor: Actor, project_id: int, wanted: Wanted, papers: Papers
) -> uuid.UUID:
    """The key of the pack. Each quote in it is a use that is written down. Raises
    INVALID_PARAMETER, and what `using.use` raises."""
    policy.demand(actor, Act.PRODUCT_MAKE, project_id=project_id)
    product = _checked(session, project_id, wanted)
    partner = partner_queries.all_of(session, project_id).get(wanted.partner)
    audience = gathering.audience_of(product, partner)
    year = wanted.year if wanted.year is not None else today().year - 1
    at = (session, project_id, product, wanted.place, wanted.partner)
    asked = Asked(
        product=product.id,
        place=wanted.place,
        partner=wanted.partner,
        audience=audience,
        language=wanted.language,
        year=year,
        releases=gathering.published(session, project_id, audience),
        promises=gathering.promises_of(*at, year),
        questions=gathering.questions_of(*at),
        uses=_use(session, actor, project_id, wanted),
        made_on=today(),
    )
    composed = gathering.gather(session, actor, project_id, asked)
    _, sha256 = pack.members(composed, papers(composed))
    pack_pk = _insert(session, actor, project_id, asked, sha256)
    _note(session, actor, project_id, pack_pk, "made", product=product.id, partner=wanted.partner,
          quotes=len(asked.uses), releases=len(composed.cited))  # fmt: skip
    return pack_pk


def _checked(session: Session, project_id: int, wanted: Wanted) -> Product:
    product = PRODUCTS.get(wanted.product)
    if product is None:
        raise Problem(INVALID_PARAMETER, name="product", reason=", ".join(PRODUCTS))
    if wanted.language not in PAPERS:
        raise Problem(INVALID_PARAMETER, name="language", reason=", ".join(PAPERS))
    found = places.load().find(wanted.place) if wanted.place else None
    level = Level.COUNTRY if not wanted.place else _LEVELS.get(found.level) if found else None
    if level is not product.level:
        raise Problem(INVALID_PARAMETER, name="place", reason=f"a {product.level.value}")
    if wanted.partner and wanted.partner not in partner_queries.all_of(session, project_id):
        raise Problem(INVALID_PARAMETER, name="partner", reason="a partner of the project")
    most = MOST_QUOTES if product.has(Part.QUOTES) else 0
    if len({key for key, _ in wanted.quotes}) < len(wanted.quotes) or len(wanted.quotes) > most:
        raise Problem(INVALID_PARAMETER, name="quotes", reason=f"at most {most}, each once")
    if wanted.year is not None and not dt.MINYEAR <= wanted.year <= today().year:
        raise Problem(INVALID_PARAMETER, name="year", reason="a year that began")
    return product


_LEVELS = {1: Level.PROVINCE, 3: Level.COMMUNE}


def _use(session: Session, actor: Actor, project_id: int, wanted: Wanted) -> list[uuid.UUID]:
    if not wanted.quotes:
        return []
    partner = partner_queries.all_of(session, project_id).get(wanted.partner)
    name = PRODUCTS[wanted.product].name["en"]
    whither = " ".join(filter(None, (name, wanted.place, wanted.partner, today().isoformat())))
    return [
        using.use(
            session,
            actor,
            project_id,
            version_pk,
            Going(
                wanted=gathering.quoted_to(partner),
                means=Means.PRINT,
                whither=whither[:LONGEST_PLACE],
                seen=seen,
            ),
        )
        for version_pk, seen in wanted.quotes
    ]


def _insert(
    session: Session, actor: Actor, project_id: int, asked: Asked, sha256: str
) -> uuid.UUID:
    pack_pk = ids.new_uuid()
    row = {
        "project_id": project_id,
        "pack_pk": pack_pk,
        "product": asked.product,
        "place": asked.place,
        "partner": asked.partner,
        "audience": asked.audience,
        "language": asked.language,
        "year": asked.year,
        "contents": {
            "releases": list(asked.releases),
            "promises": [[str(key), lines] for key, lines in asked.promises],
            "questions": [str(one) for one in asked.questions],
            "made_on": asked.made_on.isoformat(),
        },
        "sha256": sha256,
        "made_by": actor.id,
        "made_at": clock.now(),
    }
    queries.insert(session, row, asked.uses)
    return pack_pk


# --- handing out ----------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class File:
    """A ZIP, packed as it is read."""

    name: str
    pieces: Iterator[bytes]
    is_as_made: bool
    """Whether it is, to the byte, what was made first. A later version of the program draws
    otherwise."""


def hand_out(
    session: Session, actor: Actor, project_id: int, pack_pk: uuid.UUID, papers: Papers
) -> File:
    """Made again from what it cites, each quote asked of consent at this moment; an entry each
    time. Raises NOT_FOUND, STORY_GONE."""
    policy.demand(actor, Act.PRODUCT_MAKE, project_id=project_id)
    found = queries.find(session, project_id, pack_pk, lock=True)
    if found is None:
        raise Problem(NOT_FOUND)
    composed = compose(session, actor, project_id, found)
    members, sha256 = pack.members(composed, papers(composed))
    is_as_made = sha256 == found.sha256
    queries.count_taking(session, project_id, pack_pk)
    _note(session, actor, project_id, pack_pk, "taken", as_made=is_as_made)
    name = "-".join(filter(None, (found.product, found.place, found.partner.lower())))
    return File(
        name=f"{name}-{found.made_at:%Y%m%d}.zip",
        pieces=zip_stream.stream(members),
        is_as_made=is_as_made,
    )


def compose(session: Session, actor: Actor, project_id: int, found: Pack) -> Composed:
    """What stands in a pack. Raises STORY_GONE."""
    uses = queries.quotes_of(session, project_id, [found.pack_pk]).get(found.pack_pk, [])
    held = found.contents
    asked = Asked(
        product=found.product,
        place=found.place,
        partner=found.partner,
        audience=Audience(found.audience),
        language=found.language,
        year=found.year,
        releases=held["releases"],
        promises=[(uuid.UUID(key), lines) for key, lines in held["promises"]],
        questions=[uuid.UUID(one) for one in held["questions"]],
        uses=[one.use_pk for one in uses],
        made_on=dt.date.fromisoformat(held["made_on"]),
    )
    return gathering.gather(session, actor, project_id, asked)


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


def _now(
    session: Session, project_id: int, rows: Sequence[Pack], uses: Sequence[log.QuoteRow]
) -> _Now:
    promised = frozenset(one for row in rows for one in _cited(row, "promises"))
    asked = {one for row in rows for one in _cited(row, "questions")}
    filters = Filters(keys=promised)
    found = promise_queries.list_promises(session, project_id, filters, len(promised))
    return _Now(
        releases=set(gathering.published(session, project_id, Audience.PARTNER)),
        quotes=showing.states_of(session, project_id, uses),
        promises={one.promise_pk for one in found},
        questions=log.standing_questions(session, project_id, asked),
    )


def _cited(row: Pack, what: str) -> set[uuid.UUID]:
    """Promises are cited with the length of their history."""
    cited = row.contents[what]
    return {uuid.UUID(one if what == "questions" else one[0]) for one in cited}


def _told(row: Pack, uses: Sequence[log.QuoteRow], now: _Now) -> PackTold:
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


def _state(row: Pack, uses: Sequence[log.QuoteRow], now: _Now) -> State:
    found = {now.quotes[one.use_pk] for one in uses}
    for gone, state in _GONE.items():
        if gone in found:
            return state
    is_whole = _cited(row, "promises") <= {*now.promises}
    is_whole = is_whole and _cited(row, "questions") <= {*now.questions}
    return State.STANDS if is_whole else State.REMOVED


_GONE = {QuoteState.TAKEN_BACK: State.TAKEN_BACK, QuoteState.ENDED: State.ENDED}


def _note(
    session: Session,
    actor: Actor,
    project_id: int,
    pack_pk: uuid.UUID,
    what: str,
    **more: object,
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.PRODUCT_MAKE,
        subject=pack_pk,
        what=what,
        **more,
    )
