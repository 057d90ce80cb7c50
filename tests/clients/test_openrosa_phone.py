"""The simulated phone does what Collect does, so that what passes with it passes in the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from tests.clients.collect_xml import FULL_SUCCESS
from tests.clients.openrosa_phone import (
    DownloadError,
    FormListError,
    Phone,
    Record,
    Standing,
    batches,
    md5,
)
from tests.clients.scripted_server import Answer, Asked, scripted

XML = {"Content-Type": "text/xml; charset=utf-8", "X-OpenRosa-Version": "1.0"}
PhoneAt: TypeAlias = "Callable[[Callable[[Asked], Answer]], tuple[Phone, list[Asked]]]"
NO_HASH = "<xform><formID>f</formID><name>F</name><downloadUrl>u</downloadUrl><hash/></xform>"
RECORD = Record(xml=b"<data/>", files={"a.jpg": b"a" * 400, "b.jpg": b"b" * 400, "c.jpg": b"c"})


@pytest.fixture
def phone_at() -> Iterator[PhoneAt]:
    """A phone, and the list of what it asked, for a server that answers as told."""
    with ExitStack() as open_things:

        def make(answer: Callable[[Asked], Answer]) -> tuple[Phone, list[Asked]]:
            url, asked = open_things.enter_context(scripted(answer))
            phone = Phone(url, timeout_s=5)
            open_things.callback(phone.close)
            return phone, asked

        yield make


def response(text: str) -> bytes:
    return (
        '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
        f"<message>{text}</message></OpenRosaResponse>"
    ).encode()


def form_list(*forms: str) -> bytes:
    return (
        f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(forms)}</xforms>'.encode()
    )


def entry(url: str, xml: bytes, *, version: str = "1", more: str = "") -> str:
    return (
        f"<xform><formID>f</formID><name>F</name><version>{version}</version>"
        f"<hash>md5:{md5(xml)}</hash><downloadUrl>{url}/f.xml</downloadUrl>{more}</xform>"
    )


def accepting(head: dict[str, str], *statuses: int) -> Callable[[Asked], Answer]:
    """HEAD answers 204 with these headers; the POSTs answer the statuses, the last for good."""
    left = list(statuses)

    def answer(asked: Asked) -> Answer:
        if asked.method == "HEAD":
            return Answer(status=204, headers=head)
        return Answer(status=left.pop(0) if len(left) > 1 else left[0], headers=XML)

    return answer


def test_files_are_split_at_the_announced_size() -> None:
    assert batches(RECORD, 10_000_000) == [(["a.jpg", "b.jpg", "c.jpg"], True)]
    assert batches(RECORD, 500) == [(["a.jpg"], False), (["b.jpg", "c.jpg"], True)]
    assert batches(RECORD, 10) == [(["a.jpg"], False), (["b.jpg"], False), (["c.jpg"], True)]
    assert batches(Record(xml=b"<data/>"), 10) == [([], True)]


def test_a_batch_holds_101_files_at_most() -> None:
    many = Record(xml=b"<data/>", files={f"{n}.jpg": b"x" for n in range(150)})
    assert [len(names) for names, _ in batches(many, 10_000_000)] == [101, 49]


def test_every_batch_repeats_the_xml_and_all_but_the_last_say_so(phone_at: PhoneAt) -> None:
    phone, asked = phone_at(accepting({"X-OpenRosa-Accept-Content-Length": "500"}, 201))
    sending = phone.send(RECORD)
    posts = [request.body for request in asked if request.method == "POST"]
    assert (sending.is_sent, sending.statuses, sending.shown) == (True, (201, 201), "Success")
    assert [post.count(b"<data/>") for post in posts] == [1, 1]
    assert [b'name="*isIncomplete*"' in post for post in posts] == [True, False]
    assert all(post.index(b"xml_submission_file") < post.index(b".jpg") for post in posts)


def test_a_refused_record_starts_again_from_its_first_file(phone_at: PhoneAt) -> None:
    head = {"X-OpenRosa-Accept-Content-Length": "500"}
    phone, asked = phone_at(accepting(head, 201, 503, 202, 201))
    assert phone.send(RECORD).statuses == (201, 503)
    assert phone.send(RECORD).statuses == (202, 201)
    first, _, again, _ = [request.body for request in asked if request.method == "POST"]
    assert b"a.jpg" in first
    assert b"a.jpg" in again


def test_a_location_is_remembered_for_the_run_and_its_size_is_not(phone_at: PhoneAt) -> None:
    def answer(asked: Asked) -> Answer:
        location = f"http://{asked.headers['Host']}/elsewhere/submission"
        size = {"X-OpenRosa-Accept-Content-Length": "500", "Location": location}
        return accepting(size, 201)(asked)

    phone, asked = phone_at(answer)
    assert [len(phone.send(RECORD).statuses) for _ in range(2)] == [2, 1]
    assert [request.method for request in asked] == ["HEAD", "POST", "POST", "POST"]
    assert asked[1].path == "/elsewhere/submission?deviceID=collect%3AaXb2c3d4e5f6g7h8"
    phone.start_run()
    phone.send(RECORD)
    assert asked[4].method == "HEAD"


def test_without_a_location_every_record_asks_first(phone_at: PhoneAt) -> None:
    phone, asked = phone_at(accepting({}, 201))
    phone.send(RECORD)
    phone.send(RECORD)
    assert [request.method for request in asked] == ["HEAD", "POST", "HEAD", "POST"]


def test_a_location_on_another_host_fails_the_record(phone_at: PhoneAt) -> None:
    phone, asked = phone_at(accepting({"Location": "http://internal.example/submission"}, 201))
    assert "different host" in phone.send(RECORD).shown
    assert [request.method for request in asked] == ["HEAD"]


@pytest.mark.parametrize(
    ("head", "methods", "shown"),
    [
        (200, ["HEAD"], "Is this an OpenRosa submission endpoint? status 200"),
        (401, ["HEAD"], "a credential dialog; the whole batch stops"),
        (403, ["HEAD", "POST"], "Success"),
        (500, ["HEAD", "POST"], "Success"),
    ],
)
def test_what_the_preflight_stops(
    phone_at: PhoneAt, head: int, methods: list[str], shown: str
) -> None:
    phone, asked = phone_at(lambda a: Answer(status=head if a.method == "HEAD" else 201))
    assert phone.send(Record(xml=b"<data/>")).shown == shown
    assert [request.method for request in asked] == methods


@pytest.mark.parametrize(
    ("status", "body", "is_sent", "shown"),
    [
        (201, response(FULL_SUCCESS), True, "Success"),
        (202, response("បានទទួលរួចហើយ"), True, "បានទទួលរួចហើយ"),
        (200, response(FULL_SUCCESS), False, "Network login failure? Again?"),
        (409, response("ទម្រង់នេះបានបិទ"), False, "Error: ទម្រង់នេះបានបិទ"),
        (400, b"", False, "make sure the form is configured to accept submissions"),
    ],
)
def test_what_the_enumerator_sees(
    phone_at: PhoneAt, status: int, body: bytes, is_sent: bool, shown: str
) -> None:
    phone, _ = phone_at(
        lambda a: Answer(status=204) if a.method == "HEAD" else Answer(status=status, body=body)
    )
    sending = phone.send(Record(xml=b"<data/>"))
    assert (sending.is_sent, sending.shown) == (is_sent, shown)


def test_a_post_redirected_by_302_comes_back_as_a_get_without_body(phone_at: PhoneAt) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.method == "HEAD":
            return Answer(status=204)
        if asked.method == "POST":
            return Answer(status=302, headers={"Location": "/login"})
        return Answer(status=200)

    phone, asked = phone_at(answer)
    assert not phone.send(Record(xml=b"<data/>")).is_sent
    assert (asked[-1].method, asked[-1].path, asked[-1].body) == ("GET", "/login", b"")


def test_a_dead_pooled_connection_is_tried_again_silently(phone_at: PhoneAt) -> None:
    posts = 0

    def answer(asked: Asked) -> Answer:
        nonlocal posts
        if asked.method == "HEAD":
            return Answer(status=204)
        posts += 1
        return Answer(hang_up=True) if posts == 1 else Answer(status=201)

    phone, asked = phone_at(answer)
    assert phone.send(Record(xml=b"<data/>")).is_sent
    assert [request.method for request in asked] == ["HEAD", "POST", "POST"]
    assert asked[1].body == asked[2].body


def test_503_with_retry_after_zero_is_repeated_once(phone_at: PhoneAt) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(status=204 if asked.method == "HEAD" else 503, headers={"Retry-After": "0"})

    phone, asked = phone_at(answer)
    assert phone.send(Record(xml=b"<data/>")).statuses == (503,)
    assert [request.method for request in asked] == ["HEAD", "POST", "POST"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(headers={"Content-Type": "text/html"}), "login to your network"),
        (Answer(headers={"Content-Type": "application/xml"}), "not text/xml"),
        (Answer(headers={"Content-Type": "text/xml"}), "does not correctly implement"),
        (Answer(status=204), "status code 204"),
        (Answer(status=403), "status code 403"),
        (Answer(status=404), "enter the URL correctly"),
        (Answer(headers=XML, body=form_list("<xform><formID>f</formID></xform>")), "without name"),
        (
            Answer(headers=XML, body=form_list(NO_HASH)),
            "empty hash",
        ),
    ],
)
def test_a_form_list_that_collect_would_not_use(
    phone_at: PhoneAt, answer: Answer, reason: str
) -> None:
    phone, _ = phone_at(lambda _: answer)
    with pytest.raises(FormListError, match=reason):
        phone.form_list()


def test_forms_are_told_apart_by_hash_then_version(phone_at: PhoneAt) -> None:
    served, version = [b"<h:html/>"], ["1"]

    def answer(asked: Asked) -> Answer:
        url = f"http://{asked.headers['Host']}"
        if asked.path.startswith("/f.xml"):
            return Answer(headers=XML, body=served[0])
        return Answer(headers=XML, body=form_list(entry(url, served[0], version=version[0])))

    phone, _ = phone_at(answer)
    assert phone.sync_forms() == {"f": Standing.NEW}
    assert phone.sync_forms() == {"f": Standing.ON_DEVICE}
    served[0] = b"<h:html>2</h:html>"
    assert phone.sync_forms() == {"f": Standing.UPDATED_HASH}
    served[0], version[0] = b"<h:html>3</h:html>", "2"
    assert phone.sync_forms() == {"f": Standing.UPDATED_VERSION}


def test_an_empty_list_deletes_every_form(phone_at: PhoneAt) -> None:
    lists = [True, False]

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/f.xml"):
            return Answer(body=b"<x/>")
        full = lists.pop(0)
        forms = [entry(f"http://{asked.headers['Host']}", b"<x/>")] if full else []
        return Answer(headers=XML, body=form_list(*forms))

    phone, _ = phone_at(answer)
    phone.sync_forms()
    assert len(phone.forms) == 1
    phone.sync_forms()
    assert phone.forms == {}


def test_bytes_that_are_not_what_was_promised_are_noticed(phone_at: PhoneAt) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/f.xml"):
            return Answer(body=b"rewritten on the way")
        return Answer(
            headers=XML, body=form_list(entry(f"http://{asked.headers['Host']}", b"<x/>"))
        )

    phone, _ = phone_at(answer)
    with pytest.raises(DownloadError, match="was promised"):
        phone.sync_forms()


def test_what_has_not_changed_is_asked_for_with_its_etag(phone_at: PhoneAt) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.headers.get("If-None-Match") == '"v1"':
            return Answer(status=304, headers={**XML, "ETag": '"v1"'})
        return Answer(headers={**XML, "ETag": '"v1"'}, body=form_list())

    phone, asked = phone_at(answer)
    assert phone.form_list() == phone.form_list() == []
    assert "If-None-Match" in asked[1].headers
