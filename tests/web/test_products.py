"""Products on pages and through the API: made, listed, taken, gone."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.accounts.queries import find_project
from service.foundation.db import reading
from service.foundation.settings import Settings
from tests import packs
from tests.integration.products.conftest import TABLES, World, a_world
from tests.web.pages_world import text_of
from tests.web.people import bearer

Headers = dict[str, str]


class Site:
    """A world, and what a coordinator asks of it."""

    def __init__(self, world: World, client: FlaskClient, headers: Headers) -> None:
        self.world, self.client, self.headers = world, client, headers
        with reading() as session:
            project = find_project(session, world.project_id)
            assert project is not None
            self.pages = f"/p/{project.slug}/products"
        self.api = f"/v1/projects/{world.project_id}/products"


@pytest.fixture
def site(app: Flask, client: FlaskClient, settings: Settings) -> Site:
    world = a_world(app, client, people=120)
    world.release(TABLES[:9])
    key = settings.secrets.jwt_key
    return Site(world, client, bearer(key, Role.COORDINATOR, world.project_id))


def files_in(held: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_coordinator_makes_a_brief_on_the_page_and_takes_it(site: Site) -> None:
    version = site.world.narrator(c_share_gov="yes")
    asked = f"{site.pages}?product=province_brief&partner=PDAC&lang=en"
    offered = site.client.get(asked, headers=site.headers)
    value = f"{version}:{site.world.stories.shown(version)}"
    assert value in offered.get_data(as_text=True)
    form = {"product": "province_brief", "partner": "PDAC", "place": "02", "language": "both",
            "quote": value}  # fmt: skip
    made = site.client.post(site.pages, data=form, headers=site.headers)
    assert (made.status_code, made.headers["Location"]) == (303, f"{site.pages}?news=made")
    listed = site.client.get(f"{site.pages}?lang=en", headers=site.headers)
    assert "Province brief: Battambang may be taken" in text_of(listed)
    assert "Releases: 1. Quotes: 1. Taken: 0." in text_of(listed)
    [line] = site.world.packs()
    taken = site.client.post(f"{site.pages}/{line.pack_pk}/file", headers=site.headers)
    assert taken.content_type == "application/zip"
    assert taken.headers["Cache-Control"] == "no-store"
    files = files_in(taken.get_data())
    assert packs.mismatches(files, site.world.project_id) == []
    site.world.take_back(version)
    gone = site.client.post(f"{site.pages}/{line.pack_pk}/file", headers=site.headers)
    assert gone.status_code == 410
    told = text_of(site.client.get(f"{site.pages}?lang=en", headers=site.headers))
    assert "words in it were taken back" in told
    assert "cannot be called back" in told


def test_what_cannot_be_made_is_said_and_what_was_typed_stays(site: Site) -> None:
    form = {"product": "commune_page", "partner": "PDAC", "place": "99", "language": "km"}
    answer = site.client.post(f"{site.pages}?lang=en", data=form, headers=site.headers)
    assert answer.status_code == 400
    assert 'value="99"' in answer.get_data(as_text=True)
    assert site.world.packs() == []


def test_programs_of_coordinators_make_list_and_take(site: Site) -> None:
    wanted = {"product": "open_data", "language": "en"}
    made = site.client.post(site.api, json=wanted, headers=site.headers)
    assert made.status_code == 201
    listed = site.client.get(site.api, headers=site.headers).get_json()
    [line] = listed["items"]
    assert (line["id"], line["state"], line["releases"]) == (made.get_json()["id"], "stands", [1])
    taken = site.client.post(f"{site.api}/{line['id']}/file", headers=site.headers)
    files = files_in(taken.get_data())
    told = json.loads(files[packs.MANIFEST])
    assert not [name for name in files if name.endswith(".pdf")]
    assert packs.mismatches(files, site.world.project_id) == []
    assert len(told["numbers"]) > 10
    assert b"#adm1+code" in files["releases/release-1.csv"]
    wrong = site.client.post(site.api, json={**wanted, "product": "novel"}, headers=site.headers)
    assert wrong.status_code == 400


def test_a_coordinator_recommends_on_the_page_and_a_program_reads_it(site: Site) -> None:
    """Earlier versions stay; what is not said in both languages is refused, and stays typed."""
    at = f"{site.pages}/recommendations"
    assert "No recommendation written." in text_of(
        site.client.get(f"{at}?lang=en", headers=site.headers)
    )
    form = {"article": "CRPD-9", "en": "Build a ramp.", "km": "សាងសង់ជម្រាល។"}
    made = site.client.post(at, data=form, headers=site.headers)
    assert (made.status_code, made.headers["Location"]) == (303, f"{at}?news=saved#CRPD-9")
    assert "Build a ramp." in text_of(site.client.get(f"{at}?lang=en", headers=site.headers))
    half = site.client.post(
        f"{at}?lang=en", data={**form, "km": "", "en": "Build two."}, headers=site.headers
    )
    assert half.status_code == 400
    assert "Build two.</textarea>" in half.get_data(as_text=True)
    by_program = f"{site.api}/recommendations"
    again = site.client.put(
        f"{by_program}/CRPD-9", json={"en": "Build two ramps.", "km": "សាងសង់ជម្រាលពីរ។"},
        headers=site.headers,
    )  # fmt: skip
    assert [(one["article"], one["version"]) for one in again.json["items"]] == [("CRPD-9", 2)]
    for article, words in (
        ("CRPD-99", {"en": "x", "km": "x"}), ("CRPD-9", {"en": "x", "km": ""}),
        ("CRPD-9", {"en": "x" * 1300, "km": "x"}),
    ):  # fmt: skip
        refused = site.client.put(f"{by_program}/{article}", json=words, headers=site.headers)
        assert refused.status_code == 400, article
    listed = site.client.get(by_program, headers=site.headers).json["items"]
    assert [one["en"] for one in listed] == ["Build two ramps."]


def test_words_are_put_beside_an_article_on_the_page(site: Site) -> None:
    version = site.world.narrator(c_advocacy_intl="yes")
    offered = site.client.get(f"{site.pages}?product=crpd&lang=en", headers=site.headers)
    value = f"{version}:{site.world.stories.shown(version)}:CRPD-25"
    assert value in offered.get_data(as_text=True)
    form = {"product": "crpd", "language": "en", "quote": value}
    assert site.client.post(site.pages, data=form, headers=site.headers).status_code == 303
    [line] = site.world.packs()
    taken = site.client.post(f"{site.pages}/{line.pack_pk}/file", headers=site.headers)
    told = json.loads(files_in(taken.get_data())[packs.MANIFEST])
    assert [one["beside"] for one in told["quotes"]] == ["CRPD-25"]
    strange = {**form, "quote": value.replace("CRPD-25", "CRPD-2")}
    assert site.client.post(site.pages, data=strange, headers=site.headers).status_code == 400


def test_a_file_leaves_in_pieces(site: Site) -> None:
    """It is never joined: no length is known before, and the first piece comes before the last."""
    made = site.client.post(
        site.api, json={"product": "open_data", "language": "en"}, headers=site.headers
    )
    answer = site.client.post(f"{site.api}/{made.json['id']}/file", headers=site.headers)
    assert answer.is_streamed
    assert answer.content_length is None
    assert files_in(b"".join(answer.iter_encoded()))
