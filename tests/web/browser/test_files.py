"""Files of a record in a browser: what is clean can still be seen and heard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.foundation.db import unit_of_work
from tests import media_files, survivors
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.web.browser.conftest import Site
from tests.web.browser.looking import assert_fits, violations
from tests.web.browser.test_pages import follow, sign_in

pytestmark = pytest.mark.browser

DURATION = "e => new Promise(done => { const say = () => done(e.duration); \
e.readyState ? say() : (e.onloadedmetadata = say, e.onerror = () => done(-1)) })"
PLAYED = "async e => { e.muted = true; await e.play(); \
await new Promise(done => e.ontimeupdate = () => e.currentTime > 0.2 && done()); return true }"


def send(site: Site, **photos: bytes) -> None:
    with unit_of_work() as session:
        a_form(session, site.world.project_id, survivors.FORM_ID, xml=survivors.form_xml())
        made = actions.create_app_user(session, SYSTEM, site.world.project_id, "បាត់ដំបង ២", None)
    phone = Phone(
        client=site.client, project_id=site.world.project_id, token=made.token, id=made.id
    )
    for name, data in photos.items():
        xml = survivors.told(f"uuid:{name}", photo=f"{name}.bin")
        assert phone.send(xml, {f"{name}.bin": data}, base_url=site.origin).status_code == 201
    drain(site.client.application)


def open_record(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.origin}{site.world.path}/submissions")
    row = page.locator("tr", has_text=f"uuid:{name}")
    with page.expect_event("load"):
        row.locator("a").first.click()


def open_file(page: Page, site: Site, name: str) -> None:
    open_record(page, site, name)
    page.select_option("select[name=purpose]", "work")
    follow(page, ".open button")


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_picture_is_opened_for_a_purpose_and_seen(
    page: Page, site: Site, language: str, width: int
) -> None:
    send(site, photo=media_files.jpeg(), flood=media_files.flood())
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, site, language)
    for name in ("flood", "photo"):
        open_record(page, site, name)
        assert violations(page) == []
        assert_fits(page)
    page.select_option("select[name=purpose]", "work")
    follow(page, ".open button")
    picture = page.locator("figure img")
    expect(picture).to_be_visible()
    assert picture.evaluate("e => [e.naturalWidth, e.naturalHeight]") == [64, 96]
    assert violations(page) == []
    assert_fits(page)
    with page.context.expect_page() as found:
        page.click("text=/full size|ទំហំពេញ/")
    found.value.wait_for_load_state()
    assert found.value.evaluate("document.images[0].naturalWidth") == 64


def test_without_a_purpose_the_browser_asks_for_one(page: Page, site: Site) -> None:
    send(site, photo=media_files.png())
    sign_in(page, site)
    open_record(page, site, "photo")
    page.click(".open button")
    assert page.evaluate("document.activeElement.name") == "purpose"


@pytest.mark.parametrize("name", ["mp4", "3gp", "m4a", "wav"])
def test_s25_clean_sound_and_video_still_play(page: Page, site: Site, name: str) -> None:
    send(site, **{name: media_files.EVERY[name][0]()})
    sign_in(page, site)
    open_file(page, site, name)
    player = page.locator("video, audio")
    expect(player).to_be_visible()
    assert player.evaluate(DURATION) == pytest.approx(0.128 if name == "wav" else 2, abs=0.1)
    if name != "wav":
        assert player.evaluate(PLAYED)
    assert violations(page) == []
