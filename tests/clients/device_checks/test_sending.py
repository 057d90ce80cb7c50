"""Records as the simulated phone sends them, and what the office finds of them (28-65)."""

from __future__ import annotations

import threading
import time
import unicodedata
import uuid
from pathlib import Path

import pytest

from tests import media_files
from tests.clients.collect_xml import FULL_SUCCESS, read_message
from tests.clients.device_checks.conftest import Desk, a_record, form_xml
from tests.clients.openrosa_phone import Record, multipart
from tests.factories import multipart as other_multipart

COLLECT = "org.odk.collect.android/v2025.3.3 Dalvik/2.1.0"
KOBO = "org.koboc.collect.android/v2025.3.3 Dalvik/2.1.0"
ENKETO = "Enketo/7.5 Mozilla/5.0"
JPEG = media_files.jpeg()


def sent(desk: Desk, record: Record, *statuses: int) -> str:
    """What the phone shows; the answers to its POSTs are as told."""
    found = desk.phone.send(record)
    assert found.statuses == statuses, found
    return found.shown


# --- before anything is sent (28-31) ------------------------------------------------------------
def test_c28_c29_the_preflight_says_where_to_send(desk: Desk) -> None:
    url = f"{desk.phone.base_url}/submission"
    for reply in (desk.phone.http.head(f"{url}?deviceID=a%3Ab"), desk.phone.http.get(url)):
        assert (reply.status, reply.body) == (204, b"")
        assert reply.headers["X-OpenRosa-Version"] == "1.0"
    told = desk.phone.http.head(url).headers["Location"]
    assert told == url, "the same host, no query, nothing to decode"


@pytest.mark.parametrize(("agent", "size"), [(COLLECT, 10**7), (KOBO, 10**7), (ENKETO, 10**8)])
def test_c30_each_client_is_told_the_size_that_it_can_bear(
    desk: Desk, agent: str, size: int
) -> None:
    phone = desk.another(user_agent=agent)
    told = phone.http.head(f"{phone.base_url}/submission")
    assert int(told.headers["X-OpenRosa-Accept-Content-Length"]) == size


# --- new, again, more files (32-45) -------------------------------------------------------------
def test_c32_c33_c34_a_record_is_one_however_often_it_comes(desk: Desk) -> None:
    record = a_record(desk.form_id, "uuid:" + str(uuid.uuid4()))
    assert sent(desk, record, 201) == "Success"
    assert read_message(desk.phone.http.replies[-1][1].body) == FULL_SUCCESS
    sent(desk, record, 202)
    blanks = record.xml.replace(b"</agreed><", b"</agreed>\n  <")
    sent(desk, Record(xml=blanks), 202)
    assert len(desk.records()) == 1


def test_c35_c36_c38_files_in_several_posts_and_again_are_one_record(
    desk: Desk, tmp_path: Path
) -> None:
    photo, sound = tmp_path / "a.jpg", tmp_path / "b.m4a"
    photo.write_bytes(JPEG + bytes(6_000_000))
    sound.write_bytes(media_files.m4a() + bytes(6_000_000))
    record = a_record(
        desk.form_id, photo="a.jpg", sound="b.m4a", files={"a.jpg": photo, "b.m4a": sound}
    )
    assert sent(desk, record, 201, 201) == "Success", "ten megabytes at most in one"
    sent(desk, record, 202, 202)
    [one] = desk.records()
    assert len(desk.files(one, ready=1)) == 2
    assert desk.copies() == []


def test_c35_c37_a_file_that_comes_later_makes_the_record_whole(desk: Desk) -> None:
    bare = a_record(desk.form_id, photo="a.jpg")
    sent(desk, bare, 201)
    assert b'isComplete="false"' in desk.phone.http.replies[-1][1].body, "no marker, a file missing"
    [one] = desk.records()
    assert list(desk.files(one).values()) == [False]
    whole = Record(xml=bare.xml, files={"a.jpg": JPEG})
    body, kind = multipart(whole, ["a.jpg"], is_last=False)
    reply = desk.raw(body, kind)
    assert reply.status == 201
    assert b'isComplete="true"' in reply.body, "the marker, and nothing missing"
    assert desk.files(one, ready=1) == {"a.jpg": True}


def test_c39_c40_c41_odd_orders_and_names_of_parts_are_taken(desk: Desk) -> None:
    long = a_record(desk.form_id, village="ក" * 700_000, photo="a.jpg")
    body, kind = other_multipart(long.xml, {"a.jpg": JPEG}, xml_last=True, xml_filename=None)
    assert desk.raw([body], kind).status == 201
    other = a_record(desk.form_id, photo="b.jpg")
    body, kind = other_multipart(other.xml, {"b.jpg": JPEG})
    named = body.replace(b'name="b.jpg"; filename', b'name="something else"; filename')
    assert named != body
    assert desk.raw([named], kind).status == 201
    for one in desk.records():
        assert list(desk.files(one, ready=1).values()) == [True]


@pytest.mark.parametrize(
    "name",
    [
        "រូបថត ១.jpg", "cafe\u0301.jpg", 'quo"te.jpg', "sp ace.jpg", "ឈ្មោះវែង" * 9 + ".jpg",
        "../evil.jpg",
    ],
)  # fmt: skip
def test_c42_a_file_of_any_name_is_there_under_it(desk: Desk, name: str) -> None:
    in_xml = name.replace('"', "&quot;")
    sent(desk, a_record(desk.form_id, photo=in_xml, files={name: JPEG}), 201)
    [one] = desk.records()
    found = desk.files(one, ready=1)
    if "/" in name:
        assert list(found.values()) == [True], "kept, and no path of it anywhere"
    else:
        assert found == {unicodedata.normalize("NFC", name): True}


def test_c43_c44_c45_files_replaced_not_named_and_the_same_twice(desk: Desk) -> None:
    record = a_record(desk.form_id, photo="a.jpg", sound="b.jpg")
    first = {"a.jpg": JPEG, "b.jpg": JPEG, "left-over.jpg": JPEG}
    sent(desk, Record(xml=record.xml, files=first), 201)
    [one] = desk.records()
    assert desk.files(one, ready=2) == {"a.jpg": True, "b.jpg": True}
    sent(desk, Record(xml=record.xml, files={"a.jpg": media_files.jpeg() + b"\0"}), 201)
    sent(desk, Record(xml=record.xml, files={"a.jpg": media_files.jpeg() + b"\0"}), 202)
    assert len(desk.records()) == 1
    assert desk.copies() == []


# --- contradictions (46-49, 52) -----------------------------------------------------------------
def test_c46_other_answers_under_one_id_wait_and_the_first_stands(desk: Desk) -> None:
    own = f"uuid:{uuid.uuid4()}"
    sent(desk, a_record(desk.form_id, own, village="មួយ"), 201)
    other = a_record(desk.form_id, own, village="ពីរ", photo="c.jpg", files={"c.jpg": JPEG})
    sent(desk, other, 202)
    sent(desk, other, 202)
    assert "<village>មួយ</village>" in desk.answers(own)
    [copy] = desk.copies()
    assert (copy["instanceId"], copy["reason"]) == (own, "different_xml")


def test_c47_the_51st_of_them_is_refused_in_words(desk: Desk) -> None:
    own = f"uuid:{uuid.uuid4()}"
    for number in range(51):
        sent(desk, a_record(desk.form_id, own, village=str(number)), 202 if number else 201)
    assert sent(desk, a_record(desk.form_id, own, village="too many"), 409).startswith("Error: ")
    sent(desk, a_record(desk.form_id, own, village="7"), 202)


def test_c48_twenty_phones_send_it_at_once(desk: Desk) -> None:
    record = a_record(desk.form_id, photo="a.jpg", files={"a.jpg": JPEG})
    start = threading.Barrier(20)
    phones = [desk.another() for _ in range(20)]
    statuses: list[int] = []

    def send(number: int) -> None:
        start.wait()
        statuses.extend(phones[number].send(record).statuses)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [202] * 19
    [one] = desk.records()
    assert desk.files(one, ready=1) == {"a.jpg": True}


def test_c49_a_record_without_an_id_is_one_however_often_it_comes(desk: Desk) -> None:
    record = a_record(desk.form_id, None)
    sent(desk, record, 201)
    sent(desk, record, 202)
    assert len(desk.records()) == 1


def test_c52_what_was_removed_stays_removed(desk: Desk) -> None:
    record = a_record(desk.form_id)
    sent(desk, record, 201)
    [one] = desk.records()
    desk.ask("DELETE", f"/forms/{desk.form_id}/submissions/{one}?reason=practice")
    sent(desk, record, 202)
    assert desk.records() == []


# --- refused, or kept although odd (50, 51, 58, 65) ---------------------------------------------
def test_c50_what_is_broken_is_refused_in_words_and_leaves_nothing(desk: Desk) -> None:
    record = a_record(desk.form_id)
    pieces, kind = multipart(record, [], is_last=True)
    body = b"".join(piece for piece in pieces if isinstance(piece, bytes))
    for broken, told in (
        (body[:-20], kind),
        (body, f"{kind}x"),
        (body.replace(b"xml_submission_file", b"something_else_____"), kind),
    ):
        assert desk.raw([broken], told).status == 400
    assert desk.records() == []
    assert desk.phone.send(Record(xml=record.xml[:-9])).statuses == (202,), "kept for a person"
    assert desk.records() == []


def test_c51_forms_and_versions_that_are_unknown_closing_and_closed(desk: Desk) -> None:
    shown = sent(desk, a_record("nobody_knows"), 404)
    assert "nobody_knows" in shown
    sent(desk, a_record(desk.form_id, version="99"), 201)
    desk.set_state("closing")
    sent(desk, a_record(desk.form_id), 201)
    desk.set_state("closed")
    sent(desk, a_record(desk.form_id), 409)
    assert len(desk.records()) == 2


def test_c58_a_hundred_and_fifty_files_come_as_collect_sends_them(desk: Desk) -> None:
    pages = [f"{number}.jpg" for number in range(150)]
    record = a_record(desk.form_id, files=dict.fromkeys(pages, JPEG))
    told = "".join(f"<page><scan>{name}</scan></page>" for name in pages).encode()
    whole = Record(xml=record.xml.replace(b"<meta>", told + b"<meta>"), files=record.files)
    sent(desk, whole, 201, 201)
    [one] = desk.records()
    assert len(desk.files(one)) == 150
    assert b'isComplete="true"' in desk.phone.http.replies[-1][1].body


@pytest.mark.parametrize("date", ["", "ថ្ងៃអាទិត្យ", "Thu, 01 Jan 1970 12:00:00 GMT+07:00"])
def test_c65_a_clock_of_any_kind_is_let_be(desk: Desk, date: str) -> None:
    pieces, kind = multipart(a_record(desk.form_id), [], is_last=True)
    url = f"{desk.phone.base_url}/submission"
    told = {"Date": date.encode().decode("latin-1"), "Content-Type": kind}
    length = str(sum(len(piece) for piece in pieces if isinstance(piece, bytes)))
    reply = desk.phone.http._follow("POST", url, {**told, "Content-Length": length}, pieces)
    assert reply.status == 201


# --- edits (53-56) ------------------------------------------------------------------------------
def three(desk: Desk) -> tuple[Record, Record, Record]:
    one, two, six = (f"uuid:{uuid.uuid4()}" for _ in range(3))
    return (
        a_record(desk.form_id, one, village="មួយ", photo="a.jpg", files={"a.jpg": JPEG}),
        a_record(desk.form_id, two, village="ពីរ", photo="a.jpg", sound="n.jpg", edits=one),
        a_record(desk.form_id, six, village="បី", photo="a.jpg", edits=two),
    )


def test_c53_c54_an_edit_takes_the_place_and_its_files_come_along_and_after(desk: Desk) -> None:
    first, second, _ = three(desk)
    sent(desk, first, 201)
    [one] = desk.records()
    assert desk.files(one, ready=1) == {"a.jpg": True}
    sent(desk, second, 201)
    assert len(desk.versions(one)) == 2
    assert sorted(desk.files(one, ready=1).values()) == [False, True]
    sent(desk, Record(xml=second.xml, files={"n.jpg": JPEG}), 201)
    assert desk.files(one, ready=2) == {"a.jpg": True, "n.jpg": True}
    assert "<village>ពីរ</village>" in desk.answers(one)
    sent(desk, first, 202)
    assert len(desk.records()) == 1


def test_c55_edits_that_come_first_wait_for_what_they_edit(desk: Desk) -> None:
    first, second, third = three(desk)
    sent(desk, third, 202)
    sent(desk, second, 202)
    assert len(desk.copies()) == 2
    sent(desk, first, 201)
    [one] = desk.records()
    until = time.monotonic() + 30
    while len(desk.versions(one)) < 3:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert "<village>បី</village>" in desk.answers(one)
    assert desk.copies() == []


def test_c56_an_edit_of_what_was_replaced_waits(desk: Desk) -> None:
    first, second, _ = three(desk)
    sent(desk, first, 201)
    sent(desk, second, 201)
    base = first.xml.split(b"<instanceID>")[1].split(b"<")[0].decode()
    sent(desk, a_record(desk.form_id, village="បី", edits=base), 202)
    assert [copy["reason"] for copy in desk.copies()] == ["superseded_base"]
    [one] = desk.records()
    assert "<village>ពីរ</village>" in desk.answers(one)


def test_a_next_version_of_the_form_takes_records_of_both(desk: Desk) -> None:
    desk.publish_next(form_xml(desk.form_id, "2"))
    for version in ("1", "2"):
        sent(desk, a_record(desk.form_id, version=version), 201)
    assert len(desk.records()) == 2
