"""Somebody's words in a pack: read before it is drawn, asked of consent again when it leaves."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.dialogue.actions.showing import Source
from service.dialogue.partners import Partner, Stands
from service.facts.scopes import Purpose
from service.foundation import ids
from service.foundation.problems import NOT_FOUND, STORY_GONE, Problem
from service.products.pack import Quote
from service.products.queries import Cited
from service.testimonies.actions import desk, leading, using
from service.testimonies.actions.leading import Opened
from service.testimonies.actions.using import Going
from service.testimonies.queries import texts, uses
from service.testimonies.terms import Audience, Means, Naming, Wanted


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Words that are to stand in a pack, by the use that is written down once it is drawn."""

    use_pk: uuid.UUID
    source: Source
    key: uuid.UUID
    """Of the text, or of the signature."""
    wanted: Wanted
    seen: str
    """Stand-in of the text that was chosen; "" for a leader's, which is read here first."""
    beside: str = ""


def audience_of(partner: Partner | None) -> Audience:
    """What a narrator must allow: for anybody, also abroad."""
    return Audience.ABROAD if partner is None else Audience(partner.stands.value)


def leaders_audience(partner: Partner | None) -> Audience:
    """A leader let name and sentence be shown to anybody in the country; abroad is another
    question."""
    is_abroad = partner is None or partner.stands is Stands.ABROAD
    return Audience.ABROAD if is_abroad else Audience.CAMBODIA


def of_text(key: uuid.UUID, seen: str, partner: Partner | None, beside: str) -> Chosen:
    wanted = Wanted(audience=audience_of(partner), naming=Naming.NONE)
    return Chosen(use_pk=ids.new_uuid(), source=Source.TEXT, key=key, wanted=wanted, seen=seen,
                  beside=beside)  # fmt: skip


def of_leader(key: uuid.UUID, partner: Partner | None) -> Chosen:
    wanted = Wanted(audience=leaders_audience(partner), naming=Naming.FULL_NAME)
    return Chosen(use_pk=ids.new_uuid(), source=Source.LEADER, key=key, wanted=wanted, seen="")


# --- a pack that is made --------------------------------------------------------------------------
def read(session: Session, actor: Actor, project_id: int, one: Chosen) -> Quote:
    """As a use of this moment would let it out. Nobody is shown it before `use`. Raises NOT_FOUND,
    CONSENT_MISSING, REVIEW_OUTDATED."""
    if one.source is Source.LEADER:
        opened = leading.look_at(session, actor, project_id, one.key, [one.wanted.audience])
        return _of_leader(one.use_pk, one.wanted, opened)
    words = using.look_at(session, actor, project_id, one.key, one.wanted, one.seen)
    return _quote(one.use_pk, one.wanted, words=dict(words), beside=one.beside)


def hold(session: Session, project_id: int, chosen: Sequence[Chosen]) -> None:
    """Whoever takes these words back waits, or has done so."""
    _hold(session, project_id, [_record_of(session, project_id, one) for one in chosen])


def use(
    session: Session, actor: Actor, project_id: int, chosen: Sequence[Chosen], whither: str
) -> None:
    """Write the uses down, each refused where it is not allowed at this moment; each look at the
    words is an entry. Raises as `read`."""
    for one in chosen:
        if one.source is Source.LEADER:
            audience = one.wanted.audience
            opened = leading.look_at(session, actor, project_id, one.key, [audience])
            leading.use(
                session, actor, project_id, one.key, audience, Means.PRINT, whither,
                opened.digest, one.use_pk,
            )  # fmt: skip
            continue
        going = Going(wanted=one.wanted, means=Means.PRINT, whither=whither, seen=one.seen)
        using.use(session, actor, project_id, one.key, going, one.use_pk)
        using.note_look(session, actor, project_id, one.use_pk)


def _record_of(session: Session, project_id: int, one: Chosen) -> uuid.UUID | None:
    if one.source is Source.TEXT:
        version = texts.find_version(session, project_id, one.key)
        return version.record_pk if version else None
    leader = leading.find(session, project_id, one.key, one.wanted.audience)
    return desk.record_key(session, project_id, leader.submission_pk) if leader else None


def _hold(session: Session, project_id: int, records: Sequence[uuid.UUID | None]) -> None:
    """In one order for everybody."""
    for record_pk in sorted({one for one in records if one is not None}):
        texts.find_record(session, project_id, record_pk, lock=True)


# --- a pack that is taken -------------------------------------------------------------------------
def read_again(session: Session, actor: Actor, project_id: int, one: Cited) -> Quote:
    """Of a use that was written down, as it may go out at this moment. Nobody is shown it before
    `open_again`. Raises STORY_GONE, CONSENT_MISSING."""
    wanted = _wanted(one)
    if one.quote.signer_pk is None:
        words = using.look_again(session, actor, project_id, one.quote.use_pk)
        return _quote(one.quote.use_pk, wanted, words=dict(words), beside=one.beside)
    opened = _leader_again(session, actor, project_id, one)
    return _of_leader(one.quote.use_pk, wanted, opened)


def _leader_again(session: Session, actor: Actor, project_id: int, one: Cited) -> Opened:
    quote = one.quote
    if quote.ended_at is not None or quote.is_taken_back or quote.signer_pk is None:
        raise Problem(STORY_GONE)
    try:
        opened = leading.look_at(
            session, actor, project_id, quote.signer_pk, [Audience(quote.audience)]
        )
    except Problem as problem:
        if problem.kind is not NOT_FOUND:
            raise
        raise Problem(STORY_GONE) from problem
    if opened.digest != quote.digest:
        raise Problem(STORY_GONE)
    return opened


def hold_again(session: Session, project_id: int, cited: Sequence[Cited]) -> None:
    found = [uses.find(session, project_id, one.quote.use_pk) for one in cited]
    _hold(session, project_id, [one.record_pk for one in found if one is not None])


def note_again(session: Session, actor: Actor, project_id: int, one: Cited) -> None:
    """An entry that the words went out once more."""
    if one.quote.signer_pk is None:
        using.note_look(session, actor, project_id, one.quote.use_pk)
        return
    audiences = [Audience(one.quote.audience)]
    leading.open_leader(session, actor, project_id, one.quote.signer_pk, audiences)


def _wanted(one: Cited) -> Wanted:
    return Wanted(audience=Audience(one.quote.audience), naming=Naming(one.quote.naming))


# --- as they stand on paper -----------------------------------------------------------------------
def _of_leader(use_pk: uuid.UUID, wanted: Wanted, opened: Opened) -> Quote:
    said = opened.quote
    language = "km" if any("\u1780" <= one <= "\u17ff" for one in said.words) else "en"
    by = ", ".join(filter(None, (said.name, said.role)))
    return _quote(use_pk, wanted, words={language: said.words}, by=by)


def _quote(
    use_pk: uuid.UUID, wanted: Wanted, *, words: dict[str, str], by: str = "", beside: str = ""
) -> Quote:
    purposes = wanted.purposes if not by else _LEADERS[wanted.audience]
    return Quote(
        use_pk=use_pk,
        audience=wanted.audience.value,
        naming=wanted.naming.value,
        purposes=tuple(sorted(one.value for one in purposes)),
        words=words,
        by=by,
        beside=beside,
    )


_LEADERS = {
    Audience.CAMBODIA: (Purpose.NAME,),
    Audience.ABROAD: (Purpose.NAME, Purpose.ABROAD),
}
"""What a leader allowed who is quoted: the name, with the sentence that was said under it."""
