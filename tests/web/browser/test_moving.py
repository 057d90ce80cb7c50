"""The pages of moving in: every state and reason in both languages, and a move without a script."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Page

from service.accounts import queries as accounts
from service.accounts.actor import SYSTEM
from service.forms import actions as forms
from service.foundation import clock, ids, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import DataClass, Place, seal
from service.foundation.settings import Settings
from service.moving.plan import Row, Verdict, What, Why, cells, count
from service.moving.states import State
from service.moving.tables import MovePage, MoveRun
from tests.clients.scripted_server import scripted
from tests.conftest import drain
from tests.integration.moving.test_files import TOYS, a_root, central_zip
from tests.integration.moving.test_servers import TOKEN, answering, central
from tests.integration.moving.village import FORM, id_of
from tests.web.browser.conftest import Site, serving
from tests.web.browser.test_pages import follow, sign_in, violations
from tests.web.pages_world import PASSWORD
from tests.web.people import code_of

pytestmark = pytest.mark.browser


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    with serving(dataclasses.replace(settings, move_in_private=True)) as site:
        yield site


def in_every_state(site: Site) -> str:
    """A move in each state; the last with a line for each verdict and reason. Its key."""
    now, project_id = clock.now(), site.world.project_id
    rows = [
        Row(what=what, form_id="household_survey", name=id_of(1), verdict=verdict)
        for what in What
        for verdict in Verdict
    ]
    rows += [
        Row(what=What.RECORD, form_id="f", name=id_of(2), verdict=Verdict.REFUSED, why=why)
        for why in Why
    ]
    key, run_pk = keys.current().take(project_id), ids.new_uuid()
    with unit_of_work() as session:
        for state in State:
            run_pk = ids.new_uuid()
            session.add(
                MoveRun(
                    project_id=project_id, run_pk=run_pk, kind="central", state=state,
                    address="https://central.a-rather-long-name.example.org/odk", of_project="7",
                    form_ids=[], is_dry=state is State.DONE, asked_by=1, asked_at=now,
                    started_at=now, beat_at=now, mark={}, counts=dict(count(rows)), pages=1,
                    problem="source-away" if state is State.FAILED else None,
                    reason="it does not answer in time", key_pk=key.key_pk,
                )
            )  # fmt: skip
        session.flush()
        place = Place(
            project_id=project_id, record=run_pk, data_class=DataClass.RAW, field="moving/1"
        )
        plain = orjson.dumps([cells(row) for row in rows])
        session.add(
            MovePage(project_id=project_id, run_pk=run_pk, number=1, sealed=seal(key, place, plain))
        )
    return str(run_pk)


def a_waiting_one(site: Site) -> str:
    """A move of the coordinator's own that waits for its file."""
    with reading() as session:
        person = accounts.find_user(session, site.world.coordinator)
    assert person is not None
    run_pk = ids.new_uuid()
    with unit_of_work() as session:
        session.add(
            MoveRun(
                project_id=site.world.project_id, run_pk=run_pk, kind="records",
                state=State.WAITING, address="", of_project="", form_ids=["household_survey"],
                is_dry=True, asked_by=person.id, asked_at=clock.now(), mark={}, counts={},
            )
        )  # fmt: skip
    return str(run_pk)


@pytest.mark.parametrize("language", ["en", "km"])
def test_every_state_and_reason_is_told_on_small_and_large_screens(
    page: Page, site: Site, language: str
) -> None:
    sign_in(page, site, language)
    run = in_every_state(site)
    waiting = a_waiting_one(site)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for rest, lines in (
            ("", len(State) + 1),
            ("/new", 0),
            ("/file", 0),
            (f"/{waiting}", 0),
            (f"/{run}", len(What) * len(Verdict) + len(Why)),
        ):
            page.goto(f"{site.origin}{site.world.path}/moving{rest}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert violations(page) == []
            assert page.locator("tbody tr").count() == lines


def test_a_move_is_looked_at_and_made_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/sign-in?lang=km")
    page.fill("#email", site.world.coordinator)
    page.fill("#password", PASSWORD)
    follow(page, "main button")
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    follow(page, "nav a[href$=moving]")
    with scripted(answering(central(), f"Bearer {TOKEN}")) as (address, _):
        for times in (1, 2):
            follow(page, "main a[href*='moving/new']")
            page.fill("#address", address)
            page.fill("#of_project", "7")
            page.fill("#token", TOKEN)
            assert page.locator("[name=dry][value=no]").is_checked() == (times == 2)
            follow(page, "main form button")
            drain(site.client.application)
            page.reload()
            assert "រួចរាល់" in page.inner_text("main")
    assert "យកមក" in page.inner_text("h1")
    follow(page, "main a[href$='page=2']")
    assert id_of(2) not in page.inner_text("tbody") or "ថ្មី" in page.inner_text("tbody")
    context.close()


def test_an_export_file_is_looked_at_and_brought_without_a_script(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    publish_village(site)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/sign-in?lang=km")
    page.fill("#email", site.world.coordinator)
    page.fill("#password", PASSWORD)
    follow(page, "main button")
    page.fill("#code", code_of(site.world.coordinator))
    follow(page, "main button")
    follow(page, "nav a[href$=moving]")
    follow(page, "main a[href$='moving/file']")
    page.select_option("#of", "records:village")
    follow(page, "main form button")
    path = central_zip(tmp_path / "v.csv.zip", [a_root(2, "two")], [], TOYS[:9])
    page.set_input_files("#file", path)
    follow(page, "main form button")
    drain(site.client.application)
    page.reload()
    assert id_of(2) in page.inner_text("tbody")
    follow(page, "main form[action$=bring] button")
    drain(site.client.application)
    page.reload()
    assert "យកមក" in page.inner_text("h1")
    assert "ឯកសារត្រូវបានបំផ្លាញ" in page.inner_text("main")
    context.close()


def publish_village(site: Site) -> None:
    blobs = site.client.application.extensions["samleng.blobs"]
    with unit_of_work() as session:
        xml = FORM.format(version="1").encode()
        forms.publish_xml(session, SYSTEM, site.world.project_id, xml, media={}, blobs=blobs)
