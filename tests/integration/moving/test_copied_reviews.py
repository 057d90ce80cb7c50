"""What was decided of a record on the server that it comes from is nobody's decision here."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import SYSTEM
from service.entities.tables import Arrival, Entity, Outcome
from service.forms import queries as forms
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.moving.places import Place
from service.review.actions import deciding
from service.review.queries import records as reviewed
from service.review.states import ReviewState
from service.review.tables import RecordReview
from tests.conftest import drain
from tests.integration.moving.test_entities_brought import INSTANCE_ID, routes
from tests.integration.moving.test_servers import Routes, server
from tests.integration.moving.village import ORIGIN, Village, a_village


@pytest.fixture
def village(app: Flask) -> Village:
    return a_village(app.extensions["samleng.blobs"], with_form=False)


def approved_there() -> Routes:
    """A record that somebody approved there, and no entity that it made: here it is to make one."""
    found = routes(approval=True)
    (record,) = found["/v1/projects/7/forms/register/submissions"]
    record["reviewState"] = "approved"
    found["/v1/projects/7/datasets/people/entities.csv"] = "__id,label,full_name\n"
    return found


def bring(app: Flask, village: Village) -> None:
    with server("central", approved_there()) as (source, _):
        village.bring(source)
        drain(app)
        village.bring(source)  # as often as somebody likes
    drain(app)


def review() -> RecordReview:
    with reading() as session:
        return session.scalars(sa.select(RecordReview)).one()


def outcome() -> Outcome:
    with reading() as session:
        return session.scalars(sa.select(Arrival.outcome)).one()


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        found = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        return list(session.scalars(found))


def test_what_was_approved_there_is_kept_as_copied_and_is_nobodys_decision(
    app: Flask, village: Village
) -> None:
    bring(app, village)
    assert (review().state, review().copied_from) == (ReviewState.APPROVED, ORIGIN)
    assert review().decided_by is None
    assert entries("review.state") == []
    assert entries("review.copy") == [{"state": "approved", "source": "central"}]


def test_what_was_approved_there_approves_no_entity_until_somebody_looks_here(
    app: Flask, village: Village
) -> None:
    waiting = approved_there()
    waiting["/v1/projects/7/forms/register/submissions"][0]["reviewState"] = None
    with server("central", waiting) as (source, _):
        village.bring(source)
    drain(app)
    assert outcome() is Outcome.UNAPPROVED
    bring(app, village)  # approved there since
    assert outcome() is Outcome.UNAPPROVED
    with reading() as session:
        assert session.scalars(sa.select(Entity)).all() == []
    with unit_of_work() as session:
        project_id = village.door.project_id
        form = forms.find_form(session, project_id, "register")
        assert form is not None
        found = reviewed.find(session, project_id, form.form_pk, INSTANCE_ID)
        assert found is not None
        deciding.decide(session, SYSTEM, project_id, found, ReviewState.APPROVED)
    drain(app)
    assert outcome() is Outcome.APPLIED
    assert review().copied_from is None, "decided here"
    with reading() as session:
        assert len(session.scalars(sa.select(Entity)).all()) == 1


def test_a_server_is_named_by_its_kind_and_host_alone() -> None:
    place = Place(kind="ona", address="https://user:word@api.ona.io:8443/path?token=x", project="")
    assert place.origin == "ona api.ona.io"
    assert len(Place(kind="kobo", address=f"https://{'a' * 500}.org").origin) <= 120
