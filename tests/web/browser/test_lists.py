"""Pages of entity lists in a browser: on a small phone, in both languages, for everybody."""

from __future__ import annotations

import os
import uuid

import pytest
from playwright.sync_api import Page

from service import jobs
from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.entities import actions
from service.forms import actions as forms
from service.foundation.db import unit_of_work
from tests.entity_forms import a_record, register
from tests.factories import Phone
from tests.web.browser.conftest import Site
from tests.web.browser.looking import LARGE, SMALL, assert_fits, violations
from tests.web.browser.test_pages import follow, sign_in

pytestmark = pytest.mark.browser

ONE = "6f9c5a7e-3f2b-4c11-9a57-0d6e656e6701"


def fill(site: Site) -> None:
    """A list that names people, on a phone; one entity that two changed; records that wait."""
    app, project_id = site.client.application, site.world.project_id
    with unit_of_work() as session:
        forms.publish_xml(
            session, SYSTEM, project_id, register(names_people=True), media={},
            blobs=app.extensions["samleng.blobs"],
        )  # fmt: skip
        made = accounts.create_app_user(session, SYSTEM, project_id, "ទូរសព្ទ អរុណ", None)
        actions.allow_phone(session, SYSTEM, project_id, "people", made.id, "0201")
        actions.create(
            session, SYSTEM, project_id, "people",
            [actions.given(str(uuid.uuid4()), "ស៊ីថា", {"age": "31"})], at_once=True,
        )  # fmt: skip
    phone = Phone(client=site.client, project_id=project_id, token=made.token, id=made.id)
    long = "ភូមិអូរតាគាំ ឃុំអូរតាគី ស្រុកថ្មគោល ខេត្តបាត់ដំបង"
    for record in (
        a_record(ONE, {"name": "សុខ ដារ៉ា", "age": "44"}, label="សុខ ដារ៉ា", create="1"),
        a_record(ONE, {"age": "45", "village": "ព្រែក"}, update="1", baseVersion="1"),
        a_record(ONE, {"age": "46", "village": long}, update="1", baseVersion="1"),
        a_record("x", {}, label="y", create="1"),
    ):
        assert phone.send(record, base_url=site.origin).status_code == 201
        jobs.drain(app.extensions["samleng.worker"].tools)


@pytest.mark.parametrize("language", ["en", "km"])
def test_pages_of_lists_fit_a_small_phone_and_break_no_rule_of_accessibility(
    page: Page, site: Site, language: str
) -> None:
    sign_in(page, site, language)
    broken: list[str] = []
    shots = os.environ.get("SAMLENG_TEST_SHOTS")

    def look(name: str) -> None:
        nonlocal broken
        for size in (SMALL, LARGE):
            page.set_viewport_size(size)
            assert_fits(page)
            if shots:
                path = f"{shots}/{name}-{language}-{size['width']}.png"
                page.screenshot(path=path, full_page=True)
        broken += violations(page)

    path = f"{site.origin}{site.world.path}/lists"
    page.goto(path)
    look("none")
    fill(site)
    page.goto(path)
    look("lists")
    follow(page, "tbody a >> nth=0")
    look("list")
    address = page.url
    follow(page, f"a[href$='{ONE}']")
    look("entity_why")
    follow(page, "main form button")
    look("entity")
    page.check("input[name=side0][value=theirs]")
    follow(page, "form[action$=resolve] button")
    assert page.url.endswith("news=settled")
    for text, name in (("label,age\nម៉ាលី,30\n", "import"), ("label,age\n,30\n", "faulty")):
        page.goto(address)
        content = {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.set_input_files("#csv", files=[content])
        follow(page, "form[action$=import] button")
        look(name)
    page.goto(f"{site.origin}{site.world.path}/phones")
    follow(page, "tbody a >> nth=0")
    look("phone")
    assert broken == []
