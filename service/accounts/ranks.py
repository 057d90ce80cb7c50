"""Who may give which role, and whom one may manage: always somebody below, never oneself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.accounts import policy
from service.accounts.actor import SITE, Actor, Role
from service.accounts.reach import WHOLE_PROJECT, lies_under

RANK: Mapping[Role, int] = {
    Role.FIELD_WORKER: 1,
    Role.ANALYST: 1,
    Role.ADVOCATE: 2,
    Role.REVIEWER: 3,
    Role.COORDINATOR: 4,
    Role.ADMIN: 5,
}
HUMAN_ROLES = frozenset(RANK)
SMALLEST_MANAGER = RANK[Role.COORDINATOR]


def rank_in(actor: Actor, project_id: int, area: str = WHOLE_PROJECT) -> int:
    """The highest of the actor's roles that hold there, in that area (or everywhere); beyond all
    of them for the host's shell."""
    roles, bound = actor.roles_in(project_id), actor.areas.get(project_id, {})
    if Role.SYSTEM in roles:
        return max(RANK.values()) + 1
    holding = (role for role in roles if role not in bound or lies_under(area, bound[role]))
    return max((RANK.get(role, 0) for role in holding), default=0)


def may_give(
    actor: Actor, role: Role, project_id: int, user_id: int | None, area: str = WHOLE_PROJECT
) -> bool:
    """Whether the actor may give (or take) this role in the project, everywhere or in an area.
    `user_id`: to whom; None = to somebody new."""
    if role not in RANK or (user_id is not None and user_id == actor.id):
        return False
    if (role is Role.ADMIN) != (project_id == SITE):
        return False
    own = rank_in(actor, project_id, area)
    return own >= SMALLEST_MANAGER and own > RANK[role]


def may_manage(actor: Actor, user_id: int, held: Iterable[tuple[int, Role, str]]) -> bool:
    """Whether the actor may act on the account itself (link, sessions, switching off): she must
    stand above every role that the person holds, in every project and area. Otherwise whoever
    coordinates one project could take over the coordinator of another."""
    held = list(held)
    return user_id != actor.id and all(
        may_give(actor, role, project_id, user_id, area) for project_id, role, area in held
    )


def reads_people(actor: Actor, project_id: int) -> bool:
    """Whether a role lets the actor read people in the project anyway; the host's shell counts as
    one that does not: others are told of what is done there."""
    return not policy.READS_PEOPLE.isdisjoint(actor.roles_in(project_id))


def grantable(actor: Actor, project_id: int, user_id: int | None = None) -> list[Role]:
    """What the actor may give, everywhere or in an area of her own, the smallest first.
    `user_id`: to whom; None = to somebody new."""
    own = actor.areas.get(project_id, {}).values()
    areas = {WHOLE_PROJECT}.union(*own)
    return [
        role
        for role in RANK
        if any(may_give(actor, role, project_id, user_id, area) for area in areas)
    ]
