"""Forms of phones that may not fill all."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts.tables import AppUser, AppUserForm


def insert_form(session: Session, app_user_id: int, form_id: str) -> None:
    """Two may do it at once."""
    try:
        with session.begin_nested():
            session.add(AppUserForm(app_user_id=app_user_id, form_id=form_id))
            session.flush()
    except IntegrityError:
        return


def delete_form(session: Session, app_user_id: int, form_id: str) -> bool:
    """False where there was none."""
    mine = (AppUserForm.app_user_id == app_user_id, AppUserForm.form_id == form_id)
    gone = session.execute(sa.delete(AppUserForm).where(*mine).returning(AppUserForm.form_id))
    return gone.first() is not None


def limit_to(session: Session, app_user_id: int, form_ids: Collection[str]) -> bool:
    """Of a phone that may fill all forms: these from now on. False where it may not (any more): of
    two at once one limits it."""
    limited = sa.update(AppUser).where(AppUser.id == app_user_id, AppUser.all_forms)
    done = session.execute(limited.values(all_forms=False).returning(AppUser.id))
    if done.first() is None:
        return False
    session.add_all(
        AppUserForm(app_user_id=app_user_id, form_id=form_id) for form_id in sorted(form_ids)
    )
    session.flush()
    return True


def count_live(session: Session, project_ids: Collection[int]) -> dict[int, int]:
    """Phones of these projects that were not ended."""
    query = sa.select(AppUser.project_id, sa.func.count()).where(
        AppUser.project_id.in_(project_ids), AppUser.revoked_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(AppUser.project_id))}
