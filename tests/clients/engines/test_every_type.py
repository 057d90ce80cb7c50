"""Every type of question in the engines of web clients; what one of them lacks is said here."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from lxml import etree

from tests.clients.engines.conftest import Opening, Web
from tests.clients.engines.every_type import FORM_ID, LACKING, LIST, SURVEY, xform
from tests.clients.engines.filling import Enketo, WebForms
from tests.clients.engines.test_reference_forms import engines, send_again, values
from tests.reliability import checker

pytestmark = pytest.mark.browser


def fill(form: Enketo | WebForms, photo: Path) -> None:
    form.speak("English")
    form.write("Full name", "សុខ & ម៉ារី <ស្រី>")
    form.write("In their words", "ខ្ញុំ​ចង់ 🙂")
    form.write("Age", "130")
    assert form.messages() == ["From 0 to 120"]
    form.speak("ភាសាខ្មែរ")
    assert form.messages() == ["ពី 0 ដល់ 120"]
    form.speak("English")
    assert not form.is_shown("Work")
    form.write("Age", "44")
    form.write("Weight", "51.5")
    form.choose("Colour", "Red")
    form.choose("All colours", "Red", "Blue")
    form.look_up("Who was seen?", "ចាន់ ថា")
    form.day("Day", dt.date(2026, 11, 20))
    form.hour("Hour", "09:30")
    form.locate("Place", "13.1", "103.2")
    form.acknowledge("Read aloud?")
    form.attach("Picture", photo)
    form.write("Work", "កសិករ")
    form.write("Where was the visit?", "ភូមិ ១")
    form.write("Who was met?", "ក")
    form.add("Met")
    form.write("Who was met?", "ខ")
    form.add("Visit")
    form.write("Where was the visit?", "ភូមិ ២")


@engines
def test_c19_c20_c32_c73_c74_answers_of_every_type_arrive_as_they_were_given(
    engine: str, filling: Opening, web: Web, person: str, photo: Path
) -> None:
    form = filling(engine)
    form.open(web.site.project_id, FORM_ID)
    fill(form, photo)
    assert form.send() == "yes", form.answers

    told = values(form.xml)
    assert told["who"] == ["សុខ & ម៉ារី <ស្រី>"]
    assert told["story"] == ["ខ្ញុំ​ចង់ 🙂"]
    assert (told["team"], told["read"], told["work"]) == (["bt-7"], ["OK"], ["កសិករ"])
    assert (told["age"], told["weight"], told["next_year"]) == (["44"], ["51.5"], ["45"])
    assert (told["colour"], told["colours"]) == (["red"], ["red blue"])
    assert (told["person"], told["seen_age"]) == ([person], ["51"])
    assert told["day"] == ["2026-11-20"]
    assert told["hour"][0].startswith("09:30:00")
    assert [float(number) for number in told["point"][0].split()[:2]] == [13.1, 103.2]
    assert told["instanceName"] == ["សុខ & ម៉ារី <ស្រី> 45"]
    visits = [
        [met.text for met in visit.iter("{*}place", "{*}met_name") if met.text]
        for visit in etree.fromstring(form.xml).iter("{*}visit")
    ]
    assert visits == [["ភូមិ ១", "ក", "ខ"], ["ភូមិ ២"]]

    [instance_id], [named] = told["instanceID"], told["picture"]
    picture = photo.read_bytes()
    assert checker.records_of(web.site)[instance_id] == form.xml
    assert [file for file in checker.files_of(web.site) if file[0] == instance_id] == [
        (instance_id, named, hashlib.sha256(picture).hexdigest())
    ]
    assert send_again(web, form.xml, {named: picture}) == 202


@engines
def test_c78_a_record_makes_an_entity(
    engine: str, filling: Opening, web: Web, person: str
) -> None:
    form = filling(engine)
    form.open(web.site.project_id, FORM_ID)
    form.speak("English")
    form.write("Full name", f"សុខ {engine}")
    form.write("Age", "9")
    assert form.send() == "yes", form.answers
    listed = web.ask("GET", f"/datasets/{LIST}/entities").json()
    assert f"សុខ {engine}" in [each["currentVersion"]["label"] for each in listed]


def test_a_draft_is_tried_in_web_forms_and_leaves_no_record(
    filling: Opening, web: Web, person: str
) -> None:
    """Addresses of Central's preview: the draft's XML, its files, its records."""
    draft = xform(SURVEY).replace(b'version="1"', b'version="2"')
    web.ask(
        "POST", f"/forms/{FORM_ID}/draft", data=draft, headers={"Content-Type": "application/xml"}
    )
    before = checker.records_of(web.site).keys()
    form = filling("web_forms")
    form.open(web.site.project_id, FORM_ID, is_draft=True)
    form.speak("English")
    form.write("Full name", "សុខ")
    form.look_up("Who was seen?", "ចាន់ ថា")
    assert form.send() == "yes", form.answers
    assert b'version="2"' in form.xml
    assert checker.records_of(web.site).keys() == before


def test_web_forms_has_no_upload_but_pictures_and_enketo_takes_all(
    filling: Opening, web: Web, person: str, photo: Path
) -> None:
    """docs/web-clients.md says so. When Web Forms learns it, this fails: say it there."""
    web_forms = filling("web_forms")
    web_forms.open(web.site.project_id, LACKING)
    for label in ("Paper", "Voice"):
        pending = "Support for non-image uploads is pending."
        assert pending in web_forms.question(label).inner_text()
        assert web_forms.question(label).locator("input").count() == 0
    enketo = filling("enketo")
    enketo.open(web.site.project_id, LACKING)
    enketo.write("Who?", "សុខ")
    enketo.write("Barcode", "៤៤-44")
    enketo.attach("Paper", photo)
    assert enketo.send() == "yes", enketo.answers
    told = values(enketo.xml)
    assert (told["code"], len(told["paper"])) == (["៤៤-44"], 1)
    for xml in (enketo.xml,):
        assert "audit" not in values(xml), "neither engine keeps an audit log"
