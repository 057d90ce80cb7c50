"""Files of a record: shown to those who may, for a purpose, clean, and to nobody else."""

from __future__ import annotations

import datetime as dt
import html
import re
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import Grant
from service.consent import actions as taking
from service.facts.scopes import Purpose
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Attachment, Part, PreparedFile, Submission
from service.review import actions as review
from service.web.pages import tickets
from tests import media_files, statements, survivors, unsealed
from tests.conftest import drain
from tests.factories import Phone, a_form, an_instance
from tests.media_files import traces
from tests.survivors import told
from tests.web.pages_world import World, sign_in, text_of
from tests.web.people import bearer


@pytest.fixture
def phone(client: FlaskClient, world: World) -> Phone:
    """Of a form by which people allow that the team looks at what they gave."""
    with unit_of_work() as session:
        a_form(session, world.project_id, survivors.FORM_ID, xml=survivors.form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "បាត់ដំបង ២", None)
    sender = client.application.test_client()
    sender.environ_base["HTTP_HOST"] = "samleng.test"
    return Phone(client=sender, project_id=world.project_id, token=made.token, id=made.id)


def send(
    phone: Phone,
    data: bytes,
    name: str = "a.jpg",
    instance: str = "uuid:1",
    *,
    prepare: bool = True,
    **consent: str,
) -> None:
    xml = told(instance, photo=html.escape(name), **consent)
    assert phone.send(xml, {name: data}).status_code == 201
    if prepare:
        drain(phone.client.application)


def records(client: FlaskClient, world: World) -> list[str]:
    """The addresses of all records' pages, newest first."""
    body = client.get(f"{world.path}/submissions").get_data(as_text=True)
    return list(dict.fromkeys(re.findall(r'href="(/p/[^"]+/submissions/[^"]+)"', body)))


def record(client: FlaskClient, world: World) -> str:
    return records(client, world)[0]


def action(client: FlaskClient, page: str) -> str:
    """Where the one file of a record's page is opened."""
    body = client.get(page).get_data(as_text=True)
    (found,) = re.findall(r'action="(/p/[^"]+/files/[^"]+)"', body)
    return str(found)


def opened(client: FlaskClient, page: str, purpose: str = "work") -> TestResponse:
    return client.post(action(client, page), data={"purpose": purpose})


def addresses(page: TestResponse) -> list[str]:
    """Of what the page shows, small copy first."""
    return re.findall(r'(?:src|href)="(/p/[^"]+/files/[^"]+)"', page.get_data(as_text=True))


def readings() -> list[AuditEntry]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == "testimony.read")
        return list(session.scalars(query))


# --- the record's page --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (media_files.jpeg(), "file 1: Picture 17.7 kB ready"),
        (media_files.mp4(), "file 1: Video 14.3 kB ready"),
        (media_files.m4a(), "file 1: Sound 3.5 kB ready"),
        (media_files.flood(), "file 1: Picture 12.2 kB cannot be shown The picture is damaged"),
        (media_files.jpeg()[:1500], "file 1: Picture 1.5 kB cannot be shown It is damaged, or may"),
        (b"OggS\0\2" + bytes(30), "file 1: Sound 36 Bytes kept, not shown"),
        (b"a,b\n1,2\n", "file 1: Table (CSV) 8 Bytes kept, not shown"),
        (b"<svg onload='alert(1)'/>", "file 1: Unknown kind 24 Bytes kept, not shown"),
    ],
)
def test_each_file_is_told_in_words(
    client: FlaskClient, world: World, phone: Phone, data: bytes, words: str
) -> None:
    send(phone, data)
    assert words in text_of(client.get(record(client, world)))


def test_a_file_that_waits_says_so_and_one_that_is_missing_too(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg(), prepare=False)
    page = client.get(record(client, world))
    assert "file 1: Picture 17.7 kB being prepared" in text_of(page)
    assert "Why do you open it?" not in text_of(page)
    phone.send(told("uuid:2", photo="b.jpg"))
    assert "file 1 not here yet" in text_of(client.get(record(client, world)))


def test_s50_a_records_page_names_no_file_and_asks_the_same_of_two_as_of_none(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    phone.send(an_instance("uuid:none"))
    phone.send(an_instance("uuid:two", photo="ស្រី.jpg", sound="នាង.m4a"), {"នាង.m4a": b"OggS\0\2"})
    two, none = records(client, world)
    page = client.get(two)
    assert "file 1 not here yet file 2: Sound 6 Bytes kept, not shown" in text_of(page)
    for name in ("ស្រី", "នាង"):
        assert name not in page.get_data(as_text=True)
    assert asked_of(client, two) == asked_of(client, none)


def asked_of(client: FlaskClient, page: str) -> int:
    """How many a page takes, those to the key store among them."""
    with statements.counted() as seen:
        client.get(page)
    return len(seen)


def test_a_file_is_handed_out_under_the_name_that_its_phone_gave(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg(), "រូប ១.jpg")
    for address in addresses(opened(client, record(client, world))):
        header = client.get(address).headers["Content-Disposition"]
        assert f"filename*=UTF-8''{quote('រូប ១.')}" in header


def test_a_reviewer_sees_what_there_is_and_cannot_open_it(
    client: FlaskClient, world: World, phone: Phone, settings: Settings
) -> None:
    send(phone, media_files.jpeg())
    reviewer = bearer(settings.secrets.jwt_key, Role.REVIEWER, world.project_id)
    address = record(client, world)
    other = client.application.test_client()
    page = other.get(address, headers=reviewer)
    assert "file 1: Picture" in text_of(page)
    assert "Why do you open it?" not in text_of(page)
    assert (
        other.post(action(client, address), data={"purpose": "work"}, headers=reviewer).status_code
        == 403
    )
    assert readings() == []


# --- opening ------------------------------------------------------------------------------------
def test_s16_each_reading_is_one_entry_with_its_purpose(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg(), contact="yes")
    page = opened(client, record(client, world), "contact")
    assert page.status_code == 200
    assert "you opened this file to visit or call this person again" in text_of(page)
    (entry,) = readings()
    assert entry.subject == record(client, world).rsplit("/", 1)[-1]
    assert entry.details["purpose"] == "contact"
    assert entry.actor_id is not None
    assert "a.jpg" not in str(entry.details)
    for address in addresses(page):
        client.get(address)
    assert len(readings()) == 1, "what the page shows belongs to the one opening"
    opened(client, record(client, world))
    assert len(readings()) == 2


def test_s12_a_file_of_another_area_opens_for_nobody_from_this_one(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg())
    form = action(client, record(client, world))
    with unit_of_work() as session:
        session.execute(sa.update(Grant).where(Grant.role == "coordinator").values(area="02"))
    for place, status in (("020101", 200), ("240101", 404), (None, 404)):
        with unit_of_work() as session:
            session.execute(sa.update(Submission).values(place=place))
        assert client.post(form, data={"purpose": "work"}).status_code == status
    assert len(readings()) == 1


@pytest.mark.parametrize("purpose", ["", "curiosity", "voice", "count"])
def test_s16_without_a_purpose_nothing_opens(
    client: FlaskClient, world: World, phone: Phone, purpose: str
) -> None:
    send(phone, media_files.jpeg())
    assert opened(client, record(client, world), purpose).status_code == 400
    assert readings() == []


def test_s25_picture_and_small_copy_are_shown_without_a_trace(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg())
    page = opened(client, record(client, world))
    small, copy = (client.get(address) for address in addresses(page))
    assert (small.content_type, copy.content_type) == ("image/webp", "image/jpeg")
    for shown in (small, copy):
        assert traces(shown.data) == []
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["Content-Security-Policy"] == (
            "default-src 'none'; sandbox; frame-ancestors 'none'"
        )
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Content-Disposition"].startswith("inline; ")
    assert "img-src 'self'; media-src 'self'" in page.headers["Content-Security-Policy"]


def test_s25_no_route_gives_out_a_coordinate(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    for name, (make, _) in media_files.EVERY.items():
        send(phone, make(), instance=f"uuid:{name}")
    pages = records(client, world)
    assert len(pages) == len(media_files.EVERY)
    for page in pages:
        shown = opened(client, page)
        assert traces(shown.data) == []
        assert addresses(shown)
        for address in addresses(shown):
            assert traces(client.get(address).data) == []


def test_what_browsers_do_not_show_is_given_to_keep(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.amr(), "ធ្វើតេស្ត.amr")
    page = opened(client, record(client, world))
    assert "Your browser cannot play this" in text_of(page)
    saved = client.get(addresses(page)[0])
    assert saved.content_type == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment; ")
    assert saved.data == media_files.amr()


def test_parts_are_given_of_sound_and_video(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.mp4())
    page = opened(client, record(client, world))
    assert "<video controls " in page.get_data(as_text=True)
    (address,) = addresses(page)
    whole = client.get(address)
    assert whole.headers["Accept-Ranges"] == "bytes"
    for start, end in ((0, 1), (5000, 9000), (len(whole.data) - 10, len(whole.data) - 1)):
        part = client.get(address, headers={"Range": f"bytes={start}-{end}"})
        assert part.status_code == 206
        assert part.data == whole.data[start : end + 1]
    assert client.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
    several = client.get(address, headers={"Range": "bytes=0-1,5-6"})
    assert (several.status_code, several.data) == (200, whole.data)
    assert client.head(address).content_length == len(whole.data)


def test_parts_of_a_file_of_many_pieces_are_its_bytes(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    sound = bytes(range(256)) * 1200
    head = b"RIFF" + (36 + len(sound)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0"
    wav = head + bytes.fromhex("0100010040 1f0000803e000002001000".replace(" ", ""))
    wav += b"data" + len(sound).to_bytes(4, "little") + sound
    send(phone, wav)
    (address,) = addresses(opened(client, record(client, world)))
    part = client.get(address, headers={"Range": "bytes=100000-200000"})
    assert part.data == wav[100000:200001]


# --- what the person allowed ---------------------------------------------------------------------
def offered(page: TestResponse) -> list[str]:
    return re.findall(r'<option value="(\w+)">', page.get_data(as_text=True))


def test_s44_a_file_is_offered_for_what_the_person_allowed_and_opens_for_nothing_else(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.m4a(), contact="yes", share="no", media="no")
    page = client.get(record(client, world))
    assert offered(page) == ["work", "contact"]
    for purpose in ("refer", "quote", "voice"):
        assert opened(client, record(client, world), purpose).status_code == 403
    assert readings() == []
    send(phone, media_files.m4a(), instance="uuid:2", media="yes", quote="yes")
    assert offered(client.get(record(client, world))) == ["work", "quote", "voice"]


def test_s44_without_consent_a_file_does_not_open(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.wav(), store="")
    page = client.get(record(client, world))
    assert "It cannot be opened: the record holds no consent" in text_of(page)
    with reading() as session:
        (copy,) = session.scalars(sa.select(PreparedFile.prepared_pk))
    answer = client.post(f"{record(client, world)}/files/{copy}", data={"purpose": "work"})
    assert answer.status_code == 403
    assert readings() == []


@pytest.mark.parametrize(
    ("said", "status"), [({}, 403), ({"guardian": "yes"}, 403),
                         ({"guardian": "yes", "assent": "yes"}, 200)]
)  # fmt: skip
def test_s44_a_childs_file_opens_with_its_guardians_yes_and_its_own(
    client: FlaskClient, world: World, phone: Phone, said: dict[str, str], status: int
) -> None:
    send(phone, media_files.wav(), age="12", **said)
    page = client.get(record(client, world))
    assert ("work" in offered(page)) == (status == 200)
    with reading() as session:
        copies = session.scalars(
            sa.select(PreparedFile.prepared_pk).where(PreparedFile.part == Part.COPY)
        ).all()
    for copy in copies:
        answer = client.post(f"{record(client, world)}/files/{copy}", data={"purpose": "work"})
        assert answer.status_code == status
    assert len(readings()) == (len(copies) if status == 200 else 0)


def test_s44_an_address_is_shut_as_soon_as_the_use_is_taken_back(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.wav(), contact="yes")
    blobs: LocalBlobs = client.application.extensions["samleng.blobs"]
    (for_work,) = addresses(opened(client, record(client, world), "work"))
    (to_call,) = addresses(opened(client, record(client, world), "contact"))
    taking.withdraw_record(
        SYSTEM, world.project_id, "uuid:1", "asked", blobs=blobs, scopes=["contact"]
    )
    drain(client.application)
    assert (client.get(for_work).status_code, client.get(to_call).status_code) == (200, 403)
    taking.withdraw_record(SYSTEM, world.project_id, "uuid:1", "asked", blobs=blobs)
    assert client.get(for_work).status_code == 404


# --- whose address it is ------------------------------------------------------------------------
def test_an_address_works_for_one_sign_in_and_a_short_time(
    client: FlaskClient, world: World, phone: Phone, settings: Settings
) -> None:
    send(phone, media_files.jpeg())
    address = addresses(opened(client, record(client, world)))[0]
    assert client.get(address).status_code == 200
    colleague = bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    other = client.application.test_client()
    assert other.get(address, headers=colleague).status_code == 410
    assert other.get(address).status_code == 302, "to sign-in"
    again = client.application.test_client()
    sign_in(again, world.coordinator)
    assert again.get(address).status_code == 410, "the same person, another sign-in"
    with clock.frozen(clock.now() + tickets.LIFE):
        assert client.get(address).status_code == 410
    client.post("/sign-out")
    assert client.get(address).status_code == 302


def test_an_address_leads_to_nothing_else(client: FlaskClient, world: World, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    send(phone, media_files.png(), "b.png", instance="uuid:2")
    first, second = addresses(opened(client, record(client, world)))
    ticket, other = first.rsplit("/", 1)[-1], second.split("/")[-2]
    assert client.get(f"{world.path}/files/{other}/{ticket}").status_code == 410
    assert client.get(f"{world.path}/files/odd/{ticket}").status_code == 404
    assert client.get(f"/p/elsewhere/files/{first.split('/')[-2]}/{ticket}").status_code == 404


def test_dara_may_not_open_a_file_through_her_own_project(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg())
    way = action(client, record(client, world))
    dara = client.application.test_client()
    dara.environ_base["HTTP_HOST"] = "samleng.test"
    sign_in(dara, world.stranger)
    for address in (way, way.replace(world.path, "/p/elsewhere")):
        assert dara.post(address, data={"purpose": "work"}).status_code == 404
    assert readings() == []


def test_a_file_of_another_record_does_not_open_through_this_one(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg())
    way = action(client, record(client, world))
    send(phone, media_files.png(), "b.png", instance="uuid:2")
    file = way.rsplit("/", 1)[-1]
    answer = client.post(f"{record(client, world)}/files/{file}", data={"purpose": "work"})
    assert answer.status_code == 404
    with reading() as session:
        previews = session.scalars(
            sa.select(PreparedFile.prepared_pk).where(PreparedFile.part == "preview")
        ).all()
    for preview in previews:
        refused = client.post(f"{record(client, world)}/files/{preview}", data={"purpose": "work"})
        assert refused.status_code == 404
    assert readings() == []


def test_another_site_cannot_open_a_file(client: FlaskClient, world: World, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    way = action(client, record(client, world))
    forged = client.post(way, data={"purpose": "work"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert forged.status_code == 403
    assert readings() == []


# --- names and active content -------------------------------------------------------------------
HOSTILE = [
    "../../../tmp/owned.jpg", "/etc/owned.jpg", "..\\..\\owned.jpg", "a\u202egpj.exe",
    "CON", "aux.jpg", "nul", "quote\".jpg", "x" * 4000 + ".jpg", "រូប" * 430 + ".jpg",
    "<img src=x onerror=alert(1)>.jpg", "=cmd|' /C calc'!A0.jpg",
]  # fmt: skip


def around(data_dir: Path) -> set[Path]:
    """What lies in the data directory, but for its blobs, and beside it; whatever is called so
    further up and where the names lead."""
    inside = {path for path in data_dir.rglob("*") if "blobs" not in path.parts}
    above = [one for up in data_dir.parents for one in up.glob("owned*")]
    led_to = [Path(one) for one in ("/tmp/owned.jpg", "/etc/owned.jpg") if Path(one).exists()]
    return inside.union(data_dir.parent.iterdir(), above, led_to)


def test_s22_names_are_data(
    client: FlaskClient, world: World, phone: Phone, settings: Settings
) -> None:
    send(phone, b"a,b\n", instance="uuid:first")  # now everything is there that will be
    before = around(settings.data_dir)
    for n, name in enumerate(HOSTILE):
        xml = told(f"uuid:{n}", photo=html.escape(name))
        assert phone.send(xml, {name: media_files.wav()}).status_code == 201
    drain(client.application)
    with reading() as session:
        stored = unsealed.names(session)
    assert len(stored) == len(HOSTILE) + 1
    for name in stored:
        assert len(name.encode()) <= 255
        assert not re.search(r"[/\\\x00-\x1f\u202a-\u202e\u2066-\u2069]", name)
    blobs: LocalBlobs = client.application.extensions["samleng.blobs"]
    assert all(
        path.is_dir() or re.fullmatch(r"[0-9a-f]{64}", path.name) for path in blobs.root.rglob("*")
    )
    after = around(settings.data_dir)
    assert {path.name for path in after - before} <= {"samleng.db-wal", "samleng.db-shm"}
    for page in records(client, world)[:-1]:
        shown = opened(client, page)
        assert "onerror" not in shown.get_data(as_text=True)
        (address,) = addresses(shown)
        answer = client.get(address)
        assert answer.status_code == 200
        (header,) = answer.headers.getlist("Content-Disposition")
        assert re.fullmatch(r"inline; filename=\"[\w.-]+\"; filename\*=UTF-8''[\w.%$!-]+", header)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%PDF-1.7\n/JS (app.alert(1))",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xfe\0\x40<script>alert(1)</script>",
        b"GIF89a/*\0\0*/=1;alert(1)",
    ],
)
def test_s23_active_content_named_jpg_is_kept_and_reaches_nobody(
    client: FlaskClient, world: World, phone: Phone, data: bytes
) -> None:
    send(phone, data, "photo.jpg")
    page = client.get(record(client, world))
    assert "kept, not shown" in text_of(page)
    assert "/files/" not in page.get_data(as_text=True)
    with reading() as session:
        assert session.scalars(sa.select(Attachment.media_type)).all() == [
            "application/octet-stream"
        ]
        assert not session.scalars(sa.select(PreparedFile)).all()


def test_s23_what_hides_behind_a_picture_is_not_in_its_copy(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg() + b"PK\3\4<html><script>alert(1)</script>")
    for address in addresses(opened(client, record(client, world))):
        assert b"script" not in client.get(address).data


# --- who looks at many --------------------------------------------------------------------------
def test_s16_twenty_records_in_ten_minutes_are_told_to_coordinators(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    for n in range(20):
        send(phone, media_files.wav(), f"{n}.wav", instance=f"uuid:{n}", prepare=False)
    drain(client.application)
    pages = records(client, world)
    assert len(pages) == 20
    for n, page in enumerate(pages):
        if n == 19:
            assert "within ten minutes" not in text_of(client.get(f"{world.path}/"))
        assert opened(client, page, "work").status_code == 200
    assert len(readings()) == 20
    seen = text_of(client.get(f"{world.path}/"))
    assert "20 Records of which chanthou read names or testimony within ten minutes" in seen
    with clock.frozen(clock.now() + dt.timedelta(days=8)):
        later = client.application.test_client()
        sign_in(later, world.coordinator)
        assert "within ten minutes" not in text_of(later.get(f"{world.path}/"))


# --- who opened what ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "title", "kind", "why"),
    [
        ("en", "Who read names and testimony", "Picture", "to visit or call this person again"),
        ("km", "អ្នកណាបានអានឈ្មោះ និងសក្ខីកម្ម", "រូបភាព", "ដើម្បីទៅជួប ឬទូរសព្ទទៅបុគ្គលនេះម្តងទៀត"),
    ],
)
def test_s16_coordinators_see_who_opened_what_and_for_what(
    client: FlaskClient, world: World, phone: Phone, language: str, title: str, kind: str, why: str
) -> None:
    send(phone, media_files.jpeg(), contact="yes")
    opened(client, record(client, world), "contact")
    page = client.get(f"{world.path}/readings?lang={language}")
    for words in (title, "chanthou", kind, why):
        assert words in text_of(page)
    assert "/readings" in client.get(f"{world.path}/access").get_data(as_text=True)


def test_s16_readings_are_told_by_person_and_by_record_page_by_page(
    app: Flask, client: FlaskClient, world: World, phone: Phone, settings: Settings
) -> None:
    send(phone, media_files.jpeg())
    send(phone, media_files.m4a(), instance="uuid:2")
    two, one = records(client, world)
    colleague = bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    for number in range(60):
        with clock.frozen(clock.now() + dt.timedelta(seconds=number // 3)):  # several at one moment
            opened(client, one)
    address = action(client, two)
    stranger = app.test_client()
    assert stranger.post(address, data={"purpose": "work"}, headers=colleague).status_code == 200
    everything = f"{world.path}/readings"
    assert seen(client, everything) == 61
    key = one.rpartition("/")[2]
    assert seen(client, f"{everything}?record={key}") == 60
    listed = "".join(
        client.get(f"{everything}?record={one.rpartition('/')[2]}").get_data(as_text=True)
        for one in (one, two)
    )
    people = {int(found) for found in re.findall(r"readings\?who=(\d+)", listed)}
    assert sorted(seen(client, f"{everything}?who={person}") for person in people) == [1, 60]
    for wrong in ("before=x", "before=2026-01-01_x", "record=x"):
        assert client.get(f"{everything}?{wrong}").status_code == 404
    assert seen(client, f"{everything}?who=999999") == 0


def seen(client: FlaskClient, address: str) -> int:
    """Openings on this page and all older ones; none twice."""
    count, path = 0, address.partition("?")[0]
    while True:
        body = client.get(address).get_data(as_text=True)
        count += body.count('<th scope="row"')
        older = re.search(r'rel="next" href="([^"]+)"', body)
        if older is None:
            return count
        address = path + html.unescape(older[1])


def test_s16_a_reviewer_and_a_coordinator_of_an_area_are_not_told(
    app: Flask, world: World, settings: Settings
) -> None:
    for role, area in ((Role.REVIEWER, ""), (Role.COORDINATOR, "02"), (Role.ADMIN, "")):
        place = 0 if role is Role.ADMIN else world.project_id
        headers = bearer(settings.secrets.jwt_key, role, place, area)
        answer = app.test_client().get(f"{world.path}/readings", headers=headers)
        assert answer.status_code == 403


# --- faces --------------------------------------------------------------------------------------
def test_a_picture_is_published_once_somebody_looked_for_faces(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg(), media="yes")
    page = record(client, world)
    early = opened(client, page, "photo")
    assert early.status_code == 409
    assert "somebody looks for faces" in text_of(early)
    looked = opened(client, page)
    assert "Who is to be seen?" in text_of(looked)
    (said,) = re.findall(r'action="(/p/[^"]+/seen)"', looked.text)
    assert client.post(said, data={"faces": "somebody"}).status_code == 400
    for faces, status in (("others", 409), ("nobody", 200), ("others", 409), ("covered", 200)):
        assert client.post(said, data={"faces": faces}).status_code == 303
        assert opened(client, page, "photo").status_code == status, faces
    with reading() as session:
        entry = sa.select(AuditEntry.details).where(AuditEntry.action == "testimony.write")
        told_of = [one["faces"] for one in session.scalars(entry.order_by(AuditEntry.at))]
        assert told_of == ["others", "nobody", "others", "covered"]


def test_of_what_nobody_looked_at_no_file_is_handed_out_to_be_published(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    send(phone, media_files.jpeg(), media="yes")
    page = record(client, world)
    with reading() as session:
        keys = list(session.scalars(sa.select(Submission.submission_pk)))
        assert review.list_copies(session, world.project_id, keys, Purpose.WORK)
        assert review.list_copies(session, world.project_id, keys, Purpose.PHOTO) == []
    (said,) = re.findall(r'action="(/p/[^"]+/seen)"', opened(client, page).text)
    client.post(said, data={"faces": "agreed"})
    with reading() as session:
        assert review.list_copies(session, world.project_id, keys, Purpose.PHOTO)
