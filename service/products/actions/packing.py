"""make() and hand_out(): gathered by whoever reads, drawn by whoever waits for nobody, and written
down in a moment.

Pages take a tenth of a second to three. No transaction is open meanwhile: on SQLite every phone
would wait for it. What was gathered is looked at once more where the pack is written down or
leaves; where it is another by then, all is done again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.dialogue.actions.showing import Source
from service.dialogue.queries import partners as partner_queries
from service.disclosure.rules import Audience
from service.facts import places
from service.foundation import audit, clock, ids
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import zip_stream
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_FOUND,
    PRODUCT_CHANGED,
    Problem,
)
from service.persons.actions import today
from service.products import pack, queries
from service.products.actions import gathering, quoting
from service.products.actions.gathering import Asked
from service.products.actions.quoting import Chosen
from service.products.blocks import LANGUAGES, Level, Part, Product
from service.products.declared import PRODUCTS
from service.products.pack import Composed
from service.products.queries import Cited
from service.products.tables import Pack
from service.testimonies.actions.recording import LONGEST_PLACE

MOST_QUOTES, MOST_EVIDENCE = 2, 12
"""Of one product; of one that has evidence by articles."""
TURNS = 3
"""How often it is gathered and drawn, before somebody is told to ask again."""
BOTH = "both"
PAPERS = (*LANGUAGES, BOTH)
Papers = Callable[[Composed], Mapping[str, bytes]]
"""What draws the pages: name of the file -> its bytes."""


@dataclass(frozen=True, kw_only=True)
class WantedQuote:
    """A text of the library, with the stand-in of what was listed. `beside`: key of an article."""

    text: uuid.UUID
    seen: str
    beside: str = ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be made. `leaders`: signatures, by key."""

    product: str
    language: str
    place: str = ""
    partner: str = ""
    quotes: Sequence[WantedQuote] = ()
    leaders: Sequence[uuid.UUID] = ()
    year: int | None = None
    """Of the promises; None: the last one."""


def make(actor: Actor, project_id: int, wanted: Wanted, papers: Papers) -> uuid.UUID:
    """The key of the pack. Each quote in it is a use that is written down. Raises
    INVALID_PARAMETER, PRODUCT_CHANGED, and what `quoting.use` raises."""
    policy.demand(actor, Act.PRODUCT_MAKE, project_id=project_id)
    for _ in range(TURNS):
        with reading() as session:
            product = _checked(session, project_id, wanted)
            asked = _asked(session, project_id, product, wanted)
            chosen = _chosen(session, project_id, wanted)
            composed = gathering.gather(
                session, project_id, asked,
                lambda s: [quoting.read(s, actor, project_id, one) for one in chosen],  # noqa: B023 - called at once
            )  # fmt: skip
        _, sha256 = pack.members(composed, papers(composed))
        with unit_of_work() as session:
            pack_pk = _keep(session, actor, project_id, wanted, chosen, asked, composed, sha256)
        if pack_pk is not None:
            return pack_pk
    raise Problem(PRODUCT_CHANGED)


def _asked(session: Session, project_id: int, product: Product, wanted: Wanted) -> Asked:
    year = wanted.year if wanted.year is not None else today().year - 1
    return gathering.asked_now(
        session, project_id, product, wanted.place, wanted.partner, wanted.language, year
    )


def _chosen(session: Session, project_id: int, wanted: Wanted) -> list[Chosen]:
    partner = partner_queries.all_of(session, project_id).get(wanted.partner)
    return [
        *(quoting.of_text(one.text, one.seen, partner, one.beside) for one in wanted.quotes),
        *(quoting.of_leader(one, partner) for one in wanted.leaders),
    ]


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
    _check_quotes(product, wanted)
    if wanted.year is not None and not dt.MINYEAR <= wanted.year <= today().year:
        raise Problem(INVALID_PARAMETER, name="year", reason="a year that began")
    return product


def most_quotes(product: Product) -> int:
    """Texts of the library that can stand in it."""
    if not product.takes_quotes:
        return 0
    return MOST_EVIDENCE if product.evidence else MOST_QUOTES


def most_leaders(product: Product) -> int:
    return MOST_QUOTES if product.has(Part.LEADERS) else 0


def _check_quotes(product: Product, wanted: Wanted) -> None:
    texts = [one.text for one in wanted.quotes]
    for name, keys, most in (
        ("quotes", texts, most_quotes(product)),
        ("leaders", list(wanted.leaders), most_leaders(product)),
    ):
        if len({*keys}) < len(keys) or len(keys) > most:
            raise Problem(INVALID_PARAMETER, name=name, reason=f"at most {most}, each once")
    articles = {one.key for one in product.evidence}
    allowed = articles | ({""} if product.has(Part.QUOTES) else set())
    if not {one.beside for one in wanted.quotes} <= allowed:
        reason = "the key of an article of the product"
        raise Problem(INVALID_PARAMETER, name="beside", reason=reason)


_LEVELS = {1: Level.PROVINCE, 3: Level.COMMUNE}


def _keep(
    session: Session,
    actor: Actor,
    project_id: int,
    wanted: Wanted,
    chosen: Sequence[Chosen],
    asked: Asked,
    composed: Composed,
    sha256: str,
) -> uuid.UUID | None:
    """None where anything is another than it was when it was drawn."""
    quoting.hold(session, project_id, chosen)
    if _asked(session, project_id, composed.product, wanted) != asked:
        return None
    now = gathering.living(
        session, project_id, asked, composed.wholes,
        lambda s: [quoting.read(s, actor, project_id, one) for one in chosen],
    )  # fmt: skip
    if now != gathering.lives_in(composed):
        return None
    quoting.use(session, actor, project_id, chosen, _whither(wanted))
    pack_pk = _insert(session, actor, project_id, asked, chosen, sha256)
    _note(session, actor, project_id, pack_pk, "made", product=asked.product,
          partner=wanted.partner, quotes=len(chosen), releases=len(composed.cited))  # fmt: skip
    return pack_pk


def _whither(wanted: Wanted) -> str:
    name = PRODUCTS[wanted.product].name["en"]
    said = " ".join(filter(None, (name, wanted.place, wanted.partner, today().isoformat())))
    return said[:LONGEST_PLACE]


def _insert(
    session: Session,
    actor: Actor,
    project_id: int,
    asked: Asked,
    chosen: Sequence[Chosen],
    sha256: str,
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
            "recommended": [list(one) for one in asked.recommended],
            "services": [dict(one) for one in asked.services],
            "made_on": asked.made_on.isoformat(),
        },
        "sha256": sha256,
        "made_by": actor.id,
        "made_at": clock.now(),
    }
    quotes = [
        {
            "use_pk": one.use_pk,
            "signer_pk": one.key if one.source is Source.LEADER else None,
            "beside": one.beside,
        }
        for one in chosen
    ]
    queries.insert(session, row, quotes)
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


def hand_out(actor: Actor, project_id: int, pack_pk: uuid.UUID, papers: Papers) -> File:
    """Made again from what it cites, each quote asked of consent once it is drawn; an entry each
    time. Raises NOT_FOUND, STORY_GONE, PRODUCT_CHANGED."""
    policy.demand(actor, Act.PRODUCT_MAKE, project_id=project_id)
    for _ in range(TURNS):
        with reading() as session:
            found, cited = _find(session, project_id, pack_pk)
            composed = compose(session, actor, project_id, found, cited)
        members, sha256 = pack.members(composed, papers(composed))
        is_as_made = sha256 == found.sha256
        with unit_of_work() as session:
            may_leave = _let_out(session, actor, project_id, pack_pk, composed, is_as_made)
        if may_leave:
            name = "-".join(filter(None, (found.product, found.place, found.partner.lower())))
            return File(
                name=f"{name}-{found.made_at:%Y%m%d}.zip",
                pieces=zip_stream.stream(members),
                is_as_made=is_as_made,
            )
    raise Problem(PRODUCT_CHANGED)


def _find(session: Session, project_id: int, pack_pk: uuid.UUID) -> tuple[Pack, list[Cited]]:
    found = queries.find(session, project_id, pack_pk)
    if found is None:
        raise Problem(NOT_FOUND)
    return found, queries.quotes_of(session, project_id, [pack_pk]).get(pack_pk, [])


def _let_out(
    session: Session,
    actor: Actor,
    project_id: int,
    pack_pk: uuid.UUID,
    composed: Composed,
    is_as_made: bool,
) -> bool:
    """False where anything is another than it was when it was drawn. Raises STORY_GONE."""
    found, cited = _find(session, project_id, pack_pk)
    quoting.hold_again(session, project_id, cited)
    now = gathering.living(
        session, project_id, _recipe(found), composed.wholes,
        lambda s: [quoting.read_again(s, actor, project_id, one) for one in cited],
    )  # fmt: skip
    if now != gathering.lives_in(composed):
        return False
    for one in cited:
        quoting.note_again(session, actor, project_id, one)
    queries.count_taking(session, project_id, pack_pk)
    _note(session, actor, project_id, pack_pk, "taken", as_made=is_as_made)
    return True


def compose(
    session: Session, actor: Actor, project_id: int, found: Pack, cited: Sequence[Cited]
) -> Composed:
    """What stands in a pack. Raises STORY_GONE."""
    return gathering.gather(
        session,
        project_id,
        _recipe(found),
        lambda s: [quoting.read_again(s, actor, project_id, one) for one in cited],
    )


def _recipe(found: Pack) -> Asked:
    held = found.contents
    return Asked(
        product=found.product,
        place=found.place,
        partner=found.partner,
        audience=Audience(found.audience),
        language=found.language,
        year=found.year,
        releases=held["releases"],
        promises=[(uuid.UUID(key), lines) for key, lines in held["promises"]],
        questions=[uuid.UUID(one) for one in held["questions"]],
        recommended=[(article, version) for article, version in held.get("recommended", ())],
        services=held.get("services", ()),
        made_on=dt.date.fromisoformat(held["made_on"]),
    )


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
