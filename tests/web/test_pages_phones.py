"""The pages of phones: enrol, renew, end one or many, and what to do when one is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
import threading

import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw

from service.accounts import actions, enrolment, queries
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import AppUser
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.factories import Phone, an_instance, at
from tests.web.pages_world import World, sign_in, text_of
from tests.web.people import bearer

ADDRESS = re.compile(r"http://samleng\.test(/v1/key/(smd-[\w-]+)/projects/\d+)<")
NEWEST = re.compile(r'name="newest" value="(\d+)"')
WAS = re.compile(r'name="was" value="([^"]*)"')
NOW = at("2026-11-24T08:00")


def enrol(client: FlaskClient, world: World, name: str = "បាត់ដំបង ២") -> Phone:
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, world.project_id, name, None)
    sender = client.application.test_client()
    sender.environ_base["HTTP_HOST"] = "samleng.test"
    return Phone(client=sender, project_id=world.project_id, token=made.token, id=made.id)


@pytest.fixture
def phone(client: FlaskClient, world: World) -> Phone:
    return enrol(client, world)


def names(world: World) -> list[str]:
    with reading() as session:
        return [
            row.name
            for row in queries.list_app_users(session, world.project_id)
            if row.revoked_at is None
        ]


# --- enrolling ----------------------------------------------------------------------------------
@pytest.mark.each_database
def test_two_who_press_the_button_at_one_moment_make_one_phone(
    app: Flask, client: FlaskClient, world: World, settings: Settings
) -> None:
    """The unique index decides. One gets the code, the other is told that it was shown."""
    headers = bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    body = client.get(f"{world.path}/phones").get_data(as_text=True)
    form = {"name": "ប៉ៃលិន ៣", "scope": "all", "newest": NEWEST.findall(body)[0]}
    for _ in range(5):
        start, answers = threading.Barrier(4), []

        def press(start: threading.Barrier = start, answers: list[int] = answers) -> None:
            own = app.test_client()
            start.wait()
            answer = own.post(f"{world.path}/phones", data=form, headers=headers)
            answers.append(answer.status_code)

        threads = [threading.Thread(target=press) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200, 303, 303, 303]
        assert names(world) == ["ប៉ៃលិន ៣"]
        with unit_of_work() as session:
            actions.revoke_app_users(session, SYSTEM, world.project_id, None)


def test_a_name_in_use_is_refused_in_words_and_free_again_when_its_phone_ended(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    body = client.get(f"{world.path}/phones").get_data(as_text=True)
    form = {"name": " បាត់ដំបង  ២", "scope": "all", "newest": NEWEST.findall(body)[0]}
    page = client.post(f"{world.path}/phones", data=form)
    assert page.status_code == 409
    assert "Another phone of this project has that name" in text_of(page)
    client.post(f"{world.path}/phones/{phone.id}/revoke")
    assert client.post(f"{world.path}/phones", data=form).status_code == 200


DRAWN = re.compile(r'<path[^>]* d="(M[^"]+)"')
SIDE = re.compile(r'viewBox="0 0 (\d+) \d+"')


def scanned(page: str) -> str:
    """What a scanner reads from the code on a page: lines as wide as one module."""
    code = max(re.findall(r"<svg.*?</svg>", page, re.S), key=len)
    [lines], [side] = DRAWN.findall(code), SIDE.findall(code)
    picture = Image.new("L", (int(side) * 8, int(side) * 8), 255)
    draw, x, y = ImageDraw.Draw(picture), 0.0, 0.0
    for what, numbers in re.findall(r"([Mmh])([-\d. ]+)", lines):
        given = [float(one) for one in numbers.split()]
        if what == "h":
            end, above = x + given[0], y - 0.5
            draw.rectangle((x * 8, above * 8, end * 8 - 1, above * 8 + 7), fill=0)
            x = end
        elif what == "M":
            x, y = given
        else:
            x, y = x + given[0], y + given[1]
    [found] = zxingcpp.read_barcodes(picture)
    return found.text


def test_s61_the_code_on_the_page_deletes_what_was_sent_and_locks_the_settings(
    client: FlaskClient, world: World
) -> None:
    body = client.get(f"{world.path}/phones").get_data(as_text=True)
    form = {"name": "ប៉ៃលិន ៣", "scope": "all", "newest": NEWEST.findall(body)[0]}
    page = client.post(f"{world.path}/phones", data=form).get_data(as_text=True)
    read = enrolment.decode(scanned(page))
    [(address, _), *_] = ADDRESS.findall(page)
    assert read["general"]["server_url"] == f"http://samleng.test{address}"
    assert read["general"]["delete_send"] is True
    assert read["admin"]["admin_pw"] in page
    for key in ("change_server", "delete_after_send", "access_settings"):
        assert read["admin"][key] is False


@pytest.mark.parametrize(("days", "lasts"), [("30", 30), ("180", 180), ("9999", 90), ("x", 90)])
def test_how_long_access_lasts_is_chosen_when_enrolling(
    client: FlaskClient, world: World, days: str, lasts: int
) -> None:
    with clock.frozen(NOW):
        page = client.post(
            f"{world.path}/phones",
            data={"name": "ប៉ៃលិន", "scope": "all", "days": days},
            headers=bearer(
                client.application.config["SAMLENG"].secrets.jwt_key,
                Role.COORDINATOR,
                world.project_id,
            ),
        )
    assert page.status_code == 200
    with reading() as session:
        assert session.scalar(sa.select(AppUser.expires_at)) == NOW + dt.timedelta(days=lasts)


# --- renewing -----------------------------------------------------------------------------------
def test_one_tap_renews_and_loading_the_page_again_makes_no_third_code(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    shown = client.get(f"{world.path}/phones/{phone.id}").get_data(as_text=True)
    form = {"was": WAS.findall(shown)[0], "days": "30"}
    page = client.post(f"{world.path}/phones/{phone.id}/renew", data=form)
    path, token = ADDRESS.findall(page.get_data(as_text=True))[0]
    assert "New code for “បាត់ដំបង ២”" in text_of(page)
    assert "Reconfigure with QR code" in text_of(page)
    assert phone.client.get(f"{phone.base}/formList").status_code == 403
    again = client.post(f"{world.path}/phones/{phone.id}/renew", data=form)
    assert again.status_code == 303
    assert "shown once only" in text_of(client.get(again.headers["Location"]))
    assert phone.client.get(f"{path}/formList").status_code == 200
    assert token not in client.get(f"{world.path}/phones").get_data(as_text=True)


def test_before_access_ends_phones_and_today_say_so(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    phone.send(an_instance())
    assert "ends in" not in text_of(client.get(f"{world.path}/phones"))
    with unit_of_work() as session:
        soon = clock.now() + dt.timedelta(days=5, hours=1)
        session.execute(sa.update(AppUser).values(expires_at=soon))
    listed = client.get(f"{world.path}/phones")
    assert "ends in 5 days" in text_of(listed)
    assert "Give a new code" in text_of(listed)
    assert "1 Phones whose access ends within 14 days" in text_of(client.get(f"{world.path}/"))


# --- a second installation ----------------------------------------------------------------------
def test_a_second_installation_is_told_on_every_page_with_what_to_do(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    assert phone.send(an_instance()).status_code == 201
    phone.client.get(f"{phone.base}/formList?deviceID=collect%3Aother")
    today = text_of(client.get(f"{world.path}/"))
    assert "1 Phone codes used by a second installation" in today
    assert "used by a second installation" in text_of(client.get(f"{world.path}/phones"))
    own = client.get(f"{world.path}/phones/{phone.id}")
    assert "nothing is lost" in text_of(own)
    assert "somebody has copied the code" in text_of(own)
    assert "collect" not in own.get_data(as_text=True).replace("Collect", "")
    done = client.post(f"{world.path}/phones/{phone.id}/accept")
    assert "tied to its new installation" in text_of(client.get(done.headers["Location"]))
    assert "second installation" not in text_of(client.get(f"{world.path}/"))


# --- ending many --------------------------------------------------------------------------------
def test_ticked_phones_end_together_after_asking(client: FlaskClient, world: World) -> None:
    first, second, third = (enrol(client, world, name) for name in ("ក", "ខ", "គ"))
    ask = client.get(f"{world.path}/phones/revoke?phone={first.id}&phone={second.id}")
    assert "End the access of these phones: 2?" in text_of(ask)
    assert "គ" not in re.findall(r"<li>(.)</li>", ask.get_data(as_text=True))
    ticked = re.findall(r'name="phone" value="(\d+)"', ask.get_data(as_text=True))
    done = client.post(f"{world.path}/phones/revoke", data={"phone": ticked})
    assert "Phones whose access has ended: 2." in text_of(client.get(done.headers["Location"]))
    statuses = [
        one.client.get(f"{one.base}/formList").status_code for one in (first, second, third)
    ]
    assert statuses == [403, 403, 200]


def test_all_phones_end_together(client: FlaskClient, world: World) -> None:
    enrolled = [enrol(client, world, name) for name in ("ក", "ខ")]
    ask = client.get(f"{world.path}/phones/revoke?all=1&phone=")
    assert "every phone of the project" in text_of(ask)
    client.post(f"{world.path}/phones/revoke", data={"all": "1"})
    assert {one.client.get(f"{one.base}/formList").status_code for one in enrolled} == {403}
    assert client.get(f"{world.path}/phones/revoke?all=1").status_code == 303


def test_nothing_ticked_ends_nothing(client: FlaskClient, world: World, phone: Phone) -> None:
    assert client.get(f"{world.path}/phones/revoke").status_code == 303
    client.post(f"{world.path}/phones/revoke", data={})
    assert phone.client.get(f"{phone.base}/formList").status_code == 200


# --- a lost phone -------------------------------------------------------------------------------
def test_a_lost_phones_page_says_what_it_sent_when_and_what_to_do(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    other = enrol(client, world, "ផ្សេង")
    assert phone.send(an_instance("uuid:mine", village="អូរតាគាំ")).status_code == 201
    assert phone.send(b"<broken").status_code == 202
    assert other.send(an_instance("uuid:theirs")).status_code == 201
    phone.client.get(f"{phone.base}/formList")
    page = client.get(f"{world.path}/phones/{phone.id}")
    seen = text_of(page)
    assert "uuid:mine" in seen
    assert "uuid:theirs" not in seen
    assert "Records since it was enrolled: 1." in seen
    assert "Besides, such that could not be read: 1." in seen
    assert "Last asked for forms" in seen
    assert "not yet" not in seen
    assert "សម្ភាសន៍ visit" in seen
    assert "Presume that whoever has it reads them" in seen
    assert "Sent forms were deleted from the phone" in seen
    assert "អូរតាគាំ" not in page.get_data(as_text=True)
    ended = client.post(f"{world.path}/phones/{phone.id}/revoke")
    assert ended.status_code == 303, "one tap"
    assert phone.client.get(f"{phone.base}/formList").status_code == 403
    assert "unsent forms on it must be presumed read" in text_of(
        client.get(f"{world.path}/phones/{phone.id}")
    )


def test_what_a_phone_sent_is_paged_and_every_record_is_there_once(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    other = enrol(client, world, "ផ្សេង")
    for number in range(53):
        assert phone.send(an_instance(f"uuid:n{number:02}")).status_code == 201
        if number % 10 == 0:
            other.send(an_instance())
    address, seen = f"{world.path}/phones/{phone.id}", []
    while address:
        body = client.get(address.partition("#")[0]).get_data(as_text=True)
        seen += re.findall(r"uuid:n\d\d", body)
        found = re.search(r'rel="next" href="([^"]+)"', body)
        address = f"{world.path}/phones/{phone.id}{html.unescape(found[1])}" if found else ""
    assert seen == [f"uuid:n{number:02}" for number in reversed(range(53))]


def test_an_administrator_sees_the_phone_and_nothing_of_what_arrived(
    client: FlaskClient, world: World, phone: Phone, settings: Settings
) -> None:
    phone.send(an_instance("uuid:1"))
    headers = bearer(settings.secrets.jwt_key, Role.ADMIN)
    page = client.application.test_client().get(
        f"{world.path}/phones/{phone.id}?lang=en", headers=headers
    )
    assert page.status_code == 200
    assert "If this phone is lost or taken" in text_of(page)
    assert "uuid:1" not in text_of(page)
    assert "What it sent" not in text_of(page)


def test_dara_may_neither_see_nor_touch_a_phone_that_is_not_hers(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    sign_in(client, world.stranger)
    for path in (world.path, "/p/elsewhere"):
        assert client.get(f"{path}/phones/{phone.id}").status_code == 404
        for act in ("renew", "accept", "revoke"):
            assert client.post(f"{path}/phones/{phone.id}/{act}").status_code == 404
    client.post("/p/elsewhere/phones/revoke", data={"phone": str(phone.id), "all": "1"})
    assert phone.client.get(f"{phone.base}/formList").status_code == 200


def test_where_digest_is_on_the_code_comes_with_its_password(
    client: FlaskClient, world: World
) -> None:
    app = client.application
    form = {"name": "ក", "scope": "all"}
    plain = client.post(f"{world.path}/phones", data=form)
    assert "Digest" not in text_of(plain)
    app.config["SAMLENG"] = dataclasses.replace(app.config["SAMLENG"], digest=True)
    page = client.post(f"{world.path}/phones", data={**form, "name": "ខ"})
    assert "For apps that sign in by Digest" in text_of(page)
    assert re.search(r"phone-\d+", text_of(page))
