"""Telling in a browser: without a connection, locked, sent once, carried in a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.facts import paper_codes, tables
from service.foundation.db import reading, unit_of_work
from service.intake.actions import reading_again
from service.intake.tables import Attachment, Part, PreparedFile, State, Submission
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.golden import reference_forms
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.browser.test_pages import sign_in
from tests.web.pages_world import PASSWORD, SLUG

pytestmark = pytest.mark.browser

PASSPHRASE = "ស្រែ ត្នោត ទន្លេ ភ្នំ"
WORDS = "ខ្ញុំជាន់មីននៅវាលស្រែ"
ARUN, BOPHA = "arun@example.org", "bopha@example.org"
CODE = paper_codes.digits(71_000_200_931_188)


@pytest.fixture
def told(site: Site) -> Site:
    """The form is published; two may send."""
    with unit_of_work() as session:
        xml = reference_forms.converted("testimony")[0].decode()
        a_form(session, site.world.project_id, "testimony", version="2026112702", xml=xml)
        for email in (ARUN, BOPHA):
            role, place = Role.FIELD_WORKER, site.world.project_id
            actions.create_user(session, SYSTEM, email, role, place, PASSWORD)
    return site


def come_in(page: Page, site: Site, email: str = ARUN, language: str = "en") -> None:
    page.goto(f"{site.origin}/sign-in?lang={language}")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    with page.expect_event("load"):
        page.click("main button")
    page.goto(f"{site.origin}/p/{SLUG}/telling")
    expect(page.locator("main[data-is-kept=yes]")).to_be_visible()
    expect(page.locator("main[data-places-kept=yes]")).to_be_visible(timeout=20_000)


def unlock(page: Page, *, is_new: bool) -> None:
    page.fill("#passphrase", PASSPHRASE)
    if is_new:
        page.fill("#passphrase-again", PASSPHRASE)
    page.click("#unlocking button")
    expect(page.locator("#new")).to_be_visible()


def say(page: Page, **answers: str) -> None:
    for name, value in answers.items():
        field = page.locator(f"[name$='{name}']:not(:disabled)").first
        if field.get_attribute("type") == "radio":
            page.check(f"[name$='{name}'][value='{value}']")
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def begin(page: Page, age: str = "1859", **more: str) -> None:
    """Everything up to the telling: consent to keep, and before it to each use."""
    say(
        page, collector_id="BTB-3", c_store="yes", c_contact="yes", c_share_case="no",
        c_stats="yes", c_method="signature", c_proxy="no", dist="0203",
    )  # fmt: skip
    expect(page.locator("#comm option")).not_to_have_count(1)
    say(
        page, comm="020301", prepared="yes", support_person="yes", psy_contact_given="yes",
        psy_phone="TPO 012 000 111", **more,
    )  # fmt: skip
    page.check("[name=explained]")
    say(page, sex="female", age_band=age)


def tell(page: Page, film: str = "no", **more: str) -> None:
    say(
        page, b_quote_anon="yes", b_publish_name="yes", b_photo="yes", b_voice="yes",
        b_video=film, b_advocacy_intl="yes", b_share_gov="no",
    )  # fmt: skip
    page.select_option("[name='telling.kind']", "incident_story")
    page.select_option("[name='telling.form']", "text")
    page.select_option("[name='telling.language']", "khmer")
    say(page, transcript=WORDS, **more)


def end(page: Page, voice: str = "no", **more: str) -> None:
    say(
        page, distress_flag="none", c_keep="yes", c_quote_anon="yes", c_publish_name="no",
        c_photo="no", c_voice=voice, **more, c_advocacy_intl="no", c_share_gov="no",
        attribution="province", identifiers_to_mask="ភូមិ", read_back_ok="yes",
        withdraw_info_given="yes",
    )  # fmt: skip
    page.click("#telling button[type=submit]")


def states(page: Page) -> list[str]:
    return page.eval_on_selector_all("#queue-rows li", "all => all.map(one => one.dataset.state)")


def wait_for(page: Page, wanted: list[str]) -> None:
    rows = "[...document.querySelectorAll('#queue-rows li')].map(one => one.dataset.state).join()"
    page.wait_for_function(f"all => {rows} === all.join()", arg=wanted, timeout=15000)


def arrived(site: Site) -> list[str]:
    """The XML of each record that is here."""
    with reading() as session:
        keys = list(
            session.scalars(
                sa.select(Submission.submission_pk).where(Submission.state == State.CURRENT)
            )
        )
        found = reading_again.find_many(session, site.world.project_id, keys)
    return [one.xml.decode() for one in found.values()]


def kept(page: Page, name: str) -> None:
    folder = os.environ.get("SAMLENG_TEST_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_two_are_told_without_a_connection_and_each_is_here_once(page: Page, told: Site) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    page.reload()
    unlock(page, is_new=False)
    for number, voice in enumerate(("yes", "no")):
        begin(page, c_code=CODE)
        tell(page)
        sound = {"name": "sok-dara.wav", "mimeType": "audio/wav", "buffer": media_files.wav()}
        page.set_input_files("[name='telling.audio']", sound)
        page.select_option("[name='telling.form']", "audio")
        end(page, voice)
        expect(page.locator("#queue-rows li")).to_have_count(number + 1)
    assert states(page) == ["waiting", "waiting"]
    assert arrived(told) == []
    page.context.set_offline(False)
    wait_for(page, ["sent", "sent"])
    drain(told.client.application)
    records = arrived(told)
    assert len(records) == 2
    assert all(WORDS in xml for xml in records)
    assert sum("<audio>audio-" in xml for xml in records) == 1
    assert not any("sok-dara" in xml for xml in records), "what the device calls a file stays there"
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1
        testimonies = session.scalars(sa.select(tables.Testimony)).all()
        consents = session.scalars(sa.select(tables.Consent)).all()
    assert [one.kind for one in testimonies] == ["incident_story"] * 2
    assert all("quote_anon" in one.granted for one in consents)
    refused = sorted("publish_voice" in one.refused for one in consents)
    assert refused == [False, True], "what is said afterwards counts, and then no voice is sent"


def record(page: Page, name: str, seconds: float = 1.5) -> None:
    """In the page, with the browser's own microphone and camera for tests."""
    box = page.locator(f"[data-for='telling.{name}']")
    box.locator("[data-does=record]").click()
    expect(box.locator("[data-does=end]")).to_be_focused()
    page.wait_for_timeout(seconds * 1000)
    box.locator("[data-does=end]").click()
    expect(box.locator("audio, video")).to_be_visible()


def test_voice_and_film_are_recorded_without_a_connection_and_arrive_clean(
    page: Page, told: Site
) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    begin(page)
    tell(page, film="yes")
    page.select_option("[name='telling.form']", "video")
    record(page, "audio")
    box = page.locator("[data-for='telling.audio']")
    box.locator("[data-does=discard]").click()
    expect(box.locator("audio")).to_have_count(0)
    record(page, "audio")
    heard = box.locator("audio").evaluate(
        "one => new Promise(done => { one.onplaying = () => done(true); one.play(); })"
    )
    assert heard, "it is heard before it is kept"
    record(page, "video")
    kept(page, "telling-recorded")
    end(page, voice="yes", c_video="yes")
    wait_for(page, ["waiting"])
    page.context.set_offline(False)
    wait_for(page, ["sent"])
    drain(told.client.application)
    with reading() as session:
        made = session.scalars(sa.select(PreparedFile).where(PreparedFile.part == Part.COPY)).all()
        (consent,) = session.scalars(sa.select(tables.Consent)).all()
    assert sorted(one.media_type for one in made) == ["audio/webm", "video/webm"]
    assert {"publish_voice", "publish_video"} <= set(consent.granted)


def test_who_stops_stops_the_recording_too_and_a_no_takes_the_film_out(
    page: Page, told: Site
) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    begin(page)
    tell(page, film="yes")
    page.click("[data-for='telling.video'] [data-does=record]")
    page.wait_for_timeout(1200)
    page.click("#stop")
    expect(page.locator("[data-for='telling.video'] video[controls]")).to_have_count(1)
    say(page, stopped_at="middle", c_keep="no")
    page.click("#telling button[type=submit]")
    wait_for(page, ["sent"])
    drain(told.client.application)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0


def test_the_place_is_told_down_to_the_village_without_a_connection(page: Page, told: Site) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    begin(page)
    page.select_option("#vill", "02030103")
    tell(page)
    end(page)
    say(page, collector_id="BTB-3", c_store="yes", dist="2401")
    page.locator("#comm option").nth(1).wait_for(state="attached")
    say(page, comm="240101", vill="other", vill_other="ភូមិថ្មី")
    page.click("#telling button[type=reset]")
    expect(page.locator("#places")).to_be_hidden()
    page.context.set_offline(False)
    wait_for(page, ["sent"])
    drain(told.client.application)
    with reading() as session:
        (found,) = session.scalars(sa.select(tables.Testimony)).all()
    assert (found.adm1, found.adm2, found.adm3, found.adm4) == ("02", "0203", "020301", "02030103")


OFFICES = (("psy-pl", "2401", "023 111 222"), ("psy-bt", "0203", "053 730 000"))


def test_who_is_called_is_the_nearest_of_the_directory_and_can_be_typed_over(
    page: Page, told: Site
) -> None:
    with unit_of_work() as session:
        xml = reference_forms.converted("service_directory")[0].decode()
        a_form(session, told.world.project_id, "service_directory", version="2026112702", xml=xml)
        made = actions.create_app_user(session, SYSTEM, told.world.project_id, "ទូរសព្ទ ៩", None)
    phone = Phone(
        client=told.client, project_id=told.world.project_id, token=made.token, id=made.id
    )
    for code, place, number in OFFICES:
        sent = phone.send(
            f"""<data xmlns:orx="http://openrosa.org/xforms" id="service_directory"
            version="2026112702"><today>2026-11-20</today><c_listed>yes</c_listed><code>{code}</code>
            <name_km>{code}</name_km><name_en>{code}</name_en><kind>ngo</kind>
            <needs>psy_counselling</needs><prov>{place[:2]}</prov><dist>{place}</dist>
            <phone>{number}</phone><is_open>yes</is_open><checked_on>2026-11-20</checked_on>
            <meta><instanceID>uuid:{code}</instanceID></meta></data>""",
            base_url=told.origin,
        )
        assert sent.status_code == 201
    drain(told.client.application)
    come_in(page, told)
    unlock(page, is_new=True)
    say(page, collector_id="BTB-3", c_store="yes", dist="0203", psy_contact_given="yes")
    expect(page.locator("[name=psy_phone]")).to_have_value(
        "psy-bt, Battambang, Battambang, 053 730 000"
    )
    say(page, dist="2401")
    expect(page.locator("[name=psy_phone]")).to_have_value("psy-pl, Pailin, Pailin, 023 111 222")
    say(page, psy_phone="TPO 012 000 111", dist="0203")
    expect(page.locator("[name=psy_phone]")).to_have_value("TPO 012 000 111")
    expect(page.locator("#call")).to_have_text("TPO 012 000 111")


def test_a_coordinator_brings_in_a_file_and_tells_nothing_herself(
    page: Page, told: Site, browser: Browser, tmp_path: Path
) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    begin(page)
    tell(page)
    sound = {"name": "a.wav", "mimeType": "audio/wav", "buffer": media_files.wav()}
    page.set_input_files("[name='telling.audio']", sound)
    end(page, voice="yes")
    wait_for(page, ["waiting"])
    with page.expect_download() as download:
        page.click("#save")
    saved = tmp_path / "carried.samleng"
    download.value.save_as(saved)
    other = browser.new_context().new_page()
    sign_in(other, told)
    other.goto(f"{told.origin}/p/{SLUG}/telling")
    expect(other.locator("main")).to_contain_text("Here you bring in files that others saved")
    other.fill("#passphrase", "another passphrase")
    other.fill("#passphrase-again", "another passphrase")
    other.click("#unlocking button")
    expect(other.locator("#locker")).to_be_hidden()
    expect(other.locator("#new")).to_have_count(0)
    other.click("summary")
    other.set_input_files("#bring-file", saved)
    other.fill("#bring-passphrase", PASSPHRASE)
    other.click("#bringing button")
    wait_for(other, ["sent"])
    drain(told.client.application)
    (xml,) = arrived(told)
    assert WORDS in xml
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1
    other.context.close()


NOT_ASKED = {"today", "start", "end", "deviceid", "corrects", "prov", "may_tell"}
"""What a program fills in, and the province, which the district says."""
NOTES = {"consent_intro", "stop_refused", "not_ready", "no_agreement", "stop_kindly", "not_kept"}


def test_the_page_asks_all_that_the_form_for_phones_asks(page: Page, told: Site) -> None:
    come_in(page, told)
    asked = set(page.eval_on_selector_all("#telling [name]", "all => all.map(one => one.name)")) - {
        "may_tell"
    }
    schema = reference_forms.schema("testimony")
    paths = {".".join(one.path) for one in schema.fields if one.path[0] != "meta"}
    assert asked == paths - NOT_ASKED - NOTES


def test_what_waits_lies_locked(page: Page, told: Site) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    begin(page)
    tell(page)
    end(page)
    expect(page.locator("#queue-rows li")).to_have_count(1)
    dump = page.evaluate(
        """async (slug) => {
          const open = indexedDB.open(`samleng-telling-${slug}`);
          await new Promise((done) => { open.onsuccess = done; });
          const all = (name) => new Promise((done) => {
            const got = open.result.transaction(name).objectStore(name).getAll();
            got.onsuccess = () => done(got.result);
          });
          const text = (one) => JSON.stringify(one, (key, value) =>
            value instanceof Uint8Array ? new TextDecoder().decode(value) : value);
          return text(await all("locks")) + text(await all("items"));
        }""",
        SLUG,
    )
    assert "incident_story" not in dump
    assert WORDS not in dump
    page.reload()
    page.fill("#passphrase", "not the right one")
    page.click("#unlocking button")
    expect(page.locator("#said")).to_have_text("This does not open what waits here.")
    expect(page.locator("#new")).to_be_hidden()
    page.context.set_offline(False)
    page.goto(f"{told.origin}/p/{SLUG}/sent")
    with page.expect_event("load"):
        page.click("header form button")
    assert "Something waits in this browser" in page.inner_text("main")
    with page.expect_event("load"):
        page.click("button[value=stay]")
    assert "/sign-in" in page.url
    come_in(page, told)
    expect(page.locator("#queue-rows li")).to_have_count(1)


def test_a_file_is_carried_and_brought_in_and_nothing_is_doubled(
    page: Page, told: Site, browser: Browser, tmp_path: Path
) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    page.context.set_offline(True)
    begin(page)
    tell(page)
    end(page)
    wait_for(page, ["waiting"])
    with page.expect_download() as download:
        page.click("#save")
    saved = tmp_path / "carried.samleng"
    download.value.save_as(saved)
    assert WORDS not in saved.read_text("utf-8")
    assert json.loads(saved.read_text("utf-8"))["format"] == "samleng-telling-1"
    other = browser.new_context().new_page()
    come_in(other, told, BOPHA)
    other.fill("#passphrase", "another passphrase")
    other.fill("#passphrase-again", "another passphrase")
    other.click("#unlocking button")
    expect(other.locator("#new")).to_be_visible()
    other.click("summary")
    other.set_input_files("#bring-file", saved)
    other.fill("#bring-passphrase", "not that one, no")
    other.click("#bringing button")
    expect(other.locator("#said")).to_contain_text("not a file of this page")
    other.fill("#bring-passphrase", PASSPHRASE)
    other.click("#bringing button")
    wait_for(other, ["sent"])
    page.context.set_offline(False)
    wait_for(page, ["sent"])
    drain(told.client.application)
    assert len(arrived(told)) == 1
    other.context.close()


def test_distress_stops_it_kindly_and_what_was_told_goes_if_not_wanted(
    page: Page, told: Site
) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    begin(page)
    tell(page)
    page.click("#stop")
    expect(page.locator("#stopped")).to_be_focused()
    expect(page.locator("#stopped")).to_contain_text("TPO 012 000 111")
    expect(page.locator("#told")).to_be_hidden()
    kept(page, "telling-stopped")
    say(page, stopped_at="middle", c_keep="no")
    page.click("#telling button[type=submit]")
    wait_for(page, ["sent"])
    drain(told.client.application)
    assert not any(WORDS in xml for xml in arrived(told))
    begin(page)
    tell(page)
    page.click("#stop")
    say(page, stopped_at="middle", c_keep="yes")
    page.click("#telling button[type=submit]")
    wait_for(page, ["sent", "sent"])
    drain(told.client.application)
    (xml,) = [xml for xml in arrived(told) if WORDS in xml]
    assert "c_quote_anon" not in xml.replace("b_quote_anon", ""), "stopped: nothing more is asked"


def test_a_child_tells_with_its_guardian_and_its_own_yes_alone(page: Page, told: Site) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    begin(page, age="1217")
    say(page, guardian_name="ម្តាយ", guardian_ok="yes", child_assent="no")
    expect(page.locator("#told")).to_be_hidden()
    expect(page.locator("#telling")).to_contain_text("A child tells nothing")
    say(page, child_assent="yes")
    expect(page.locator("#told")).to_be_visible()
    say(page, age_band="1859")
    expect(page.locator("[name=guardian_name]")).to_be_hidden()


def test_who_refuses_is_a_refusal_and_a_slip_in_the_code_is_told(page: Page, told: Site) -> None:
    come_in(page, told)
    unlock(page, is_new=True)
    begin(page, c_code=CODE[:-1] + str((int(CODE[-1]) + 1) % 10))
    tell(page)
    end(page)
    expect(page.locator("#said")).to_contain_text("One digit of the paper's code")
    say(page, c_store="no")
    page.click("#telling button[type=submit]")
    wait_for(page, ["sent"])
    drain(told.client.application)
    assert not any(WORDS in xml for xml in arrived(told))
    with reading() as session:
        (consent,) = session.scalars(sa.select(tables.Consent)).all()
    assert consent.refused == ["store"]


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_page_fits_a_small_phone_and_breaks_no_rule_of_accessibility(
    page: Page, told: Site, language: str
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    come_in(page, told, language=language)
    kept(page, f"telling-locked-{language}")
    broken = look(page)
    unlock(page, is_new=True)
    begin(page)
    tell(page)
    say(page, distress_flag="stopped")
    broken += look(page)
    say(page, distress_flag="none", c_keep="yes", c_quote_anon="yes")
    page.set_viewport_size({"width": 360, "height": 740})
    kept(page, f"telling-open-{language}")
    page.set_viewport_size({"width": 1280, "height": 900})
    kept(page, f"telling-wide-{language}")
    broken += look(page)
    assert broken == []
