"""Who may do what, and where: three tables. Nobody decides anywhere else."""

from __future__ import annotations

import enum

from service.accounts.actor import GUARDED, ORDINARY, SITE, Actor, Due, Emergency, Role, Scope
from service.accounts.reach import NOWHERE, WHOLE, Reach, Thing, outermost
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
    FORM_READ = "form.read"
    """See the forms of the project with their versions and states, as programs ask for them."""
    FORM_PUBLISH = "form.publish"
    """Draft and publish forms, open and close them."""
    SUBMISSION_SEND = "submission.send"
    SUBMISSION_ADD = "submission.add"
    """Add a record, or files to one's own, by a program that is no phone."""
    TELLING_BRING = "telling.bring"
    """Bring in what was told in another's browser and carried here in a file: testimonies alone."""
    SUBMISSION_EDIT = "submission.edit"
    """Put a corrected version in the place of a record's present one."""
    SUBMISSION_LIST = "submission.list"
    """What arrived: ids, times, states; no answers."""
    RECORD_READ = "record.read"
    """Open the page of one record: when it came, its state, its files by kind; no answers.
    Advocates, of what they sent."""
    ANSWERS_READ = "answers.read"
    """Read what one record answers, without what identifies anybody and without testimony."""
    IDENTITY_READ = "identity.read"
    """Read in it who somebody is, too: for a purpose that the person allowed. Every time is an
    entry."""
    REVIEW_STATE = "review.state"
    """Say what a look at a record found: approved, rejected, with issues."""
    REVIEW_COMMENT = "review.comment"
    """Read and write the team's comments on a record."""
    RECORD_REMOVE = "record.remove"
    """Take a record out of every list and figure, and put it back. Nothing is erased."""
    SENT_LIST = "sent.list"
    """What one sent oneself."""
    QUEUE_READ = "queue.read"
    """Copies that contradict, and quarantine: reasons and ids."""
    TESTIMONY_READ = "testimony.read"
    """Open what a person gave: pictures, sound, video. Needs a purpose; every time is an entry.
    A stolen session shall not be enough for it: it wants a fresh second factor. Advocates, of
    what they sent."""
    TESTIMONY_SHOW = "testimony.show"
    """The bytes of what one has opened some minutes ago, by the address that opening gave."""
    TESTIMONY_WRITE = "testimony.write"
    """Make texts of a testimony, mask words in them, write down that they were read back to the
    narrator. Shows what was told. Advocates, of what they sent."""
    TESTIMONY_RELEASE = "testimony.release"
    """Say, as a second person, that a text may be used; lift what is masked, together with
    another."""
    TESTIMONY_LIBRARY = "testimony.library"
    """Which texts may be used now, and for what: codes, no words; and what they were used for."""
    TESTIMONY_USE = "testimony.use"
    """Read such a text and use it: that is written down, and may go out."""
    READINGS_LIST = "readings.list"
    """Who read names and testimony, of whom, for what."""
    AUDIT_READ = "audit.read"
    """Who did what in the project, and when: ids and codes, no names of people, no answers."""
    FACTS_READ = "facts.read"
    """Coded answers, identity left out."""
    ROWS_READ = "rows.read"
    """Coded answers of records, row by row, as programs read them (OData). Names and testimony are
    masked."""
    ROWS_EXPORT = "rows.export"
    """The same as files to take away. A person gives a fresh second factor for it."""
    EXPORTS_LIST = "exports.list"
    """Which files were made, by whom, for what, and how far those are that are being made."""
    EXPORT_AGREE = "export.agree"
    """Agree, as a second person, that a file holds names and testimony."""
    MOVES_LIST = "moving.list"
    """What was brought from other servers, by whom, and how far that is."""
    MOVE_IN = "moving.begin"
    """Bring forms, records and lists from another server. What comes was never looked at here, and
    this server asks where it is told to: a stolen session shall not be enough for it."""
    FIGURES_READ = "figures.read"
    FIGURES_INTERNAL = "figures.internal"
    """Unhidden cells."""
    RELEASE_READ = "release.read"
    """Releases: frozen tables, protected for partners or the public."""
    RELEASE_FREEZE = "release.freeze"
    """Freeze tables as a release."""
    RELEASE_PUBLISH = "release.publish"
    """Publish what somebody else froze, or drop it; see what nobody published yet."""
    DIALOGUE_READ = "dialogue.read"
    """The dialogue log: whom we met, what was asked, answered and promised, what came of it."""
    DIALOGUE_CHANGE = "dialogue.change"
    """Write it, and read what is for the team alone: who of us was there, notes."""
    DIALOGUE_SHARE = "dialogue.share"
    """Make a link by which a partner sees some of it, when the session is long over."""
    PRODUCT_LIST = "product.list"
    """Which briefs and annexes were made of releases, for whom, and which of them still stand."""
    PRODUCT_MAKE = "product.make"
    """Make one, with words that narrators let be used, and take it away."""
    FEEDBACK_READ = "feedback.read"
    """What goes back to communes: numbers that were released, questions, promises."""
    COUNTING_SET = "figures.counting"
    """Say whether figures count what nobody approved yet."""
    DEVICE_MANAGE = "device.manage"
    """See phones, and end their access."""
    DEVICE_ASSIGN = "device.assign"
    """Say which forms a phone may fill."""
    DEVICE_CREATE = "device.create"
    """Enrol a phone, or give one a new code: it sends on when the session is long over."""
    HEALTH_READ = "health.read"
    """What is not well with the installation, in words, with what to do."""
    CONSENT_WITHDRAW = "consent.withdraw"
    """Take consent back for the person whom a record speaks of; advocates, of what they sent."""
    WITHDRAWAL_READ = "withdrawal.read"
    """Withdrawals and how far they are, which name nobody; advocates, those they wrote down."""
    WITHDRAWAL_DECIDE = "withdrawal.decide"
    """Decide on codes that are too short to be enough, and print papers with good ones."""
    RETENTION_READ = "retention.read"
    """For how long things are kept here, and how much goes in the next month."""
    RETENTION_SET = "retention.set"
    """Keep them for longer or shorter."""
    SEALED_EXPORT = "sealed.export"
    SEALED_RESEAL = "sealed.reseal"
    """Take in records that were sealed anew, for other trustees."""
    """Hand out sealed records, still sealed: the host's shell alone."""
    SCRIPT_MANAGE = "script.manage"
    """See API tokens, and end them."""
    SCRIPT_CREATE = "script.create"
    """Make an API token, which does what its scopes say without a second factor."""
    ACCESS_EXPLAIN = "access.explain"
    """See who of the team may do what here, and why."""
    ROLE_ANSWER = "role.answer"
    """Agree to a role that somebody gave who reads nobody here, or end it."""
    EMERGENCY_OPEN = "emergency.open"
    """Give somebody access for a day (break-glass), and end it."""
    CASE_READ = "case.read"
    """Cases: codes, needs and their clocks, visits, referrals; the service directory. No names."""
    CASE_CHANGE = "case.change"
    """Write down what the office did: referrals, what came of them, needs closed and reopened."""
    CASE_OVERRIDE = "case.override"
    """Refer somebody who has not allowed it, where life or safety is at stake."""
    CASE_SHEET = "case.sheet"
    """Print what a provider is handed of somebody who allowed it: it says who that is."""
    LIST_READ = "entity_list.read"
    """Entity lists: their names, properties and numbers; entities without what names people."""
    LIST_MANAGE = "entity_list.manage"
    """Make lists and properties, and say of whom a list tells."""
    LIST_ALLOW = "entity_list.allow"
    """Let a phone hold a list that names people. It holds it when the session is long over."""
    ENTITY_CHANGE = "entity.change"
    """Make, change and delete entities, bring many in at once, settle contradictions."""
    ENTITY_NAMES = "entity.read_names"
    """See the labels and properties of entities that came from people's answers. Every time is an
    entry, and a stolen session shall not be enough for it."""
    PERSON_PAIRS = "person.pairs"
    """See which visits may be, or are, of one person, and why: in codes, without names."""
    PERSON_DECIDE = "person.decide"
    """Say that two are one person, or not, and take it back."""
    PERSON_SEARCH = "person.search"
    """Look for somebody by name. Every time is an entry, and wants a purpose."""
    TREATY_READ = "treaty.read"
    """The campaign from inside: sheets, signatures that may be one person's; no names."""
    TREATY_MANAGE = "treaty.manage"
    """The campaign: its texts, goal and dates, and totals that others told of."""
    TREATY_DECIDE = "treaty.decide"
    """Say that two signatures are one person's, or not; take one back for whoever asks."""
    TREATY_KEY = "treaty.key"
    """Key sheets of paper that came back: shows their pictures, and nothing that others keyed."""


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
    Act.FORM_READ: frozenset({Role.FIELD_WORKER, Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR}),
    Act.FORM_PUBLISH: frozenset({Role.COORDINATOR}),
    Act.SUBMISSION_SEND: frozenset({Role.DEVICE, Role.FIELD_WORKER, Role.ADVOCATE}),
    Act.SUBMISSION_ADD: frozenset({Role.FIELD_WORKER, Role.ADVOCATE}),
    Act.TELLING_BRING: frozenset({Role.FIELD_WORKER, Role.ADVOCATE, Role.COORDINATOR}),
    Act.SUBMISSION_EDIT: frozenset({Role.COORDINATOR}),
    Act.SUBMISSION_LIST: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.RECORD_READ: frozenset({Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR}),
    Act.ANSWERS_READ: frozenset({Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR}),
    Act.IDENTITY_READ: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.REVIEW_STATE: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.REVIEW_COMMENT: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.RECORD_REMOVE: frozenset({Role.COORDINATOR}),
    Act.SENT_LIST: frozenset({Role.ADVOCATE, Role.FIELD_WORKER}),
    Act.QUEUE_READ: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.TESTIMONY_READ: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.TESTIMONY_SHOW: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.TESTIMONY_WRITE: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.TESTIMONY_RELEASE: frozenset({Role.COORDINATOR}),
    Act.TESTIMONY_LIBRARY: frozenset({Role.COORDINATOR}),
    Act.TESTIMONY_USE: frozenset({Role.COORDINATOR}),
    Act.READINGS_LIST: frozenset({Role.COORDINATOR}),
    Act.AUDIT_READ: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.FACTS_READ: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.ROWS_READ: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.ROWS_EXPORT: frozenset({Role.COORDINATOR}),
    Act.EXPORTS_LIST: frozenset({Role.COORDINATOR}),
    Act.EXPORT_AGREE: frozenset({Role.COORDINATOR}),
    Act.MOVES_LIST: frozenset({Role.COORDINATOR}),
    Act.MOVE_IN: frozenset({Role.COORDINATOR}),
    Act.FIGURES_READ: _PEOPLE,
    Act.FIGURES_INTERNAL: frozenset({Role.COORDINATOR}),
    Act.RELEASE_READ: _PEOPLE,
    Act.RELEASE_FREEZE: frozenset({Role.COORDINATOR}),
    Act.RELEASE_PUBLISH: frozenset({Role.COORDINATOR}),
    Act.DIALOGUE_READ: frozenset({Role.ADVOCATE, Role.COORDINATOR, Role.ANALYST}),
    Act.DIALOGUE_CHANGE: frozenset({Role.COORDINATOR}),
    Act.DIALOGUE_SHARE: frozenset({Role.COORDINATOR}),
    Act.PRODUCT_LIST: frozenset({Role.COORDINATOR}),
    Act.PRODUCT_MAKE: frozenset({Role.COORDINATOR}),
    Act.FEEDBACK_READ: _PEOPLE | {Role.FIELD_WORKER},
    Act.COUNTING_SET: frozenset({Role.COORDINATOR}),
    Act.DEVICE_MANAGE: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.DEVICE_ASSIGN: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.DEVICE_CREATE: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.HEALTH_READ: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.CONSENT_WITHDRAW: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.WITHDRAWAL_READ: frozenset({Role.ADVOCATE, Role.COORDINATOR}),
    Act.WITHDRAWAL_DECIDE: frozenset({Role.COORDINATOR}),
    Act.RETENTION_READ: frozenset({Role.COORDINATOR}),
    Act.RETENTION_SET: frozenset({Role.COORDINATOR}),
    Act.SEALED_EXPORT: frozenset(),
    Act.SEALED_RESEAL: frozenset(),
    Act.SCRIPT_MANAGE: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.SCRIPT_CREATE: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.ACCESS_EXPLAIN: frozenset({Role.COORDINATOR, Role.ADMIN}),
    Act.ROLE_ANSWER: frozenset({Role.COORDINATOR}),
    Act.EMERGENCY_OPEN: frozenset({Role.COORDINATOR}),
    Act.CASE_READ: frozenset({Role.COORDINATOR}),
    Act.CASE_CHANGE: frozenset({Role.COORDINATOR}),
    Act.CASE_OVERRIDE: frozenset({Role.COORDINATOR}),
    Act.CASE_SHEET: frozenset({Role.COORDINATOR}),
    Act.LIST_READ: frozenset({Role.REVIEWER, Role.COORDINATOR}),
    Act.LIST_MANAGE: frozenset({Role.COORDINATOR}),
    Act.LIST_ALLOW: frozenset({Role.COORDINATOR}),
    Act.ENTITY_CHANGE: frozenset({Role.COORDINATOR}),
    Act.ENTITY_NAMES: frozenset({Role.COORDINATOR}),
    Act.PERSON_PAIRS: frozenset({Role.COORDINATOR}),
    Act.PERSON_DECIDE: frozenset({Role.COORDINATOR}),
    Act.PERSON_SEARCH: frozenset({Role.COORDINATOR}),
    Act.TREATY_READ: frozenset({Role.COORDINATOR}),
    Act.TREATY_MANAGE: frozenset({Role.COORDINATOR}),
    Act.TREATY_DECIDE: frozenset({Role.COORDINATOR}),
    Act.TREATY_KEY: frozenset({Role.FIELD_WORKER, Role.COORDINATOR}),
}
"""Act -> roles. SYSTEM (the host shell) may do everything; the administrator reads nobody."""

READS_PEOPLE = (
    ALLOWED[Act.RECORD_READ]
    | ALLOWED[Act.FACTS_READ]
    | ALLOWED[Act.ROWS_READ]
    | ALLOWED[Act.TESTIMONY_READ]
)
"""Roles by which somebody comes to read what people told."""

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

LASTING = frozenset(
    {
        Act.USER_MANAGE,
        Act.FACTOR_CHANGE,
        Act.ROLE_ANSWER,
        Act.EMERGENCY_OPEN,
        Act.SCRIPT_CREATE,
        Act.DEVICE_CREATE,
        Act.LIST_ALLOW,
        Act.DIALOGUE_SHARE,
    }
)
"""Acts that let somebody or something in later on, without the session by which they were done."""

STEP_UP = LASTING | {
    Act.FIGURES_INTERNAL,
    Act.ROWS_EXPORT,
    Act.EXPORT_AGREE,
    Act.PRODUCT_MAKE,
    Act.MOVE_IN,
    Act.IDENTITY_READ,
    Act.TESTIMONY_READ,
    Act.TESTIMONY_WRITE,
    Act.TESTIMONY_RELEASE,
    Act.TESTIMONY_USE,
    Act.CONSENT_WITHDRAW,
    Act.WITHDRAWAL_DECIDE,
    Act.ENTITY_NAMES,
    Act.PERSON_SEARCH,
    Act.RETENTION_SET,
    Act.COUNTING_SET,
    Act.CASE_OVERRIDE,
    Act.CASE_SHEET,
}
"""Acts that want a second factor given minutes ago: a stolen session is not enough for them, nor
for making what is. Ending access is none of them: it is done in haste, and gives nothing."""

MAY_STEP_UP = STEP_UP | {Act.FACTOR_ENROL}
"""Acts whose forms may bring a fresh code along: setting up another factor, where there is one
already, is changing it."""

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
    Act.FORM_READ: Scope.FORMS,
    Act.FORM_PUBLISH: Scope.FORMS,
    Act.SUBMISSION_SEND: Scope.SUBMISSIONS,
    Act.SUBMISSION_ADD: Scope.SUBMISSIONS,
    Act.TELLING_BRING: None,
    Act.SUBMISSION_EDIT: Scope.SUBMISSIONS,
    Act.SUBMISSION_LIST: Scope.SUBMISSIONS,
    Act.RECORD_READ: Scope.SUBMISSIONS,
    Act.ANSWERS_READ: Scope.SUBMISSIONS,
    Act.IDENTITY_READ: Scope.IDENTITY,
    Act.REVIEW_STATE: Scope.REVIEW,
    Act.REVIEW_COMMENT: Scope.REVIEW,
    Act.RECORD_REMOVE: Scope.REMOVALS,
    Act.SENT_LIST: None,
    Act.QUEUE_READ: Scope.REVIEW,
    Act.READINGS_LIST: None,
    Act.AUDIT_READ: None,  # it says who visited whom: for people who answer for it
    Act.FACTS_READ: Scope.FACTS,
    Act.ROWS_READ: Scope.SUBMISSIONS,
    Act.ROWS_EXPORT: Scope.EXPORTS,
    Act.EXPORTS_LIST: None,  # runs are for people; a script asks for the file itself
    Act.EXPORT_AGREE: None,  # a person agrees
    Act.MOVES_LIST: None,  # a person moves in, with what opens the other server
    Act.MOVE_IN: None,
    Act.FIGURES_READ: Scope.FIGURES,
    Act.FIGURES_INTERNAL: Scope.FIGURES_INTERNAL,
    Act.RELEASE_READ: Scope.RELEASES,
    Act.RELEASE_FREEZE: Scope.RELEASES,
    Act.RELEASE_PUBLISH: None,  # a person decides
    Act.DIALOGUE_READ: Scope.RELEASES,
    Act.DIALOGUE_CHANGE: None,  # people write what people said
    Act.DIALOGUE_SHARE: None,
    Act.PRODUCT_LIST: None,  # packs are for people; a script asks for the releases themselves
    Act.PRODUCT_MAKE: None,
    Act.FEEDBACK_READ: Scope.RELEASES,
    Act.COUNTING_SET: None,  # a person decides
    Act.DEVICE_MANAGE: Scope.APP_USERS,
    Act.DEVICE_ASSIGN: Scope.APP_USERS,
    Act.DEVICE_CREATE: Scope.APP_USERS,
    Act.SCRIPT_MANAGE: None,
    Act.SCRIPT_CREATE: None,
    Act.ACCESS_EXPLAIN: None,
    Act.ROLE_ANSWER: None,  # a person agrees
    Act.EMERGENCY_OPEN: None,
    Act.HEALTH_READ: None,
    Act.TESTIMONY_READ: Scope.TESTIMONY,
    Act.TESTIMONY_SHOW: None,
    Act.TESTIMONY_WRITE: None,  # people write, read back and release
    Act.TESTIMONY_RELEASE: None,
    Act.TESTIMONY_LIBRARY: Scope.FACTS,
    Act.TESTIMONY_USE: None,
    Act.SEALED_EXPORT: None,
    Act.SEALED_RESEAL: None,
    Act.CONSENT_WITHDRAW: Scope.WITHDRAWALS,
    Act.WITHDRAWAL_READ: Scope.WITHDRAWALS,
    Act.WITHDRAWAL_DECIDE: None,  # a person decides
    Act.CASE_READ: None,  # programs read cases as facts
    Act.CASE_CHANGE: None,  # people decide
    Act.CASE_OVERRIDE: None,
    Act.CASE_SHEET: None,
    Act.LIST_READ: Scope.ENTITIES,
    Act.LIST_MANAGE: Scope.ENTITIES,
    Act.LIST_ALLOW: None,  # a person decides
    Act.ENTITY_CHANGE: Scope.ENTITIES,
    Act.ENTITY_NAMES: Scope.IDENTITY,
    Act.PERSON_PAIRS: Scope.REVIEW,
    Act.PERSON_DECIDE: None,  # people decide
    Act.PERSON_SEARCH: Scope.IDENTITY,
    Act.TREATY_READ: Scope.FACTS,
    Act.TREATY_MANAGE: None,  # people decide
    Act.TREATY_DECIDE: None,
    Act.TREATY_KEY: None,
    Act.RETENTION_READ: None,
    Act.RETENTION_SET: None,  # a person decides
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
    place = SITE if project_id is None else project_id
    roles = actor.roles_in(place) - actor.areas.get(place, {}).keys()
    return frozenset().union(*(MAY_GIVE.get(role, frozenset()) for role in roles))


IN_AREA = frozenset(
    {
        Act.PROJECT_READ,
        Act.FORM_LIST,
        Act.FORM_READ,
        Act.SUBMISSION_SEND,
        Act.SUBMISSION_ADD,
        Act.TELLING_BRING,
        Act.SUBMISSION_EDIT,
        Act.SUBMISSION_LIST,
        Act.RECORD_READ,
        Act.ANSWERS_READ,
        Act.IDENTITY_READ,
        Act.REVIEW_STATE,
        Act.REVIEW_COMMENT,
        Act.RECORD_REMOVE,
        Act.SENT_LIST,
        Act.AUDIT_READ,
        Act.FACTS_READ,
        Act.ROWS_READ,
        Act.ROWS_EXPORT,
        Act.EXPORTS_LIST,
        Act.FIGURES_READ,
        Act.FEEDBACK_READ,
        Act.TESTIMONY_READ,
        Act.TESTIMONY_SHOW,
        Act.TESTIMONY_WRITE,
        Act.TESTIMONY_RELEASE,
        Act.TESTIMONY_LIBRARY,
        Act.TESTIMONY_USE,
        Act.CONSENT_WITHDRAW,
        Act.WITHDRAWAL_READ,
        Act.PEOPLE_READ,
        Act.USER_MANAGE,
        Act.ACCESS_EXPLAIN,
        Act.PERSON_PAIRS,
        Act.PERSON_DECIDE,
        Act.PERSON_SEARCH,
        Act.CASE_READ,
        Act.CASE_CHANGE,
        Act.CASE_OVERRIDE,
        Act.CASE_SHEET,
    }
)
"""What a role that is bound to an area still gives, there. All else needs the whole project:
forms and phones have no place, nor has what could not be read; and whoever saw unhidden cells of
one area could subtract them from published totals (docs/decisions/0018-roles-and-areas.md)."""

OWN_ALONE: dict[Role, frozenset[Act]] = {
    Role.FIELD_WORKER: frozenset({Act.SENT_LIST}),
    Role.ADVOCATE: frozenset(
        {
            Act.RECORD_READ,
            Act.ANSWERS_READ,
            Act.IDENTITY_READ,
            Act.SENT_LIST,
            Act.TESTIMONY_READ,
            Act.TESTIMONY_SHOW,
            Act.TESTIMONY_WRITE,
        }
    ),
}
"""What a role gives for what the person sent herself and for nothing else, wherever the role
holds. (Taking consent back is asked for a whole record with all its versions: the room knows.)"""

BY_EMERGENCY = frozenset(
    {
        Act.PROJECT_READ,
        Act.SUBMISSION_LIST,
        Act.RECORD_READ,
        Act.QUEUE_READ,
        Act.FACTS_READ,
        Act.FIGURES_READ,
    }
)
"""What access for a day can give, as far as its role does: reading, in the whole project."""

BY_RECORD = frozenset({Act.PROJECT_READ, Act.RECORD_READ, Act.TESTIMONY_READ, Act.TESTIMONY_SHOW})
"""What access for a day to one record can give: its page, as far as the role of the access does;
its files, if the person holds a role that opens files. The project's first page shows the way."""

ANYWHERE = "*"
"""Stands for the place where the question is whether there is anything at all."""


def may(
    actor: Actor | None, act: Act, project_id: int | None = None, place: str | None = ANYWHERE
) -> bool:
    """Whether `actor` may do `act` in the project (None = the installation).

    `place`: to something at that place (None = it has none). Without it: to anything, anywhere.
    """
    found = reach(actor, act, project_id)
    return bool(found) if place == ANYWHERE else found.holds(place)


def reach(actor: Actor | None, act: Act, project_id: int | None = None) -> Reach:
    """How far in the project `actor` may do `act`: everywhere, in some areas, or nowhere."""
    if actor is None or (actor.due and act not in WHILE_DUE[actor.due]):
        return NOWHERE
    if act in ABOUT_ONESELF:
        is_scripts_own = actor.scopes is not None and act in OF_SCRIPTS
        return WHOLE if actor.sign_in_pk is not None or is_scripts_own else NOWHERE
    if actor.scopes is not None:
        roles = actor.roles_in(SITE if project_id is None else project_id)
        return WHOLE if roles and SCOPE_OF.get(act) in actor.scopes else NOWHERE
    by_role = _by_role(actor, act, SITE if project_id is None else project_id)
    return by_role if by_role.is_whole else by_role | _by_emergency(actor, act, project_id)


def _by_role(actor: Actor, act: Act, project_id: int) -> Reach:
    roles, bound = actor.roles_in(project_id), actor.areas.get(project_id, {})
    if Role.SYSTEM in roles:
        return WHOLE
    giving = roles & ALLOWED[act]
    own_alone = {role for role in giving if act in OWN_ALONE.get(role, ())}
    own = Reach(sender=actor.id) if own_alone else NOWHERE
    giving -= own_alone
    if giving - bound.keys():
        return WHOLE
    if act not in IN_AREA:
        return own
    return own | Reach(areas=outermost(area for role in giving for area in bound[role]))


def reach_of(actor: Actor, role: Role, project_id: int) -> Reach:
    """How far the actor holds one role. The host's shell holds each everywhere, and so does a
    script, whose scopes are asked for beside it."""
    roles, bound = actor.roles_in(project_id), actor.areas.get(project_id, {})
    if roles & {Role.SYSTEM, Role.API_TOKEN} or (role in roles and role not in bound):
        return WHOLE
    return Reach(areas=outermost(bound[role])) if role in roles else NOWHERE


def _by_emergency(actor: Actor, act: Act, project_id: int | None) -> Reach:
    """What access for a day gives beside the roles."""
    found = NOWHERE
    for one in actor.emergencies_in(project_id):
        if one.record is None and act in BY_EMERGENCY and one.role in ALLOWED[act]:
            return WHOLE
        if one.record is not None and _opens(one, act, actor.roles_in(one.project_id)):
            found |= Reach(records=frozenset({one.record}))
    return found


def _opens(one: Emergency, act: Act, roles: frozenset[Role]) -> bool:
    """Whether access to one record gives the act, to somebody with these roles."""
    return act in BY_RECORD and not ALLOWED[act].isdisjoint({one.role, *roles})


def emergencies_noted(actor: Actor, act: Act, project_id: int) -> list[Emergency]:
    """Those under which the reading is written down: of the whole project, everything that the
    person does there; of one record, what it can open."""
    return [
        one for one in actor.emergencies_in(project_id) if one.record is None or act in BY_RECORD
    ]


def demand(
    actor: Actor | None, act: Act, project_id: int | None = None, place: str | None = ANYWHERE
) -> Actor:
    """`actor`, if it may; else a Problem. A project, or a thing of it, that is out of your reach
    looks like none at all."""
    if actor is None:
        raise Problem(SIGN_IN_NEEDED)
    if may(actor, act, project_id, place):
        is_person = actor.scopes is None and Role.SYSTEM not in actor.roles_in(SITE)
        if act in STEP_UP and is_person and not actor.is_fresh:
            raise Problem(FRESH_CODE_NEEDED)
        return actor
    if actor.due and act not in WHILE_DUE[actor.due]:
        is_to_enrol = actor.due is Due.ENROL
        raise Problem(SECOND_FACTOR_TO_ENROL if is_to_enrol else SECOND_FACTOR_NEEDED)
    if project_id is not None and (
        not actor.is_known_in(project_id) or may(actor, act, project_id)
    ):
        raise Problem(NOT_FOUND)
    raise Problem(NOT_ALLOWED)


def demand_thing(actor: Actor, act: Act, project_id: int, thing: Thing) -> None:
    """For one record, after `demand`: one that is out of your reach looks like none at all."""
    if not reach(actor, act, project_id).holds_thing(thing):
        raise Problem(NOT_FOUND)


def demand_shell(actor: Actor) -> None:
    """For what nobody may do over the network, whatever her role."""
    if Role.SYSTEM not in actor.roles_in(SITE):
        raise Problem(NOT_ALLOWED)
