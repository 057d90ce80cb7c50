"""Passkeys with a real browser and a virtual authenticator, at http://localhost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from service.accounts.tables import SignIn
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from tests.factories import at
from tests.web.browser.conftest import Site, serving
from tests.web.browser.looking import violations
from tests.web.browser.test_pages import follow
from tests.web.pages_world import PASSWORD
from tests.web.people import code_of

pytestmark = pytest.mark.browser


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    """By the name that browsers trust without https."""
    with serving(settings, "localhost") as site:
        yield site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """With an authenticator that agrees to everything; breaks no content policy."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    session = context.new_cdp_session(opened)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield opened
    assert [text for text in complaints if "Content Security Policy" in text] == []
    context.close()


def enter(page: Page, site: Site) -> None:
    """As far as the page that asks for the second factor."""
    page.goto(f"{site.origin}/sign-in?lang=en")
    page.fill("#email", site.world.coordinator)
    page.fill("#password", PASSWORD)
    follow(page, "main button")


def add(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.origin}/account/passkeys/new")
    page.fill("#name", name)
    page.click("form[data-passkey] button")
    page.wait_for_url("**/account?done=passkey")


def test_s11_a_passkey_stands_for_the_code(page: Page, site: Site) -> None:
    enter(page, site)
    assert page.locator("form[data-passkey]").count() == 0, "none yet"
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    add(page, site, "សោ USB")
    assert "The passkey is added" in page.inner_text("main")
    assert "សោ USB" in page.inner_text("main")
    assert violations(page) == []
    follow(page, "header form button")
    enter(page, site)
    assert violations(page) == []
    page.click("form[data-passkey] button")
    page.wait_for_url(f"**{site.world.path}/")
    page.goto(f"{site.origin}{site.world.path}/people/new")
    assert page.url.endswith("/people/new"), "a passkey is fresh, too"
    page.goto(f"{site.origin}/account")
    assert "last used" in page.inner_text("main")
    follow(page, "form[action$=remove] button")
    assert "removed" in page.inner_text("main")
    follow(page, "header form button")
    enter(page, site)
    assert page.locator("form[data-passkey]").count() == 0


def test_s11_a_form_that_wants_a_fresh_code_goes_on_by_a_passkey(page: Page, site: Site) -> None:
    enter(page, site)
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    add(page, site, "ទូរសព្ទ")
    page.goto(f"{site.origin}{site.world.path}/people/new")
    page.fill("#email", "bopha@example.org")
    page.fill("#name", "បុប្ផា")
    page.check("input[value=reviewer]")
    page.check("input[name=where][value=all]")
    with unit_of_work() as session:  # the form stood open for long
        session.execute(sa.update(SignIn).values(factor_at=at("2026-01-01T00:00")))
    follow(page, "main button")
    assert "Nothing that you typed is lost" in page.inner_text("main")
    assert violations(page) == []
    page.click("form[data-passkey] button")
    page.wait_for_selector("code.copy")
    assert "បុប្ផា" in page.inner_text("h1")
    assert "/setup/" in page.inner_text("code.copy")


def test_s11_the_answer_of_a_passkey_is_good_once(page: Page, site: Site) -> None:
    enter(page, site)
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    add(page, site, "old")
    follow(page, "header form button")
    enter(page, site)
    sent: list[Any] = []
    page.on("request", lambda r: sent.append(r.post_data) if r.url.endswith("/passkey") else None)
    page.click("form[data-passkey] button")
    page.wait_for_url(f"**{site.world.path}/")
    assert len(sent) == 1
    again = page.request.post(
        f"{site.origin}/second-factor/passkey",
        data=sent[0],
        headers={"Content-Type": "application/json", "Origin": site.origin},
    )
    assert again.status == 400


def test_where_scripts_are_off_codes_do(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, site)
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    page.goto(f"{site.origin}/account/passkeys/new")
    assert not page.locator("form[data-passkey]").is_visible()
    assert "needs JavaScript" in page.inner_text("main")
    context.close()
