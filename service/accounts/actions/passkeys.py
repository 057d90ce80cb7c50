"""Passkeys in the database: made, used in place of a code, removed."""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import passkeys, policy, queries
from service.accounts.actions import second_factors, signing_in, tries
from service.accounts.actor import Actor
from service.accounts.passkeys import Place
from service.accounts.policy import Act
from service.accounts.tables import Passkey, SignIn
from service.foundation import audit, clock
from service.foundation.problems import NOT_FOUND, PASSKEY_REFUSED, Problem

CHALLENGE_LIFE = dt.timedelta(minutes=5)
LONGEST_NAME = 80


def ask_to_register(session: Session, actor: Actor, place: Place) -> str:
    """What the browser is asked, as JSON. Raises FRESH_CODE_NEEDED."""
    policy.demand(actor, Act.FACTOR_CHANGE)
    known = [row.credential_id for row in queries.list_passkeys(session, actor.person_id)]
    email = queries.get_email(session, actor.person_id)
    challenge = _challenge(session, actor)
    return passkeys.to_register(place, actor.person_id, email, known, challenge)


def register(
    session: Session, actor: Actor, place: Place, answer: dict[str, Any], name: str
) -> None:
    """Raises FRESH_CODE_NEEDED, PASSKEY_REFUSED."""
    policy.demand(actor, Act.FACTOR_CHANGE)
    made = passkeys.registered(place, answer, _used_challenge(session, actor))
    if session.get(Passkey, made.credential_id) is not None:
        raise Problem(PASSKEY_REFUSED)
    label = " ".join(unicodedata.normalize("NFC", name).split())[:LONGEST_NAME]
    session.add(
        Passkey(
            credential_id=made.credential_id,
            user_id=actor.person_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=label or "-",
            made_at=clock.now(),
        )
    )
    audit.record(session, actor_id=actor.id, action="passkey.add", subject=actor.person_id)


def ask_to_prove(session: Session, actor: Actor, place: Place) -> str:
    """What the browser is asked, as JSON. Raises NOT_FOUND where the person has no passkey."""
    policy.demand(actor, Act.FACTOR_PROVE)
    known = [row.credential_id for row in queries.list_passkeys(session, actor.person_id)]
    if not known:
        raise Problem(NOT_FOUND)
    return passkeys.to_prove(place, known, _challenge(session, actor))


def prove(
    session: Session, actor: Actor, tried: tries.Try, place: Place, answer: dict[str, Any]
) -> bool:
    """A passkey in place of a code; False, and one more failure, where it is not right."""
    try:
        count = _proven(session, actor, place, answer)
    except Problem as problem:
        if problem.kind is not PASSKEY_REFUSED:
            raise
        count = None
    if count is None:
        signing_in.note_failure(session, actor.person_id)
        return False
    tries.succeed(session, tried)
    second_factors.note_given(session, actor)
    audit.record(session, actor_id=actor.id, action="factor.prove", subject=actor.person_id)
    return True


def _proven(session: Session, actor: Actor, place: Place, answer: dict[str, Any]) -> int | None:
    """The count that was written; None where another request was first with it."""
    challenge = _used_challenge(session, actor)
    row = session.get(Passkey, passkeys.id_in(answer))
    if row is None or row.user_id != actor.id:
        return None
    count = passkeys.proven(place, answer, challenge, row.public_key, row.sign_count)
    written: int | None = session.execute(
        sa.update(Passkey)
        .where(
            Passkey.credential_id == row.credential_id,
            Passkey.sign_count < count if count else Passkey.sign_count == 0,
        )
        .values(sign_count=count, used_at=clock.now())
        .returning(Passkey.sign_count)
        .execution_options(synchronize_session=False)
    ).scalar()
    return written


def remove(session: Session, actor: Actor, credential_id: bytes) -> None:
    """Raises NOT_FOUND for anybody else's, FRESH_CODE_NEEDED."""
    policy.demand(actor, Act.FACTOR_CHANGE)
    row = session.get(Passkey, credential_id)
    if row is None or row.user_id != actor.id:
        raise Problem(NOT_FOUND)
    session.delete(row)
    audit.record(session, actor_id=actor.id, action="passkey.remove", subject=actor.person_id)


def _challenge(session: Session, actor: Actor) -> bytes:
    """A new one for this session alone; the one before is forgotten."""
    challenge = secrets.token_bytes(32)
    session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk)
        .values(challenge=challenge, challenge_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return challenge


def _used_challenge(session: Session, actor: Actor) -> bytes:
    """Take the session's challenge, once. Raises PASSKEY_REFUSED where there is none."""
    given = sa.select(SignIn.challenge).where(
        SignIn.sign_in_pk == actor.sign_in_pk,
        SignIn.challenge_at > clock.now() - CHALLENGE_LIFE,
    )
    challenge = session.scalar(given)
    taken = session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk, SignIn.challenge == challenge)
        .values(challenge=None)
        .returning(SignIn.sign_in_pk)
        .execution_options(synchronize_session=False)
    ).first()
    if challenge is None or taken is None:
        raise Problem(PASSKEY_REFUSED)
    return challenge
