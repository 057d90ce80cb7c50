"""The page of exports: every state in both languages, and a file made without a script."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from service.exports.kinds import Kind, State, Why
from service.exports.tables import ExportRun
from service.forms.tables import Form
from service.foundation import clock, ids
from service.foundation.db import unit_of_work
from tests.conftest import drain
from tests.web.browser.conftest import Site
from tests.web.browser.looking import LARGE, SMALL, assert_fits, violations
from tests.web.browser.test_pages import follow, sign_in
from tests.web.pages_world import PASSWORD
from tests.web.people import code_of

pytestmark = pytest.mark.browser


def in_every_state(site: Site) -> None:
    """A run in each state, and of each kind."""
    now = clock.now()
    states = [
        (State.WAITING, None), (State.QUEUED, None), (State.RUNNING, None), (State.DONE, None),
        *((State.FAILED, why) for why in (Why.NO_RIGHT, Why.TOO_LARGE, Why.BROKEN)),
        *((State.GONE, why) for why in (Why.DELETED, Why.OLD, Why.TAKEN_BACK)),
    ]  # fmt: skip
    kinds = list(Kind)
    with unit_of_work() as session:
        form_pk = session.scalars(
            sa.select(Form.form_pk).where(Form.project_id == site.world.project_id)
        ).one()
        for number, (state, why) in enumerate(states):
            is_begun = state not in (State.WAITING, State.QUEUED)
            session.add(
                ExportRun(
                    project_id=site.world.project_id, run_pk=ids.new_uuid(), form_pk=form_pk,
                    kind=kinds[number % len(kinds)], words="km", purpose="contact",
                    with_identity=state is State.WAITING, state=state, why=why, asked_by=1,
                    asked_at=now - dt.timedelta(minutes=number),
                    started_at=now - dt.timedelta(seconds=9) if is_begun else None,
                    beat_at=now if is_begun else None, records=41_000 if is_begun else 0,
                    expected=100_000, size=12_345_678,
                )
            )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_state_is_told_on_small_and_large_screens(
    page: Page, site: Site, language: str
) -> None:
    sign_in(page, site, language)
    in_every_state(site)
    for size in (SMALL, LARGE):
        page.set_viewport_size(size)
        page.goto(f"{site.origin}{site.world.path}/exports")
        assert_fits(page)
        assert violations(page) == []
    assert page.locator("tbody tr").count() == 10
    assert page.locator("progress").count() == 1


def test_a_file_is_made_and_fetched_without_a_script(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/sign-in?lang=km")
    page.fill("#email", site.world.coordinator)
    page.fill("#password", PASSWORD)
    follow(page, "main button")
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    follow(page, "nav a[href$=exports]")
    page.select_option("#kind", "geojson")
    follow(page, "main form button")
    assert "រង់ចាំវេន" in page.inner_text("tbody")
    drain(site.client.application)
    page.goto(f"{site.origin}{site.world.path}/exports")
    assert "រួចរាល់" in page.inner_text("tbody")
    with page.expect_download() as fetched:
        page.click("a[href$=file]")
    fetched.value.save_as(tmp_path / "places.geojson")
    assert (tmp_path / "places.geojson").read_bytes().startswith(b'{"type":"FeatureCollection"')
    follow(page, "form[action$=delete] button")
    assert "បានលុប" in page.inner_text("tbody")
    context.close()
