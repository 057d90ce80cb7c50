"""`{base}/submission` as docs/device-sync.md promises it, through HTTP, on both databases."""

from __future__ import annotations

import dataclasses
import re
import threading
import unicodedata
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from service.accounts import actions as accounts
from service.accounts import credentials
from service.accounts.actor import SYSTEM
from service.checkup import looking
from service.checkup.checks import findings
from service.forms.states import FormState
from service.forms.tables import Form
from service.foundation.blobs import LocalBlobs, Room
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.foundation.settings import Settings
from service.intake.queries.receiving import name_digest
from service.intake.tables import Attachment, Quarantined, State, Submission, SubmissionXml
from service.web.openrosa.responses import SUCCESS
from tests import media_files, unsealed
from tests.conftest import drain
from tests.factories import BOUNDARY, Phone, a_form, a_phone, an_instance, multipart


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def count(table: type = Submission, **where: object) -> int:
    with reading() as session:
        query = sa.select(sa.func.count()).select_from(table).filter_by(**where)
        return session.scalar(query) or 0


def message(response) -> tuple[str, str]:
    """(nature, text) of an OpenRosa reply; fails if it is none."""
    root = etree.fromstring(response.data)
    assert etree.QName(root).text == "{http://openrosa.org/http/response}OpenRosaResponse"
    node = root[0]
    return node.get("nature"), node.text


def files_of(instance_id: str) -> dict[str, str]:
    with reading() as session:
        rows = session.scalars(
            sa.select(Attachment)
            .join(Submission, Submission.submission_pk == Attachment.submission_pk)
            .where(Submission.instance_id == instance_id, Attachment.is_current)
        )
        return {unsealed.name(row): row.digest for row in rows}


def stand_ins(row: Any, *names: str) -> list[str]:
    """For names of files in a submission."""
    return [name_digest(row.project_id, row.submission_pk, name) for name in names]


# --- preflight (28–31) --------------------------------------------------------------------------
def test_c28_head_is_204_with_a_location_on_the_same_host(phone: Phone) -> None:
    answer = phone.client.head(f"{phone.base}/submission?deviceID=collect%3Ax")
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Location"] == f"http://samleng.test{phone.base}/submission"
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert phone.client.get(f"{phone.base}/submission").status_code == 204


def test_c29_get_is_204_too(phone: Phone) -> None:
    answer = phone.client.get(f"{phone.base}/submission")
    assert (answer.status_code, answer.data) == (204, b"")


def test_c60_the_reply_waits_for_no_job(phone: Phone) -> None:
    """Nobody works: what follows from an edit and from a picture is still to be done, and the phone
    has its answer."""
    assert phone.send(an_instance("uuid:1")).status_code == 201
    edit = an_instance("uuid:2", deprecated_id="uuid:1", photo="a.png")
    assert phone.send(edit, {"a.png": media_files.png()}).status_code == 201
    assert count(JobRow) >= 2


def test_c63_no_post_is_ever_answered_as_a_page_would(phone: Phone) -> None:
    """Collect takes 200 for a captive portal, and a redirect for a GET without its body."""
    first = an_instance("uuid:1")
    bodies = [
        first, first, an_instance("uuid:1", village="other"), first[:-5], "", "<data/>",
        an_instance("uuid:2", form_id="unknown"), an_instance("uuid:3", version="99"),
        an_instance("uuid:4", deprecated_id="uuid:1"), an_instance(with_id=False),
    ]  # fmt: skip
    answers = [phone.send(body) for body in bodies]
    for path in (
        f"{phone.base}/submission/",
        f"/{phone.base}//submission",
        f"{phone.base}/nowhere",
    ):
        answers.append(phone.client.post(path, data=b"x", content_type="text/plain"))
    for answer in answers:
        assert answer.status_code in (201, 202) or answer.status_code >= 400
        message(answer)


def test_c30_announced_size_depends_on_the_client(phone: Phone) -> None:
    def announced(agent: str) -> str:
        answer = phone.client.head(f"{phone.base}/submission", headers={"User-Agent": agent})
        return answer.headers["X-OpenRosa-Accept-Content-Length"]

    assert announced("org.odk.collect.android/v2025.3.3 Dalvik/2.1.0") == "10000000"
    assert announced("org.koboc.collect.android/v2025.3.3 Dalvik/2.1.0") == "10000000"
    assert announced("Enketo/7.5 Mozilla/5.0") == "100000000"


def test_c31_c69_bad_token_is_403_without_challenge_on_all_verbs(phone: Phone) -> None:
    for token in (credentials.new_device_token(), "junk"):
        for verb in ("head", "get", "post"):
            answer = getattr(phone.client, verb)(f"/v1/key/{token}/projects/1/submission")
            assert answer.status_code == 403
            assert "WWW-Authenticate" not in answer.headers
            assert token.encode() not in answer.data


def test_c31_named_base_without_credentials_is_challenged(phone: Phone) -> None:
    answer = phone.client.head(f"/v1/projects/{phone.project_id}/submission")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Samleng", charset="UTF-8"'


def test_c66_c68_basic_with_the_device_token_works_and_empty_basic_does_not(phone: Phone) -> None:
    url = f"/v1/projects/{phone.project_id}/submission"
    assert phone.client.head(url, auth=("arun", phone.token)).status_code == 204
    assert phone.client.head(url, auth=("", "")).status_code == 401


@pytest.mark.parametrize("is_basic", [True, False])
def test_c66_token_and_basic_each_list_download_and_send(phone: Phone, is_basic: bool) -> None:
    base = f"/v1/projects/{phone.project_id}" if is_basic else phone.base
    auth = {"auth": ("arun", phone.token)} if is_basic else {}
    listing = phone.client.get(f"{base}/formList", **auth)
    assert listing.status_code == 200
    address = listing.get_data(as_text=True).split("<downloadUrl>")[1].split("<")[0]
    form = phone.client.get(address.removeprefix("http://samleng.test"), **auth)
    assert (form.status_code, b"<model" in form.data) == (200, True)
    body, kind = multipart(an_instance("uuid:1"), {})
    sent = phone.client.post(f"{base}/submission", data=body, content_type=kind, **auth)
    assert sent.status_code == 201


def test_c69_revoked_phone_is_refused_at_once(phone: Phone) -> None:
    with unit_of_work() as session:
        accounts.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    answer = phone.send(an_instance())
    assert answer.status_code == 403
    assert "QR" in message(answer)[1]
    assert count() == 0


# --- new, again, more files (32–45) -------------------------------------------------------------
def test_c32_new_record_is_201_with_the_sentence_that_collect_translates(phone: Phone) -> None:
    answer = phone.send(an_instance("uuid:1"))
    assert answer.status_code == 201
    assert message(answer) == ("submit_success", SUCCESS)
    metadata = etree.fromstring(answer.data)[1]
    assert metadata.get("instanceID") == "uuid:1"
    assert metadata.get("isComplete") == "true"
    assert len(metadata.get("xmlSha256")) == 64


def test_raw_xml_is_kept_byte_for_byte(phone: Phone) -> None:
    xml = an_instance("uuid:1").encode() + b"<!-- \xe1\x9e\x80 -->\n"
    assert phone.send(xml).status_code == 201
    with reading() as session:
        assert unsealed.xmls(session) == [xml]
        assert xml not in session.scalar(sa.select(SubmissionXml.xml))


def test_c33_same_instance_twice_is_one_submission(phone: Phone) -> None:
    xml = an_instance("uuid:1")
    assert phone.send(xml).status_code == 201
    answer = phone.send(xml)
    assert answer.status_code == 202
    assert message(answer)[0] == "submit_duplicate"
    assert count() == 1


def test_c34_only_white_space_differs_is_the_same_record(phone: Phone) -> None:
    xml = an_instance("uuid:1")
    phone.send(xml)
    assert phone.send(xml.replace("/village><", "/village>\n  <")).status_code == 202
    assert count() == 1


def test_c35_repeat_with_a_new_file_adds_it(phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="a.jpg", sound="b.m4a")
    first = phone.send(xml, {"a.jpg": b"A"}, incomplete=True)
    assert first.status_code == 201
    assert etree.fromstring(first.data)[1].get("isComplete") == "false"
    second = phone.send(xml, {"b.m4a": b"B"})
    assert second.status_code == 201
    assert etree.fromstring(second.data)[1].get("isComplete") == "true"
    assert set(files_of("uuid:1")) == {"a.jpg", "b.m4a"}
    assert count(files_present=2, files_expected=2) == 1
    assert phone.send(xml, {"b.m4a": b"B"}).status_code == 202


@pytest.mark.parametrize(
    ("files", "marker", "present"), [({"a.jpg": b"A"}, True, 1), ({}, False, 0)]
)
def test_c37_completeness_is_read_from_the_xml_not_from_the_marker(
    phone: Phone, files: dict[str, bytes], marker: bool, present: int
) -> None:
    phone.send(an_instance("uuid:1", photo="a.jpg"), files, incomplete=marker)
    assert count(files_expected=1, files_present=present) == 1


def test_c36_two_batches_are_one_record_with_both_files(phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="a.jpg", sound="b.m4a")
    assert phone.send(xml, {"a.jpg": b"A"}, incomplete=True).status_code == 201
    assert phone.send(xml, {"b.m4a": b"B"}).status_code == 201
    assert count() == 1
    assert set(files_of("uuid:1")) == {"a.jpg", "b.m4a"}


def test_c39_c40_files_before_the_xml_and_xml_without_file_name(phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="a.jpg", village="ក" * 700_000)
    body, kind = multipart(xml, {"a.jpg": b"A"}, xml_last=True, xml_filename=None)
    answer = phone.client.post(f"{phone.base}/submission", data=body, content_type=kind)
    assert answer.status_code == 201
    assert set(files_of("uuid:1")) == {"a.jpg"}


@pytest.mark.parametrize(
    "name",
    [
        "រូបថត ១.jpg", "cafe\u0301.jpg", 'quo"te.jpg', "sp ace.jpg", "ឈ្មោះវែង" * 9 + ".jpg",
        "\u200eWhatsApp Image.jpg", "\u202b\u202cx.jpg", "DCIM\\a.jpg", "x" * 256 + ".jpg",
        "../evil.sh",
    ],
)  # fmt: skip
def test_c42_file_names_of_every_kind_round_trip(phone: Phone, app: Flask, name: str) -> None:
    """What is kept under the name, its last part in NFC, is what was sent, byte for byte."""
    in_xml, sent = name.replace('"', "&quot;"), name.encode() + b"\0\xff\r\n--"
    assert phone.send(an_instance("uuid:1", photo=in_xml), {name: sent}).status_code == 201
    assert count(files_present=1) == 1
    with reading() as session:
        rows = session.scalars(sa.select(Attachment)).all()
        kept = {
            unsealed.name(row): unsealed.content(row, app.extensions["samleng.blobs"])
            for row in rows
        }
    (stored,) = kept
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    plain = "".join(one for one in last if unicodedata.category(one) != "Cf").encode()
    assert plain.startswith(stored.encode()), "cut where it is too long, and nowhere else"
    assert len(stored.encode()) >= min(len(plain), 240)
    assert kept[stored] == sent


def test_an_empty_file_is_still_missing_and_takes_the_place_of_none(phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="a.jpg")
    phone.send(xml, {"a.jpg": b""})
    assert count(files_present=0) == 1
    phone.send(xml, {"a.jpg": b"A"})
    phone.send(xml, {"a.jpg": b""})
    assert count(files_present=1) == 1
    assert count(Attachment) == 1


def test_c38_a_file_sent_again_leaves_no_second_copy_on_the_disk(phone: Phone, app: Flask) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    for _ in range(3):
        phone.send(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": b"A"})
    assert len(list(blobs.older_than(2e10))) == 1


@pytest.mark.parametrize("namespace", ["visit", "/forms/x", "urn:x"])
def test_a_namespace_of_any_kind_is_a_record(phone: Phone, namespace: str) -> None:
    xml = an_instance("uuid:1").replace("<data ", f'<data xmlns:unused="{namespace}" ')
    assert phone.send(xml).status_code == 201
    assert phone.send(xml.replace("</village>", "</village> ")).status_code == 202
    assert count() == 1


def test_blanks_between_elements_do_not_count_however_many(phone: Phone) -> None:
    xml = an_instance("uuid:1")
    assert phone.send(xml).status_code == 201
    assert (
        message(phone.send(xml.replace("</village>", f"</village>{' ' * 5000}")))[0]
        == "submit_duplicate"
    )
    assert count() == 1


def test_a_version_longer_than_any_is_kept_and_flagged(phone: Phone) -> None:
    xml = an_instance("uuid:1").replace('version="1"', f'version="{"9" * 400}"')
    assert phone.send(xml).status_code == 201
    assert count(version="9" * 249) == 1


def test_a_long_plain_field_is_read_past(phone: Phone) -> None:
    boundary = b"--b\r\n"
    body = (
        boundary + b'Content-Disposition: form-data; name="comment"\r\n\r\n' + b"x" * 100_000
        + b"\r\n" + boundary
        + b'Content-Disposition: form-data; name="xml_submission_file"; filename="a.xml"\r\n\r\n'
        + an_instance("uuid:1").encode() + b"\r\n--b--\r\n"
    )  # fmt: skip
    answer = phone.client.post(
        f"{phone.base}/submission", data=body, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 201


def test_a_copy_that_waits_is_complete_when_its_files_are_here(phone: Phone) -> None:
    phone.send(an_instance("uuid:1", village="ក", photo="a.jpg"), {"a.jpg": b"A"})
    other = an_instance("uuid:1", village="ខ", photo="a.jpg")
    assert b'isComplete="false"' in phone.send(other).data
    assert b'isComplete="true"' in phone.send(other, {"a.jpg": b"A"}).data
    assert b'isComplete="true"' in phone.send(other).data


def test_files_of_one_name_beside_unreadable_xml_are_all_kept(phone: Phone, app: Flask) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    files = {"a/x.jpg": b"A", "b/x.jpg": b"B", "x.jpg": b"C"}
    assert phone.send(b"<not xml", files).status_code == 202
    with reading() as session:
        kept = unsealed.files(session, blobs)
    assert [content for _, content in kept] == [b"B", b"C", b"A"]


def test_s22_c42_path_in_a_file_name_is_cut_off(phone: Phone) -> None:
    phone.send(an_instance("uuid:1", photo="a.jpg"), {"../../etc/a.jpg": b"A"})
    assert set(files_of("uuid:1")) == {"a.jpg"}


def test_c43_same_name_with_other_bytes_replaces_and_keeps_the_old(phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="audit.csv")
    phone.send(xml, {"audit.csv": b"short"})
    assert phone.send(xml, {"audit.csv": b"longer"}).status_code == 201
    assert count(Attachment) == 2
    assert count(Attachment, is_current=True) == 1
    assert phone.send(xml, {"audit.csv": b"short"}).status_code == 201, "back to the first"
    assert count(Attachment) == 2


def test_c44_file_that_the_xml_does_not_name_is_not_stored(phone: Phone, app: Flask) -> None:
    phone.send(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": b"A", "left-over.jpg": b"B"})
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert set(files_of("uuid:1")) == {"a.jpg"}
    assert len(list(blobs.older_than(2e10))) == 1
    assert not list(blobs.staging.iterdir())


def test_c45_same_content_in_two_questions_is_kept_for_both(phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="a.jpg", sound="b.jpg")
    phone.send(xml, {"a.jpg": b"same", "b.jpg": b"same"})
    assert len(set(files_of("uuid:1").values())) == 1
    assert count(files_present=2) == 1


# --- conflicts (46–49, 52) ----------------------------------------------------------------------
def test_c46_other_answers_under_the_same_id_wait_for_a_person(phone: Phone) -> None:
    phone.send(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": b"A"})
    other = an_instance("uuid:1", village="ផ្សេង", photo="c.jpg")
    answer = phone.send(other, {"c.jpg": b"C"})
    assert answer.status_code == 202
    assert message(answer)[0] == "submit_review"
    assert phone.send(other, {"c.jpg": b"C"}).status_code == 202
    assert count(state=State.CURRENT) == 1
    assert count(state=State.QUEUED, reason="different_xml", files_present=1) == 1


def test_c46_who_coordinates_is_told_of_it(
    phone: Phone, settings: Settings, blobs: LocalBlobs
) -> None:
    def told() -> dict[str, Any]:
        return {one.check.name: one.values for one in findings(looking.look(settings, blobs))}

    phone.send(an_instance("uuid:1"))
    assert "queue" not in told()
    phone.send(an_instance("uuid:1", village="ផ្សេង"))
    assert told()["queue"] == {"n": 1}


def test_c47_51st_variant_is_refused_in_words(phone: Phone) -> None:
    phone.send(an_instance("uuid:1"))
    for number in range(50):
        assert phone.send(an_instance("uuid:1", village=str(number))).status_code == 202
    assert phone.send(an_instance("uuid:1", village="one too many")).status_code == 409
    assert phone.send(an_instance("uuid:1", village="7")).status_code == 202


@pytest.mark.each_database
def test_c48_20_copies_at_once_are_one_record(app: Flask, phone: Phone) -> None:
    xml = an_instance("uuid:1", photo="a.jpg")
    start, statuses = threading.Barrier(20), []

    def send() -> None:
        own = Phone(client=app.test_client(), project_id=phone.project_id, token=phone.token, id=1)
        start.wait()
        statuses.append(own.send(xml, {"a.jpg": b"A"}).status_code)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [202] * 19
    assert count() == 1
    assert count(Attachment) == 1


def test_c49_missing_instance_id_twice_is_one_record(phone: Phone) -> None:
    xml = an_instance(with_id=False)
    assert [phone.send(xml).status_code for _ in range(2)] == [201, 202]
    with reading() as session:
        row = session.execute(sa.select(Submission.instance_id, Submission.flags)).one()
    assert row.instance_id.startswith("uuid:")
    assert row.flags == ["instance_id_made"]


# --- edits (53–56) ------------------------------------------------------------------------------
def test_c53_edit_of_the_current_version_replaces_it_and_carries_files(phone: Phone) -> None:
    phone.send(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": b"A"})
    edit = an_instance("uuid:2", photo="a.jpg", sound="n.m4a", deprecated_id="uuid:1")
    assert phone.send(edit).status_code == 201
    assert count(state=State.SUPERSEDED, instance_id="uuid:1") == 1
    assert count(state=State.CURRENT, instance_id="uuid:2", files_present=1) == 1
    assert set(files_of("uuid:2")) == {"a.jpg"}
    assert phone.send(edit, {"n.m4a": b"N"}).status_code == 201, "top-up of the edit"
    assert set(files_of("uuid:2")) == {"a.jpg", "n.m4a"}
    assert phone.send(an_instance("uuid:1", photo="a.jpg")).status_code == 202


def test_c55_edit_before_its_base_waits_and_links_itself(app: Flask, phone: Phone) -> None:
    third = an_instance("uuid:3", deprecated_id="uuid:2")
    second = an_instance("uuid:2", deprecated_id="uuid:1")
    assert phone.send(third).status_code == 202
    assert phone.send(second).status_code == 202
    assert count(state=State.QUEUED, reason="unknown_base") == 2
    assert phone.send(an_instance("uuid:1")).status_code == 201
    drain(app)
    assert count(state=State.QUEUED) == 0
    assert count(state=State.CURRENT, instance_id="uuid:3") == 1
    with reading() as session:
        records = session.scalars(sa.select(Submission.record_pk).distinct()).all()
    assert len(records) == 1


def test_c56_edit_of_a_superseded_version_waits(phone: Phone) -> None:
    phone.send(an_instance("uuid:1"))
    phone.send(an_instance("uuid:2", deprecated_id="uuid:1"))
    assert phone.send(an_instance("uuid:3", deprecated_id="uuid:1")).status_code == 202
    assert count(state=State.QUEUED, reason="superseded_base") == 1
    assert count(state=State.CURRENT, instance_id="uuid:2") == 1


@pytest.mark.each_database
def test_the_same_edit_20_times_at_once_is_one_version(app: Flask, phone: Phone) -> None:
    phone.send(an_instance("uuid:1"))
    edit, start, statuses = an_instance("uuid:2", deprecated_id="uuid:1"), threading.Barrier(8), []

    def send() -> None:
        own = Phone(client=app.test_client(), project_id=phone.project_id, token=phone.token, id=1)
        start.wait()
        statuses.append(own.send(edit).status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [202] * 7
    assert count() == 2
    assert count(state=State.QUEUED) == 0


# --- what is refused, and what is kept although it is odd (50, 51, 57–65) -----------------------
def test_c51_unknown_form_version_and_states(phone: Phone) -> None:
    unknown = phone.send(an_instance("uuid:1", form_id="nobody_knows"))
    assert unknown.status_code == 404
    assert "nobody_knows" in message(unknown)[1]
    assert phone.send(an_instance("uuid:2", version="99", photo="a.jpg")).status_code == 201
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
    assert row.flags == ["version_unknown"]
    assert row.expected_files == stand_ins(row, "a.jpg"), "read with the nearest version"
    for state, status in ((FormState.CLOSING, 201), (FormState.CLOSED, 409)):
        with unit_of_work() as session:
            session.execute(sa.update(Form).values(state=state))
        assert phone.send(an_instance(f"uuid:{state}")).status_code == status
    assert count() == 2


def test_c51_files_of_a_version_that_nobody_published_here_are_kept(phone: Phone) -> None:
    """Wherever its questions stand: a phone deletes what was answered 201."""
    xml = an_instance("uuid:1", version="99").replace(
        "</village>", "</village><new><scan>សំបុត្រ.pdf</scan><said>bye.bye</said></new>"
    )
    answer = phone.send(xml, {"សំបុត្រ.pdf": b"%PDF-1.4", "left.over": b"x"})
    assert answer.status_code == 201
    assert files_of("uuid:1").keys() == {"សំបុត្រ.pdf"}
    missing = an_instance("uuid:2", version="99").replace(
        "<village>", "<other>a.jpg</other><village>"
    )
    assert phone.send(missing).status_code == 201
    with reading() as session:
        rows = session.execute(
            sa.select(Submission.instance_id, Submission.files_expected, Submission.files_present)
        )
        assert sorted(tuple(row) for row in rows) == [("uuid:1", 1, 1), ("uuid:2", 1, 0)]


def _sent_raw(phone: Phone, xml: str, part: bytes) -> TestResponse:
    head, _, tail = multipart(xml, {})[0].rpartition(b"--" + BOUNDARY.encode() + b"--")
    body = head + b"--" + BOUNDARY.encode() + b"\r\n" + part + b"\r\n--" + BOUNDARY.encode() + b"--"
    return phone.client.post(
        f"{phone.base}/submission",
        data=body + tail,
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )


@pytest.mark.parametrize(
    "head",
    [
        b"form-data; name=\"a.jpg\"; filename*=utf-8''%61.jpg",
        b'form-data; name="a.jpg"\r\nContent-Type: image/jpeg',
        b'form-data; name="a.jpg"; filename=""',
    ],
)
def test_c37_a_file_that_is_named_by_its_field_alone_is_kept(phone: Phone, head: bytes) -> None:
    part = b"Content-Disposition: " + head + b"\r\n\r\nJPEG"
    answer = _sent_raw(phone, an_instance("uuid:1", photo="a.jpg"), part)
    assert answer.status_code == 201
    assert files_of("uuid:1").keys() == {"a.jpg"}


def test_a_name_that_is_no_utf_8_loses_no_record(phone: Phone) -> None:
    part = b'Content-Disposition: form-data; name="x"; filename="\xff\xfe.jpg"\r\n\r\nJPEG'
    assert _sent_raw(phone, an_instance("uuid:1", photo="a.jpg"), part).status_code == 201
    khmer = 'Content-Disposition: form-data; name="x"; filename="រូប.jpg"\r\n\r\nJPEG'.encode()
    assert _sent_raw(phone, an_instance("uuid:2", photo="រូប.jpg"), khmer).status_code == 201
    assert files_of("uuid:1").keys() == set()
    assert files_of("uuid:2").keys() == {"រូប.jpg"}


@pytest.mark.parametrize("version", ["²³", "1²", "១២", "9" * 5000, "0" * 5000, "٣", "½"])
def test_a_version_of_any_digits_is_unknown_and_no_fault(phone: Phone, version: str) -> None:
    assert phone.send(an_instance(version=version, photo="a.jpg")).status_code == 201
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
    assert row.flags == ["version_unknown"]
    assert row.expected_files == stand_ins(row, "a.jpg")


def test_a_published_version_of_odd_digits_harms_no_record(phone: Phone) -> None:
    with unit_of_work() as session:
        a_form(session, phone.project_id, version="1²")
        a_form(session, phone.project_id, version="9" * 249)
    for version in ("1²", "7", "²", ""):
        assert phone.send(an_instance(version=version)).status_code == 201
    assert count() == 4


def test_phone_with_a_scope_cannot_send_another_form(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", all_forms=False)
    with unit_of_work() as session:
        a_form(session, phone.project_id, "other")
    assert phone.send(an_instance()).status_code == 201
    assert phone.send(an_instance(form_id="other")).status_code == 403


def test_phone_of_another_project_finds_nothing(client: FlaskClient, phone: Phone) -> None:
    with unit_of_work() as session:
        foreign = accounts.create_project(session, SYSTEM, "Pailin")
        a_form(session, foreign.id)
        foreign_id = foreign.id
    answer = client.post(
        f"/v1/key/{phone.token}/projects/{foreign_id}/submission",
        data=multipart(an_instance(), {})[0],
        content_type=multipart("", {})[1],
    )
    assert answer.status_code in (403, 404)
    assert count() == 0


@pytest.mark.parametrize(
    "xml",
    [
        b"<data id='visit'><village>not closed",
        b"not xml at all",
        b"",
        b"\xff\xfe<\x00d\x00a\x00t\x00a\x00/\x00>\x00",
        "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE d [<!ENTITY a 'b'>]><d/>".encode(
            "utf-16"
        ),
        b"<!DOCTYPE d SYSTEM 'file:///etc/passwd'><d id='visit'/>",
        b"<d id='visit'>" + b"<a/>" * 200_001 + b"</d>",
        b"<d id='visit'>" + b"<a>" * 70 + b"</a>" * 70 + b"</d>",
    ],
)
def test_unreadable_xml_is_kept_whole_in_quarantine(app: Flask, phone: Phone, xml: bytes) -> None:
    for _ in range(2):
        answer = phone.send(xml, {"រូប.jpg": b"A"})
        assert answer.status_code == 202
        assert message(answer)[0] == "submit_review"
    assert count(Quarantined) == 1
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with reading() as session:
        assert unsealed.quarantined(session) == [xml]
        assert unsealed.files(session, blobs) == [("រូប.jpg", b"A")]
    assert len(list(blobs.older_than(2e10))) == 1, "the second copy of the photo is gone"
    assert count() == 0


def test_s20_xml_over_4_mib_is_413(phone: Phone) -> None:
    answer = phone.send(an_instance(village="a" * (4 * 1024 * 1024)))
    assert answer.status_code == 413
    assert message(answer)[0] == "error"


def broken_bodies() -> list[tuple[bytes, str, int]]:
    body, kind = multipart(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": b"A" * 500})
    no_xml = body.replace(b"xml_submission_file", b"something_else")
    many = b"".join(
        f'--B\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n'.encode()
        for n in range(1001)
    )
    return [
        (body[: len(body) // 2], kind, 400),
        (body[:-30], kind, 400),
        (body, "multipart/form-data; boundary=other", 400),
        (body, "multipart/form-data", 400),
        (body, "multipart/form-data; boundary=" + "x" * 2000, 400),
        (body.replace(b"\r\n", b"\n"), kind, 400),
        (no_xml, kind, 400),
        (b"", kind, 400),
        (b"\r\n" * 5000, kind, 400),
        (many + b"--B--\r\n", "multipart/form-data; boundary=B", 413),
        (body, "application/x-www-form-urlencoded", 415),
        (b"<data/>", "text/xml", 415),
    ]


@pytest.mark.parametrize(("body", "kind", "status"), broken_bodies())
def test_s20_c50_broken_framing_is_refused_in_words_and_leaves_nothing(
    app: Flask, phone: Phone, body: bytes, kind: str, status: int
) -> None:
    answer = phone.client.post(f"{phone.base}/submission", data=body, content_type=kind)
    assert answer.status_code == status
    nature, text = message(answer)
    assert nature == "error"
    assert phone.token not in text
    assert count() == 0
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert not list(blobs.older_than(2e10))
    assert not list(blobs.staging.iterdir())


def test_bytes_after_the_last_boundary_are_read_past(phone: Phone) -> None:
    body, kind = multipart(an_instance(), {})
    answer = phone.client.post(
        f"{phone.base}/submission", data=body + b"epilogue", content_type=kind
    )
    assert answer.status_code == 201


def test_s20_c59_body_over_the_cap_is_413(phone: Phone) -> None:
    answer = phone.client.post(
        f"{phone.base}/submission",
        data=b"x",
        content_type="multipart/form-data; boundary=B",
        environ_overrides={"CONTENT_LENGTH": "300000000"},
        headers={"Accept-Language": "en"},
    )
    assert answer.status_code == 413
    nature, text = message(answer)
    assert nature == "error"
    assert re.search(r"larger than this server takes at once \(\d+ MB\)", text)
    assert "stays on the phone" in text


@pytest.mark.parametrize(("free_gb", "status"), [(9, 507), (11, 201)])
def test_a_twentieth_of_the_disk_is_never_filled(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch, free_gb: int, status: int
) -> None:
    room = Room(free=free_gb * 10**9, disk=200 * 10**9)
    monkeypatch.setattr(LocalBlobs, "room", lambda _: room)
    app.config["SAMLENG"] = dataclasses.replace(app.config["SAMLENG"], min_free_mb=None)
    answer = phone.send(an_instance())
    assert answer.status_code == status
    assert count() == (status == 201)
    assert phone.client.get("/readyz").status_code == (507 if status == 507 else 200)
    if status == 507:
        assert message(answer)[0] == "error"
        assert int(answer.headers["Retry-After"]) >= 60


def test_c64_every_bad_answer_speaks_the_language_of_the_project(phone: Phone) -> None:
    answer = phone.send(an_instance(form_id="nobody_knows"))
    assert answer.headers["Content-Language"] == "km"
    assert "ម៉ាស៊ីនមេ" in message(answer)[1]
    body, kind = multipart(an_instance(form_id="nobody_knows"), {})
    english = phone.client.post(
        f"{phone.base}/submission", data=body, content_type=kind, headers={"Accept-Language": "en"}
    )
    assert (english.status_code, english.headers["Content-Language"]) == (404, "en")
    nature, text = message(english)
    assert (nature, re.search("[\u1780-\u17ff]", text)) == ("error", None)
    assert "The record stays on the phone" in text
    assert phone.token not in text


def test_a_phone_that_is_not_known_any_more_is_told_so_in_its_projects_language(
    phone: Phone,
) -> None:
    with unit_of_work() as session:
        accounts.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    answer = phone.send(an_instance())
    assert (answer.status_code, answer.headers["Content-Language"]) == (403, "km")


@pytest.mark.parametrize("date", ["", "garbage", "ថ្ងៃ ចន្ទ", "Tue, 24 Nov 2026 04:00:00 GMT"])
def test_c65_date_header_of_the_phone_is_ignored(phone: Phone, date: str) -> None:
    body, kind = multipart(an_instance(), {})
    answer = phone.client.post(
        f"{phone.base}/submission", data=body, content_type=kind, headers={"Date": date}
    )
    assert answer.status_code == 201


def test_c57_encrypted_record_keeps_only_the_files_of_its_manifest(phone: Phone) -> None:
    xml = (
        '<data xmlns="http://opendatakit.org/submissions" id="visit" version="1" encrypted="yes">'
        "<base64EncryptedKey>abc</base64EncryptedKey>"
        '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{}</orx:instanceID>'
        "</orx:meta><media><file>b.jpg.enc</file></media><media><file>a.jpg.enc</file></media>"
        "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>"
    )
    files = {"submission.xml.enc": b"X", "a.jpg.enc": b"1", "b.jpg.enc": b"2", "a.jpg": b"plain"}
    assert phone.send(xml.format("uuid:1"), files).status_code == 201
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
    wanted = ("b.jpg.enc", "a.jpg.enc", "submission.xml.enc")
    assert row.expected_files == stand_ins(row, *wanted)
    assert row.files_present == 3
    assert "a.jpg" not in files_of("uuid:1")
    assert phone.send(xml.format("")).status_code == 400


def test_slashes_too_many_change_nothing(phone: Phone) -> None:
    body, kind = multipart(an_instance(), {})
    for url in (f"{phone.base}/submission/", f"{phone.base}//submission"):
        assert phone.client.post(url, data=body, content_type=kind).status_code in (201, 202)


def test_same_id_in_another_form_is_another_record(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", "other")
    shared = f"uuid:{uuid.uuid4()}"
    assert phone.send(an_instance(shared)).status_code == 201
    assert phone.send(an_instance(shared, form_id="other")).status_code == 201
