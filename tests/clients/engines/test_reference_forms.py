"""The reference forms in the engines of web clients: found, filled in, sent, and understood."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path

import pytest
import requests
from lxml import etree
from PIL import Image

from tests.clients.engines.answers import (
    HOUSEHOLD,
    NEED,
    PARTICIPATION,
    SIGNATURE,
    SURVIVOR,
    tell,
)
from tests.clients.engines.conftest import Opening, Web
from tests.clients.households import Count
from tests.clients.test_field_day import i12, wait_for_facts
from tests.reliability import checker

pytestmark = pytest.mark.browser

engines = pytest.mark.parametrize("engine", ["enketo", "web_forms"])
NEEDED = "ត្រូវការចម្លើយនេះ។"
STOP = "Thank the person and stop here. Save and send this form: only the refusal is counted."


def values(xml: bytes) -> dict[str, list[str]]:
    """{name of a question: what it holds, in the order of the record}, empty ones left out."""
    found: dict[str, list[str]] = {}
    for node in etree.fromstring(xml).iter(etree.Element):
        text = (node.text or "").strip()
        if text:
            found.setdefault(etree.QName(node).localname, []).append(text)
    return found


def send_again(web: Web, xml: bytes, files: dict[str, bytes]) -> int:
    """As a phone would, after an answer that was lost."""
    parts = {name: (name, content) for name, content in files.items()}
    answer = requests.post(
        f"{web.site.phone_url}/submission",
        files={"xml_submission_file": ("xml_submission_file", xml, "text/xml"), **parts},
        timeout=60,
    )
    return answer.status_code


@engines
def test_c17_c32_c33_a_signature_with_a_photo_arrives_whole_and_once(
    engine: str, filling: Opening, web: Web, photo: Path
) -> None:
    form = filling(engine)
    form.open(web.site.project_id, "treaty_signature")
    assert form.send() == "invalid"
    assert form.messages() == [NEEDED, NEEDED]
    form.speak("English")
    form.write("Your team code", "ab c!")
    assert form.messages()[0] == "Use letters, digits, - and _ only; never a name."
    tell(form, SIGNATURE)
    form.attach("Photo of the leader", photo)
    assert form.send() == "yes", form.answers

    told = values(form.xml)
    [instance_id], [named] = told["instanceID"], told["photo"]
    assert told["signer_name"] == ["សុខ ម៉ារី"]
    assert (told["prov"], told["dist"], told["comm"]) == (["02"], ["0204"], ["020401"])
    assert told["instanceName"] == [f"{told['today'][0]} 020401 leader_faith"]
    assert told["statement_shown"] == ["OK"]
    assert told["start"][0].endswith("+07:00")
    assert checker.records_of(web.site)[instance_id] == form.xml
    picture = photo.read_bytes()
    if engine == "web_forms":  # it draws a picture anew where a form has `max-pixels`
        [picture] = [each.sent for each in web.host.seen if each.path.endswith(f"/{named}")]
        with Image.open(io.BytesIO(picture)) as drawn:
            assert (drawn.format, drawn.size) == ("JPEG", (64, 48))
    whole = hashlib.sha256(picture).hexdigest()
    assert [file for file in checker.files_of(web.site) if file[0] == instance_id] == [
        (instance_id, named, whole)
    ]
    assert send_again(web, form.xml, {named: picture}) == 202
    wait_for_facts(web.site)
    with checker.opened(web.site) as database:
        rows = database.execute(
            "SELECT count(*) FROM signatures JOIN submissions USING (project_id, submission_pk)"
            " WHERE instance_id = ?",
            (instance_id,),
        ).fetchone()
    assert rows == (1,)


@engines
def test_c32_a_household_is_counted(engine: str, filling: Opening, web: Web) -> None:
    wait_for_facts(web.site)
    before = i12(web.site).get(("reh_prosthesis", "02"), Count(having=0, assessed=0))
    form = filling(engine)
    form.open(web.site.project_id, "needs_assessment")
    form.speak("English")
    tell(form, HOUSEHOLD)
    tell(form, SURVIVOR)
    tell(form, NEED)
    tell(form, PARTICIPATION)
    assert form.send() == "yes", form.answers

    told = values(form.xml)
    year = int(told["today"][0][:4])
    assert told["age_at_incident"] == [str(44 - (year - 2001))]
    assert told["id_docs"] == ["nid family_book"] or told["id_docs"] == ["family_book nid"]
    assert told["barrier"] == ["distance transport_cost"]
    assert (told["need_code"], told["need_status"]) == (["reh_prosthesis"], ["unmet"])
    assert told["deviceid"] != [""]
    assert checker.records_of(web.site)[told["instanceID"][0]] == form.xml
    wait_for_facts(web.site)
    after = i12(web.site)["reh_prosthesis", "02"]
    assert (after.having, after.assessed) == (before.having + 1, before.assessed + 1)


@engines
def test_what_was_said_before_a_no_is_not_sent(engine: str, filling: Opening, web: Web) -> None:
    form = filling(engine)
    form.open(web.site.project_id, "needs_assessment")
    form.speak("English")
    assert not form.is_shown("Household code")
    tell(form, HOUSEHOLD)
    assert not form.is_shown(STOP)
    form.choose("May we keep this record?", "No")
    assert form.is_shown(STOP)
    assert not form.is_shown("Household code")
    assert form.send() == "yes", form.answers
    told = values(form.xml)
    assert told["c_store"] == ["no"]
    assert {"prov", "hh_id", "hh_size", "sex", "c_stats"} & told.keys() == set()
    assert checker.records_of(web.site).get(told["instanceID"][0], form.xml) == form.xml
    by = time.monotonic() + 30
    while told["instanceID"][0] in checker.records_of(web.site):
        assert time.monotonic() < by, "of a refusal the tally stays, and nothing else"
        time.sleep(0.2)
