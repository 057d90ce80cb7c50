"""Signed-in people for tests, without the tenth of a second that a password costs."""

from __future__ import annotations

import sqlalchemy as sa

from service.accounts import credentials, lifetimes, second_factor
from service.accounts.actions import second_factors
from service.accounts.actor import SITE, SYSTEM, Role
from service.accounts.tables import ActorKind, ActorRow, Grant, SecondFactor, SignIn, User
from service.foundation import clock, ids
from service.foundation.db import reading, unit_of_work

PLACEHOLDER = b"no seed"
"""Stands where a test needs no code."""
SECRET = "of a session"


def bearer(
    jwt_key: str,
    role: Role | None = None,
    project_id: int = SITE,
    area: str = "",
    *,
    is_fresh: bool = True,
) -> dict[str, str]:
    """The header of a new person with one role (None: no role anywhere), whose second factor was
    given just now, or (not `is_fresh`) a while ago."""
    return signed_in(jwt_key, role, project_id, area, is_fresh=is_fresh)[0]


def signed_in(
    jwt_key: str,
    role: Role | None = None,
    project_id: int = SITE,
    area: str = "",
    *,
    is_fresh: bool = True,
) -> tuple[dict[str, str], int]:
    """The same, and who that is."""
    now = clock.now()
    given = now if is_fresh else now - 2 * second_factor.FRESH
    with unit_of_work() as session:
        row = ActorRow(kind=ActorKind.USER, display_name="សុខា", created_at=now)
        session.add(row)
        session.flush()
        session.add(User(id=row.id, email=f"person{row.id}@example.org"))
        session.flush()
        if role is not None:
            session.add(Grant(user_id=row.id, project_id=project_id, role=role.value, area=area))
        session.add(
            SecondFactor(
                user_id=row.id,
                is_confirmed=True,
                key_pk=ids.new_uuid(),
                sealed=PLACEHOLDER,
                made_at=now,
            )
        )
        opened = SignIn(
            sign_in_pk=ids.new_uuid(),
            user_id=row.id,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetimes.PROGRAM,
            idle_until=now + lifetimes.PROGRAM_IDLE,
            factor_at=given,
            secret_sha256=credentials.token_sha256(SECRET),
        )
        session.add(opened)
    claims = credentials.Claims(user_id=row.id, sign_in_pk=opened.sign_in_pk, secret=SECRET)
    token = credentials.issue_access_token(jwt_key, claims, now, lifetimes.ACCESS)
    return {"Authorization": f"Bearer {token}"}, row.id


def enrol(email: str) -> None:
    """A second factor, as `flask users create --totp` makes it."""
    with unit_of_work() as session:
        user_id = session.scalars(sa.select(User.id).where(User.email == email)).one()
        second_factors.enrol_from_shell(session, SYSTEM, user_id)


def code_of(email: str, *, again: bool = False) -> str:
    """What the app of that person shows now. Each code is good once; `again` lets tests that are
    about something else use it twice."""
    with reading() as session:
        seed = second_factors.seeds(session, [email])[email]
    if again:
        forget_step(email)
    return second_factor.code_at(seed, second_factor.step_at(clock.now()))


def forget_step(email: str) -> None:
    with unit_of_work() as session:
        user_id = session.scalars(sa.select(User.id).where(User.email == email)).one()
        session.execute(
            sa.update(SecondFactor).where(SecondFactor.user_id == user_id).values(last_step=0)
        )
