"""Pages about one person and several visits, in a browser: small, in Khmer, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.foundation.db import unit_of_work
from service.persons.queries import pairs
from service.persons.verdicts import Verdict
from tests import visited
from tests.conftest import drain
from tests.factories import Phone
from tests.visited import DARA, DARA_AGAIN, SOPHEA, visit
from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.browser.test_pages import follow, sign_in

pytestmark = pytest.mark.browser


def visits(site: Site) -> None:
    """Three to Dara."""
    project_id = site.world.project_id
    with unit_of_work() as session:
        made = actions.create_app_user(session, SYSTEM, project_id, "បាត់ដំបង ២", None)
    visited.publish(project_id)
    phone = Phone(client=site.client, project_id=project_id, token=made.token, id=made.id)
    for form in (visit("uuid:1", DARA, SOPHEA), visit("uuid:2", DARA_AGAIN), visit("uuid:3", DARA)):
        assert phone.send(form, base_url=site.origin).status_code == 201
    drain(site.client.application)


def joined(site: Site, count: int) -> None:
    """The first pairs were joined by two others; of the next somebody said that they differ."""
    found = visited.pairs()
    with unit_of_work() as session:
        for one in found[:count]:
            pairs.say(session, site.world.project_id, one.pair_pk, Verdict.SAME, None, one.found_at)
        last = found[count]
        pairs.say(
            session, site.world.project_id, last.pair_pk, Verdict.DIFFERENT, None, last.found_at
        )


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_pair_is_decided_and_a_file_taken_apart_on_a_small_phone(
    page: Page, site: Site, language: str
) -> None:
    sign_in(page, site, language)
    home = f"{site.origin}{site.world.path}/persons"
    page.goto(home)
    broken = look(page)
    visits(site)
    page.goto(home)
    broken += look(page)
    follow(page, "tbody th a >> nth=0")
    broken += look(page)
    page.focus("input[value=same]")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_count(1)
    broken += look(page)
    page.select_option("#purpose", "work")
    follow(page, "form[action$=names] button")
    expect(page.get_by_text("Sok Dara").or_(page.get_by_text("សុខ ដារ៉ា")).first).to_be_visible()
    broken += look(page)
    joined(site, 2)
    page.goto(f"{home}/{visited.pairs()[0].first_pk}")
    expect(page.get_by_role("alert")).to_have_count(1)
    broken += look(page)
    follow(page, "section form button >> nth=0")
    expect(page.get_by_role("status")).to_have_count(1)
    page.goto(f"{home}/search")
    page.fill("#name", "Dara")
    follow(page, "form[action$=search] button")
    expect(page.locator("tbody tr")).to_have_count(3)
    broken += look(page)
    assert broken == []
