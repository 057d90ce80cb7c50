"""What a page costs does not grow with how many were read before it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.actor import SYSTEM
from service.accounts.policy import Act, reach
from service.entities import actions as entities
from service.entities.queries import listing
from service.entities.tables import Entity
from service.exports.queries import records
from service.exports.queries.records import Selection
from service.forms import queries as forms
from service.foundation import clock, ids
from service.foundation.db import Database, reading, unit_of_work
from service.intake.actions.sealed import sealed_xml
from service.intake.queries.receiving import instance_digest
from service.intake.tables import State, Submission, SubmissionXml
from service.review.states import ReviewState
from service.review.tables import RecordReview
from tests.factories import a_form, a_project

MANY, PAGE = 400, 10


def a_full_form() -> tuple[Selection, list[Any]]:
    """With records that were approved; their keys, the newest first."""
    with unit_of_work() as session:
        project_id = a_project(session).id
        a_form(session, project_id, "visit")
    with reading() as session:
        form = forms.find_version(session, project_id, "visit")
    assert form is not None
    made = [ids.new_uuid() for _ in range(MANY)]
    now = clock.now()
    told = {
        "project_id": project_id, "form_pk": form.form_pk, "version": "1",
        "version_pk": form.version_pk, "state": State.CURRENT, "xml_digest": b"x" * 32,
        "canonical_digest": b"x" * 32, "expected_files": [], "files_expected": 0,
        "files_present": 0, "flags": [], "channel": "openrosa", "user_agent": "",
        "received_at": now,
    }  # fmt: skip
    with unit_of_work() as session:
        for key in made:
            instance_id = f"uuid:{key}"
            digest = instance_digest(project_id, form.form_pk, instance_id)
            own = {"submission_pk": key, "record_pk": key, "instance_id": instance_id}
            session.execute(sa.insert(Submission), [{**told, **own, "instance_digest": digest}])
            xml = sealed_xml(project_id, key, b"<data/>")
            session.execute(
                sa.insert(SubmissionXml), [{"project_id": project_id, "submission_pk": key, **xml}]
            )
            review = {"state": ReviewState.APPROVED, "decided_at": now, "submission_pk": key}
            session.execute(
                sa.insert(RecordReview),
                [{"project_id": project_id, "record_pk": key, **review}],
            )
    selection = Selection(
        project_id=project_id,
        form_pk=form.form_pk,
        reach=reach(SYSTEM, Act.ROWS_EXPORT, project_id),
    )
    return selection, sorted(made, reverse=True)


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


WAYS = ("nestloop", "hashjoin", "seqscan", "bitmapscan")


def explained(session: Session, read: Callable[[], object]) -> dict[str, float]:
    """Rows that reading a page takes from each table, where PostgreSQL can do nothing but merge."""
    for way in WAYS:
        session.execute(sa.text(f"SET LOCAL enable_{way} = off"))
    seen: list[tuple[str, Any]] = []
    connection = session.connection()
    sa.event.listen(
        connection,
        "before_cursor_execute",
        lambda _c, _u, said, values, *_: seen.append((said, values)),
    )
    read()
    [(said, values)] = seen
    told = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {said}", values).scalar_one()
    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return {
        one["Alias"]: one["Actual Rows"] * one["Actual Loops"]
        + one.get("Rows Removed by Filter", 0)
        for one in nodes(plan)
        if "Alias" in one
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_late_page_reads_no_newer_records_however_it_is_joined(database: Database) -> None:
    """A merge begins at the newest of each table unless it is told where."""
    selection, made = a_full_form()
    with database.reading() as session:
        taken = explained(
            session,
            lambda: records.page(session, selection, after=made[-50], offset=0, limit=PAGE),
        )
    assert max(taken["first_version"], taken["record_reviews"]) <= 50, taken


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_newest_first", [False, True])
def test_nor_does_a_late_page_of_an_entity_list(database: Database, is_newest_first: bool) -> None:
    with unit_of_work() as session:
        project_id = a_project(session).id
        ref = entities.create_list(session, SYSTEM, project_id, "trees")
        trees = [entities.given(None, "Fig", {}) for _ in range(MANY)]
        entities.create(session, SYSTEM, project_id, "trees", trees)
    with database.reading() as session:
        made = session.scalars(sa.select(Entity.entity_pk).order_by(Entity.entity_pk)).all()
        edge = made[50] if is_newest_first else made[-50]
        where = {"before" if is_newest_first else "after": edge}
        taken = explained(
            session,
            lambda: listing.page_of(
                session, project_id, ref.list_pk,
                limit=PAGE, newest_first=is_newest_first, **where,
            ),
        )  # fmt: skip
    assert taken["entity_versions"] <= 50, taken


def test_pages_after_one_another_are_all_records_once(database: Database) -> None:
    selection, made = a_full_form()
    seen: list[Any] = []
    with database.reading() as session:
        after = None
        while page := records.page(session, selection, after=after, offset=0, limit=150):
            seen += [one.record_pk for one in page]
            assert {one.decided for one in page} == {ReviewState.APPROVED}
            after = seen[-1]
    assert seen == made
