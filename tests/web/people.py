"""Signed-in people for tests, without the tenth of a second that a password costs."""

from __future__ import annotations

from service.accounts import credentials
from service.accounts.actions import SIGN_IN_LIFE
from service.accounts.actor import SITE, Role
from service.accounts.tables import ActorKind, ActorRow, Grant, SignIn, User
from service.foundation import clock, ids
from service.foundation.db import unit_of_work


def bearer(jwt_key: str, role: Role | None = None, project_id: int = SITE) -> dict[str, str]:
    """The header of a new person with one role (None: no role anywhere)."""
    now = clock.now()
    with unit_of_work() as session:
        row = ActorRow(kind=ActorKind.USER, display_name="សុខា", created_at=now)
        session.add(row)
        session.flush()
        session.add(User(id=row.id, email=f"person{row.id}@example.org"))
        session.flush()
        if role is not None:
            session.add(Grant(user_id=row.id, project_id=project_id, role=role.value))
        opened = SignIn(
            sign_in_pk=ids.new_uuid(),
            user_id=row.id,
            created_at=now,
            expires_at=now + SIGN_IN_LIFE,
        )
        session.add(opened)
    claims = credentials.Claims(user_id=row.id, sign_in_pk=opened.sign_in_pk)
    token = credentials.issue_access_token(jwt_key, claims, now, SIGN_IN_LIFE)
    return {"Authorization": f"Bearer {token}"}
