"""Our roles in Central's numbers, names and verbs. Pure.

Clients look roles up by `system`; pyodk has the number 2 built in. Where Central means something
else by a word, ours has its own: an analyst is no `viewer`, who reads records.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from service.accounts.actor import Role
from service.accounts.policy import ALLOWED, Act
from service.foundation.problems import NOT_FOUND, Problem

_VERBS: dict[Act, tuple[str, ...]] = {
    Act.PROJECT_CREATE: ("project.create",),
    Act.PROJECT_READ: ("project.read",),
    Act.PEOPLE_READ: ("assignment.list",),
    Act.USER_MANAGE: ("assignment.create", "assignment.delete", "user.create"),
    Act.FORM_LIST: ("form.read",),
    Act.FORM_READ: ("form.list",),
    Act.FORM_PUBLISH: ("form.create", "form.update", "form.delete", "form.restore"),
    Act.SUBMISSION_SEND: ("submission.create",),
    Act.SUBMISSION_EDIT: ("submission.update",),
    Act.SUBMISSION_LIST: ("submission.list",),
    Act.ROWS_READ: ("submission.read",),
    Act.RECORD_REMOVE: ("submission.delete", "submission.restore"),
    Act.DEVICE_MANAGE: ("field_key.list", "field_key.delete"),
    Act.DEVICE_CREATE: ("field_key.create",),
    Act.LIST_READ: ("dataset.list", "dataset.read", "entity.list", "entity.read"),
    Act.LIST_MANAGE: ("dataset.create", "dataset.update"),
    Act.ENTITY_CHANGE: ("entity.create", "entity.update", "entity.delete", "entity.restore"),
}
"""Acts that mean what a verb of Central's means."""


@dataclass(frozen=True, kw_only=True)
class RoleTold:
    """A role as Central's clients read it."""

    id: int
    system: str
    name: str
    role: Role

    @property
    def verbs(self) -> list[str]:
        return sorted(
            verb for act, verbs in _VERBS.items() if self.role in ALLOWED[act] for verb in verbs
        )


ROLES = (
    RoleTold(id=1, system="admin", name="Administrator", role=Role.ADMIN),
    RoleTold(id=2, system="app-user", name="App User", role=Role.DEVICE),
    RoleTold(id=5, system="manager", name="Project Manager", role=Role.COORDINATOR),
    RoleTold(id=6, system="viewer", name="Project Viewer", role=Role.REVIEWER),
    RoleTold(id=8, system="formfill", name="Data Collector", role=Role.FIELD_WORKER),
    RoleTold(id=101, system="advocate", name="Advocate", role=Role.ADVOCATE),
    RoleTold(id=102, system="analyst", name="Analyst", role=Role.ANALYST),
)
"""Central's numbers are those that its migrations gave; ours begin at 101."""


def verbs_of(acts: Collection[Act]) -> list[str]:
    """Central's words for acts."""
    return sorted({verb for act in acts for verb in _VERBS.get(act, ())})


BY_ROLE = {one.role: one for one in ROLES}


def get_role(given: str) -> RoleTold:
    """By number or by word, as addresses of Central name one. Raises NOT_FOUND."""
    for one in ROLES:
        if given in (str(one.id), one.system):
            return one
    raise Problem(NOT_FOUND)
