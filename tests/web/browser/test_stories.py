"""Testimonies in use in a browser: on a small phone, in both languages, without a script."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.foundation.db import unit_of_work
from service.testimonies.terms import Kind, Means, Wanted
from tests.factories import Phone
from tests.integration.testimonies.conftest import VILLAGE, stories_of
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.browser.test_pages import follow, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_testimony_is_used_on_a_small_phone(page: Page, site: Site, language: str) -> None:
    project_id = site.world.project_id
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, project_id, "បាត់ដំបង ២", None)
    phone = Phone(client=site.client, project_id=project_id, token=made.token, id=made.id)
    stories = stories_of(site.client.application, phone, site.origin)
    sign_in(page, site, language)
    home = f"{site.origin}{site.world.path}/testimonies"
    page.goto(home)
    broken = looked(page, "empty")
    page.goto(f"{home}/uses")
    broken += looked(page, "no-uses")
    record = stories.tell()
    text = stories.text(record)
    translation = stories.write(
        record, "I can walk again.", kind=Kind.TRANSLATION, language="en", source_pk=text
    )
    stories.read_back(translation)
    stories.release(translation)
    web = stories.use(text, Wanted())
    stories.use(text, Wanted(), Means.PRINT)
    stories.write(record)
    page.goto(home)
    broken += looked(page, "library")
    follow(page, "main li a >> nth=0")
    broken += looked(page, "text")
    page.goto(f"{home}/uses")
    broken += looked(page, "uses")
    page.goto(f"{home}/records/{record}")
    page.locator("input[name=words]").nth(2).fill(VILLAGE)
    follow(page, "section >> nth=2 >> form[action$=mask] button")
    expect(page.locator("main")).to_contain_text("[…]")
    broken += looked(page, "desk")
    page.goto(f"{site.origin}/told/battambang/{web}?lang={language}")
    expect(page.locator("article")).to_have_count(2)
    broken += looked(page, "public")
    assert broken == []


def looked(page: Page, name: str) -> list[str]:
    found = look(page)
    if shots := os.environ.get("SHOTS"):
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            tongue = page.locator("html").get_attribute("lang")
            page.screenshot(path=f"{shots}/{name}-{tongue}-{width}.png", full_page=True)
    return found
