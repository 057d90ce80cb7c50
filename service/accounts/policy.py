"""Who may do what: one table. Nobody decides anywhere else."""

from __future__ import annotations

import enum

from service.accounts.actor import GUARDED, ORDINARY, SITE, Actor, Due, Role, Scope
from service.foundation.problems import (
    FRESH_CODE_NEEDED,
    NOT_ALLOWED,
    NOT_FOUND,
    SECOND_FACTOR_NEEDED,
    SECOND_FACTOR_TO_ENROL,
    SIGN_IN_NEEDED,
    Problem,
)


class Act(enum.StrEnum):
    """Everything that needs a right. Audit entries use the same names."""

    SESSION_END = "session.end"
    """Anybody who signed in, about themselves; so are the next four."""
    ACCOUNT_OWN = "account.own"
    """Language, password, sessions."""
    FACTOR_PROVE = "factor.prove"
    """Give a code of the second factor."""
    FACTOR_ENROL = "factor.enrol"
    """Set up a second factor where there is none."""
    FACTOR_CHANGE = "factor.change"
    """Replace it, or its recovery codes."""
    PROJECT_CREATE = "project.create"
    PROJECT_READ = "project.read"
    PEOPLE_READ = "people.read"
    """Who is in the project, with which roles."""
    USER_MANAGE = "user.manage"
    """Invite, give and take roles, switch off: those below oneself (`ranks`)."""
    FORM_LIST = "form.list"
    """Read blank forms, as a phone does."""
    FORM_PUBLISH = "form.publish"
    SUBMISSION_SEND = "submission.send"
    SUBMISSION_LIST = "submission.list"
    """What arrived: ids, times, states; no answers."""
    QUEUE_READ = "queue.read"
    """Copies that contradict, and quarantine: reasons and ids."""
    TESTIMONY_READ = "testimony.read"
    """Open what a person gave: pictures, sound, video. Needs a purpose; every time is an entry.
    A stolen session shall not be enough for it: it wants a fresh second factor."""
    TESTIMONY_SHOW = "testimony.show"
    """The bytes of what one has opened some minutes ago, by the address that opening gave."""
    FACTS_READ = "facts.read"
    """Coded answers, identity left out."""
    FIGURES_READ = "figures.read"
    FIGURES_INTERNAL = "figures.internal"
    """Unhidden cells."""
    DEVICE_MANAGE = "device.manage"
    HEALTH_READ = "health.read"
    """What is not well with the installation, in words, with what to do."""
    CONSENT_WITHDRAW = "consent.withdraw"
    """Take consent back for the person whom a record speaks of; advocates, of what they sent."""
    WITHDRAWAL_READ = "withdrawal.read"
    """Withdrawals and how far they are, which name nobody; advocates, those they wrote down."""
    WITHDRAWAL_DECIDE = "withdrawal.decide"
    """Decide on codes that are too short to be enough, and print papers with good ones."""
    SEALED_EXPORT = "sealed.export"
    """Hand out sealed records, still sealed: the host's shell alone."""
    SCRIPT_MANAGE = "script.manage"
    """Make and end API tokens."""


_PEOPLE = frozenset({Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR, Role.ANALYST})

_ANYBODY = frozenset(Role) - {Role.DEVICE}

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.SESSION_END: _ANYBODY,
    Act.ACCOUNT_OWN: _ANYBODY,
    Act.FACTOR_PROVE: _ANYBODY,
    Act.FACTOR_ENROL: _ANYBODY,
    Act.FACTOR_CHANGE: _ANYBODY,
    Act.PROJECT_CREATE: frozenset({Role.ADMIN}),
    Act.PROJECT_READ: _PEOPLE | {Role.FIELD_WORKER, Role.ADMIN},
    Act.PEOPLE_READ: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.USER_MANAGE: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.FORM_LIST: frozenset(
        {Role.DEVICE, Role.FIELD_WORKER, Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR}
    ),
    Act.FORM_PUBLISH: frozenset({Role.COORDINATOR}),
    Act.SUBMISSION_SEND: frozenset({Role.DEVICE, Role.FIELD_WORKER, Role.ADVOCATE}),
    Act.SUBMISSION_LIST: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.QUEUE_READ: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.TESTIMONY_READ: frozenset({Role.COORDINATOR}),
    Act.TESTIMONY_SHOW: frozenset({Role.COORDINATOR}),
    Act.FACTS_READ: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.FIGURES_READ: _PEOPLE,
    Act.FIGURES_INTERNAL: frozenset({Role.COORDINATOR}),
    Act.DEVICE_MANAGE: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.HEALTH_READ: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.CONSENT_WITHDRAW: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.WITHDRAWAL_READ: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.WITHDRAWAL_DECIDE: frozenset({Role.COORDINATOR}),
    Act.SEALED_EXPORT: frozenset(),
    Act.SCRIPT_MANAGE: frozenset({Role.COORDINATOR, Role.ADMIN}),
}
"""Act -> roles. SYSTEM (the host shell) may do everything; the administrator reads nobody."""

ABOUT_ONESELF = frozenset(
    {
        Act.SESSION_END,
        Act.ACCOUNT_OWN,
        Act.FACTOR_PROVE,
        Act.FACTOR_ENROL,
        Act.FACTOR_CHANGE,
    }
)
"""Whoever signed in may, with a role anywhere or with none."""

OF_SCRIPTS = frozenset({Act.SESSION_END, Act.ACCOUNT_OWN})
"""What of that a script may: end its session, and ask who it is."""

STEP_UP = frozenset(
    {
        Act.FIGURES_INTERNAL,
        Act.USER_MANAGE,
        Act.FACTOR_CHANGE,
        Act.TESTIMONY_READ,
        Act.CONSENT_WITHDRAW,
        Act.WITHDRAWAL_DECIDE,
    }
)
"""Acts that want a second factor given minutes ago: a stolen session is not enough for them."""

WHILE_DUE = {
    Due.CODE: frozenset({Act.SESSION_END, Act.FACTOR_PROVE}),
    Due.ENROL: frozenset({Act.SESSION_END, Act.FACTOR_ENROL}),
}
"""All that a session may do that still lacks its second factor."""

SCOPE_OF: dict[Act, Scope | None] = {
    Act.SESSION_END: None,  # this and the next four are about oneself: `may` knows
    Act.ACCOUNT_OWN: None,
    Act.FACTOR_PROVE: None,
    Act.FACTOR_ENROL: None,
    Act.FACTOR_CHANGE: None,
    Act.PROJECT_CREATE: Scope.PROJECTS,
    Act.PROJECT_READ: Scope.PROJECTS,
    Act.PEOPLE_READ: None,
    Act.USER_MANAGE: None,
    Act.FORM_LIST: Scope.FORMS,
    Act.FORM_PUBLISH: Scope.FORMS,
    Act.SUBMISSION_SEND: Scope.SUBMISSIONS,
    Act.SUBMISSION_LIST: Scope.SUBMISSIONS,
    Act.QUEUE_READ: Scope.REVIEW,
    Act.FACTS_READ: Scope.FACTS,
    Act.FIGURES_READ: Scope.FIGURES,
    Act.FIGURES_INTERNAL: Scope.FIGURES_INTERNAL,
    Act.DEVICE_MANAGE: Scope.APP_USERS,
    Act.SCRIPT_MANAGE: None,
    Act.HEALTH_READ: None,
    Act.TESTIMONY_READ: Scope.TESTIMONY,
    Act.TESTIMONY_SHOW: None,
    Act.SEALED_EXPORT: None,
    Act.CONSENT_WITHDRAW: Scope.WITHDRAWALS,
    Act.WITHDRAWAL_READ: Scope.WITHDRAWALS,
    Act.WITHDRAWAL_DECIDE: None,  # a person decides
}
"""Act -> the scope that lets a script do it. None: no script may, whatever its scopes."""

MAY_GIVE: dict[Role, frozenset[Scope]] = {
    Role.SYSTEM: ORDINARY | GUARDED,
    Role.COORDINATOR: ORDINARY,
    Role.ADMIN: frozenset({Scope.PROJECTS, Scope.APP_USERS}),
}
"""Role -> scopes that it may give to a script: the administrator must not read people through
one, and what people see only with a second factor and a reason is given from the host's shell."""


def scopes_to_give(actor: Actor, project_id: int | None) -> frozenset[Scope]:
    """Scopes that the actor may give to a script for the project (None = for all of them)."""
    roles = actor.roles_in(SITE if project_id is None else project_id)
    return frozenset().union(*(MAY_GIVE.get(role, frozenset()) for role in roles))


def may(actor: Actor | None, act: Act, project_id: int | None = None) -> bool:
    """Whether `actor` may do `act` in the project (None = the installation)."""
    if actor is None or (actor.due and act not in WHILE_DUE[actor.due]):
        return False
    if act in ABOUT_ONESELF:
        return actor.sign_in_pk is not None or (actor.scopes is not None and act in OF_SCRIPTS)
    roles = actor.roles_in(SITE if project_id is None else project_id)
    if actor.scopes is not None:
        return bool(roles) and SCOPE_OF.get(act) in actor.scopes
    return Role.SYSTEM in roles or bool(roles & ALLOWED[act])


def demand(actor: Actor | None, act: Act, project_id: int | None = None) -> Actor:
    """`actor`, if it may; else a Problem. A project that is not yours looks like none at all."""
    if actor is None:
        raise Problem(SIGN_IN_NEEDED)
    if may(actor, act, project_id):
        is_person = actor.scopes is None and Role.SYSTEM not in actor.roles_in(SITE)
        if act in STEP_UP and is_person and not actor.is_fresh:
            raise Problem(FRESH_CODE_NEEDED)
        return actor
    if actor.due and act not in WHILE_DUE[actor.due]:
        is_to_enrol = actor.due is Due.ENROL
        raise Problem(SECOND_FACTOR_TO_ENROL if is_to_enrol else SECOND_FACTOR_NEEDED)
    if project_id is not None and not actor.roles_in(project_id):
        raise Problem(NOT_FOUND)
    raise Problem(NOT_ALLOWED)


def demand_shell(actor: Actor) -> None:
    """For what nobody may do over the network, whatever her role."""
    if Role.SYSTEM not in actor.roles_in(SITE):
        raise Problem(NOT_ALLOWED)
