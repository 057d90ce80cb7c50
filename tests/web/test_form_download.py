"""Form XML, manifest and files as phones fetch them (docs/device-sync.md)."""

from __future__ import annotations

import gzip
import hashlib

import pytest
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.forms import actions
from service.forms.states import FormState
from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import unit_of_work
from tests import statements
from tests.factories import FORM_XML, Phone, a_form, a_phone, a_project
from tests.web.test_form_list import listed

NS = "{http://openrosa.org/xforms/xformsManifest}"
VILLAGES = "name,label\n" + "".join(f"{n:08},ភូមិ {n}\n" for n in range(200))
MEDIA = {
    "map.png": b"\x89PNG" + bytes(range(256)) * 20,
    "villages.csv": VILLAGES.encode(),
    "សំឡេង.mp3": b"ID3" + b"\0" * 900,
}
XML = FORM_XML.format(form_id="media", version="1").replace(
    "<bind nodeset",
    '<instance id="v" src="jr://file-csv/villages.csv"/>'
    '<instance id="missing" src="jr://file-csv/later.csv"/><bind nodeset',
    1,
)


def a_form_with_files(client: FlaskClient, media: dict[str, bytes] | None = None) -> Phone:
    phone = a_phone(client)
    with unit_of_work() as session:
        actions.publish_xml(
            session,
            SYSTEM,
            phone.project_id,
            XML.encode(),
            media=MEDIA if media is None else media,
            blobs=client.application.extensions["samleng.blobs"],
            tells_of_nobody=True,
        )
    return phone


def entry_of(phone: Phone, form_id: str) -> dict[str, str]:
    return listed(phone.client.get(f"{phone.base}/formList?formID={form_id}").data)[0]


def fetch(phone: Phone, url: str, **headers: str) -> TestResponse:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return phone.client.get(url.removeprefix("http://samleng.test"), headers=names)


def files_of(phone: Phone) -> list[dict[str, str]]:
    answer = fetch(phone, entry_of(phone, "media")["manifestUrl"])
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    root = etree.fromstring(answer.data)
    assert root.tag == f"{NS}manifest"
    return [{c.tag.removeprefix(NS): c.text or "" for c in entry} for entry in root]


def file_named(phone: Phone, name: str) -> str:
    return next(f["downloadUrl"] for f in files_of(phone) if f["filename"] == name)


def test_c17_form_xml_is_what_was_published_byte_for_byte_each_time(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    url = entry_of(phone, "media")["downloadUrl"]
    for answer in (fetch(phone, url), fetch(phone, url), fetch(phone, f"{url}?deviceID=a%3Ab")):
        assert answer.data == XML.encode()
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"


def test_forms_are_also_found_by_their_own_names(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    for path in ("media.xml", "media/versions/1.xml", "media/versions/1.xml/"):
        assert fetch(phone, f"{phone.base}/forms/{path}").data == XML.encode()
    named = f"{phone.base}/forms/media"
    assert fetch(phone, f"{named}/manifest").data.count(b"<mediaFile>") == 3
    assert fetch(phone, f"{named}/attachments/map.png").data == MEDIA["map.png"]


def test_a_blank_version_has_an_address_too(client: FlaskClient) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        a_form(session, phone.project_id, "bare", version="")
        a_form(session, phone.project_id, "bare", version="2")
    assert b'version=""' in fetch(phone, f"{phone.base}/forms/bare/versions/___.xml").data


def test_an_address_keeps_its_bytes_when_a_newer_version_comes(client: FlaskClient) -> None:
    phone = a_phone(client)
    old = entry_of(phone, "visit")
    with unit_of_work() as session:
        a_form(session, phone.project_id, "visit", version="2")
    new = entry_of(phone, "visit")
    assert new["downloadUrl"] != old["downloadUrl"]
    for entry in (old, new):
        data = fetch(phone, entry["downloadUrl"]).data
        assert entry["hash"] == f"md5:{hashlib.md5(data).hexdigest()}"


@pytest.mark.each_database
def test_an_unchanged_form_is_not_sent_again_nor_read_from_the_database(
    client: FlaskClient,
) -> None:
    phone = a_form_with_files(client)
    entry = entry_of(phone, "media")
    tag = f'"{entry["hash"].removeprefix("md5:")}"'
    with statements.counted() as seen:
        for known in (tag, f"W/{tag}"):
            answer = fetch(phone, entry["downloadUrl"], If_None_Match=known)
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["ETag"].endswith(tag)
    assert seen
    assert not any("form_versions.xml" in statement for statement in seen)


def test_a_packed_form_unpacks_to_the_same_bytes(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    url = entry_of(phone, "media")["downloadUrl"]
    answer = fetch(phone, url, Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert len(answer.data) < len(XML.encode())
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert gzip.decompress(answer.data) == XML.encode()
    assert "Content-Encoding" not in fetch(phone, url, Accept_Encoding="gzip;q=0").headers


def test_a_validator_is_strong_where_the_bytes_are_the_file_and_weak_where_they_are_packed(
    client: FlaskClient,
) -> None:
    """RFC 9110, 8.8.3.3: one strong tag for the bytes packed and unpacked would be wrong."""
    phone = a_form_with_files(client)
    entry = entry_of(phone, "media")
    [table] = [one for one in files_of(phone) if one["filename"] == "villages.csv"]
    for url, md5 in (
        (entry["downloadUrl"], hashlib.md5(XML.encode()).hexdigest()),
        (table["downloadUrl"], hashlib.md5(MEDIA["villages.csv"]).hexdigest()),
    ):
        strong, weak = f'"{md5}"', f'W/"{md5}"'
        for coding, tag in (("identity", strong), ("gzip", weak)):
            answer = fetch(phone, url, Accept_Encoding=coding)
            assert (answer.headers["ETag"], answer.headers["Vary"]) == (tag, "Accept-Encoding")
            for known in (strong, weak):  # asked in another way: the phone has the file
                again = fetch(phone, url, Accept_Encoding=coding, If_None_Match=known)
                assert (again.status_code, again.headers["ETag"]) == (304, tag)
    part = {"Range": "bytes=0-9", "Accept_Encoding": "gzip"}
    for known, status in ((strong, 206), (weak, 200)):
        assert fetch(phone, url, If_Range=known, **part).status_code == status, known


def test_c18_a_manifest_is_announced_only_where_a_file_is_served(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    assert "manifestUrl" in entry_of(phone, "media")
    assert "manifestUrl" not in entry_of(phone, "visit")


def test_c18_c21_a_form_whose_files_all_miss_announces_no_manifest(client: FlaskClient) -> None:
    assert "manifestUrl" not in entry_of(a_form_with_files(client, media={}), "media")


def test_c19_c20_each_file_has_name_hash_address_and_its_bytes_match(
    client: FlaskClient,
) -> None:
    phone = a_form_with_files(client)
    files = files_of(phone)
    assert sorted(file["filename"] for file in files) == sorted(MEDIA)
    for file in files:
        assert set(file) == {"filename", "hash", "downloadUrl"}
        data = fetch(phone, file["downloadUrl"] + "?deviceID=collect%3Ax").data
        assert data == MEDIA[file["filename"]]
        assert file["hash"] == f"md5:{hashlib.md5(data).hexdigest()}"
        assert "%" not in file["downloadUrl"]


def test_c21_files_that_were_not_uploaded_are_left_out(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    assert "later.csv" not in {file["filename"] for file in files_of(phone)}


def test_c26_the_install_id_on_an_address_changes_nothing(client: FlaskClient) -> None:
    """Collect adds it to whatever it fetches."""
    phone = a_form_with_files(client)
    entry = entry_of(phone, "media")
    addresses = [f"{phone.base}/formList", entry["downloadUrl"], entry["manifestUrl"]]
    addresses += [file["downloadUrl"] for file in files_of(phone)]
    for address in addresses:
        plain, named = fetch(phone, address), fetch(phone, f"{address}?deviceID=collect%3AxY12")
        assert (plain.status_code, plain.data) == (200, named.data)
        assert plain.headers["ETag"] == named.headers["ETag"]


def test_c27_a_part_of_a_file_is_206_and_the_whole_is_200(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    for name in ("map.png", "villages.csv"):
        url, data = file_named(phone, name), MEDIA[name]
        part = fetch(phone, url, Range="bytes=10-19", Accept_Encoding="gzip")
        assert (part.status_code, part.data) == (206, data[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
        rest = fetch(phone, url, Range=f"bytes={len(data) - 5}-")
        assert (rest.status_code, rest.data) == (206, data[-5:])
        whole = fetch(phone, url)
        assert (whole.status_code, whole.data) == (200, data)
        beyond = fetch(phone, url, Range=f"bytes={len(data)}-")
        assert beyond.status_code == 416
        assert beyond.headers["Content-Range"] == f"bytes */{len(data)}"
        assert b"OpenRosaResponse" in beyond.data
        several = fetch(phone, url, Range="bytes=0-1,5-6")
        assert (several.status_code, several.data) == (200, data)


def test_an_unchanged_file_is_not_sent_again(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    for name in MEDIA:
        url = file_named(phone, name)
        tag = fetch(phone, url).headers["ETag"]
        answer = fetch(phone, url, If_None_Match=tag)
        assert (answer.status_code, answer.data) == (304, b"")


def test_a_file_that_the_phone_has_is_not_opened(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Phones ask every 15 minutes: neither its key nor its bytes are fetched for that."""
    phone = a_form_with_files(client)
    urls = {name: file_named(phone, name) for name in MEDIA}
    tags = {name: fetch(phone, url).headers["ETag"] for name, url in urls.items()}
    monkeypatch.setattr(LocalBlobs, "open", None)
    monkeypatch.setattr(keys.KeyStore, "find", None)
    for name, url in urls.items():
        assert fetch(phone, url, If_None_Match=tags[name]).status_code == 304


def test_text_files_travel_packed_and_pictures_as_they_are(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    packed = fetch(phone, file_named(phone, "villages.csv"), Accept_Encoding="gzip")
    assert gzip.decompress(packed.data) == VILLAGES.encode()
    picture = fetch(phone, file_named(phone, "map.png"), Accept_Encoding="gzip")
    assert "Content-Encoding" not in picture.headers
    assert picture.data == MEDIA["map.png"]


def test_files_never_run_in_our_origin(client: FlaskClient) -> None:
    phone = a_form_with_files(client, {"bad.svg": b"<svg><script>alert(1)</script></svg>"})
    answer = fetch(phone, file_named(phone, "bad.svg"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_answers_like_get_without_a_body(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    entry = entry_of(phone, "media")
    for url in (entry["downloadUrl"], entry["manifestUrl"], file_named(phone, "map.png")):
        path = url.removeprefix("http://samleng.test")
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_records_of_a_closing_form_can_still_be_corrected_on_the_phone(client: FlaskClient) -> None:
    """A phone that lists nothing may still fetch what it knows."""
    phone = a_form_with_files(client)
    url = entry_of(phone, "media")["downloadUrl"]
    with unit_of_work() as session:
        actions.set_state(session, SYSTEM, phone.project_id, "media", FormState.CLOSING)
    assert fetch(phone, url).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "forms/nothing.xml",
        "forms/form-999.xml",
        "forms/visit/versions/9.xml",
        "forms/visit/versions/version-999.xml",
        "forms/nothing/manifest",
        "forms/visit/attachments/nothing.png",
        "forms/visit/attachments/file-999",
        "forms/visit/attachments/..%2f..%2fsecrets.json",
    ],
)
def test_what_is_not_there_is_404_with_a_message(client: FlaskClient, path: str) -> None:
    phone = a_phone(client)
    answer = client.get(f"{phone.base}/{path}")
    assert answer.status_code == 404
    assert b"OpenRosaResponse" in answer.data
    assert phone.token.encode() not in answer.data


def test_dara_may_not_fetch_forms_of_others(client: FlaskClient) -> None:
    phone = a_form_with_files(client)
    entry = entry_of(phone, "media")
    with unit_of_work() as session:
        own = a_project(session, "Pailin")
        token = accounts.create_app_user(session, SYSTEM, own.id, "ដារ៉ា", None).token
    base = f"/v1/key/{token}/projects"
    for url in (entry["downloadUrl"], entry["manifestUrl"], file_named(phone, "map.png")):
        tail = url.split(f"/projects/{phone.project_id}/")[1]
        assert client.get(f"{base}/{own.id}/{tail}").status_code == 404
        assert client.get(f"/v1/projects/{phone.project_id}/{tail}").status_code == 401
        assert client.get(f"{base}/{phone.project_id}/{tail}").status_code in (403, 404)


def test_a_phone_may_not_fetch_a_form_outside_its_scope(client: FlaskClient) -> None:
    limited = a_phone(client, "own", all_forms=False)
    with unit_of_work() as session:
        secret = a_form(session, limited.project_id, "secret")
    for path in ("secret.xml", f"form-{secret.form_pk}.xml", "secret/manifest"):
        assert client.get(f"{limited.base}/forms/{path}").status_code == 404


def test_a_form_that_is_called_like_a_key_is_found_by_its_id(client: FlaskClient) -> None:
    """And what a phone was given for another form stays what it was."""
    phone = a_phone(client)
    with unit_of_work() as session:
        other = a_form(session, phone.project_id, "other")
        called = f"form-{other.form_pk}"
        a_form(session, phone.project_id, called)
    own = fetch(phone, f"{phone.base}/forms/{called}.xml").data
    assert f'id="{called}"'.encode() in own
    assert fetch(phone, f"{phone.base}/forms/{called}/versions/1.xml").data == own
    for form_id in ("other", called):
        entry = entry_of(phone, form_id)
        body = fetch(phone, entry["downloadUrl"]).data
        assert f'id="{form_id}"'.encode() in body
        assert entry["hash"] == f"md5:{hashlib.md5(body).hexdigest()}"


def test_keys_and_names_that_cannot_be_are_not_found(client: FlaskClient) -> None:
    phone = a_phone(client)
    for path in (
        "forms/form-9999999999.xml",
        "forms/a%00b.xml",
        "forms/visit/versions/version-9999999999.xml",
        "forms/visit/attachments/file-9999999999",
        "forms/visit/attachments/a%00b",
    ):
        assert fetch(phone, f"{phone.base}/{path}").status_code == 404, path


def test_a_phone_of_another_project_is_refused_and_told_so(client: FlaskClient) -> None:
    phone = a_phone(client)
    elsewhere = phone.base.replace(f"/projects/{phone.project_id}", "/projects/99")
    answer = client.get(f"{elsewhere}/formList", headers={"X-OpenRosa-Version": "1.0"})
    assert answer.status_code == 403
    assert b"OpenRosaResponse" in answer.data


def test_briefcase_says_its_version_twice_and_gets_openrosa_messages(client: FlaskClient) -> None:
    answer = client.get("/v1/projects/1/forms/nope.xml", headers={"X-OpenRosa-Version": "1.0, 1.0"})
    assert b"OpenRosaResponse" in answer.data
