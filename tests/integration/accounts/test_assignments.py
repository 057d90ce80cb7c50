"""Forms taken from a phone that had all of them, by two at once. On both databases."""

from __future__ import annotations

import sqlalchemy as sa

from service.accounts import actions
from service.accounts.actions import assignments
from service.accounts.actor import SYSTEM
from service.accounts.queries import phones
from service.accounts.tables import AppUserForm
from service.foundation import db
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from tests.factories import a_project
from tests.integration.accounts.people import at_once

FORMS = ("one", "two", "three", "four")


def a_phone_with_all() -> tuple[int, int]:
    with unit_of_work() as session:
        project_id = a_project(session).id
        made = actions.create_app_user(session, SYSTEM, project_id, "បាត់ដំបង 1", None)
    return project_id, made.id


def left(project_id: int, phone: int) -> tuple[bool, tuple[str, ...]]:
    with reading() as session:
        found = phones.find_app_user(session, project_id, phone)
    assert found is not None
    return found.all_forms, found.form_ids


def test_two_who_take_forms_away_at_once_both_take_theirs(database: db.Database) -> None:
    project_id, phone = a_phone_with_all()
    wanted = ["one", "two"]

    def take() -> None:
        with unit_of_work() as session:
            assignments.unassign_form(session, SYSTEM, project_id, phone, wanted.pop(), FORMS)

    at_once(2, take)
    assert left(project_id, phone) == (False, ("four", "three"))


def test_the_same_form_taken_by_many_at_once_is_gone_once(database: db.Database) -> None:
    project_id, phone = a_phone_with_all()

    def take() -> bool:
        try:
            with unit_of_work() as session:
                assignments.unassign_form(session, SYSTEM, project_id, phone, "one", FORMS)
        except Problem as problem:
            return problem.kind is not NOT_FOUND
        return True

    assert sorted(at_once(4, take)) == [False, False, False, True]
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AppUserForm)) == 3


def test_who_looked_before_somebody_else_took_one_away_takes_hers_too(
    database: db.Database,
) -> None:
    """The look of both says "all forms": what happens next is decided by the row."""
    project_id, phone = a_phone_with_all()
    with reading() as session:
        seen = phones.find_app_user(session, project_id, phone)
    with unit_of_work() as session:
        assignments.unassign_form(session, SYSTEM, project_id, phone, "one", FORMS)
    assert seen is not None
    assert seen.all_forms
    with unit_of_work() as session:
        assert not assignments.rows.limit_to(session, phone, {"one", "three"})
    assert left(project_id, phone) == (False, ("four", "three", "two"))
