"""Today, records and phones: what a coordinator sees of what phones do."""

from __future__ import annotations

import dataclasses
import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.foundation import keys
from service.foundation.db import unit_of_work
from service.foundation.keys import recovery
from service.foundation.sealing import odk
from service.foundation.settings import Settings
from tests import kept_copy
from tests.factories import Phone, an_instance
from tests.sealed_world import KEYS, SealedWorld, publish, sealed_form
from tests.web.pages_world import World, sign_in, text_of
from tests.web.people import bearer

ADDRESS = re.compile(r"http://samleng\.test(/v1/key/(smd-[\w-]+)/projects/\d+)<")


@pytest.fixture
def phone(client: FlaskClient, world: World) -> Phone:
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, world.project_id, "បាត់ដំបង ២", None)
    sender = client.application.test_client()
    sender.environ_base["HTTP_HOST"] = "samleng.test"
    return Phone(client=sender, project_id=world.project_id, token=made.token, id=made.id)


# --- today --------------------------------------------------------------------------------------
def test_an_empty_project_says_how_the_first_record_gets_there(
    client: FlaskClient, world: World
) -> None:
    page = client.get(f"{world.path}/")
    assert "Nothing has arrived yet" in text_of(page)
    assert f'href="{world.path}/phones">Enrol the first phone' in page.get_data(as_text=True)


def test_today_counts_what_arrived_and_what_waits(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    assert phone.send(an_instance("uuid:1")).status_code == 201
    assert phone.send(an_instance("uuid:1", village="ផ្សេង")).status_code == 202
    assert phone.send(an_instance("uuid:2", photo="a.jpg"), incomplete=True).status_code < 300
    assert phone.send(b"<broken").status_code == 202
    seen = text_of(client.get(f"{world.path}/"))
    assert "2 records today" in seen
    for waiting in (
        "1 Copies that contradict",
        "1 Records that could not be read",
        "1 Records whose files have not all arrived",
    ):
        assert waiting in seen


def test_s41_until_the_recovery_key_is_proven_today_says_what_to_do(
    client: FlaskClient, world: World
) -> None:
    store = keys.current()
    assert "There is no recovery key yet" in text_of(client.get(f"{world.path}/"))
    sheet = recovery.make(store)
    asked = text_of(client.get(f"{world.path}/"))
    assert "Nobody has shown yet" in asked
    assert "flask keys recovery prove" in asked
    assert kept_copy.prove(store, sheet)
    assert "recovery" not in text_of(client.get(f"{world.path}/"))
    sign_in(client, world.analyst)
    assert "recovery" not in text_of(client.get(f"{world.path}/"))


# --- records ------------------------------------------------------------------------------------
def test_records_show_ids_times_and_states_and_nothing_that_was_answered(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    xml = an_instance("uuid:full", village="អូរតាគាំ", photo="ផល្លា.jpg")
    assert phone.send(xml, {"ផល្លា.jpg": b"\xff\xd8\xff"}).status_code == 201
    listed = client.get(f"{world.path}/submissions")
    assert "uuid:full" in text_of(listed)
    assert "1 of 1 files" in text_of(listed)
    [address] = re.findall(r'href="(/p/[^"]+/submissions/[^"]+)"', listed.get_data(as_text=True))
    detail = client.get(address)
    assert "file 1" in text_of(detail)
    for page in (listed, detail):
        assert "អូរតាគាំ" not in page.get_data(as_text=True)
        assert "ផល្លា" not in page.get_data(as_text=True)


def test_filters_keep_only_what_was_asked_for(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    phone.send(an_instance("uuid:whole"))
    phone.send(an_instance("uuid:whole", village="ផ្សេង"))
    phone.send(an_instance("uuid:partial", photo="a.jpg"))
    path = f"{world.path}/submissions"
    assert text_of(client.get(f"{path}?state=queued")).count("uuid:whole") == 1
    assert "uuid:whole" not in text_of(client.get(f"{path}?state=incomplete"))
    assert "uuid:partial" in text_of(client.get(f"{path}?state=incomplete"))
    assert "No record matches." in text_of(client.get(f"{path}?form=other"))
    assert client.get(f"{path}?state=odd").status_code == 400
    assert client.get(f"{path}?after=odd").status_code == 404


def test_pages_of_the_list_hold_every_record_once(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    for number in range(53):
        assert phone.send(an_instance(f"uuid:n{number:02}")).status_code == 201
    address, seen = f"{world.path}/submissions", []
    while address:
        body = client.get(address).get_data(as_text=True)
        seen += re.findall(r"uuid:n\d\d", body)
        found = re.search(r'rel="next" href="([^"]+)"', body)
        address = f"{world.path}/submissions{html.unescape(found[1])}" if found else ""
    assert seen == [f"uuid:n{number:02}" for number in reversed(range(53))]


def test_dara_may_not_see_a_record_under_her_own_project(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    phone.send(an_instance("uuid:1"))
    body = client.get(f"{world.path}/submissions").get_data(as_text=True)
    key = re.findall(r'/submissions/([^"]+)"', body)[0]
    dara = client.application.test_client()
    dara.environ_base["HTTP_HOST"] = "samleng.test"
    sign_in(dara, world.stranger)
    assert dara.get(f"/p/elsewhere/submissions/{key}").status_code == 404


# --- phones -------------------------------------------------------------------------------------
def test_an_enrolled_phone_works_and_its_code_is_never_shown_again(
    client: FlaskClient, world: World
) -> None:
    page = client.post(f"{world.path}/phones", data={"name": "ប៉ៃលិន ៣", "scope": "all"})
    assert page.status_code == 200
    body = page.get_data(as_text=True)
    assert "<svg" in body
    path, token = ADDRESS.findall(body)[0]
    assert page.headers["Cache-Control"] == "no-store"
    phone = client.application.test_client()
    assert phone.get(f"{path}/formList", headers={"Host": "samleng.test"}).status_code == 200
    later = client.get(f"{world.path}/phones").get_data(as_text=True)
    assert "ប៉ៃលិន ៣" in later
    assert token not in later


def test_a_phone_for_some_forms_needs_at_least_one(client: FlaskClient, world: World) -> None:
    page = client.post(f"{world.path}/phones", data={"name": "ប៉ៃលិន ៣", "scope": "some"})
    assert page.status_code == 400
    assert "Choose at least one form" in text_of(page)
    assert 'value="ប៉ៃលិន ៣"' in page.get_data(as_text=True)
    nameless = client.post(f"{world.path}/phones", data={"name": "  ", "scope": "all"})
    assert nameless.status_code == 400
    assert "No phone is enrolled yet." in text_of(client.get(f"{world.path}/phones"))


def test_ending_access_asks_first_and_acts_on_the_next_request(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    ask = client.get(f"{world.path}/phones/{phone.id}/revoke")
    assert "End the access of “បាត់ដំបង ២”?" in text_of(ask)
    assert phone.client.get(f"{phone.base}/formList").status_code == 200
    done = client.post(f"{world.path}/phones/{phone.id}/revoke")
    assert done.status_code == 303
    assert phone.client.get(f"{phone.base}/formList").status_code == 403
    listed = text_of(client.get(done.headers["Location"]))
    assert "“បាត់ដំបង ២” can no longer fetch or send." in listed
    assert "access ended" in listed


def test_s29_names_of_phones_are_never_markup(client: FlaskClient, world: World) -> None:
    page = client.post(f"{world.path}/phones", data={"name": "<b onload=x>", "scope": "all"})
    assert "<b onload" not in page.get_data(as_text=True)
    assert "<b onload" not in client.get(f"{world.path}/phones").get_data(as_text=True)


def test_what_could_not_be_read_is_listed_with_its_reason_and_nothing_of_its_words(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    assert "Nothing waits here" in text_of(client.get(f"{world.path}/quarantine"))
    assert phone.send("<data id='visit'><village>អូរតាគាំ").status_code == 202
    phone.send("<!DOCTYPE d><data id='visit'/>")
    assert f"{world.path}/quarantine" in client.get(f"{world.path}/").get_data(as_text=True)
    shown = text_of(client.get(f"{world.path}/quarantine"))
    assert "It is not whole XML" in shown
    assert "It carries a DOCTYPE" in shown
    assert "អូរតាគាំ" not in shown


NEWEST = re.compile(r'name="newest" value="(\d+)"')


def the_form(client: FlaskClient, world: World, name: str) -> dict[str, str]:
    body = client.get(f"{world.path}/phones").get_data(as_text=True)
    return {"name": name, "scope": "all", "newest": NEWEST.findall(body)[0]}


def test_loading_the_page_with_the_code_again_enrols_no_second_phone(
    client: FlaskClient, world: World
) -> None:
    form = the_form(client, world, " ប៉ៃលិន ៣")
    assert "<svg" in client.post(f"{world.path}/phones", data=form).get_data(as_text=True)
    again = client.post(f"{world.path}/phones", data=form)
    assert again.status_code == 303
    listed = client.get(again.headers["Location"])
    assert listed.get_data(as_text=True).count("<strong>ប៉ៃលិន ៣</strong>") == 1
    assert "no second phone was made. Its code is shown once only" in text_of(listed)
    assert "មិនបានបង្កើតទូរសព្ទទីពីរទេ" in text_of(client.get(f"{again.headers['Location']}&lang=km"))


def test_a_phone_without_a_name_is_told_in_the_language_of_the_page(
    client: FlaskClient, world: World
) -> None:
    page = client.post(f"{world.path}/phones?lang=km", data={"name": " ", "scope": "all"})
    assert page.status_code == 400
    assert "សូមដាក់ឈ្មោះទូរសព្ទពី 1 ដល់ 120 តួអក្សរ។" in text_of(page)
    assert "characters" not in text_of(page)


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "localhost", "0.0.0.0:8080", "[::1]:8000"])
def test_an_address_that_no_phone_can_reach_is_warned_of(
    client: FlaskClient, world: World, settings: Settings, address: str
) -> None:
    assert "SAMLENG_PUBLIC_URL" not in text_of(client.get(f"{world.path}/phones"))
    app = client.application
    app.config["SAMLENG"] = dataclasses.replace(
        app.config["SAMLENG"], public_url=f"http://{address}"
    )
    here: dict[str, Any] = {
        "base_url": f"http://{address}",
        "headers": bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id),
    }
    for page in (
        client.get(f"{world.path}/phones", **here),
        client.post(f"{world.path}/phones", data={"name": "x", "scope": "all"}, **here),
    ):
        assert f"holds the address {address}" in text_of(page)
        assert "SAMLENG_PUBLIC_URL" in text_of(page)


def test_the_page_of_a_record_promises_no_log_of_readings(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    phone.send(an_instance("uuid:1"))
    body = client.get(f"{world.path}/submissions").get_data(as_text=True)
    key = re.findall(r'/submissions/([^"]+)"', body)[0]
    page = text_of(client.get(f"{world.path}/submissions/{key}"))
    assert "Answers are not shown here" in page
    assert "logged" not in page


# --- sealed forms -------------------------------------------------------------------------------
def test_fingerprints_stand_beside_the_phones_and_beside_the_qr_code(
    client: FlaskClient, world: World
) -> None:
    assert "Sealed forms" not in text_of(client.get(f"{world.path}/phones"))
    publish(client.application, world.project_id, sealed_form("1", KEYS.public, "told"))
    shown = odk.grouped(KEYS.fingerprint)
    assert shown in text_of(client.get(f"{world.path}/phones"))
    chosen = {"name": "a", "scope": "some", "form": "told"}
    assert shown in text_of(client.post(f"{world.path}/phones", data=chosen))
    other = {"name": "b", "scope": "some", "form": "visit"}
    assert shown not in text_of(client.post(f"{world.path}/phones", data=other))


def test_today_tells_coordinators_of_changed_keys_and_of_phones_that_do_not_seal(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    publish(client.application, world.project_id, sealed_form("2", KEYS.public), KEYS.fingerprint)
    sealed = SealedWorld(app=client.application, phone=phone, keys=KEYS)
    record = sealed.record("uuid:1", {"នាង.jpg": b"x"}, spills=True)
    assert sealed.send(record).status_code == 201
    assert sealed.post(an_instance("uuid:2"), {}).status_code == 201
    page = client.get(f"{world.path}/")
    seen = text_of(page)
    assert "The key of a sealed form was changed" in seen
    assert odk.grouped(KEYS.fingerprint) in seen
    assert "unsealed files beside them: 1" in seen
    assert "unsealed records: 1" in seen
    assert "2 of these sealed" in seen
    assert "នាង" not in page.get_data(as_text=True)
    listed = client.get(f"{world.path}/submissions")
    assert text_of(listed).count("kept and current sealed") == 2
    address = re.findall(r'href="(/p/[^"]+/submissions/[^"]+)"', listed.get_data(as_text=True))[0]
    assert "It came unsealed" in text_of(client.get(address))


def test_nobody_but_coordinators_is_told(
    client: FlaskClient, world: World, settings: Settings
) -> None:
    publish(client.application, world.project_id, sealed_form("2", KEYS.public), KEYS.fingerprint)
    bopha = bearer(settings.secrets.jwt_key, Role.REVIEWER, world.project_id)
    stranger = client.application.test_client()
    seen = text_of(stranger.get(f"{world.path}/", headers={**bopha, "Accept-Language": "en"}))
    assert "The key of a sealed form" not in seen
