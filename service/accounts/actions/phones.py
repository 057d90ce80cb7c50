"""Phones: enrolled for a project, renewed before they expire, ended at once."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries
from service.accounts.actions.digest_secrets import make_digest_secret
from service.accounts.actions.projects import get_project
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries import devices
from service.accounts.queries import phones as rows
from service.accounts.tables import ActorKind, AppUser, AppUserForm
from service.foundation import audit, clock
from service.foundation.problems import (
    ALREADY_EXISTS,
    ALREADY_RENEWED,
    DEVICE_ENDED,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)

DEVICE_LIFE = dt.timedelta(days=90)
LONGEST_DEVICE_LIFE = dt.timedelta(days=180)
MOST_OF_ONE_NAME = 1000
Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True)
class NewAppUser:
    """A phone's new access. Token and Digest password are shown once and kept nowhere."""

    id: int
    name: str
    expires_at: dt.datetime
    token: str = field(repr=False)
    digest_password: str | None = field(default=None, repr=False)
    """None where Digest is switched off."""


def create_app_user(
    session: Session,
    actor: Actor,
    project_id: int,
    name: str,
    form_ids: Sequence[str] | None,
    life: dt.timedelta = DEVICE_LIFE,
    digest_realm: str | None = None,
) -> NewAppUser:
    """Enrol a phone for some forms, or (None) for all forms of the project, later ones too.

    `digest_realm`: make a Digest password too. Raises ALREADY_EXISTS where a live phone has that
    name: who ends a lost phone must not have to guess which.
    """
    policy.demand(actor, Act.DEVICE_CREATE, project_id)
    label = fit_name(name)
    get_project(session, project_id)
    token, now = credentials.new_device_token(), clock.now()
    app_user_id = queries.insert_actor(session, ActorKind.APP_USER, label, now)
    row = AppUser(
        id=app_user_id,
        project_id=project_id,
        name_key=name_key(label),
        token_sha256=credentials.token_sha256(token),
        all_forms=form_ids is None,
        created_by=actor.id,
        expires_at=now + fit_life(life),
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Problem(ALREADY_EXISTS, what=f"Phone “{label}”") from error
    session.add_all(
        AppUserForm(app_user_id=app_user_id, form_id=form_id) for form_id in set(form_ids or ())
    )
    _record(session, actor, project_id, Act.DEVICE_CREATE, app_user_id)
    return _made(session, row, label, token, digest_realm)


def create_numbered_app_user(
    session: Session,
    actor: Actor,
    project_id: int,
    name: str,
    form_ids: Sequence[str] | None,
    life: dt.timedelta = DEVICE_LIFE,
    digest_realm: str | None = None,
) -> NewAppUser:
    """As `create_app_user`; a name that is taken gets a number behind it: “Arun 2”. For scripts,
    which cannot be asked for another one."""
    return numbered(
        session,
        name,
        lambda label: create_app_user(
            session, actor, project_id, label, form_ids, life, digest_realm
        ),
    )


def numbered(session: Session, name: str, make: Callable[[str], Made]) -> Made:
    """What `make` makes of the name, or of the first with a number behind it that is free."""
    for number in range(1, MOST_OF_ONE_NAME):
        label = name if number == 1 else f"{fit_name(name)[:115]} {number}"
        try:
            with session.begin_nested():
                return make(label)
        except Problem as problem:
            if problem.kind is not ALREADY_EXISTS:
                raise
    raise Problem(ALREADY_EXISTS, what=f"“{fit_name(name)}”")


def renew_app_user(
    session: Session,
    actor: Actor,
    project_id: int,
    app_user_id: int,
    life: dt.timedelta = DEVICE_LIFE,
    digest_realm: str | None = None,
    was: str | None = None,
) -> NewAppUser:
    """A new token for a live or expired phone; the old one ends at once, and so does what was
    known of the installation behind it.

    `was`: the `token_made_at` that the caller saw; two who saw the same make one code. Raises
    ALREADY_RENEWED, NOT_FOUND; DEVICE_ENDED, for ending is final.
    """
    policy.demand(actor, Act.DEVICE_CREATE, project_id)
    row, now = _get(session, project_id, app_user_id, for_update=True), clock.now()
    if row.revoked_at is not None:
        raise Problem(DEVICE_ENDED)
    if was is not None and was != token_made_at(row.renewed_at):
        raise Problem(ALREADY_RENEWED)
    token = credentials.new_device_token()
    row.token_sha256 = credentials.token_sha256(token)
    row.renewed_at, row.expires_at = now, now + fit_life(life)
    row.device_key = row.bound_at = None
    devices.answer_alarms(session, app_user_id, now)
    _record(session, actor, project_id, "device.renew", app_user_id)
    return _made(session, row, queries.get_name(session, app_user_id), token, digest_realm)


def revoke_app_user(session: Session, actor: Actor, project_id: int, app_user_id: int) -> None:
    """End a phone's access, from its next request on. Again is no error. Raises NOT_FOUND."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    _get(session, project_id, app_user_id)
    _revoke(session, actor, project_id, [app_user_id])


def revoke_app_users(
    session: Session, actor: Actor, project_id: int, app_user_ids: Sequence[int] | None
) -> int:
    """End the access of these phones or (None) of all phones of the project, from their next
    request on; answers how many were live. Phones of other projects are left alone."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    return _revoke(session, actor, project_id, app_user_ids)


def accept_installation(session: Session, actor: Actor, project_id: int, app_user_id: int) -> None:
    """The second installation is the same phone, set up anew: tie the token to it and close the
    alarm. Nothing to close is no error. Raises NOT_FOUND."""
    policy.demand(actor, Act.DEVICE_MANAGE, project_id)
    _get(session, project_id, app_user_id)
    now = clock.now()
    device_key = devices.answer_alarms(session, app_user_id, now)
    if device_key is not None:
        devices.rebind(session, app_user_id, device_key, now)
        _record(session, actor, project_id, "device.accept_installation", app_user_id)


def fit_name(name: str) -> str:
    """NFC, single blanks. Raises INVALID_PARAMETER."""
    label = " ".join(unicodedata.normalize("NFC", name).split())
    if not label or len(label) > 120:
        raise Problem(INVALID_PARAMETER, name="name", reason="1–120 characters")
    return label


def name_key(label: str) -> str:
    """By which two names are the same to whoever reads them."""
    return label.casefold()


def fit_life(life: dt.timedelta) -> dt.timedelta:
    """Raises INVALID_PARAMETER."""
    if not dt.timedelta(days=1) <= life <= LONGEST_DEVICE_LIFE:
        raise Problem(INVALID_PARAMETER, name="days", reason=f"1–{LONGEST_DEVICE_LIFE.days} days")
    return life


def token_made_at(renewed_at: dt.datetime | None) -> str:
    """When a phone's present token was made, as a form carries it."""
    return clock.iso(renewed_at) if renewed_at else ""


def _get(
    session: Session, project_id: int, app_user_id: int, *, for_update: bool = False
) -> AppUser:
    row = session.get(AppUser, app_user_id, with_for_update=for_update)
    if row is None or row.project_id != project_id:
        raise Problem(NOT_FOUND)
    return row


def _made(
    session: Session, row: AppUser, name: str, token: str, digest_realm: str | None
) -> NewAppUser:
    return NewAppUser(
        id=row.id,
        name=name,
        expires_at=row.expires_at,
        token=token,
        digest_password=make_digest_secret(session, row.project_id, row.id, digest_realm),
    )


def _revoke(
    session: Session, actor: Actor, project_id: int, app_user_ids: Sequence[int] | None
) -> int:
    ended = rows.revoke(session, project_id, app_user_ids, clock.now())
    for app_user_id in ended:
        _record(session, actor, project_id, "device.revoke", app_user_id)
    return len(ended)


def _record(session: Session, actor: Actor, project_id: int, action: str, app_user_id: int) -> None:
    audit.record(
        session, project_id=project_id, actor_id=actor.id, action=action, subject=app_user_id
    )
