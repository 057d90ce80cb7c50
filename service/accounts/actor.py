"""Actor: who acts, and how far it reaches."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.foundation.problems import SIGN_IN_NEEDED, Problem


class Role(enum.StrEnum):
    """Roles of people. Phones and API tokens are not people."""

    ADMIN = "admin"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    ADVOCATE = "advocate"
    FIELD_WORKER = "field_worker"
    ANALYST = "analyst"
    DEVICE = "device"
    """An app user; never granted to a person."""
    API_TOKEN = "api_token"  # noqa: S105 - a role, not a secret
    """A script; never granted to a person. What it may do say its scopes."""
    SYSTEM = "system"
    """The host shell and the worker; never granted to a person."""


class Due(enum.StrEnum):
    """What a session still lacks before it opens anything."""

    CODE = "code"
    """The second factor that the person has."""
    ENROL = "enrol"
    """A second factor, which the person's role needs."""


class Scope(enum.StrEnum):
    """What a script may be given. Which acts that means: `policy.SCOPE_OF`."""

    PROJECTS = "projects"
    FORMS = "forms"
    APP_USERS = "app-users"
    SUBMISSIONS = "submissions"
    REVIEW = "review"
    ENTITIES = "entities"
    EXPORTS = "exports"
    FACTS = "facts"
    FIGURES = "figures"
    RELEASES = "releases"
    WITHDRAWALS = "withdrawals"
    FIGURES_INTERNAL = "figures:internal"
    IDENTITY = "identity"
    TESTIMONY = "testimony"
    REMOVALS = "removals"
    """Take records out of everything, and put them back."""


GUARDED = frozenset({Scope.FIGURES_INTERNAL, Scope.IDENTITY, Scope.TESTIMONY, Scope.REMOVALS})
"""Given by name alone. Without `identity` and `testimony`, such answers come masked."""
ORDINARY = frozenset(Scope) - GUARDED
"""What `all` means."""


SITE = 0
"""Stands for the installation where a project id is expected."""


@dataclass(frozen=True, kw_only=True)
class DeviceUse:
    """How a phone has used its access: comes with the look-up of its token."""

    device_key: str | None
    """Pseudonym of the install id that used the token first; None until one did."""
    bound_at: dt.datetime | None
    fetched_at: dt.datetime | None
    """When it last asked for forms, to the hour."""
    submissions: int
    bytes: int
    """What it sent today that was new, as all instances have written down so far."""


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """Access to one project, or to one record of it, that a coordinator gave for a day. Reading
    only."""

    id: int
    project_id: int
    role: Role
    ends_at: dt.datetime
    record: uuid.UUID | None = None
    """The key of the record's first version; None: the whole project."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts. `roles` maps project id to roles; SITE holds roles of the installation."""

    id: int | None
    name: str
    roles: Mapping[int, frozenset[Role]]
    areas: Mapping[int, Mapping[Role, frozenset[str]]] = field(default_factory=dict)
    """Project id to those of its roles that hold in some areas only; the others hold everywhere."""
    emergencies: tuple[Emergency, ...] = ()
    """Access given for a day (break-glass), beside the roles."""
    language: str = "en"
    project_id: int | None = None
    """The one project of a phone."""
    form_ids: frozenset[str] | None = None
    """Forms a phone may fill; None = all of the project."""
    sign_in_pk: uuid.UUID | None = None
    due: Due | None = None
    is_fresh: bool = False
    """A second factor was given minutes ago (`second_factor.FRESH`)."""
    seen_at: dt.datetime | None = None
    """When the session was last used, give or take some minutes."""
    device: DeviceUse | None = field(default=None, repr=False, compare=False)
    """Of a phone."""
    scopes: frozenset[Scope] | None = None
    """Of a script; None for everybody else."""
    script_session_pk: uuid.UUID | None = None
    """The session by which a script came, where it opened one."""

    @property
    def person_id(self) -> int:
        """Raises SIGN_IN_NEEDED for the system, which is nobody."""
        if self.id is None:
            raise Problem(SIGN_IN_NEEDED)
        return self.id

    def emergencies_in(self, project_id: int | None) -> tuple[Emergency, ...]:
        return tuple(one for one in self.emergencies if one.project_id == project_id)

    def is_known_in(self, project_id: int) -> bool:
        """Whether the project may be told to exist."""
        return bool(self.roles_in(project_id) or self.emergencies_in(project_id))

    def roles_in(self, project_id: int) -> frozenset[Role]:
        """Roles in a project, those of the installation included."""
        return self.roles.get(project_id, frozenset()) | self.roles.get(SITE, frozenset())

    def reaches_form(self, form_id: str) -> bool:
        return self.form_ids is None or form_id in self.form_ids


SYSTEM = Actor(id=None, name="system", roles={SITE: frozenset({Role.SYSTEM})})
"""The host shell (`flask …`) and the job worker."""
