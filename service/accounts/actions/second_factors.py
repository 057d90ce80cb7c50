"""Second factors: set up, given, replaced, taken away by the host's shell."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import policy, queries, second_factor
from service.accounts.actions.ending import end_other_sign_ins, end_sign_ins
from service.accounts.actor import Actor
from service.accounts.lifetimes import PAGE_IDLE
from service.accounts.policy import Act
from service.accounts.second_factor import Proof
from service.accounts.tables import Passkey, RecoveryCode, SecondFactor, SignIn, User
from service.foundation import audit, clock, keys
from service.foundation.problems import WRONG_CODE, Problem
from service.foundation.sealing import DataClass, Place, Unsealable, seal, unseal

SITE_KEYS = 0
"""Where the key store keeps the keys of what belongs to no project."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A seed on its way: shown, and not yet used."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def offer(session: Session, actor: Actor) -> Offer:
    """A seed for the actor's app; the same one until it is confirmed. Where there is a second
    factor already, it stays until then, and a fresh code of it is needed."""
    user = session.get_one(User, _demand_set_up(session, actor))
    pending = queries.find_factor(session, user.id, is_confirmed=False)
    if pending is None:
        pending = _add(session, user.id, is_confirmed=False)
    seed = unsealed(pending)
    return Offer(secret=second_factor.seed_text(seed), uri=second_factor.uri(seed, user.email))


def confirm(session: Session, actor: Actor, typed: str) -> list[str]:
    """Take the offered seed into use, by its first code; answers new recovery codes, which are
    shown once. A replaced one ends the person's other sessions. Raises WRONG_CODE."""
    user_id = _demand_set_up(session, actor)
    pending = queries.find_factor(session, user_id, is_confirmed=False)
    now = clock.now()
    step = pending and second_factor.matching_step(unsealed(pending), typed, now)
    if pending is None or step is None:
        raise Problem(WRONG_CODE)
    session.execute(
        sa.delete(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.is_confirmed)
    )
    session.execute(
        sa.update(SecondFactor)
        .where(SecondFactor.user_id == user_id, ~SecondFactor.is_confirmed)
        .values(is_confirmed=True, last_step=step, made_at=now)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    note_given(session, actor)
    end_other_sign_ins(session, actor)
    codes = _new_codes(session, user_id)
    audit.record(session, actor_id=actor.id, action=Act.FACTOR_ENROL, subject=user_id)
    return codes


def note_given(session: Session, actor: Actor) -> None:
    """The actor's session has its second factor, from now on and freshly."""
    now = clock.now()
    idle_until = sa.case(
        (SignIn.cookie_sha256.is_not(None), sa.literal(now + PAGE_IDLE, SignIn.idle_until.type)),
        else_=SignIn.idle_until,
    )
    session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk)
        .values(factor_at=now, seen_at=now, idle_until=idle_until)
        .execution_options(synchronize_session=False)
    )


def _demand_set_up(session: Session, actor: Actor) -> int:
    if actor.id is not None and queries.find_factor(session, actor.id) is not None:
        policy.demand(actor, Act.FACTOR_CHANGE)
    else:
        policy.demand(actor, Act.FACTOR_ENROL)
    return actor.person_id


def enrol_from_shell(session: Session, actor: Actor, user_id: int) -> str:
    """A second factor in use at once; answers its URI. For the host's shell, which may all."""
    policy.demand_shell(actor)
    forget(session, user_id)
    seed = unsealed(_add(session, user_id, is_confirmed=True))
    audit.record(session, actor_id=actor.id, action=Act.FACTOR_ENROL, subject=user_id)
    return second_factor.uri(seed, session.get_one(User, user_id).email)


def take_away(session: Session, actor: Actor, user_id: int) -> None:
    """The phone and the paper are lost: set up anew at the next sign-in. For the host's shell
    alone: whoever could do it over the pages could take over any account with a link."""
    policy.demand_shell(actor)
    forget(session, user_id)
    end_sign_ins(session, user_id)
    audit.record(session, actor_id=actor.id, action="factor.take_away", subject=user_id)


def forget(session: Session, user_id: int) -> None:
    session.execute(sa.delete(SecondFactor).where(SecondFactor.user_id == user_id))
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(sa.delete(Passkey).where(Passkey.user_id == user_id))


def renew_recovery_codes(session: Session, actor: Actor) -> list[str]:
    """Ten new codes; those of before work no more. Raises FRESH_CODE_NEEDED."""
    policy.demand(actor, Act.FACTOR_CHANGE)
    codes = _new_codes(session, actor.person_id)
    audit.record(session, actor_id=actor.id, action=Act.FACTOR_CHANGE, subject=actor.id)
    return codes


def _new_codes(session: Session, user_id: int) -> list[str]:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = second_factor.new_recovery_codes()
    hashes = map(second_factor.recovery_sha256, codes)
    session.execute(
        sa.insert(RecoveryCode), [{"user_id": user_id, "code_sha256": each} for each in hashes]
    )
    return codes


def seeds(session: Session, emails: Iterable[str]) -> dict[str, bytes]:
    """Of those who have one. For the demonstration, whose people have no phones."""
    rows = session.execute(
        sa.select(User.email, SecondFactor)
        .join(SecondFactor, SecondFactor.user_id == User.id)
        .where(User.email.in_(list(emails)), SecondFactor.is_confirmed)
        .order_by(User.id)
    )
    return {email: unsealed(factor) for email, factor in rows}


def find_proof(session: Session, user_id: int, typed: str) -> Proof | None:
    """What was typed, if it is right; to be spent with `spend`. For a reading session."""
    factor = queries.find_factor(session, user_id)
    if factor is None:
        return None
    try:
        step = second_factor.matching_step(unsealed(factor), typed, clock.now())
    except Unsealable:  # moved from another row, or changed: the paper codes are left
        keys.unsealable(second_factor_of=user_id)
        step = None
    if step is not None:
        return Proof(step=step)
    recovery = second_factor.recovery_sha256(typed)
    return None if recovery is None else Proof(recovery_sha256=recovery)


def spend(session: Session, user_id: int, proof: Proof) -> bool:
    """Accept a code, once: False where it was used before (or, of paper, never was one)."""
    if proof.recovery_sha256 is not None:
        statement = (
            sa.update(RecoveryCode)
            .where(
                RecoveryCode.user_id == user_id,
                RecoveryCode.code_sha256 == proof.recovery_sha256,
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=clock.now())
            .returning(RecoveryCode.user_id)
        )
    else:
        statement = (
            sa.update(SecondFactor)
            .where(
                SecondFactor.user_id == user_id,
                SecondFactor.is_confirmed,
                SecondFactor.last_step < proof.step,
            )
            .values(last_step=proof.step)
            .returning(SecondFactor.user_id)
        )
    done = session.execute(statement.execution_options(synchronize_session=False)).first()
    if done and proof.recovery_sha256 is not None:
        audit.record(session, actor_id=user_id, action="factor.recover", subject=user_id)
    return done is not None


def _add(session: Session, user_id: int, *, is_confirmed: bool) -> SecondFactor:
    key = keys.current().take(SITE_KEYS)
    row = SecondFactor(
        user_id=user_id,
        is_confirmed=is_confirmed,
        key_pk=key.key_pk,
        sealed=seal(key, _place(user_id), second_factor.new_seed()),
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def unsealed(factor: SecondFactor) -> bytes:
    """The seed. Raises KeyRingError, Unsealable."""
    key = keys.current().find(SITE_KEYS, factor.key_pk)
    if key is None:
        raise Unsealable
    return unseal(key, _place(factor.user_id), factor.sealed)


def _place(user_id: int) -> Place:
    return Place(
        project_id=SITE_KEYS,
        record=uuid.UUID(int=user_id),
        data_class=DataClass.SECRET,
        field="totp",
    )
