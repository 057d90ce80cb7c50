"""The pages of review in a browser: on a small phone, in Khmer, for everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Site
from tests.web.browser.looking import look
from tests.web.browser.test_pages import fill, follow, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_record_is_returned_removed_and_found_in_the_trash_on_a_small_phone(
    page: Page, site: Site, language: str
) -> None:
    sign_in(page, site, language)
    fill(site)
    home = f"{site.origin}{site.world.path}"
    page.goto(f"{home}/submissions?state=current")
    broken = look(page)
    follow(page, "tbody th a >> nth=0")
    record = page.url
    follow(page, "form[action$=take] button")
    page.check("input[value=returned]")
    page.fill("#words", "សូមសួរម្តងទៀត")
    follow(page, "form[action$=decide] button")
    broken += look(page)
    assert page.input_value("#words") == "សូមសួរម្តងទៀត", "no reason was chosen: nothing is lost"
    page.check("input[value=place]")
    follow(page, "form[action$=decide] button")
    expect(page.locator("#review .tag")).to_have_count(1)
    broken += look(page)
    follow(page, "a[href$=comments]")
    expect(page.get_by_text("សូមសួរម្តងទៀត")).to_have_count(1)
    broken += look(page)
    page.goto(f"{home}/submissions?stage=received")
    page.check("tbody input[name=chosen] >> nth=0")
    page.check("input[value=approved]")
    follow(page, "form[method=post] section button")
    broken += look(page)
    page.goto(f"{record.partition('?')[0]}/remove")
    page.check("input[value=practice]")
    follow(page, "button.danger")
    page.goto(f"{home}/trash")
    broken += look(page)
    page.goto(f"{home}/counting")
    broken += look(page)
    assert broken == []
