"""Who may do what, and what those are told who may not."""

from __future__ import annotations

import dataclasses

import pytest

from service.accounts import policy, ranks
from service.accounts.actor import SITE, SYSTEM, Actor, Due, Role
from service.accounts.policy import (
    ABOUT_ONESELF,
    ALLOWED,
    BY_EMERGENCY,
    BY_RECORD,
    LASTING,
    MAY_GIVE,
    READS_PEOPLE,
    SCOPE_OF,
    STEP_UP,
    WHILE_DUE,
    Act,
)
from service.foundation import ids
from service.foundation.problems import (
    FRESH_CODE_NEEDED,
    NOT_ALLOWED,
    NOT_FOUND,
    SECOND_FACTOR_NEEDED,
    SECOND_FACTOR_TO_ENROL,
    SIGN_IN_NEEDED,
    Kind,
    Problem,
)

BATTAMBANG, PAILIN = 3, 4


def somebody(role: Role, place: int = BATTAMBANG) -> Actor:
    return Actor(id=1, name="ដារ៉ា", roles={place: frozenset({role})}, sign_in_pk=ids.new_uuid())


def refusal(actor: Actor | None, act: Act, project_id: int | None) -> Kind:
    with pytest.raises(Problem) as raised:
        policy.demand(actor, act, project_id)
    return raised.value.kind


@pytest.mark.parametrize("act", sorted(set(Act) - ABOUT_ONESELF))
def test_a_role_in_one_project_is_none_in_another(act: Act) -> None:
    for role in ALLOWED[act]:
        assert policy.may(somebody(role), act, BATTAMBANG)
        assert not policy.may(somebody(role), act, PAILIN)
        assert not policy.may(somebody(role), act)


def test_dara_cannot_tell_a_project_that_is_not_hers_from_none_at_all() -> None:
    dara = somebody(Role.COORDINATOR)
    assert refusal(dara, Act.FIGURES_READ, PAILIN) is NOT_FOUND
    assert refusal(dara, Act.FIGURES_READ, 99_999) is NOT_FOUND


def test_in_her_own_project_she_is_told_that_it_is_her_role() -> None:
    assert refusal(somebody(Role.ANALYST), Act.SUBMISSION_LIST, BATTAMBANG) is NOT_ALLOWED
    assert refusal(None, Act.SUBMISSION_LIST, BATTAMBANG) is SIGN_IN_NEEDED


def test_roles_of_the_installation_reach_every_project() -> None:
    admin = somebody(Role.ADMIN, SITE)
    assert policy.may(admin, Act.DEVICE_MANAGE, BATTAMBANG)
    assert policy.may(admin, Act.USER_MANAGE)
    assert not policy.may(admin, Act.SUBMISSION_LIST, BATTAMBANG)


def test_the_host_shell_may_do_everything_but_what_is_about_oneself() -> None:
    for act in set(Act) - ABOUT_ONESELF:
        assert policy.may(SYSTEM, act, BATTAMBANG)
        assert policy.demand(SYSTEM, act, BATTAMBANG) is SYSTEM
    for act in ABOUT_ONESELF:
        assert not policy.may(SYSTEM, act)
    policy.demand_shell(SYSTEM)
    for role in Role:
        if role is not Role.SYSTEM:
            with pytest.raises(Problem) as raised:
                policy.demand_shell(somebody(role, SITE))
            assert raised.value.kind is NOT_ALLOWED


def test_whoever_signed_in_may_do_what_is_about_herself_whatever_the_role() -> None:
    for act in ABOUT_ONESELF:
        assert policy.may(Actor(id=1, name="ម", roles={}, sign_in_pk=ids.new_uuid()), act)
        assert not policy.may(Actor(id=1, name="ម", roles={}), act)
        assert not policy.may(None, act)


@pytest.mark.parametrize("due", list(Due))
def test_s11_while_the_second_factor_is_due_nothing_else_is_open(due: Due) -> None:
    kind = SECOND_FACTOR_TO_ENROL if due is Due.ENROL else SECOND_FACTOR_NEEDED
    for role in ranks.RANK:
        half = dataclasses.replace(somebody(role), due=due, is_fresh=True)
        for act in Act:
            if act in WHILE_DUE[due]:
                assert policy.may(half, act)
            else:
                assert not policy.may(half, act, BATTAMBANG)
                assert refusal(half, act, BATTAMBANG) is kind


def test_s11_acts_that_want_a_fresh_code_are_refused_without_one() -> None:
    assert {
        Act.FIGURES_INTERNAL, Act.USER_MANAGE, Act.FACTOR_CHANGE, Act.TESTIMONY_READ,
        Act.CONSENT_WITHDRAW, Act.WITHDRAWAL_DECIDE, Act.EMERGENCY_OPEN, Act.SCRIPT_CREATE,
        Act.DEVICE_CREATE, Act.ROLE_ANSWER, Act.IDENTITY_READ, Act.RETENTION_SET,
        Act.LIST_ALLOW, Act.ENTITY_NAMES, Act.ROWS_EXPORT, Act.EXPORT_AGREE, Act.MOVE_IN,
        Act.COUNTING_SET, Act.PERSON_SEARCH, Act.CASE_OVERRIDE, Act.CASE_SHEET,
        Act.TESTIMONY_WRITE, Act.TESTIMONY_RELEASE, Act.TESTIMONY_USE, Act.DIALOGUE_SHARE,
        Act.PRODUCT_MAKE,
    } == STEP_UP  # fmt: skip
    stale = somebody(Role.COORDINATOR)
    fresh = dataclasses.replace(stale, is_fresh=True)
    for act in STEP_UP:
        assert refusal(stale, act, BATTAMBANG) is FRESH_CODE_NEEDED
        assert policy.demand(fresh, act, BATTAMBANG) is fresh
    # Rights come first: nobody is asked for a code to be told afterwards that it is no use.
    assert refusal(somebody(Role.ANALYST), Act.FIGURES_INTERNAL, BATTAMBANG) is NOT_ALLOWED


def given_on(act: Act, role: Role) -> frozenset[Act]:
    """What somebody of the role lets others do by the act, now or later on: a script, a phone, a
    colleague, or herself with a factor that she has just set up."""
    of_scopes = {one for one in Act if SCOPE_OF[one] in MAY_GIVE.get(role, frozenset())}
    of_roles = (one for one in ranks.HUMAN_ROLES if ranks.RANK[one] < ranks.RANK[role])
    of_people = {one for one in Act for below in of_roles if below in ALLOWED[one]}
    return {
        Act.SCRIPT_CREATE: frozenset(of_scopes),
        Act.DEVICE_CREATE: frozenset(one for one in Act if Role.DEVICE in ALLOWED[one]),
        Act.USER_MANAGE: frozenset(of_people),
        Act.ROLE_ANSWER: frozenset(one for one in Act if READS_PEOPLE & ALLOWED[one]),
        Act.EMERGENCY_OPEN: BY_EMERGENCY | BY_RECORD,
        Act.FACTOR_CHANGE: STEP_UP,
        Act.LIST_ALLOW: frozenset({Act.ENTITY_NAMES}),  # the phone shows them
        Act.DIALOGUE_SHARE: frozenset({Act.DIALOGUE_READ}),  # whoever has the link
    }.get(act, frozenset())


@pytest.mark.parametrize("role", sorted(ranks.HUMAN_ROLES))
def test_s11_a_stale_session_gains_nothing_by_a_detour(role: Role) -> None:
    """Neither an act that wants a fresh code, nor anything that outlasts the session."""
    stale = somebody(role)
    open_to_it = {act for act in Act if policy.may(stale, act, BATTAMBANG)} - STEP_UP
    for act in open_to_it:
        assert not given_on(act, role), f"{act} gives power on, and wants no fresh code"


def test_s11_whatever_gives_power_on_is_known_to() -> None:
    giving = {act for act in Act for role in ranks.HUMAN_ROLES if given_on(act, role)}
    assert giving == LASTING
    assert Act.CONSENT_WITHDRAW in given_on(Act.SCRIPT_CREATE, Role.COORDINATOR), "or it is no test"


@pytest.mark.parametrize("giver", [*ranks.RANK, Role.SYSTEM])
@pytest.mark.parametrize("given", list(Role))
def test_s17_nobody_gives_a_role_above_or_equal_to_her_own(giver: Role, given: Role) -> None:
    """The matrix, in other words than the code's."""
    below = {
        Role.COORDINATOR: {Role.REVIEWER, Role.ADVOCATE, Role.ANALYST, Role.FIELD_WORKER},
        Role.ADMIN: {
            Role.COORDINATOR, Role.REVIEWER, Role.ADVOCATE, Role.ANALYST, Role.FIELD_WORKER,
        },
        Role.SYSTEM: set(ranks.RANK) - {Role.ADMIN},
    }  # fmt: skip
    actor = SYSTEM if giver is Role.SYSTEM else somebody(giver, SITE if giver is Role.ADMIN else 3)
    allowed = given in below.get(giver, set())
    assert ranks.may_give(actor, given, BATTAMBANG, 2) is allowed
    assert not ranks.may_give(actor, given, BATTAMBANG, actor.id) or actor.id is None, "to herself"
    assert ranks.may_give(actor, given, SITE, 2) is (
        giver is Role.SYSTEM and given is Role.ADMIN
    ), "administrators are made by the host's shell alone"
    if giver is not Role.SYSTEM and giver is not Role.ADMIN:
        assert not ranks.may_give(actor, given, PAILIN, 2), "in a project of others"


def test_s17_an_account_is_managed_by_those_alone_who_stand_above_all_its_roles() -> None:
    chanthou, admin = somebody(Role.COORDINATOR), somebody(Role.ADMIN, SITE)
    reviewer = [(BATTAMBANG, Role.REVIEWER, "")]
    assert ranks.may_manage(chanthou, 2, reviewer)
    assert not ranks.may_manage(chanthou, 2, [*reviewer, (PAILIN, Role.COORDINATOR, "")])
    assert not ranks.may_manage(chanthou, 2, [*reviewer, (PAILIN, Role.FIELD_WORKER, "")])
    assert not ranks.may_manage(chanthou, 2, [*reviewer, (SITE, Role.ADMIN, "")])
    assert not ranks.may_manage(chanthou, 1, reviewer), "herself"
    assert ranks.may_manage(admin, 2, [*reviewer, (PAILIN, Role.COORDINATOR, "")])
    assert not ranks.may_manage(admin, 2, [(SITE, Role.ADMIN, "")])
    assert not ranks.may_manage(somebody(Role.ANALYST), 2, [(BATTAMBANG, Role.ANALYST, "")])
    assert ranks.may_manage(SYSTEM, 2, [(SITE, Role.ADMIN, ""), *reviewer])


def test_a_phone_reaches_the_forms_it_was_given() -> None:
    roles = {BATTAMBANG: frozenset({Role.DEVICE})}
    one = Actor(id=2, name="ទូរសព្ទ", roles=roles, form_ids=frozenset({"visit"}))
    assert one.reaches_form("visit")
    assert not one.reaches_form("other")
    assert Actor(id=2, name="ទូរសព្ទ", roles=roles).reaches_form("other")
