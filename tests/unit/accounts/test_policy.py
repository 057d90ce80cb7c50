"""Who may do what, and what those are told who may not."""

from __future__ import annotations

import pytest

from service.accounts import policy
from service.accounts.actor import SITE, SYSTEM, Actor, Role
from service.accounts.policy import ALLOWED, Act
from service.foundation import ids
from service.foundation.problems import NOT_ALLOWED, NOT_FOUND, SIGN_IN_NEEDED, Kind, Problem

BATTAMBANG, PAILIN = 3, 4


def somebody(role: Role, place: int = BATTAMBANG) -> Actor:
    return Actor(id=1, name="ដារ៉ា", roles={place: frozenset({role})}, sign_in_pk=ids.new_uuid())


def refusal(actor: Actor | None, act: Act, project_id: int | None) -> Kind:
    with pytest.raises(Problem) as raised:
        policy.demand(actor, act, project_id)
    return raised.value.kind


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.SESSION_END])
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


def test_the_host_shell_may_do_everything_but_end_a_session_it_does_not_have() -> None:
    for act in set(Act) - {Act.SESSION_END}:
        assert policy.may(SYSTEM, act, BATTAMBANG)
    assert not policy.may(SYSTEM, Act.SESSION_END)


def test_whoever_signed_in_may_sign_out_whatever_the_role() -> None:
    assert policy.may(Actor(id=1, name="ម", roles={}, sign_in_pk=ids.new_uuid()), Act.SESSION_END)
    assert not policy.may(Actor(id=1, name="ម", roles={}), Act.SESSION_END)
    assert not policy.may(None, Act.SESSION_END)


def test_a_phone_reaches_the_forms_it_was_given() -> None:
    roles = {BATTAMBANG: frozenset({Role.DEVICE})}
    one = Actor(id=2, name="ទូរសព្ទ", roles=roles, form_ids=frozenset({"visit"}))
    assert one.reaches_form("visit")
    assert not one.reaches_form("other")
    assert Actor(id=2, name="ទូរសព្ទ", roles=roles).reaches_form("other")
