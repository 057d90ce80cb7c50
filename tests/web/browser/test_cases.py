"""The pages of cases in a browser: on a small phone, in both languages, without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.foundation.db import unit_of_work
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.browser.test_pages import follow, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_case_is_followed_on_a_small_phone(page: Page, site: Site, language: str) -> None:
    project_id = site.world.project_id
    with unit_of_work() as session:
        a_form(session, project_id, FORM_ID, xml=form_xml())
        made = actions.create_app_user(session, SYSTEM, project_id, "បាត់ដំបង ២", None)
    phone = Phone(client=site.client, project_id=project_id, token=made.token, id=made.id)
    record = told(contact="yes", share="yes", name="សុខ វិបុល", today="2026-11-20")
    assert phone.send(record, base_url=site.origin).status_code == 201
    drain(site.client.application)
    sign_in(page, site, language)
    page.set_viewport_size({"width": 360, "height": 740})
    home = f"{site.origin}{site.world.path}"
    page.goto(f"{home}/cases")
    broken = look(page)
    follow(page, "tbody th a >> nth=0")
    broken += look(page)
    page.select_option("#what", "status.not_feasible")
    follow(page, "form[action$=events] button")
    expect(page.locator("main")).not_to_contain_text("វិបុល")
    broken += look(page)
    page.goto(f"{home}/services?near=0204")
    broken += look(page)
    assert broken == []
