"""Files of JSON sync: whole, in pieces, broken off and gone on with; on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Actor, Role
from service.accounts.queries.devices import find_device_by_id
from service.consent import actions as consent
from service.foundation import clock, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import PIECE_MISPLACED, Problem
from service.foundation.sealing import sha256
from service.intake import actions as intake
from service.intake.actions import batches, pieces
from service.intake.tables import FilePart, State, Submission
from tests.conftest import drain
from tests.factories import Phone, a_phone, an_instance
from tests.survivors import FORM_ID, YES, a_survivors_phone
from tests.web.test_json_sync import item, push, statuses
from tests.web.test_phones import limit
from tests.web.test_submission import files_of

NAME = "រូប ផ្ទះ.jpg"
FILE = bytes(range(256)) * 400
"""100 KB: more than one chunk of the reader."""


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    assert statuses(made, item(answers={"photo": NAME, "sound": "a.m4a"})) == ["stored"]
    return made


def ask(phone: Phone, method: str, name: str = NAME, of: str = "item-1", **options: Any) -> Any:
    options["headers"] = {"Authorization": f"Bearer {phone.token}", **options.get("headers", {})}
    path = f"/v1/projects/{phone.project_id}/sync/{of}/attachments/{name}"
    return phone.client.open(path, method=method, **options)


def put(phone: Phone, first: int, last: int, total: int = len(FILE), **options: Any) -> Any:
    headers = {"Content-Range": f"bytes {first}-{last - 1}/{total}"}
    return ask(phone, "PUT", data=FILE[first:last], headers=headers, **options)


def held(phone: Phone, **options: Any) -> dict[str, Any]:
    answer = ask(phone, "GET", **options)
    assert answer.status_code == 200, answer.data
    return dict(answer.json)


def blobs_of(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def pieces_left() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(FilePart)) or 0


def test_s21_on_a_day_that_is_used_up_the_files_of_what_is_here_still_come(
    app: Flask, phone: Phone
) -> None:
    limit(app, submissions=1, size=70_000)
    assert statuses(phone, item(2)) == ["stored"]
    assert statuses(phone, item(1, answers={"photo": NAME, "sound": "a.m4a"})) == ["duplicate"]
    assert put(phone, 0, len(FILE)).status_code == 200
    refused = ask(phone, "PUT", "a.m4a", data=b"x" * 60_000)
    assert refused.status_code == 429, "twice a day's bytes and no more"


def test_a_file_is_sent_whole_and_again(phone: Phone) -> None:
    assert held(phone) == {"held": 0, "total": None, "complete": False}
    for _ in range(2):
        answer = ask(phone, "PUT", data=FILE)
        assert answer.status_code == 200
        assert answer.json == {"held": len(FILE), "total": len(FILE), "complete": True}
    assert held(phone) == {"held": len(FILE), "total": len(FILE), "complete": True}
    assert list(files_of("item-1")) == [NAME]
    again = push(phone, item(answers={"photo": NAME, "sound": "a.m4a"})).json["results"][0]
    assert again["missing_attachments"] == ["a.m4a"]


def test_a_file_in_pieces_is_the_file_sent_whole(app: Flask, phone: Phone) -> None:
    for first, last in ((0, 30_000), (30_000, 70_000), (70_000, len(FILE))):
        answer = put(phone, first, last)
        assert answer.status_code == 200, answer.data
        assert answer.json == {
            "held": last, "total": len(FILE), "complete": last == len(FILE),
        }  # fmt: skip
        assert held(phone)["held"] == last
    in_pieces = files_of("item-1")
    assert pieces_left() == 0
    assert phone.send(an_instance("uuid:p", photo="p.jpg"), {"p.jpg": FILE}).status_code == 201
    assert in_pieces[NAME] == files_of("uuid:p")["p.jpg"]


@pytest.mark.parametrize(
    ("first", "last", "total"),
    [(30_001, 40_000, 102_400), (0 + 1, 2, 102_400), (29_999, 40_000, 102_400),
     (30_000, 40_000, 102_401)],
)  # fmt: skip
def test_a_piece_that_does_not_fit_is_told_where_to_go_on(
    phone: Phone, first: int, last: int, total: int
) -> None:
    assert put(phone, 0, 30_000).status_code == 200
    answer = put(phone, first, last, total)
    assert answer.status_code == 416
    assert answer.json["details"] == {"held": 30_000}
    assert held(phone)["held"] == 30_000


@pytest.mark.parametrize(
    "range_", ["bytes 0-9/5", "bytes 5-2/10", "bytes 0-9", "0-9/10", "bytes */10", "bytes 0-8/99"]
)
def test_a_range_that_is_none_is_refused(phone: Phone, range_: str) -> None:
    answer = ask(phone, "PUT", data=b"0123456789", headers={"Content-Range": range_})
    assert answer.status_code == 400
    assert pieces_left() == 0


def test_an_app_may_begin_anew(app: Flask, phone: Phone) -> None:
    assert put(phone, 0, 30_000).status_code == 200
    assert put(phone, 0, 10_000).status_code == 200
    assert held(phone)["held"] == 10_000
    assert ask(phone, "PUT", data=FILE).json["complete"]
    assert pieces_left() == 0


def test_of_a_piece_that_breaks_off_what_came_is_kept(app: Flask, phone: Phone) -> None:
    """The server sees a body that ends early: what it has is durable, and it says so."""
    sender = pieces.Sender(
        actor=_actor(phone), project_id=phone.project_id, device_key=None, user_agent="",
        received_at=clock.now(),
    )  # fmt: skip
    found = pieces.find(sender.actor, phone.project_id, "item-1", NAME)
    span = pieces.Span(begins=0, ends=50_000, total=len(FILE))
    with pytest.raises(pieces.Problem):
        pieces.put(sender, found, span, iter([FILE[:20_000]]), blobs_of(app))
    assert held(phone)["held"] == 20_000
    assert put(phone, 20_000, len(FILE)).json["complete"]
    assert list(files_of("item-1")) == [NAME]


def _actor(phone: Phone) -> Actor:
    found = find_device_by_id(phone.id, clock.now())
    assert found is not None
    return found


def test_other_content_takes_the_place_of_the_first(phone: Phone) -> None:
    assert ask(phone, "PUT", data=b"first").json["complete"]
    before = files_of("item-1")
    assert ask(phone, "PUT", data=b"second").json["complete"]
    assert files_of("item-1") != before


@pytest.mark.parametrize("name", ["other.jpg", "..", "%2e%2e", "រូប ផ្ទះ"])
def test_a_file_that_no_answer_names_is_not_taken(phone: Phone, name: str) -> None:
    for method in ("GET", "PUT"):
        answer = ask(phone, method, name=name, data=b"x")
        assert answer.status_code == 404


def test_dara_may_not(phone: Phone) -> None:
    """Nobody sends files for, or asks about, what another phone sent."""
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, phone.project_id, "ដារ៉ា", None)
    headers = {"Authorization": f"Bearer {made.token}"}
    for method in ("GET", "PUT"):
        assert ask(phone, method, data=b"x", headers=headers).status_code == 404
    assert files_of("item-1") == {}


def test_a_file_comes_before_the_record_is_edited_and_after(phone: Phone) -> None:
    edit = item(2, edits="item-1", answers={"photo": NAME})
    assert ask(phone, "PUT", data=FILE).json["complete"]
    assert push(phone, edit).json["results"][0]["missing_attachments"] == []
    assert held(phone, of="item-2")["complete"]
    assert ask(phone, "PUT", name="a.m4a", data=b"late").json["complete"]


def test_a_copy_that_waits_gets_its_files_too(phone: Phone) -> None:
    assert statuses(phone, item(answers={"photo": "other.jpg"})) == ["queued"]
    assert ask(phone, "PUT", name="other.jpg", data=FILE).json["complete"]
    with reading() as session:
        present = session.execute(sa.select(Submission.state, Submission.files_present))
        assert {row.state: row.files_present for row in present} == {
            State.CURRENT: 0, State.QUEUED: 1,
        }  # fmt: skip


def test_pieces_whose_rest_never_comes_are_forgotten(app: Flask, phone: Phone) -> None:
    assert put(phone, 0, 30_000).status_code == 200
    with reading() as session:
        key_pk = session.scalars(sa.select(FilePart.key_pk)).one()
    with clock.frozen(clock.now() + pieces.KEPT - dt.timedelta(hours=1)):
        assert intake.drop_stale(blobs_of(app)) == 0
    with clock.frozen(clock.now() + pieces.KEPT + dt.timedelta(hours=1)):
        assert intake.drop_stale(blobs_of(app)) == 1
    assert pieces_left() == 0
    assert keys.current().find(phone.project_id, key_pk) is None
    assert held(phone)["held"] == 0


def test_what_is_taken_back_takes_its_pieces_along(client: FlaskClient, app: Flask) -> None:
    phone = a_survivors_phone(client)
    one = item(id="gone", form_id=FORM_ID, answers={**YES, "photo": NAME})
    assert statuses(phone, one) == ["stored"]
    assert put(phone, 0, 30_000, of="gone").status_code == 200
    with reading() as session:
        blob = session.scalars(sa.select(FilePart.blob)).one()
    consent.withdraw_record(
        SYSTEM, phone.project_id, "gone", "asked", blobs=blobs_of(app), scopes=()
    )
    drain(app)
    assert pieces_left() == 0
    assert not blobs_of(app).exists(blob)
    assert ask(phone, "GET", of="gone").status_code == 404
    assert put(phone, 30_000, len(FILE), of="gone").status_code == 404


def test_pieces_are_sealed(app: Flask, phone: Phone) -> None:
    secret = b"SECRET-" * 1000
    headers = {"Content-Range": f"bytes 0-{len(secret) - 1}/9000"}
    assert ask(phone, "PUT", data=secret, headers=headers).status_code == 200
    root = blobs_of(app).root
    assert not any(b"SECRET" in path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_a_last_piece_overtaken_by_a_new_beginning_leaves_nothing_in_the_way(
    app: Flask, phone: Phone
) -> None:
    """The body of the last piece is still coming when the app, which gave it up, begins anew."""
    third = len(FILE) // 4
    put(phone, 0, third)
    put(phone, third, 2 * third)
    sender = batches.Sender(
        actor=Actor(
            id=phone.id, name="ទូរសព្ទ",
            roles={phone.project_id: frozenset({Role.DEVICE})},
        ), project_id=phone.project_id, device_key=None,
        user_agent="", received_at=clock.now(),
    )  # fmt: skip

    def body() -> Iterator[bytes]:
        yield FILE[2 * third : 3 * third]
        assert put(phone, 0, third).json["held"] == third
        yield FILE[3 * third :]

    found = pieces.find(sender.actor, phone.project_id, "item-1", NAME)
    span = pieces.Span(begins=2 * third, ends=len(FILE), total=len(FILE))
    with pytest.raises(Problem) as refused:
        pieces.put(sender, found, span, body(), blobs_of(app))
    assert refused.value.kind is PIECE_MISPLACED
    assert held(phone)["held"] == third
    assert put(phone, third, 2 * third).json["held"] == 2 * third
    assert put(phone, 2 * third, len(FILE)).json["complete"]
    assert files_of("item-1")[NAME] == keys.current().digest(sha256(FILE)).hex()
    assert pieces_left() == 0
