"""The key of a form never changes silently (S-43)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import alembic.command
import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.forms import actions, queries
from service.forms.actions import Published
from service.forms.tables import Form, FormVersion
from service.foundation import db
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import KEY_NOT_CONFIRMED, KEY_NOT_NAMED, Kind, Problem
from service.foundation.sealing import odk
from tests import postgres
from tests.factories import a_coordinator, a_project
from tests.sealed_world import KEYS, OTHER_KEYS, sealed_form

pytestmark = pytest.mark.usefixtures("database")
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def project() -> int:
    with unit_of_work() as session:
        return a_project(session).id


def publish(
    project: int, blobs: LocalBlobs, version: str, public: str | None, new_key: str | None = None
) -> Published:
    prepared = actions.prepare_xml(sealed_form(version, public), {})
    with unit_of_work() as session:
        return actions.publish(session, a_coordinator(project), project, prepared, blobs, new_key)


def refusal(*args: Any) -> Kind:
    with pytest.raises(Problem) as refused:
        publish(*args)
    assert refused.value.text("km")
    return refused.value.kind


def versions() -> list[str]:
    with reading() as session:
        return list(session.scalars(sa.select(FormVersion.version)))


def changes() -> list[dict[str, Any]]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == "form.change_key")
        return [entry.details for entry in session.scalars(query.order_by(AuditEntry.entry_pk))]


def test_a_first_version_may_bring_its_key_and_offers_its_fingerprint(
    project: int, blobs: LocalBlobs
) -> None:
    done = publish(project, blobs, "1", KEYS.public)
    assert done.fingerprint == KEYS.fingerprint
    with reading() as session:
        [offered] = queries.list_open_forms(session, project)
        form = queries.find_form_for_submission(project, "visit", "1")
    assert offered.key_fingerprint == KEYS.fingerprint
    assert form is not None
    assert form.public_key == KEYS.public
    assert changes() == []


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        (KEYS.public, OTHER_KEYS.public, OTHER_KEYS.fingerprint),
        (KEYS.public, None, "none"),
        (None, KEYS.public, KEYS.fingerprint),
    ],
    ids=["another", "none", "first"],
)
def test_s43_another_key_or_none_must_be_named(
    project: int, blobs: LocalBlobs, first: str | None, second: str | None, named: str
) -> None:
    publish(project, blobs, "1", first)
    assert refusal(project, blobs, "2", second) is KEY_NOT_CONFIRMED
    wrong = KEYS.fingerprint if named != KEYS.fingerprint else OTHER_KEYS.fingerprint
    assert refusal(project, blobs, "2", second, wrong) is KEY_NOT_NAMED
    assert versions() == ["1"]
    shown = odk.grouped(named).upper() if named != "none" else named
    publish(project, blobs, "2", second, shown)
    before = KEYS.fingerprint if first else "none"
    assert changes() == [{"before": before, "after": named}]
    with reading() as session:
        [change] = queries.list_key_changes(session, project, LONG_AGO)
        assert queries.list_key_changes(session, project + 1, LONG_AGO) == []
    assert (change.version, change.before) == ("2", before)
    assert change.after == (None if named == "none" else named)


def test_s43_the_same_key_again_needs_no_word(project: int, blobs: LocalBlobs) -> None:
    publish(project, blobs, "1", KEYS.public)
    publish(project, blobs, "2", KEYS.public)
    assert publish(project, blobs, "1", KEYS.public).is_new is False
    assert changes() == []


def test_s43_a_version_of_before_published_again_brings_no_key_back(
    project: int, blobs: LocalBlobs
) -> None:
    publish(project, blobs, "1", KEYS.public)
    publish(project, blobs, "2", OTHER_KEYS.public, OTHER_KEYS.fingerprint)
    assert publish(project, blobs, "1", KEYS.public).is_new is False
    with reading() as session:
        assert session.scalars(sa.select(Form.public_key)).one() == OTHER_KEYS.public
        [offered] = queries.list_open_forms(session, project)
    assert offered.key_fingerprint == OTHER_KEYS.fingerprint


def test_s43_no_row_of_a_published_version_lets_its_key_be_changed_by_publishing(
    project: int, blobs: LocalBlobs
) -> None:
    publish(project, blobs, "1", KEYS.public)
    assert refusal(project, blobs, "1", OTHER_KEYS.public).slug == "version-exists"
    assert refusal(project, blobs, "1", OTHER_KEYS.public, OTHER_KEYS.fingerprint).slug == (
        "version-exists"
    )


def test_a_first_version_with_another_key_than_named_is_not_published(
    project: int, blobs: LocalBlobs
) -> None:
    assert refusal(project, blobs, "1", KEYS.public, OTHER_KEYS.fingerprint) is KEY_NOT_NAMED
    assert versions() == []


def test_forms_published_before_keys_were_kept_get_theirs(
    database: db.Database, project: int, blobs: LocalBlobs
) -> None:
    """Migration 0009, with rows in it."""
    publish(project, blobs, "1", None)
    publish(project, blobs, "2", KEYS.public, KEYS.fingerprint)
    database.dispose()
    config = postgres.config(database.url)
    alembic.command.downgrade(config, "-1")
    alembic.command.upgrade(config, "+1")
    with reading() as session:
        rows = dict(
            session.execute(sa.select(FormVersion.version, FormVersion.key_fingerprint)).all()
        )
        assert session.scalars(sa.select(Form.public_key)).one() == KEYS.public
    assert rows == {"1": None, "2": KEYS.fingerprint}


def test_system_is_bound_by_the_same_rule(project: int, blobs: LocalBlobs) -> None:
    publish(project, blobs, "1", KEYS.public)
    prepared = actions.prepare_xml(sealed_form("2", None), {})
    with pytest.raises(Problem), unit_of_work() as session:
        actions.publish(session, SYSTEM, project, prepared, blobs)
