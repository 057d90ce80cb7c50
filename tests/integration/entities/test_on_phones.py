"""Lists as phones fetch them: manifest, CSV, what to forget, and who may hold what."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from lxml import etree
from werkzeug.serving import make_server

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Actor, Role
from service.consent import actions as withdrawing
from service.entities import actions
from service.entities.queries import changes, holders
from service.facts import scopes
from service.facts.scopes import Purpose
from service.facts.tables import Consent
from service.forms.entity_lists import Telling
from service.foundation import audit, ids
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import FRESH_CODE_NEEDED, Problem
from service.intake.tables import Submission
from service.review import actions as removing
from service.review.removing import Why
from service.web.openrosa import downloads
from tests import proxy
from tests.entity_forms import a_record, a_uuid, register
from tests.factories import Phone, a_coordinator
from tests.integration.entities.conftest import Field

NS = "{http://openrosa.org/xforms/xformsManifest}"
HEADER = ["name", "label", "__version", "full_name", "age", "village"]


@pytest.fixture
def follow_up(field: Field) -> Field:
    """A second form reads the list that the first one fills, and a coordinator said that it tells
    of nobody."""
    field.publish(register("follow_up", reads="people"))
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, field.project_id, "people", Telling.NOBODY)
    return field


def manifest(phone: Phone, form: str = "follow_up") -> list[etree._Element]:
    answer = phone.client.get(f"{phone.base}/forms/{form}/manifest?deviceID=x")
    assert answer.status_code == 200
    return list(etree.fromstring(answer.data))


def entry(phone: Phone) -> dict[str, str]:
    [found] = [one for one in manifest(phone) if one.get("type")]
    told = {child.tag.removeprefix(NS): child.text or "" for child in found}
    return {"type": found.get("type", ""), **told}


def path(url: str) -> str:
    return url.removeprefix("http://samleng.test")


def rows(phone: Phone) -> list[list[str]]:
    answer = phone.client.get(path(entry(phone)["downloadUrl"]))
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text)))


def forgotten(phone: Phone, *names: str) -> dict[str, str]:
    answer = phone.client.get(
        path(entry(phone)["integrityUrl"]), query_string={"id": ",".join(names)}
    )
    assert answer.status_code == 200
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.content_type == "text/xml; charset=utf-8"
    return {
        one.get("id", ""): one.findtext("deleted") or ""
        for one in etree.fromstring(answer.data).iter("entity")
    }


def create(entity_id: str, label: str = "សុខ", **answers: str) -> str:
    return a_record(entity_id, answers or {"name": label}, label=label, create="1")


def test_c22_the_manifest_says_that_it_is_a_list_and_where_to_ask_what_is_gone(
    follow_up: Field,
) -> None:
    told = entry(follow_up.phone)
    assert told["type"] == "entityList"
    assert told["filename"] == "people.csv"
    assert told["hash"].startswith("md5:")
    assert len(told["hash"]) == 36
    assert follow_up.phone.base in told["integrityUrl"]
    with unit_of_work() as session:
        actions.require_approval(session, SYSTEM, follow_up.project_id, "people", required=True)
    assert entry(follow_up.phone)["type"] == "approvalEntityList"


def test_c22_the_form_list_names_a_manifest_as_soon_as_there_is_such_a_list(field: Field) -> None:
    field.publish(register("early", reads="later", list_name="other"))

    def told() -> str:
        return field.phone.client.get(f"{field.phone.base}/formList?formID=early").text

    assert "manifestUrl" not in told()
    with unit_of_work() as session:
        actions.create_list(session, SYSTEM, field.project_id, "later")
    assert "manifestUrl" in told()
    assert [one.get("type") for one in manifest(field.phone, "early")] == ["entityList"]


def test_c23_a_list_without_entities_is_its_header(follow_up: Field) -> None:
    assert rows(follow_up.phone) == [HEADER]


def test_c23_no_row_lacks_name_label_or_version(follow_up: Field) -> None:
    one, two = a_uuid(), a_uuid()
    follow_up.send(create(one, 'សុខ, "ដារ៉ា"\n', name="=1+1", age="44"), create(two, "ម៉ាលី"))
    found = {row[0]: row for row in rows(follow_up.phone)[1:]}
    assert found[one] == [one, 'សុខ, "ដារ៉ា"\n', "1", "=1+1", "44", ""]
    assert found[two][1:3] == ["ម៉ាលី", "1"]
    assert all(all(row[:3]) for row in found.values())


def test_c24_the_hash_is_that_of_the_bytes_and_changes_with_every_change(follow_up: Field) -> None:
    phone, one = follow_up.phone, a_uuid()
    seen: list[str] = []

    def changed() -> None:
        told = entry(phone)
        served = phone.client.get(path(told["downloadUrl"])).data
        assert told["hash"] == f"md5:{hashlib.md5(served, usedforsecurity=False).hexdigest()}"
        assert told["hash"] not in seen
        seen.append(told["hash"])
        assert entry(phone) == told

    changed()
    follow_up.send(create(one))
    changed()
    follow_up.send(a_record(one, {"age": "45"}, update="1", baseVersion="1"))
    changed()
    with unit_of_work() as session:
        actions.add_property(session, SYSTEM, follow_up.project_id, "people", "phone_of_kin")
    changed()
    two = a_uuid()
    follow_up.send(create(two))
    changed()
    with unit_of_work() as session:
        actions.delete(session, SYSTEM, follow_up.project_id, "people", uuid.UUID(one))
    changed()


def test_c24_what_the_phone_has_is_answered_without_reading_the_list(follow_up: Field) -> None:
    follow_up.send(create(a_uuid()))
    client, told = follow_up.phone.client, entry(follow_up.phone)
    etag = told["hash"].removeprefix("md5:")
    for form in (f'"{etag}"', f'W/"{etag}"'):
        answer = client.get(path(told["downloadUrl"]), headers={"If-None-Match": form})
        assert (answer.status_code, answer.data) == (304, b"")


def test_c25_deleted_is_true_live_is_false_unknown_is_not_told(follow_up: Field) -> None:
    live, gone, unknown = a_uuid(), a_uuid(), a_uuid()
    follow_up.send(create(live), create(gone))
    with unit_of_work() as session:
        actions.delete(session, SYSTEM, follow_up.project_id, "people", uuid.UUID(gone))
    assert forgotten(follow_up.phone, live, gone, unknown, "x", "") == {
        live: "false", gone: "true",
    }  # fmt: skip


def test_c25_five_hundred_ids(follow_up: Field) -> None:
    given = [actions.given(None, f"ផ្ទះ {n}", {}) for n in range(300)]
    with unit_of_work() as session:
        actions.create(session, SYSTEM, follow_up.project_id, "people", given)
    names = [str(one.entity_id) for one in given] + [a_uuid() for _ in range(200)]
    assert forgotten(follow_up.phone, *names) == dict.fromkeys(names[:300], "false")


def test_c25_five_hundred_ids_through_the_proxy_of_the_documents(
    follow_up: Field, tmp_path: Path
) -> None:
    if why := proxy.why_not():
        pytest.skip(why)
    given = [actions.given(None, f"ផ្ទះ {n}", {}) for n in range(300)]
    here = [str(one.entity_id) for one in given]
    with unit_of_work() as session:
        actions.create(session, SYSTEM, follow_up.project_id, "people", given)
        actions.delete(session, SYSTEM, follow_up.project_id, "people", uuid.UUID(here[0]))
    names = ",".join([*here, *(a_uuid() for _ in range(200))])
    url = f"{path(entry(follow_up.phone)['integrityUrl'])}?id={names}"
    server = make_server("127.0.0.1", 0, follow_up.app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with proxy.alone(server.server_port, tmp_path / "nginx") as port:
            status, told = proxy.ask(port, url, host="samleng.test")
    finally:
        server.shutdown()
        server.server_close()
    assert status == 200, told
    found = {one.get("id"): one.findtext("deleted") for one in etree.fromstring(told)[0]}
    assert found == {**dict.fromkeys(here, "false"), here[0]: "true"}


def test_an_unknown_list_and_one_of_a_form_out_of_scope_are_not_there(follow_up: Field) -> None:
    phone = follow_up.phone
    with unit_of_work() as session:
        other = accounts.create_app_user(session, SYSTEM, phone.project_id, "ពីរ", ["register"])
    told = entry(phone)
    for url in (told["downloadUrl"], told["integrityUrl"] + "?id=x"):
        theirs = path(url).replace(phone.token, other.token)
        assert phone.client.get(theirs).status_code == 404
    assert phone.client.get(f"{phone.base}/datasets/list-999/integrity?id=x").status_code == 404
    assert (
        phone.client.get(f"{phone.base}/forms/register/attachments/people.csv").status_code == 404
    )


# --- lists that name people -----------------------------------------------------------------------
def consent(field: Field, entity_id: str, *given: str, until: dt.date | None = None) -> None:
    """The people of the record that made this entity were asked, and said this."""
    found = field.find(entity_id)
    assert found is not None
    with unit_of_work() as session:
        row = session.execute(
            sa.select(Submission).where(Submission.record_pk == found.record_pk)
        ).scalar_one()
        session.execute(sa.delete(Consent).where(Consent.submission_pk == row.submission_pk))
        session.execute(
            sa.insert(Consent),
            {
                "project_id": row.project_id, "submission_pk": row.submission_pk, "ordinal": 0,
                "happened_on": row.received_at.date(), "month": "2026-11", "adm1": "02",
                "adm2": "0201", "adm3": "020101", "adm4": "unknown", "submitter_id": 1,
                "stats": True, "scopes": scopes.bits(given), "scopes_until": until,
                "granted": sorted(given), "refused": [], "method": "signature",
                "is_proxy": False, "standing": "received",
            },
        )  # fmt: skip
        changes.touch(session.connection(), row.project_id, [found])


@pytest.fixture
def named(follow_up: Field) -> Iterator[Field]:
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, follow_up.project_id, "people", Telling.UNDECLARED)
    follow_up.publish(register("named", names_people=True))
    assert follow_up.list_named("people").telling is Telling.PEOPLE
    return follow_up


def allow(field: Field, area: str = "") -> None:
    with unit_of_work() as session:
        actions.allow_phone(session, SYSTEM, field.project_id, "people", field.phone.id, area)


def names_on(field: Field) -> list[str]:
    return [row[0] for row in rows(field.phone)[1:]]


def test_a_list_that_names_people_goes_to_no_phone_until_a_coordinator_allows_it(
    named: Field,
) -> None:
    one = a_uuid()
    named.send(create(one))
    consent(named, one, "store", "contact")
    assert rows(named.phone) == [HEADER]  # empty, or the form would not open
    assert forgotten(named.phone, one) == {one: "true"}
    allow(named)
    assert names_on(named) == [one]
    assert forgotten(named.phone, one) == {one: "false"}
    with unit_of_work() as session:
        actions.end_phone(session, SYSTEM, named.project_id, "people", named.phone.id)
    assert rows(named.phone) == [HEADER]
    assert forgotten(named.phone, one) == {one: "true"}


def test_who_did_not_agree_to_be_contacted_is_on_no_phone(named: Field) -> None:
    asked, refused, never = a_uuid(), a_uuid(), a_uuid()
    named.send(create(asked), create(refused), create(never))
    consent(named, asked, "store", "contact")
    consent(named, refused, "store")
    allow(named)
    assert names_on(named) == [asked]
    assert forgotten(named.phone, asked, refused, never) == {
        asked: "false", refused: "true", never: "true",
    }  # fmt: skip
    consent(named, asked, "store")
    assert names_on(named) == []


def test_s08_what_nobody_classed_names_people_until_a_coordinator_says_otherwise(
    field: Field,
) -> None:
    field.publish(register("follow_up", reads="people"))
    refused, never = a_uuid(), a_uuid()
    field.send(create(refused), create(never))
    consent(field, refused, "store")
    assert field.list_named("people").telling is Telling.PEOPLE
    assert names_on(field) == []
    assert forgotten(field.phone, never) == {never: "true"}
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, field.project_id, "people", Telling.NOBODY)
    assert sorted(names_on(field)) == sorted([refused, never])


def test_a_phone_in_an_area_holds_those_who_live_there(named: Field) -> None:
    here, there, nowhere = a_uuid(), a_uuid(), a_uuid()
    named.send(create(here), create(there), create(nowhere))
    for one, place in ((here, "020101"), (there, "240101"), (nowhere, None)):
        consent(named, one, "store", "contact")
        found = named.find(one)
        assert found is not None
        with unit_of_work() as session:
            session.execute(
                sa.update(Submission)
                .where(Submission.record_pk == found.record_pk)
                .values(place=place)
            )
    allow(named, "0201")
    assert names_on(named) == [here]
    assert forgotten(named.phone, here, there) == {here: "false", there: "true"}
    allow(named)
    assert sorted(names_on(named)) == sorted([here, there, nowhere])


def test_a_record_that_was_taken_out_takes_its_entity_from_the_phones(named: Field) -> None:
    one = a_uuid()
    named.send(create(one))
    consent(named, one, "store", "contact")
    allow(named)
    before = entry(named.phone)["hash"]
    assert names_on(named) == [one]
    with unit_of_work() as session:
        found = named.find(one)
        assert found is not None
        assert found.record_pk is not None
        removing.remove_record(session, SYSTEM, named.project_id, found.record_pk, Why.MISTAKE)
    assert entry(named.phone)["hash"] != before
    assert names_on(named) == []


def test_what_a_phone_fetched_is_known_when_it_is_lost(named: Field) -> None:
    allow(named, "02")
    rows(named.phone)
    with reading() as session:
        [told] = holders.list_holders(session, named.project_id, app_user_id=named.phone.id)
    assert (told.name, told.area, told.ended_at) == ("people", "02", None)
    assert told.fetched_at is not None


def test_only_a_coordinator_with_a_fresh_code_lets_a_phone_hold_names(named: Field) -> None:
    stale = Actor(id=900, name="Chanthou", roles={named.project_id: frozenset({Role.COORDINATOR})})
    dara = Actor(id=901, name="Dara", roles={ids.new_uuid().int % 1000 + 10: frozenset()})
    terms = (named.project_id, "people", named.phone.id)
    with unit_of_work() as session:
        with pytest.raises(Problem) as raised:
            actions.allow_phone(session, stale, *terms)
        assert raised.value.kind is FRESH_CODE_NEEDED
        with pytest.raises(Problem):
            actions.allow_phone(session, dara, *terms)
        with pytest.raises(Problem):  # neither opens it to everybody
            actions.tell(session, stale, named.project_id, "people", Telling.NOBODY)
        actions.allow_phone(session, a_coordinator(named.project_id), *terms)


def test_what_lies_packed_in_memory_tells_of_nobody(named: Field) -> None:
    people = [a_uuid() for _ in range(25)]
    named.send(*(create(one) for one in people))
    for one in people:
        consent(named, one, "store", "contact")
    allow(named)
    answer = named.phone.client.get(
        path(entry(named.phone)["downloadUrl"]), headers={"Accept-Encoding": "gzip"}
    )
    assert answer.headers["Content-Encoding"] == "gzip"
    assert people[0].encode() in gzip.decompress(answer.data)
    kept = [gzip.decompress(one) for one in downloads._packed._kept.values()]
    assert not [one for one in kept if people[0].encode() in one]


def test_a_refusal_counts_when_its_record_was_removed(named: Field) -> None:
    one = a_uuid()
    named.send(create(one))
    consent(named, one)

    def seen() -> list[object]:
        opened = actions.open_list(SYSTEM, named.project_id, "people", purpose=Purpose.WORK)
        return [each.values for each in actions.rows(opened)]

    assert seen() == [None]
    found = named.find(one)
    assert found is not None
    assert found.record_pk is not None
    with unit_of_work() as session:
        removing.remove_record(session, SYSTEM, named.project_id, found.record_pk, Why.MISTAKE)
    assert seen() == [None]


def carried() -> list[tuple[int | None, dict[str, object]]]:
    with reading() as session:
        query = sa.select(AuditEntry.actor_id, AuditEntry.details).where(
            AuditEntry.action == "entity.carry"
        )
        return [(row[0], row[1]) for row in session.execute(query.order_by(AuditEntry.at))]


def test_s16_names_that_leave_for_a_phone_leave_an_entry_each_time_and_a_304_none(
    named: Field,
) -> None:
    address = path(entry(named.phone)["downloadUrl"])
    assert named.phone.client.get(address).status_code == 200
    assert carried() == [], "an empty list names nobody"
    for one in (a_uuid(), a_uuid()):
        named.send(create(one))
        consent(named, one, "store", "contact")
    allow(named)
    told = (named.phone.id, {"purpose": "contact", "records": 2})
    etag = named.phone.client.get(address).headers["ETag"]
    assert carried() == [told]
    assert named.phone.client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert named.phone.client.head(address).status_code == 200
    assert carried() == [told]
    assert named.phone.client.get(address).status_code == 200
    assert carried() == [told, told]
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, named.project_id, "people", Telling.NOBODY)
    assert named.phone.client.get(address).status_code == 200
    assert carried() == [told, told]


def test_the_paper_lists_phones_and_people_that_had_the_list_with_the_name(named: Field) -> None:
    """What was carried or read of a list that the record gave to; not what was of another."""
    one = a_uuid()
    named.send(create(one))
    consent(named, one, "store", "contact")
    allow(named)
    assert named.phone.client.get(path(entry(named.phone)["downloadUrl"])).status_code == 200
    opened = actions.open_list(SYSTEM, named.project_id, "people", purpose=Purpose.WORK)
    assert list(actions.rows(opened))
    found = named.find(one)
    assert found is not None
    assert found.record_pk is not None
    with unit_of_work() as session:
        instance = session.get_one(Submission, (named.project_id, found.record_pk))
        for subject, act in (
            (f"form:{instance.form_pk}", "sealed.export"),
            ("form:0", "sealed.export"),
            ("entity-list:0", "entity.carry"),
        ):
            audit.record(
                session,
                project_id=named.project_id,
                actor_id=None,
                action=act,
                subject=subject,
                records=9,
            )
    blobs = named.phone.client.application.extensions["samleng.blobs"]
    asked = withdrawing.withdraw_record(
        SYSTEM, named.project_id, instance.instance_id, "asked", blobs=blobs
    )
    with reading() as session:
        told = withdrawing.tell(session, SYSTEM, named.project_id, asked.id)
    used = {use["act"]: (use["times"], use["is_wide"], use["records"]) for use in told.acts}
    assert used["entity.carry"] == (1, True, 1)
    assert used["entity.read_names"] == (1, True, 1)
    assert used["sealed.export"] == (1, True, 9)
    assert used["submission.receive"] == (1, False, None)
