"""What people do about themselves: language, password, their own sessions."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actions import ending
from service.accounts.actions.invitations import take_password
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.tables import SignIn, User
from service.foundation import audit
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem

LANGUAGES = ("en", "km")


def choose_language(session: Session, actor: Actor, language: str) -> None:
    policy.demand(actor, Act.ACCOUNT_OWN)
    if language not in LANGUAGES:
        raise Problem(INVALID_PARAMETER, name="language", reason=" or ".join(LANGUAGES))
    session.get_one(User, actor.id).language = language


def change_password(session: Session, actor: Actor, password_hash: str) -> None:
    """Takes the hash of the new one, made after the old one was given; ends all other sessions."""
    policy.demand(actor, Act.ACCOUNT_OWN)
    take_password(session, session.get_one(User, actor.id), password_hash)
    ending.end_other_sign_ins(session, actor)


def end_own(session: Session, actor: Actor, sign_in_pk: uuid.UUID) -> None:
    """End one of the actor's own sessions. Raises NOT_FOUND for anybody else's."""
    policy.demand(actor, Act.ACCOUNT_OWN)
    row = session.get(SignIn, sign_in_pk)
    if row is None or row.user_id != actor.id:
        raise Problem(NOT_FOUND)
    ending.end_family(session, sign_in_pk)
    audit.record(session, actor_id=actor.id, action="user.sign_out", subject=actor.id)


def end_others(session: Session, actor: Actor) -> None:
    """Sign out everywhere but here."""
    policy.demand(actor, Act.ACCOUNT_OWN)
    ending.end_other_sign_ins(session, actor)
    audit.record(session, actor_id=actor.id, action="user.sign_out", subject=actor.id)
