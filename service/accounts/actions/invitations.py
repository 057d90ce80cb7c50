"""One-time links by which a person sets a password."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import credentials, lifetimes, policy, queries
from service.accounts.actions.ending import end_sign_ins
from service.accounts.actor import Actor
from service.accounts.tables import KnownNetwork, SetupLink, User
from service.foundation import audit, clock
from service.foundation.problems import NOT_FOUND, Problem


def create_setup_link(session: Session, actor: Actor, user_id: int) -> str:
    """The token of a one-time link, for the host's shell, which may all."""
    policy.demand_shell(actor)
    return add_setup_link(session, actor, session.get_one(User, user_id))


def add_setup_link(session: Session, actor: Actor, user: User) -> str:
    """A link for somebody of whom the caller knows that the actor may; the newest alone works.
    For a person who has a password already it is a reset, and lapses sooner."""
    now = clock.now()
    end_open_links(session, user.id)
    token = credentials.new_link_token()
    life = lifetimes.RESET if user.password_hash else lifetimes.INVITATION
    session.add(
        SetupLink(
            token_sha256=credentials.token_sha256(token), user_id=user.id, expires_at=now + life
        )
    )
    audit.record(session, actor_id=actor.id, action="user.invite", subject=user.id)
    return token


def end_open_links(session: Session, user_id: int) -> None:
    session.execute(
        sa.update(SetupLink)
        .where(SetupLink.user_id == user_id, SetupLink.used_at.is_(None))
        .values(used_at=clock.now())
    )


def use_setup_link(session: Session, token: str, password_hash: str) -> User:
    """Set the password of the person whom the link names, once. Raises NOT_FOUND.

    Takes the hash (`credentials.hash_password`), made before the unit of work: hashing takes a
    tenth of a second, and SQLite's only writer must not wait for it. The second factor stays: a
    link alone opens nothing.
    """
    key = credentials.token_sha256(token)
    link = queries.find_setup_link(session, key, clock.now())
    if link is None or not queries.use_setup_link(session, key, clock.now()):
        raise Problem(NOT_FOUND)
    user = session.get_one(User, link.user_id)
    take_password(session, user, password_hash)
    end_sign_ins(session, user.id)
    return user


def take_password(session: Session, user: User, password_hash: str) -> None:
    """The person's own act, in whatever way she came to it. Lifts blocks."""
    user.password_hash = password_hash
    user.failures, user.blocked_until = 0, None
    session.execute(
        sa.update(KnownNetwork)
        .where(KnownNetwork.user_id == user.id)
        .values(failures=0, blocked_until=None)
        .execution_options(synchronize_session=False)
    )
    audit.record(session, actor_id=user.id, action="user.set_password", subject=user.id)
