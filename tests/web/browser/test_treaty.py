"""The public tally and the campaign from inside: on a small phone and a desk, in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.foundation.db import unit_of_work
from service.treaty.actions import quoting
from tests.factories import Phone
from tests.integration.treaty.conftest import NAMES, Treaty, line, publish
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.browser.test_pages import follow, sign_in

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures of what was looked at."""


OTHERS = (
    "លី ចន្ថា", "ឈឹម រតនា", "អ៊ុំ ពិសិដ្ឋ", "ម៉ៅ ស្រីនាង", "ទេព ធារី", "យឹម ភារម្យ", "នួន វណ្ណា", "ប៉ែន សារ៉ាត់",
    "គង់ មករា", "ឡុង ដារ៉ា",
)  # fmt: skip


def seen(page: Page, name: str) -> list[str]:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    return look(page)


def a_campaign(site: Site) -> Treaty:
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, site.world.project_id, "បាត់ដំបង ៣", None)
    client = site.client
    phone = Phone(client=client, project_id=site.world.project_id, token=made.token, id=made.id)
    treaty = publish(client.application, phone)
    for name in NAMES:
        treaty.sign(name, base_url=site.origin)
    leader = {"kind": "monk_nun", "title": "ចៅអធិការ", "org": "វត្តស្វាយ", "c_publish_name": "yes"}
    treaty.sign("ព្រះ សុវណ្ណ", base_url=site.origin, quote="គ្រាប់បែកត្រូវតែឈប់។", **leader)
    with unit_of_work() as session:
        [one] = quoting.list_leaders(session, SYSTEM, treaty.project_id)
        quoting.show(session, SYSTEM, treaty.project_id, one.signer_pk)
    lines = [line(name) for name in OTHERS]
    treaty.sheet("KH-1", line(NAMES[0]), *lines, base_url=site.origin)
    treaty.sheet("KH-2", line(NAMES[3]), declared=4, base_url=site.origin)
    treaty.sheet("KH-3", *lines, base_url=site.origin, comm="020403", vill="02040301")  # a copy
    return treaty


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_campaign_is_looked_at_and_checked(page: Page, site: Site, language: str) -> None:
    treaty = a_campaign(site)
    sign_in(page, site, language)
    page.goto(f"{site.origin}{site.world.path}/treaty")
    fields = {
        "code": "pt2026", "title_en": "People's Treaty 2026", "title_km": "សន្ធិសញ្ញាប្រជាជន ២០២៦",
        "goal": "100",
    }  # fmt: skip
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    follow(page, "form[action$=campaign] button")
    broken = seen(page, f"inside-1280-{language}")
    page.set_viewport_size({"width": 360, "height": 740})
    broken += seen(page, f"inside-360-{language}")
    address = f"{site.origin}/treaty/{site.world.path.rpartition('/')[2]}?lang={language}"
    page.goto(address)
    expect(page.locator(".number strong")).to_have_text("25")
    broken += seen(page, f"tally-360-{language}")
    page.set_viewport_size({"width": 1280, "height": 900})
    broken += seen(page, f"tally-1280-{language}")
    page.fill("#code", treaty.code())
    page.click("form button")
    expect(page.locator(".answer")).to_be_visible()
    broken += seen(page, f"answer-1280-{language}")
    assert broken == []
