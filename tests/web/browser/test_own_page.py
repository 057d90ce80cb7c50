"""The page that a paper opens, in a browser: it fits a small phone, and leaves nothing behind."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.facts import paper_codes
from service.foundation.db import unit_of_work
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.pages_world import SLUG

pytestmark = pytest.mark.browser

CODE = paper_codes.digits(40_071_200_931_188)
WORDS = "មីនផ្ទុះនៅវាលស្រែ។ ខ្ញុំដើរទៅមន្ទីរពេទ្យរយៈពេលបីថ្ងៃ។"


def she_told(site: Site) -> None:
    with unit_of_work() as session:
        a_form(session, site.world.project_id, FORM_ID, xml=form_xml())
        made = actions.create_app_user(session, SYSTEM, site.world.project_id, "ទូរសព្ទ", None)
    phone = Phone(
        client=site.client, project_id=site.world.project_id, token=made.token, id=made.id
    )
    allowed = dict.fromkeys(("quote", "named", "media", "abroad", "contact"), "yes")
    record = told("uuid:1", code=CODE, wish=WORDS, sound="a.wav", photo="b.jpg", **allowed)
    files = {"a.wav": media_files.wav(), "b.jpg": media_files.jpeg()}
    assert phone.send(record, files, base_url=site.origin).status_code == 201
    drain(site.client.application)


def kept(page: Page, name: str) -> None:
    """A picture for whoever looks at the pages, where SAMLENG_TEST_PICTURES says."""
    folder = os.environ.get("SAMLENG_TEST_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "km"])
def test_she_sees_hears_ends_and_erases_on_a_small_phone(
    page: Page, site: Site, language: str
) -> None:
    she_told(site)
    broken: list[str] = []
    page.set_viewport_size({"width": 360, "height": 740})

    def go(selector: str, name: str) -> None:
        with page.expect_event("load"):
            page.click(selector)
        kept(page, f"own-{name}-{language}")
        broken.extend(look(page))
        assert page.context.cookies() == []
        assert CODE not in page.url
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0

    page.goto(f"{site.origin}/withdraw/{SLUG}?lang={language}")
    kept(page, f"own-entry-{language}")
    broken += look(page)
    page.fill("#code", CODE[:-1] + str((int(CODE[-1]) + 1) % 10))
    go("main button >> nth=0", "slip")
    page.fill("#code", CODE)
    go("main button >> nth=0", "page")
    go("form[action*='/words'] button", "words")
    assert WORDS in page.inner_text("main")
    go("form[action*='/back'] button", "again")
    page.check("input[value=quote_anon]")
    go("button[value=some]", "ended")
    page.set_viewport_size({"width": 1280, "height": 900})
    kept(page, f"own-wide-{language}")
    page.check("input[name=sure]")
    go("button[value=all]", "erased")
    assert broken == []


def test_leaving_puts_another_page_in_its_place(page: Page, site: Site) -> None:
    page.route("https://www.google.com/**", lambda route: route.abort())
    she_told(site)
    page.goto(f"{site.origin}/withdraw/{SLUG}?lang=en")
    page.fill("#code", CODE)
    with page.expect_event("load"):
        page.click("main button >> nth=0")
    assert page.title().startswith("Paper")
    page.evaluate("document.getElementById('leave').href = '/sign-in'")
    before = page.evaluate("history.length")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**/sign-in")
    assert page.evaluate("history.length") == before, "it took the place of the page"
