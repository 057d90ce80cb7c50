"""One-time links by which a person sets a password."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries
from service.accounts.actions.signing_in import end_sign_ins
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.tables import SetupLink, User
from service.foundation import audit, clock
from service.foundation.problems import NOT_FOUND, Problem

SETUP_LIFE = dt.timedelta(hours=24)


def create_setup_link(session: Session, actor: Actor, user_id: int) -> str:
    """The token of a one-time link by which the person sets a password; valid SETUP_LIFE."""
    policy.demand(actor, Act.USER_MANAGE)
    token = credentials.new_link_token()
    session.add(
        SetupLink(
            token_sha256=credentials.token_sha256(token),
            user_id=user_id,
            expires_at=clock.now() + SETUP_LIFE,
        )
    )
    audit.record(session, actor_id=actor.id, action="user.invite", subject=user_id)
    return token


def use_setup_link(session: Session, token: str, password_hash: str) -> User:
    """Set the password of the person whom the link names, once. Raises NOT_FOUND.

    Takes the hash (`credentials.hash_password`), made before the unit of work: hashing takes a
    tenth of a second, and SQLite's only writer must not wait for it.
    """
    key = credentials.token_sha256(token)
    link = queries.find_setup_link(session, key, clock.now())
    if link is None or not queries.use_setup_link(session, key, clock.now()):
        raise Problem(NOT_FOUND)
    user = session.get_one(User, link.user_id)
    user.password_hash = password_hash
    user.failures, user.blocked_until = 0, None
    end_sign_ins(session, user.id)
    audit.record(session, actor_id=user.id, action="user.set_password", subject=user.id)
    return user
