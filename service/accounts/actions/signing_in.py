"""Signing in, in three parts: the try is counted, then checked, which is slow and writes nothing,
then opened, which is quick."""

from __future__ import annotations

import datetime as dt
import enum
import unicodedata
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import credentials, lifetimes, queries, second_factor
from service.accounts.actions import second_factors, tries
from service.accounts.actor import Actor, Due
from service.accounts.second_factor import Proof
from service.accounts.tables import RefreshToken, SignIn, User
from service.foundation import audit, clock, ids
from service.foundation.problems import (
    SECOND_FACTOR_NEEDED,
    SECOND_FACTOR_TO_ENROL,
    WRONG_CODE,
    WRONG_CREDENTIALS,
    Kind,
)

FAILED = "user.sign_in_failed"


class Outcome(enum.Enum):
    """What came of a try to sign in."""

    WRONG_PASSWORD = enum.auto()
    WRONG_CODE = enum.auto()
    CODE_NEEDED = enum.auto()
    """The password is right, and no code was given."""
    TO_ENROL = enum.auto()
    """The password is right; the role needs a second factor that is not there yet."""
    RIGHT = enum.auto()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of it, before anything is written."""

    outcome: Outcome
    user_id: int | None = None
    proof: Proof | None = None
    """A code that is right, and not spent yet."""
    new_hash: str | None = field(default=None, repr=False)
    """The password hashed again, where today's parameters are stronger."""


@dataclass(frozen=True, kw_only=True)
class NewSignIn:
    """A session of a program, just opened or renewed."""

    user_id: int
    token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    created_at: dt.datetime
    expires_at: dt.datetime
    """Of the access token."""


@dataclass(frozen=True, kw_only=True)
class NewPageSignIn:
    """A session of pages, just opened; `due` is what it still lacks."""

    user_id: int
    cookie: str = field(repr=False)
    due: Due | None


def normalised(email: str) -> str:
    return unicodedata.normalize("NFC", email).strip().casefold()


def check(session: Session, email: str, password: str, code: str = "") -> Verdict:
    """The slow part, for a reading session. An account that is not there costs the same time."""
    user = queries.find_user(session, normalised(email))
    is_right = credentials.verify_password(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active:
        return Verdict(outcome=Outcome.WRONG_PASSWORD, user_id=user.id if user else None)
    outcome, proof = _second(session, user.id, code)
    old = user.password_hash
    weak = old is not None and credentials.needs_rehash(old)
    new_hash = credentials.hash_again(password) if weak else None
    return Verdict(outcome=outcome, user_id=user.id, proof=proof, new_hash=new_hash)


def _second(session: Session, user_id: int, code: str) -> tuple[Outcome, Proof | None]:
    has_factor = queries.find_factor(session, user_id) is not None
    roles = queries.list_roles(session, user_id)
    missing = second_factor.due(roles, has_factor=has_factor, is_proven=False)
    if missing is Due.ENROL:
        return Outcome.TO_ENROL, None
    if missing is None:
        return Outcome.RIGHT, None
    if not code:
        return Outcome.CODE_NEEDED, None
    proof = second_factors.find_proof(session, user_id, code)
    return (Outcome.RIGHT if proof else Outcome.WRONG_CODE), proof


_REFUSED = {
    Outcome.WRONG_PASSWORD: WRONG_CREDENTIALS,
    Outcome.WRONG_CODE: WRONG_CODE,
    Outcome.CODE_NEEDED: SECOND_FACTOR_NEEDED,
    Outcome.TO_ENROL: SECOND_FACTOR_TO_ENROL,
}


def sign_in(session: Session, jwt_key: str, tried: tries.Try, verdict: Verdict) -> NewSignIn | Kind:
    """A session for a program, or the kind of problem why not: what is written of a failure must
    be committed, so it is answered, not raised."""
    if verdict.outcome in (Outcome.CODE_NEEDED, Outcome.TO_ENROL):
        tries.take_back(session, tried)
        return _REFUSED[verdict.outcome]
    if verdict.user_id is None or verdict.outcome is not Outcome.RIGHT:
        note_failure(session, verdict.user_id)
        return _REFUSED[verdict.outcome]
    if verdict.proof and not second_factors.spend(session, verdict.user_id, verdict.proof):
        note_failure(session, verdict.user_id)
        return WRONG_CODE
    tries.succeed(session, tried)
    _take_new_hash(session, verdict)
    now = clock.now()
    row = _row(tried, verdict.user_id, lifetimes.PROGRAM, lifetimes.PROGRAM_IDLE)
    row.factor_at = now if verdict.proof else None
    token = credentials.new_refresh_token()
    secret = credentials.session_secret(token) or ""
    row.secret_sha256 = credentials.token_sha256(secret)
    session.add(row)
    session.flush()
    _sweep(session, verdict.user_id, now)
    add_refresh_token(session, row.sign_in_pk, token, row.expires_at)
    audit.record(session, actor_id=row.user_id, action="user.sign_in", subject=row.user_id)
    claims = credentials.Claims(user_id=row.user_id, sign_in_pk=row.sign_in_pk, secret=secret)
    return issued(jwt_key, claims, token)


def sign_in_page(session: Session, tried: tries.Try, verdict: Verdict) -> NewPageSignIn | Kind:
    """The same for pages, which ask for the second factor on a page of its own: until then the
    session opens nothing else."""
    if verdict.user_id is None or verdict.outcome is Outcome.WRONG_PASSWORD:
        note_failure(session, verdict.user_id)
        return WRONG_CREDENTIALS
    missing = {Outcome.CODE_NEEDED: Due.CODE, Outcome.TO_ENROL: Due.ENROL}.get(verdict.outcome)
    if missing is Due.CODE:  # only the whole counts as a success: the code could be guessed on
        tries.take_back(session, tried)
    else:
        tries.succeed(session, tried)
    _take_new_hash(session, verdict)
    cookie = credentials.new_link_token()
    row = _row(
        tried,
        verdict.user_id,
        lifetimes.PAGE,
        lifetimes.HALF if missing else lifetimes.PAGE_IDLE,
    )
    row.cookie_sha256 = credentials.token_sha256(cookie)
    session.add(row)
    audit.record(session, actor_id=row.user_id, action="user.sign_in", subject=row.user_id)
    return NewPageSignIn(user_id=row.user_id, cookie=cookie, due=missing)


def give_code(session: Session, actor: Actor, tried: tries.Try, proof: Proof | None) -> bool:
    """A code of somebody who signed in; False, and one more failure, where it is not right or was
    used before."""
    if proof is None or not second_factors.spend(session, actor.person_id, proof):
        note_failure(session, actor.id)
        return False
    tries.succeed(session, tried)
    second_factors.note_given(session, actor)
    audit.record(session, actor_id=actor.id, action="factor.prove", subject=actor.id)
    return True


def change_cookie(session: Session, actor: Actor) -> str:
    """Another cookie for the session, which now opens more than before."""
    cookie = credentials.new_link_token()
    session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk)
        .values(cookie_sha256=credentials.token_sha256(cookie))
    )
    return cookie


def note_use(session: Session, actor: Actor) -> None:
    """A page was used: the session lasts on, but not beyond its end."""
    now = clock.now()
    session.execute(
        sa.update(SignIn)
        .where(SignIn.sign_in_pk == actor.sign_in_pk, SignIn.ended_at.is_(None))
        .values(seen_at=now, idle_until=now + lifetimes.PAGE_IDLE)
    )


def add_refresh_token(
    session: Session, sign_in_pk: uuid.UUID, token: str, family_until: dt.datetime
) -> None:
    until = min(clock.now() + lifetimes.PROGRAM_IDLE, family_until)
    session.execute(
        sa.insert(RefreshToken).values(
            token_sha256=credentials.token_sha256(token), sign_in_pk=sign_in_pk, expires_at=until
        )
    )


def issued(jwt_key: str, claims: credentials.Claims, refresh_token: str) -> NewSignIn:
    now = clock.now()
    return NewSignIn(
        user_id=claims.user_id,
        token=credentials.issue_access_token(jwt_key, claims, now, lifetimes.ACCESS),
        refresh_token=refresh_token,
        created_at=now,
        expires_at=now + lifetimes.ACCESS,
    )


def note_failure(session: Session, user_id: int | None) -> None:
    """Written for accounts that are not there, too: their answer takes as long."""
    subject = "-" if user_id is None else user_id
    audit.record(session, actor_id=user_id, action=FAILED, subject=subject)


def _take_new_hash(session: Session, verdict: Verdict) -> None:
    if verdict.new_hash:
        session.execute(
            sa.update(User)
            .where(User.id == verdict.user_id)
            .values(password_hash=verdict.new_hash)
            .execution_options(synchronize_session=False)
        )


def _row(tried: tries.Try, user_id: int, life: dt.timedelta, idle: dt.timedelta) -> SignIn:
    now = clock.now()
    return SignIn(
        sign_in_pk=ids.new_uuid(),
        user_id=user_id,
        created_at=now,
        expires_at=now + life,
        idle_until=now + idle,
        seen_at=now,
        place=tried.caller.place,
        client=tried.caller.label,
    )


def _sweep(session: Session, user_id: int, now: dt.datetime) -> None:
    """Refresh tokens of families that have ended tell nothing any more."""
    over = sa.select(SignIn.sign_in_pk).where(
        SignIn.user_id == user_id, sa.or_(SignIn.ended_at.is_not(None), SignIn.expires_at <= now)
    )
    session.execute(
        sa.delete(RefreshToken)
        .where(RefreshToken.sign_in_pk.in_(over))
        .execution_options(synchronize_session=False)
    )
