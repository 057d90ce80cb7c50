"""Somebody whose role is bound to an area sees what lies there, on pages and through the API."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.accounts.reach import Reach
from service.accounts.tables import Grant
from service.cli.demo import people, phone_xml
from service.facts import actions as facts
from service.facts import queries
from service.facts.tables import Signature
from service.foundation import clock
from service.foundation.db import current, reading, unit_of_work
from service.foundation.settings import Settings
from service.indicators.catalogue import INDICATORS, of_areas
from service.intake.queries import listing
from service.intake.tables import State, Submission
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone, a_project, an_instance, as_its_owner
from tests.golden import reference_forms
from tests.integration.indicators.villages import Village
from tests.web.pages_world import text_of
from tests.web.people import bearer

VERSION = "2026112401"
BATTAMBANG, PAILIN = "02", "24"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    with unit_of_work() as session:
        xml = reference_forms.converted("treaty_signature")[0].decode()
        a_form(session, made.project_id, "treaty_signature", VERSION, xml=xml)
    return made


def signed_in(province: str, number: int = 1) -> bytes:
    """A treaty signature given in a commune of that province."""
    filled = people.signer(7, number)
    told = {"prov": province, "dist": f"{province}01", "comm": f"{province}0101"}
    filled.answers.update({name: told.get(name, "") for name in ("prov", "dist", "comm", "vill")})
    return phone_xml.instance(filled, VERSION)


def placed() -> dict[str | None, int]:
    with reading() as session:
        query = sa.select(Submission.place, sa.func.count()).group_by(Submission.place)
        return {row[0]: row[1] for row in session.execute(query)}


class Reader:
    """Asks the pages and the API with one role, perhaps in one area."""

    def __init__(self, app: Flask, settings: Settings, role: Role, project: int, area: str) -> None:
        self.client = app.test_client()
        self.project = project
        self.headers = bearer(settings.secrets.jwt_key, role, project, area)

    def page(self, path: str) -> TestResponse:
        return self.client.get(f"/p/battambang{path}", headers=self.headers)

    def table(self, indicator: str, **query: str) -> TestResponse:
        path = f"/v1/projects/{self.project}/indicators/{indicator}"
        return self.client.get(path, query_string=query, headers=self.headers)

    def catalogue(self) -> Any:
        path = f"/v1/projects/{self.project}/indicators"
        return self.client.get(path, headers=self.headers).json


# --- records ------------------------------------------------------------------------------------
def test_a_record_has_its_place_with_the_receipt(phone: Phone) -> None:
    assert phone.send(signed_in(BATTAMBANG)).status_code == 201
    assert phone.send(an_instance()).status_code == 201
    assert placed() == {"020101": 1, None: 1}


def test_an_edit_moves_a_record_and_the_old_version_stays_where_it_was(
    app: Flask, phone: Phone
) -> None:
    first = signed_in(BATTAMBANG)
    assert phone.send(first).status_code == 201
    old = first.partition(b"<instanceID>")[2].partition(b"</instanceID>")[0]
    edit = signed_in(PAILIN).replace(
        b"<instanceID>" + old, b"<deprecatedID>" + old + b"</deprecatedID><instanceID>uuid:edit"
    )
    assert phone.send(edit).status_code == 201
    drain(app)
    assert placed() == {"020101": 1, "240101": 1}


def test_a_copy_that_waits_has_a_place_too(app: Flask, phone: Phone) -> None:
    first = signed_in(BATTAMBANG)
    assert phone.send(first).status_code == 201
    assert phone.send(first.replace(b">020101<", b">020102<")).status_code == 202
    assert placed() == {"020101": 1, "020102": 1}


def test_a_rebuild_finds_the_same_places(app: Flask, phone: Phone) -> None:
    for number, province in enumerate((BATTAMBANG, PAILIN)):
        assert phone.send(signed_in(province, number)).status_code == 201
    before = placed()
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(place="030303"))
    with unit_of_work() as session:
        facts.rebuild(session, phone.project_id)
    assert placed() == before
    assert len(before) == 2


@pytest.fixture
def three(phone: Phone) -> dict[str | None, str]:
    """A record in Battambang, one in Pailin, one without a place: place to key."""
    for number, province in enumerate((BATTAMBANG, PAILIN)):
        assert phone.send(signed_in(province, number)).status_code == 201
    assert phone.send(an_instance("uuid:nowhere")).status_code == 201
    with reading() as session:
        rows = session.execute(sa.select(Submission.place, Submission.submission_pk)).all()
    return {place: str(key) for place, key in rows}


def test_s12_an_area_sees_its_records_alone(
    app: Flask, settings: Settings, phone: Phone, three: dict[str | None, str]
) -> None:
    for area, seen in (("", 3), ("02", 1), ("0201", 1), ("020101", 1), ("0202", 0), ("03", 0)):
        reader = Reader(app, settings, Role.REVIEWER, phone.project_id, area)
        body = reader.page("/submissions").get_data(as_text=True)
        assert sum(key in body for key in three.values()) == seen, area
        today = text_of(reader.page("/?lang=en"))
        assert (f"{seen} since the beginning" in today) is (seen > 0)
        if area:
            assert "Pailin" not in today


def test_s12_a_record_of_another_area_looks_like_none_at_all(
    app: Flask, settings: Settings, phone: Phone, three: dict[str | None, str]
) -> None:
    bopha = Reader(app, settings, Role.REVIEWER, phone.project_id, BATTAMBANG)
    nothing = "00000000-0000-7000-8000-000000000000"
    missing = bopha.page(f"/submissions/{nothing}")
    assert missing.status_code == 404
    for place, key in three.items():
        answer = bopha.page(f"/submissions/{key}")
        assert answer.status_code == (200 if place == "020101" else 404)
        if answer.status_code == 404:
            assert answer.data.replace(key.encode(), nothing.encode()) == missing.data


def test_s12_versions_of_a_record_that_lie_elsewhere_are_not_shown_beside_it(
    app: Flask, settings: Settings, phone: Phone
) -> None:
    first = signed_in(BATTAMBANG)
    assert phone.send(first).status_code == 201
    assert phone.send(first.replace(b">020101<", b">020102<")).status_code == 202
    with reading() as session:
        query = sa.select(Submission.place, Submission.submission_pk)
        keys = {row[0]: row[1] for row in session.execute(query)}
    near = Reader(app, settings, Role.REVIEWER, phone.project_id, "020101")
    whole = Reader(app, settings, Role.REVIEWER, phone.project_id, BATTAMBANG)
    path = f"/submissions/{keys['020101']}"
    assert str(keys["020102"]) not in near.page(path).get_data(as_text=True)
    assert str(keys["020102"]) in whole.page(path).get_data(as_text=True)


def test_s12_validators_of_an_area_tell_nothing_of_another(
    app: Flask, settings: Settings, phone: Phone, three: dict[str | None, str]
) -> None:
    """Whoever asks again and again would see when something happens anywhere."""
    bound = Reader(app, settings, Role.REVIEWER, phone.project_id, PAILIN)
    whole = Reader(app, settings, Role.COORDINATOR, phone.project_id, "")
    forms = f"/v1/projects/{phone.project_id}/forms/treaty_signature"

    def tags() -> list[str]:
        paths = (f"{forms}/submissions", f"{forms}.svc/Submissions?purpose=work")
        answers = [whole.client.get(path, headers=bound.headers) for path in paths]
        assert [answer.status_code for answer in answers] == [200, 200]
        return [answer.headers["ETag"] for answer in answers]

    def look_at(key: str) -> None:
        with reading() as session:
            record = Submission.submission_pk == uuid.UUID(key)
            instance_id = session.scalars(sa.select(Submission.instance_id).where(record)).one()
        path = f"{forms}/submissions/{instance_id}"
        said = whole.client.patch(path, json={"reviewState": "approved"}, headers=whole.headers)
        assert said.status_code == 200

    before = tags()
    assert phone.send(signed_in(BATTAMBANG, 7)).status_code == 201
    look_at(three["020101"])
    with unit_of_work() as session:
        narrow(session.connection(), phone.project_id, uuid.UUID(three["020101"]))
        there = Submission.place == "020101"
        session.execute(sa.update(Submission).where(there).values(projected_at=clock.now()))
    assert tags() == before
    for change in (
        lambda: look_at(three["240101"]),
        lambda: phone.send(signed_in(PAILIN, 8)),
    ):
        was = tags()
        change()
        assert all(new != old for new, old in zip(tags(), was, strict=True))
    was = tags()
    with unit_of_work() as session:
        narrow(session.connection(), phone.project_id, uuid.UUID(three["240101"]))
    assert tags()[1] != was[1]


def test_s12_an_address_from_before_goes_on_in_the_area_alone(
    app: Flask, settings: Settings, phone: Phone, three: dict[str | None, str]
) -> None:
    """Where a walk was begun in the whole project, and the role is bound to an area since."""
    for number in (5, 6):
        assert phone.send(signed_in(BATTAMBANG, number)).status_code == 201
    bopha = Reader(app, settings, Role.REVIEWER, phone.project_id, "")
    table = f"/v1/projects/{phone.project_id}/forms/treaty_signature.svc/Submissions?purpose=work"
    first = bopha.client.get(f"{table}&$top=1", headers=bopha.headers).json
    following = first["@odata.nextLink"].partition("samleng.test")[2]
    assert len(bopha.client.get(following, headers=bopha.headers).json["value"]) == 1
    with unit_of_work() as session:
        session.execute(sa.update(Grant).where(Grant.role == "reviewer").values(area=PAILIN))
    found = []
    while following:
        page = bopha.client.get(following, headers=bopha.headers).json
        found += [one["__id"] for one in page["value"]]
        following = page.get("@odata.nextLink", "").partition("samleng.test")[2]
    with reading() as session:
        there = sa.select(Submission.instance_id).where(Submission.place == "240101")
        assert found == list(session.scalars(there))


def narrow(connection: sa.Connection, project_id: int, record_pk: uuid.UUID) -> None:
    queries.narrow(connection, project_id, record_pk, uuid.uuid4(), {"stats"}, clock.today())


def test_s12_what_could_not_be_read_has_no_place(
    app: Flask, settings: Settings, phone: Phone
) -> None:
    assert phone.send(b"<broken").status_code == 202
    bound = Reader(app, settings, Role.REVIEWER, phone.project_id, BATTAMBANG)
    whole = Reader(app, settings, Role.REVIEWER, phone.project_id, "")
    assert bound.page("/quarantine").status_code == 403
    assert whole.page("/quarantine").status_code == 200
    assert "/quarantine" in whole.page("/").get_data(as_text=True)
    assert "/quarantine" not in bound.page("/").get_data(as_text=True)


@pytest.mark.each_database
def test_records_of_an_area_are_found_by_index(client: FlaskClient) -> None:
    """Not by going through the project: an area is often a small part of it."""
    with unit_of_work() as session:
        project_id, form_pk = (one := a_project(session)).id, a_form(session, one.id).form_pk
        rows = [
            {
                "project_id": project_id, "submission_pk": uuid.UUID(int=n), "form_pk": form_pk,
                "record_pk": uuid.UUID(int=n), "version": "1", "instance_id": f"uuid:{n}",
                "instance_digest": n.to_bytes(32), "state": State.CURRENT, "xml_digest": b"",
                "canonical_digest": b"",
                "expected_files": [], "files_expected": 0, "flags": [], "channel": "openrosa",
                "user_agent": "", "received_at": clock.now(),
                "place": "240101" if n % 500 else "020101",
            }
            for n in range(4000)
        ]  # fmt: skip
        session.execute(sa.insert(Submission), rows)
    as_its_owner("ANALYZE")
    bound = Reach(areas=frozenset({BATTAMBANG}))
    with reading() as session:
        assert len(listing.list_submissions(session, project_id, bound)) == 8
    query = listing.LISTED.where(Submission.project_id == project_id, listing.within(bound))
    page = query.order_by(Submission.submission_pk.desc()).limit(51)
    literal = {"literal_binds": True}
    text = str(page.compile(dialect=current().writer.dialect, compile_kwargs=literal))
    explain = "EXPLAIN QUERY PLAN" if current().is_sqlite else "EXPLAIN"
    with current().writer.begin() as connection:
        plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {text}"))
    assert "ix_submissions_place" in plan, plan


def test_a_coordinator_of_an_area_takes_back_what_lies_there_and_nothing_else(
    app: Flask, settings: Settings, phone: Phone, three: dict[str | None, str]
) -> None:
    bound = Reader(app, settings, Role.COORDINATOR, phone.project_id, BATTAMBANG)
    path = f"/v1/projects/{phone.project_id}/withdrawals"
    with reading() as session:
        query = sa.select(Submission.place, Submission.instance_id)
        named = {row[0]: row[1] for row in session.execute(query)}
    for place, instance_id in named.items():
        wish = {"instance_id": instance_id, "reason": "asked"}
        answer = bound.client.post(path, json=wish, headers=bound.headers)
        assert answer.status_code == (201 if place == "020101" else 404), place
    assert placed() == {None: 2, "240101": 1}  # of what was erased, the place is gone too
    listed = bound.client.get(path, headers=bound.headers).json
    assert listed is not None
    assert len(listed["items"]) == 1


# --- figures ------------------------------------------------------------------------------------
@pytest.fixture
def project(client: FlaskClient) -> int:
    """Three provinces, with small numbers among large ones."""
    with unit_of_work() as session:
        village = Village(session)
        for province, households in (("02", 24), ("24", 3), ("17", 15)):
            for number in range(households):
                needs = ("reh_prosthesis",) if number % 3 else ("psy_peer",)
                district = f"{province}0{1 + number % 2}"
                village.household(
                    {"needs": needs, "sex": "male" if number % 2 else "female"},
                    province=province, adm2=district, adm3=f"{district}0{1 + number % 3}",
                    submitter_id=number % 4,
                )  # fmt: skip
                village.signature(province=province, adm2=district, adm3=f"{district}01")
        return village.project_id


def rows(answer: TestResponse) -> set[tuple[tuple[str, Any], ...]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.json is not None
    found = [*answer.json["cells"], *answer.json["totals"]]
    return {tuple(sorted(row.items(), key=str)) for row in found}


# Rows of a table are taken, whichever database it was counted in.
OF_EACH_SORT = ("I01", "I08", "I10", "I11", "I12", "I24", "I32", "I49", "I53")
"""Counts, shares, villages, needs, medians, ratios, signatures and places that are feared."""
assert set(OF_EACH_SORT) <= set(INDICATORS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("area", ["02", "24", "0201", "020101"])
def test_s51_figures_of_an_area_are_rows_of_the_whole_table_and_nothing_else(
    app: Flask, settings: Settings, project: int, area: str
) -> None:
    """So no cell, no sum and no difference is known to the area that the whole did not show."""
    bound = Reader(app, settings, Role.ANALYST, project, area)
    whole = Reader(app, settings, Role.ANALYST, project, "")
    seen = 0
    for indicator, audience in itertools.product(OF_EACH_SORT, ("partner", "public")):
        offered = {entry["id"]: entry["breakdowns"] for entry in bound.catalogue()}
        for by in offered[indicator][audience]:
            assert of_areas([by], [area])
            asked = {"by": ",".join(by), "audience": audience}
            mine, all_rows = (rows(reader.table(indicator, **asked)) for reader in (bound, whole))
            assert mine <= all_rows
            for row in map(dict, mine):
                places = [row[one] for one in ("province", "district", "commune") if one in row]
                assert places[-1].startswith(area)
            theirs = {
                row for row in all_rows
                if any(str(dict(row).get(one, "")).startswith(area)
                       for one in ("province", "district", "commune"))
            }  # fmt: skip
            assert mine == theirs
            seen += len(mine)
    assert seen


def test_s51_what_has_no_row_for_the_area_is_not_offered(
    app: Flask, settings: Settings, project: int
) -> None:
    bound = Reader(app, settings, Role.ANALYST, project, "0201")
    for by in ("", "sex", "province", "quarter", "province,sex"):
        assert bound.table("I01", by=by).status_code == 400
    assert bound.table("I01", by="province,district").status_code == 200
    entry = next(one for one in bound.catalogue() if one["id"] == "I01")
    assert entry["breakdowns"]["public"] == [["province", "district"]]


def test_s51_nothing_is_said_of_what_the_whole_rests_on(
    app: Flask, settings: Settings, project: int
) -> None:
    table = Reader(app, settings, Role.ANALYST, project, "02").table("I01", by="province").json
    assert table is not None
    assert table["areas"] == ["02"]
    assert set(table["basis"].values()) == {None}
    assert [row["province"] for row in table["cells"]] == ["02"]
    assert table["totals"] == []


def test_s51_unhidden_figures_need_the_whole_project(
    app: Flask, settings: Settings, project: int
) -> None:
    """Whoever knew the cells of her own area could subtract them from published totals."""
    bound = Reader(app, settings, Role.COORDINATOR, project, "02")
    whole = Reader(app, settings, Role.COORDINATOR, project, "")
    assert bound.table("I01", by="province", audience="internal").status_code == 403
    assert whole.table("I01", by="province", audience="internal").status_code == 200
    page = bound.page("/figures?lang=en").get_data(as_text=True)
    assert 'value="internal"' not in page


def test_the_page_of_an_area_says_so_and_draws_no_map(
    app: Flask, settings: Settings, project: int
) -> None:
    bound = Reader(app, settings, Role.ANALYST, project, "02")
    answer = bound.page("/figures?lang=en&indicator=I01&by=province")
    page = text_of(answer)
    assert "You see the rows of Battambang" in page
    assert "02 Battambang 24" in page
    assert "Siem Reap" not in page
    assert "Total" not in page.partition("How to read it")[0].rpartition("You see")[2]
    assert 'class="map"' not in answer.get_data(as_text=True)
    crossed = text_of(bound.page("/figures?lang=en&indicator=I01&by=province,sex"))
    assert "02 Battambang" in crossed
    assert " 0 " not in crossed.partition("Out of")[2]


def test_the_page_says_where_no_figure_goes_down_to_the_area(
    app: Flask, settings: Settings, project: int
) -> None:
    bound = Reader(app, settings, Role.ANALYST, project, "020101")
    page = text_of(bound.page("/figures?lang=en&indicator=I01&audience=public"))
    assert "no figure goes down to the places that are yours" in page
    small = Reader(app, settings, Role.ANALYST, project, "2401")
    page = text_of(
        small.page("/figures?lang=en&indicator=I01&by=province,district&audience=public")
    )
    assert "24 Pailin" not in page


def test_signatures_of_the_village_are_there(project: int) -> None:
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Signature)) == 42
