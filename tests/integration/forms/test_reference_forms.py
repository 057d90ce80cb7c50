"""The reference forms where they are published: in a project of its own, with nothing there yet."""

from __future__ import annotations

import pytest

from service.accounts.actor import SYSTEM
from service.cli.forms import REFERENCE, REFERENCE_FORMS
from service.entities.queries import lists
from service.forms import actions, queries
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from tests.factories import a_project
from tests.golden import reference_forms

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def project() -> int:
    with unit_of_work() as session:
        return a_project(session).id


def prepared(form_id: str) -> actions.Prepared:
    places = {path.name: path.read_bytes() for path in REFERENCE.glob("*.csv")}
    name = f"{form_id}.xlsx"
    return actions.prepare_workbook((REFERENCE / name).read_bytes(), name, places)


def test_a_follow_up_makes_the_lists_that_it_works_with(project: int, blobs: LocalBlobs) -> None:
    form = prepared("follow_up")
    with unit_of_work() as session:
        done = actions.publish(session, SYSTEM, project, form, blobs, tells_of_nobody=True)
    assert not [warning for warning in done.warnings if ".csv" in warning]
    with reading() as session:
        made = {one.name: one.list_pk for one in queries.list_lists(session, project)}
        held = {name: lists.property_names(session, pk) for name, pk in made.items()}
        wanted = queries.list_files(session, done.version_pk)
    assert held == {"cases": ["visit_no", "due_on"], "open_needs": ["status"]}
    assert {file.name for file in wanted} == {"districts.csv", "communes.csv", "villages.csv"}
    [case, need] = form.schema.entities
    assert (case.list_name, case.container, case.creates, case.updates) == (
        "cases", (), False, True,
    )  # fmt: skip
    assert (need.list_name, need.container, need.creates, need.updates) == (
        "open_needs", ("visited",), False, True,
    )  # fmt: skip


def test_s61_testimony_is_in_no_project_of_itself() -> None:
    """Whoever publishes it decides whether it is sealed (decision 0042)."""
    assert {*reference_forms.FORM_IDS} - {*REFERENCE_FORMS} == {"testimony"}
    asked = actions.to_decide(prepared("testimony"))
    assert "testimonyNotSealed" in [one["type"] for one in asked]
