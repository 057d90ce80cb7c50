"""Scripts: API tokens with scopes, for tools that run without anybody at the keyboard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts import credentials, policy, queries
from service.accounts.actions.phones import fit_name, name_key, numbered
from service.accounts.actions.projects import get_project
from service.accounts.actor import Actor, Scope
from service.accounts.policy import Act
from service.accounts.queries import scripts
from service.accounts.tables import ActorKind, ApiToken, ApiTokenProject, ScriptSession
from service.foundation import audit, clock, ids
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    ALREADY_EXISTS,
    INVALID_PARAMETER,
    NOT_ALLOWED,
    NOT_FOUND,
    Problem,
)

API_TOKEN_LIFE = dt.timedelta(days=365)
LONGEST_API_TOKEN_LIFE = dt.timedelta(days=3650)
SCRIPT_SESSION_LIFE = dt.timedelta(hours=24)
"""As long as ODK Central's, for which its clients are made."""
USE_NOTED_EVERY = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class NewApiToken:
    """A token just made. It is shown once and kept nowhere."""

    id: int
    name: str
    email: str
    expires_at: dt.datetime
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NewScriptSession:
    """A session just opened."""

    token: str = field(repr=False)
    created_at: dt.datetime
    expires_at: dt.datetime


def create_api_token(
    session: Session,
    actor: Actor,
    name: str,
    project_ids: Collection[int] | None,
    scopes: Collection[Scope],
    life: dt.timedelta = API_TOKEN_LIFE,
) -> NewApiToken:
    """A token for some projects, or (None) for all, later ones too. Nobody gives a scope that is
    not theirs to give (`policy.MAY_GIVE`). Wants a fresh code of whoever makes it, for the script
    will be asked for none.

    Raises ALREADY_EXISTS where a token of one of the projects has that name and was not ended:
    a form that is sent twice makes one.
    """
    places: Collection[int | None] = [None] if project_ids is None else set(project_ids)
    for place in places:
        policy.demand(actor, Act.SCRIPT_CREATE, place)
        if not set(scopes) <= policy.scopes_to_give(actor, place):
            raise Problem(NOT_ALLOWED)
    label = fit_name(name)
    if not scopes:
        raise Problem(INVALID_PARAMETER, name="scope", reason="at least one")
    if not dt.timedelta(days=1) <= life <= LONGEST_API_TOKEN_LIFE:
        most = LONGEST_API_TOKEN_LIFE.days
        raise Problem(INVALID_PARAMETER, name="days", reason=f"1–{most} days")
    for project_id in project_ids or ():
        get_project(session, project_id)
    token, now = credentials.new_api_token(), clock.now()
    api_token_id = queries.insert_actor(session, ActorKind.API_TOKEN, label, now)
    row = ApiToken(
        id=api_token_id,
        email=_address(label, api_token_id),
        token_sha256=credentials.token_sha256(token),
        scopes=sorted(scope.value for scope in scopes),
        all_projects=project_ids is None,
        created_by=actor.id,
        expires_at=now + life,
    )
    session.add(row)
    session.flush()
    session.add_all(
        ApiTokenProject(api_token_id=api_token_id, project_id=project_id, live_name=name_key(label))
        for project_id in set(project_ids or ())
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise Problem(ALREADY_EXISTS, what=f"Script “{label}”") from error
    for place in places:
        audit.record(
            session,
            project_id=place,
            actor_id=actor.id,
            action=Act.SCRIPT_CREATE,
            subject=api_token_id,
            scopes=sorted(scope.value for scope in scopes),
        )
    return NewApiToken(
        id=row.id, name=label, email=row.email, expires_at=row.expires_at, token=token
    )


def create_numbered_api_token(
    session: Session,
    actor: Actor,
    name: str,
    project_ids: Collection[int] | None,
    scopes: Collection[Scope],
    life: dt.timedelta = API_TOKEN_LIFE,
) -> NewApiToken:
    """As `create_api_token`; a name that is taken gets a number behind it. For the shell, whose
    scripts cannot be asked for another one."""
    return numbered(
        session,
        name,
        lambda label: create_api_token(session, actor, label, project_ids, scopes, life),
    )


def _address(label: str, api_token_id: int) -> str:
    """An address for clients that know nothing else; no mail reaches it."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")[:40] or "script"
    return f"{slug}-{api_token_id}@scripts.samleng.local"


def revoke_api_token(
    session: Session, actor: Actor, api_token_id: int, project_id: int | None = None
) -> None:
    """End a token and its sessions, from the next request on. Again is no error.

    In a project only a token of that project alone; others are ended by whoever may everywhere.
    Raises NOT_FOUND.
    """
    policy.demand(actor, Act.SCRIPT_MANAGE, project_id)
    rows = scripts.list_api_tokens(session, project_id)
    row = next((one for one in rows if one.id == api_token_id), None)
    if row is None:
        raise Problem(NOT_FOUND)
    if not may_end(actor, row, project_id):
        raise Problem(NOT_ALLOWED)
    if row.revoked_at is None:
        session.get_one(ApiToken, api_token_id).revoked_at = clock.now()
        scripts.free_name(session, api_token_id)
        for place in row.project_ids or (None,):
            audit.record(
                session,
                project_id=place,
                actor_id=actor.id,
                action="script.revoke",
                subject=api_token_id,
            )


def may_end(actor: Actor, row: scripts.ApiTokenRow, project_id: int | None) -> bool:
    """Whether the actor may end that token from that project."""
    if row.project_ids == (project_id,):
        return policy.may(actor, Act.SCRIPT_MANAGE, project_id)
    return policy.may(actor, Act.SCRIPT_MANAGE)


def open_script_session(email: str, token: str) -> NewScriptSession | None:
    """A session with the token's scopes and no second factor; None where they do not fit."""
    now = clock.now()
    with reading() as session:
        found = scripts.find_script(session, credentials.token_sha256(token), now)
        if found is None or found[0].id is None:
            return None
        script_id = found[0].id
        if scripts.email_of(session, script_id) != email.strip().casefold():
            return None
    opened = NewScriptSession(
        token=credentials.new_script_session_token(),
        created_at=now,
        expires_at=now + SCRIPT_SESSION_LIFE,
    )
    with unit_of_work() as session:
        session.add(
            ScriptSession(
                session_pk=ids.new_uuid(),
                token_sha256=credentials.token_sha256(opened.token),
                api_token_id=script_id,
                created_at=now,
                expires_at=opened.expires_at,
            )
        )
        audit.record(session, actor_id=script_id, action="script.sign_in", subject=script_id)
    return opened


def end_script_session(session: Session, actor: Actor) -> None:
    """End the session by which the script came. A token that came by itself has none to end."""
    if actor.script_session_pk is not None:
        scripts.end_session(session, actor.script_session_pk, clock.now())
        audit.record(session, actor_id=actor.id, action="script.sign_out", subject=actor.id)


def find_script(token: str) -> Actor | None:
    """The script behind a token or a session of one. Asked at every request of a script; that it
    came is written down once an hour."""
    now = clock.now()
    is_session = credentials.looks_like_script_session_token(token)
    find = scripts.find_script_by_session if is_session else scripts.find_script
    with reading() as session:
        found = find(session, credentials.token_sha256(token), now)
    if found is None:
        return None
    actor, last_used_at = found
    if actor.id is not None and (last_used_at is None or now - last_used_at >= USE_NOTED_EVERY):
        with unit_of_work() as session:
            scripts.note_use(session, actor.id, now)
    return actor
