"""A database as it is after years: 200,000 submissions with their facts, written directly."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from service.cases import actions as cases
from service.cli.demo import people, phone_xml
from service.facts import queries as facts
from service.facts.circumstances import Context
from service.facts.kinds import Facts
from service.facts.plan import plan_for
from service.facts.projection import project
from service.forms import queries as forms
from service.foundation import audit, clock, db, ids, keys, sealing
from service.foundation.db import Database
from service.foundation.formats import safe_xml
from service.foundation.insert_together import InsertTogether, Rows
from service.foundation.settings import from_environment
from service.intake.actions.sealed import sealed_xml
from service.intake.instance import Instance
from service.intake.queries.receiving import instance_digest
from service.intake.readers import xform_xml
from service.intake.tables import State, Submission, SubmissionXml
from service.review.flags.kinds import RULES
from service.review.flags.looks import Look, look_of
from service.review.flags.seen import Seen, see
from service.review.queries import flagging, flags
from tests.bench.bench_site import FORM_ID, BenchSite
from tests.bench.crowd import Crowd, One

TEMPLATES = 600
BATCH = 500
STORED = InsertTogether(Submission, SubmissionXml, audit.LOG)
NEEDS_EACH = 5
"""Templates are chosen so that 200,000 of them hold 1,000,000 needs."""


def fill(site: BenchSite, database: Database, submissions: int) -> tuple[int, int, float]:
    """(submissions, needs, seconds): rows as intake, facts and jobs would have left them."""
    begun, needs = time.perf_counter(), 0
    chosen = from_environment(site.env())
    keys.use(keys.KeyStore(chosen.keys_database_url, keys.KeyRing(chosen.key_file), b""))
    with database.reading() as session:
        templates = list(_templates(session, site))
        form = forms.find_version(session, site.project_id, FORM_ID)
    if form is None:
        raise RuntimeError("the reference form is not published")
    db.use(database)
    crowd = Crowd(site.project_id, is_dense=os.environ.get("DENSE") == "1")
    for start in range(0, submissions, BATCH):
        rows, computed, looks = [], [], list[Look]()
        crowd_of_batch: list[One] = []
        for number in range(start, min(start + BATCH, submissions)):
            record, told, seen = templates[number % len(templates)]
            key = ids.new_uuid()
            instance_id = f"uuid:{key}"
            row = _row(site, form.form_pk, form.version_pk, instance_id, record)
            own = {**row, "submission_pk": key, "record_pk": key}
            sealed = sealed_xml(site.project_id, key, record)
            text = {"project_id": site.project_id, "submission_pk": key, **sealed}
            entry = audit.entry(
                project_id=site.project_id, actor_id=1, action="submission.receive", subject=key
            )
            rows.append(Rows(each=[own, text, entry]))
            moved = _moved(told, key, number)
            computed.append(moved)
            crowd_of_batch += crowd.told_of(moved, sealed["key_pk"])
            needs += len(told.needs)
            looks.append(
                look_of(
                    replace(seen, facts=moved),
                    submission_pk=key,
                    record_pk=key,
                    form_pk=form.form_pk,
                    sender=row["submitter_id"],
                )
            )
        with database.unit_of_work() as session:
            connection = session.connection()
            for each in rows:
                STORED.run(connection, each)
            facts.insert_facts(connection, computed)
            crowd.insert(connection, site.project_id, crowd_of_batch)
            flags.insert_looks(connection, site.project_id, looks)
            flags.replace_flags(connection, site.project_id, looks, {}, RULES, clock.now())
            flagging.put_progress(session, site.project_id, RULES, looks[-1].submission_pk)
        # The job itself: cases, needs and rows of lists hang together in too many ways.
        cases.follow(site.project_id, [one.submission_pk for one in looks])
    if not database.is_sqlite:
        with database.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    return submissions, needs, time.perf_counter() - begun


def _templates(session: Session, site: BenchSite) -> Iterator[tuple[bytes, Facts, Seen]]:
    form = forms.find_version(session, site.project_id, FORM_ID)
    if form is None:
        raise RuntimeError("the reference form is not published")
    schema = forms.schema_of(session, form.version_pk)
    made = wanted = number = 0
    while made < TEMPLATES:
        filled = people.household(77, number)
        number += 1
        record = phone_xml.instance(filled, site.version)
        root = safe_xml.parse(record)
        instance = Instance(
            form_id=FORM_ID,
            version=site.version,
            instance_id=filled.instance_id,
            answers=xform_xml.answers(root, schema),
        )
        context = Context(
            project_id=site.project_id,
            submission_pk=ids.new_uuid(),
            submitter_id=1,
            received_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        )
        scope = plan_for(schema).read(instance.answers)
        told = project(instance, plan_for(schema), context, scope)
        if wanted + len(told.needs) < NEEDS_EACH * (made + 1) - 1:
            continue  # too few needs to keep the average
        wanted += len(told.needs)
        made += 1
        yield record, told, see(instance, schema, told, scope)


def _row(
    site: BenchSite, form_pk: int, version_pk: int, instance_id: str, record: bytes
) -> dict[str, Any]:
    digest = sealing.sha256(instance_id.encode())
    return {
        "project_id": site.project_id,
        "form_pk": form_pk,
        "version": site.version,
        "version_pk": version_pk,
        "instance_id": instance_id,
        "instance_digest": instance_digest(site.project_id, form_pk, instance_id),
        "state": State.CURRENT,
        "xml_digest": digest,
        "canonical_digest": digest,
        "expected_files": [],
        "files_expected": 0,
        "files_present": 0,
        "flags": [],
        "channel": "openrosa",
        "submitter_id": 1,
        "user_agent": "",
        "received_at": clock.now(),
        "projected_at": clock.now(),
    }


def _moved(told: Facts, key: Any, number: int) -> Facts:
    """The same answers as another submission's, sent by one of forty phones. A third of the visits
    are to a household that was visited before, and one household has fifty visits."""
    change = {"submission_pk": key, "submitter_id": 1000 + number % 40}
    home = 0 if number % 4000 == 0 else number // 3 * 3 if number % 3 < 2 else number
    of_home = {**change, "household_key": f"{home:016x}"}

    def moved(row: Any) -> Any:
        has_home = "household_key" in row.__struct_fields__
        return msgspec.structs.replace(row, **(of_home if has_home else change))

    return Facts(
        **{kind: tuple(map(moved, getattr(told, kind))) for kind in told.__struct_fields__}
    )
