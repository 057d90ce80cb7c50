"""What is asked and written about scripts: API tokens and the sessions they open."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import SITE, Actor, Role, Scope
from service.accounts.held import bearing
from service.accounts.queries.grants import HELD, held_of
from service.accounts.tables import ActorRow, ApiToken, ApiTokenProject, ScriptSession, User


@dataclass(frozen=True, kw_only=True)
class ApiTokenRow:
    """A script as people see it. Its token is nowhere."""

    id: int
    name: str
    email: str
    scopes: tuple[Scope, ...]
    all_projects: bool
    project_ids: tuple[int, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None
    created_by: int | None
    rests: bool = False
    """Whoever made it may not give it any more, anywhere."""


_FOUND = sa.select(
    ApiToken.id,
    ActorRow.display_name,
    ApiToken.scopes,
    ApiToken.all_projects,
    ApiToken.last_used_at,
    ApiToken.created_by,
).join(ActorRow, ActorRow.id == ApiToken.id)


def _is_live(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)


def find_script(
    session: Session, token_sha256: bytes, now: dt.datetime
) -> tuple[Actor, dt.datetime | None] | None:
    """The script behind a token, unless ended or expired, and when it last came. It reaches the
    projects for which whoever made it could make it today."""
    query = _FOUND.where(ApiToken.token_sha256 == token_sha256, _is_live(now))
    return _found(session, session.execute(query).first(), now)


def find_script_by_session(
    session: Session, token_sha256: bytes, now: dt.datetime
) -> tuple[Actor, dt.datetime | None] | None:
    """The script behind a session of its own, while session and token both last."""
    query = (
        _FOUND.add_columns(ScriptSession.session_pk)
        .join(ScriptSession, ScriptSession.api_token_id == ApiToken.id)
        .where(
            ScriptSession.token_sha256 == token_sha256,
            ScriptSession.ended_at.is_(None),
            ScriptSession.expires_at > now,
            _is_live(now),
        )
    )
    return _found(session, session.execute(query).first(), now)


def _found(session: Session, row: Any, now: dt.datetime) -> tuple[Actor, dt.datetime | None] | None:
    if row is None:
        return None
    places = [SITE] if row.all_projects else _projects(session, [row.id])[row.id]
    if row.created_by is not None:  # else the host's shell
        maker = _makers(session, [row.created_by], now).get(row.created_by)
        places = _still_given(maker, row.scopes, places)
    if not places:
        return None
    actor = Actor(
        id=row.id,
        name=row.display_name,
        roles={place: frozenset({Role.API_TOKEN}) for place in places},
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        script_session_pk=row._mapping.get("session_pk"),
    )
    return actor, row.last_used_at


def _makers(session: Session, ids: Collection[int], now: dt.datetime) -> dict[int, Actor]:
    """With what they hold now; those who were switched off are not among them."""
    held = defaultdict(list)
    query = sa.select(HELD).join(User, User.id == HELD.c.holder)
    for row in session.execute(query.where(User.id.in_(ids), User.is_active)):
        held[row.holder].append(held_of(row))
    given = {maker: bearing(theirs, now) for maker, theirs in held.items()}
    return {
        maker: Actor(id=maker, name="", roles=theirs.roles, areas=theirs.areas)
        for maker, theirs in given.items()
    }


def _still_given(
    maker: Actor | None, scopes: Collection[str], places: Collection[int]
) -> list[int]:
    if maker is None:
        return []
    return [
        place
        for place in places
        if policy.scopes_to_give(maker, None if place == SITE else place).issuperset(scopes)
    ]


def _projects(session: Session, ids: Collection[int]) -> dict[int, list[int]]:
    reach: dict[int, list[int]] = defaultdict(list)
    for token_id, project_id in session.execute(
        sa.select(ApiTokenProject.api_token_id, ApiTokenProject.project_id)
        .where(ApiTokenProject.api_token_id.in_(ids))
        .order_by(ApiTokenProject.project_id)
    ):
        reach[token_id].append(project_id)
    return reach


def note_use(session: Session, api_token_id: int, now: dt.datetime) -> None:
    session.execute(sa.update(ApiToken).where(ApiToken.id == api_token_id).values(last_used_at=now))


def email_of(session: Session, api_token_id: int) -> str | None:
    return session.scalar(sa.select(ApiToken.email).where(ApiToken.id == api_token_id))


def list_api_tokens(
    session: Session, project_id: int | None = None, now: dt.datetime | None = None
) -> list[ApiTokenRow]:
    """All tokens, or those that reach a project; newest first, in three statements. Whether they
    rest is told where it is said when."""
    query = sa.select(
        ApiToken.id,
        ActorRow.display_name.label("name"),
        ApiToken.email,
        ApiToken.scopes,
        ApiToken.all_projects,
        ActorRow.created_at,
        ApiToken.expires_at,
        ApiToken.last_used_at,
        ApiToken.revoked_at,
        ApiToken.created_by,
    ).join(ActorRow, ActorRow.id == ApiToken.id)
    if project_id is not None:
        reaching = sa.select(ApiTokenProject.api_token_id).where(
            ApiTokenProject.project_id == project_id
        )
        query = query.where(sa.or_(ApiToken.all_projects, ApiToken.id.in_(reaching)))
    rows = session.execute(query.order_by(ApiToken.id.desc())).all()
    reach = _projects(session, [row.id for row in rows])
    by = {row.created_by for row in rows} - {None}
    makers = _makers(session, by, now) if now and by else {}
    return [
        ApiTokenRow(
            **{**row._mapping, "scopes": tuple(map(Scope, row.scopes))},
            project_ids=tuple(reach[row.id]),
            rests=now is not None
            and row.created_by is not None
            and not _still_given(makers.get(row.created_by), row.scopes, reach[row.id] or [SITE]),
        )
        for row in rows
    ]


def find_live_by_name(session: Session, project_id: int, name_key: str) -> int | None:
    """The token that holds a name in the project."""
    return session.scalar(
        sa.select(ApiTokenProject.api_token_id).where(
            ApiTokenProject.project_id == project_id, ApiTokenProject.live_name == name_key
        )
    )


def free_name(session: Session, api_token_id: int) -> None:
    """Of a token that was ended: others may have its name."""
    session.execute(
        sa.update(ApiTokenProject)
        .where(ApiTokenProject.api_token_id == api_token_id)
        .values(live_name=None)
    )


def end_session(session: Session, session_pk: uuid.UUID, now: dt.datetime) -> None:
    session.execute(
        sa.update(ScriptSession)
        .where(ScriptSession.session_pk == session_pk, ScriptSession.ended_at.is_(None))
        .values(ended_at=now)
    )
