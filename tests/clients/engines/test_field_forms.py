"""The reference forms F2 to F7 in the engines of web clients, each in one language: filled in,
sent, and as the golden records have them, from which facts are read.

To accept a change on purpose: run with `SAMLENG_WRITE_GOLDEN=1`, then read the diff.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest
from lxml import etree

from tests.clients.engines import told
from tests.clients.engines.answers import Told, tell
from tests.clients.engines.conftest import Opening, Web
from tests.clients.engines.filling import Enketo, WebForms
from tests.clients.engines.test_reference_forms import values
from tests.golden.reference_forms import DIRECTORY
from tests.reliability import checker

pytestmark = pytest.mark.browser

ENGLISH, KHMER = "English", "ភាសាខ្មែរ"
GOLDEN = Path(__file__).parents[2] / "golden" / "forms"
WRITES = "SAMLENG_WRITE_GOLDEN" in os.environ
OF_THE_MOMENT = {"start", "end", "today", "deviceid", "instanceID", "instanceName", "review_by",
                 "next_visit", "due_on", "gps_from_safe_point", "photo"}  # fmt: skip
ALWAYS = {
    "start": "2026-11-20T09:15:00.000+07:00",
    "end": "2026-11-20T09:45:00.000+07:00",
    "today": "2026-11-20",
    "deviceid": "collect:aXb2c3d4e5f6g7h8",
    "instanceID": "uuid:5c1f1f4e-6f0a-4a53-8d43-0c5a1e2b9d10",
    "review_by": "2026-12-20",
    "next_visit": "2026-12-20",
    "due_on": "2026-12-20",
}
"""In golden records."""
FORMS = {
    "rights_issue": told.RIGHTS,
    "treaty_sheet": (*told.SHEET, *told.LINES, *told.SECOND_LINE),
    "testimony": (*told.TELLING, *told.AFTERWARDS),
    "follow_up": (*told.VISIT, *told.ANOTHER_NEED, *told.LEAVING),
    "clearance_concern": told.CONCERN,
    "service_directory": told.OFFICE,
}
BOTH = pytest.mark.parametrize("engine", ["enketo", "web_forms"])
ONE = pytest.mark.parametrize(
    ("engine", "language"), [("enketo", KHMER), ("web_forms", ENGLISH)], ids=["enketo", "web_forms"]
)


@pytest.fixture(scope="module")
def field(web: Web) -> Web:
    """With the form that no project has by itself, a case, and two needs of it."""
    media = [word for path in sorted(DIRECTORY.glob("*.csv")) for word in ("--media", str(path))]
    web.site.command(
        "forms", "publish", str(DIRECTORY / "testimony.xlsx"), "--project",
        str(web.site.project_id), *media, "--no-personal-data", "--ignore-warnings",
    )  # fmt: skip
    for name in ("code", "first_name", "village"):
        web.ask("POST", "/datasets/cases/properties", json={"name": name})
    for name in ("case", "need_code", "priority"):
        web.ask("POST", "/datasets/open_needs/properties", json={"name": name})
    case = {"code": "bt-0007", "first_name": "សុខ", "village": "បវេល", "visit_no": "1"}
    _make(web, "cases", told.CASE, told.CASE_LABEL, case)
    need = {"case": told.CASE, "status": "unmet", "priority": "p2"}
    _make(web, "open_needs", told.PROSTHESIS, told.PROSTHESIS_LABEL,
          {**need, "need_code": "reh_prosthesis"})  # fmt: skip
    _make(web, "open_needs", told.PEER, told.PEER_LABEL, {**need, "need_code": "psy_peer"})
    return web


@pytest.fixture
def unvisited(field: Web) -> Web:
    """As the office has the case before a visit."""
    _change(field, "cases", told.CASE, {"visit_no": "1", "due_on": ""})
    for need in (told.PROSTHESIS, told.PEER):
        _change(field, "open_needs", need, {"status": "unmet"})
    return field


def _change(web: Web, of: str, entity_id: str, data: dict[str, str]) -> None:
    web.ask("PATCH", f"/datasets/{of}/entities/{entity_id}?force=true", json={"data": data})


def held(web: Web, of: str, entity_id: str) -> dict[str, str]:
    said = web.ask("GET", f"/datasets/{of}/entities/{entity_id}?purpose=work").json()
    found: dict[str, str] = said["currentVersion"]["data"]
    return found


def _make(web: Web, of: str, entity_id: str, label: str, data: dict[str, str]) -> None:
    given = {"uuid": entity_id, "label": label, "data": data}
    web.ask("POST", f"/datasets/{of}/entities", json=given)


def fill(form: Enketo | WebForms, form_id: str, language: str, answers: tuple[Told, ...]) -> None:
    form.speak(language)
    tell(form, answers if language == ENGLISH else told.in_khmer(form_id, answers))


def said(xml: bytes) -> dict[str, list[str]]:
    """What was answered; of several choices, whatever their order."""
    return {
        name: [" ".join(sorted(text.split())) if name in SEVERAL else text for text in texts]
        for name, texts in values(xml).items()
        if name not in OF_THE_MOMENT
    }


SEVERAL = {"land_use", "needs", "opening", "barrier", "withdraw_scopes"}


def is_golden(xml: bytes, name: str) -> None:
    path = GOLDEN / f"{name}.xml"
    if WRITES:
        path.write_bytes(_readable(xml))
    assert said(xml) == said(path.read_bytes())


def _readable(xml: bytes) -> bytes:
    """One answer a line, and told on the same day each time."""
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    for node in root.iter(etree.Element):
        name = etree.QName(node).localname
        if name == "instanceName":
            node.text = " ".join([ALWAYS["today"], *str(node.text).split(" ")[1:]])
        elif name in ALWAYS and node.text:
            node.text = ALWAYS[name]
    etree.indent(root, " ")
    return etree.tostring(root, encoding="utf-8") + b"\n"


@ONE
@pytest.mark.parametrize("form_id", [name for name in FORMS if name != "follow_up"])
def test_c32_each_form_is_filled_in_and_arrives(
    form_id: str, engine: str, language: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, form_id)
    fill(form, form_id, language, FORMS[form_id])
    if form_id == "treaty_sheet":
        form.acknowledge(SAME[language].format(2, 2))
    arrives(form, form_id, field)


SAME = {
    ENGLISH: "{} lines on the sheet, {} keyed in here. Tick when they are the same.",
    KHMER: "លើក្រដាសមាន {} បន្ទាត់ បានបញ្ចូល {}។ សូមគូសពេលស្មើគ្នា។",
}


def arrives(form: Enketo | WebForms, golden: str, field: Web) -> None:
    assert form.send() == "yes", (form.answers, form.messages())
    is_golden(form.xml, golden)
    [instance_id] = values(form.xml)["instanceID"]
    assert checker.records_of(field.site)[instance_id] == form.xml


def test_c32_a_visit_changes_the_case_and_its_needs(filling: Opening, unvisited: Web) -> None:
    """Met is what the person confirms; what is met in part stays open."""
    form = filling("web_forms")
    form.open(unvisited.site.project_id, "follow_up")
    fill(form, "follow_up", ENGLISH, FORMS["follow_up"])
    arrives(form, "follow_up", unvisited)
    by = time.monotonic() + 30
    while held(unvisited, "cases", told.CASE)["visit_no"] != "2":
        assert time.monotonic() < by
        time.sleep(0.2)
    assert held(unvisited, "cases", told.CASE)["due_on"] == told.IN_A_MONTH
    assert held(unvisited, "open_needs", told.PROSTHESIS)["status"] == "met"
    assert held(unvisited, "open_needs", told.PEER)["status"] == "partly_met"


def test_c32_a_visit_arrives_from_enketo_which_changes_no_entity_of_a_repeat(
    filling: Opening, unvisited: Web
) -> None:
    """enketo #1442; docs/web-clients.md says so. When it learns it, this fails: say it there."""
    form = filling("enketo")
    form.open(unvisited.site.project_id, "follow_up")
    fill(form, "follow_up", KHMER, (*told.VISIT, *told.LEAVING))
    arrives(form, "follow_up_one_need", unvisited)
    entities = etree.fromstring(form.xml).iter("{*}entity")
    bases = {one.get("dataset"): one.get("baseVersion") for one in entities}
    assert bases["cases"]
    assert bases["open_needs"] == ""
    form.add(told.khmer("follow_up", "Need on the list"))
    assert any("'@" in complaint for complaint in form.complaints)
    form.complaints.clear()


@BOTH
def test_a_day_to_come_and_what_is_not_safe_are_refused(
    engine: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "rights_issue")
    form.speak(ENGLISH)
    assert not form.is_shown(ALONE)
    tell(form, told.RIGHTS)
    assert form.is_shown(ALONE)
    form.day("Day on which it happened", dt.date.fromisoformat(told.IN_A_MONTH))
    assert form.messages() == ["A day that has come already, not one to come."]
    form.day("Day on which it happened", dt.date.fromisoformat(told.DAY))
    form.choose("How far did it get?", "Raised with whoever is responsible")
    assert form.messages() == ["The person said that raising it is not safe."]


ALONE = (
    "Be alone with the person. Do not ask for details. Ask first whether the person is safe now; "
    "if not, call your coordinator at once. Only few people may read this record."
)


@BOTH
def test_a_sheet_is_finished_when_its_lines_are_those_declared(
    engine: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "treaty_sheet")
    form.speak(ENGLISH)
    tell(form, (*told.SHEET, *told.LINES))
    form.acknowledge(SAME[ENGLISH].format(2, 1))
    differ = "1 lines keyed in, 2 declared: count the sheet again. Every filled line has one state."
    assert form.is_shown(differ)
    assert form.send() == "invalid"
    form.choose("How do you key it in?", "Only how many of each state")
    form.write("Valid (number)", "1")
    form.write("Illegible (number)", "1")
    assert not form.is_shown(differ)
    assert form.send() == "yes", form.answers
    said_now = values(form.xml)
    assert (said_now["tally_valid"], said_now["tally_illegible"]) == (["1"], ["1"])
    assert {"line_no", "name_norm"} & said_now.keys() == set()


@BOTH
def test_no_name_is_asked_of_a_child_or_where_none_can_be_read(
    engine: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "treaty_sheet")
    form.speak(ENGLISH)
    tell(form, (*told.SHEET, told.LINES[0]))
    assert form.is_shown("Name as written")
    for state in ("Under 18", "Illegible", "Withdrawn"):
        form.choose("State of the line", state)
        assert not form.is_shown("Name as written"), state


@BOTH
def test_a_photo_waits_for_both_answers_and_a_later_no_takes_it_out(
    engine: str, filling: Opening, field: Web, photo: Path
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "testimony")
    form.speak(ENGLISH)
    tell(form, told.TELLING)
    assert not form.is_shown("Recorded voice")
    form.attach("Photo", photo)
    tell(form, told.AFTERWARDS)
    assert not form.is_shown("Photo")
    assert not form.is_shown("Now that it is told: may we publish your voice?")
    assert form.send() == "yes", form.answers
    assert "photo" not in values(form.xml)
    assert "c_voice" not in values(form.xml)


@BOTH
def test_a_digit_that_is_wrong_in_the_code_of_the_paper_is_told_at_once(
    engine: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "testimony")
    form.speak(ENGLISH)
    tell(form, told.TELLING)
    question, slip = "Code on the paper that stays with the person", "7100-0200-9311-8857"
    said_of_it = "Copy the code as printed: digits, letters and -. Of sixteen digits, one is wrong"
    changed = "7100-0200-3911-8856"
    for code in (slip, slip.replace("-", ""), changed, slip[:-1], f"{slip[:-1]}60"):
        form.write(question, code)
        assert [words.startswith(said_of_it) for words in form.messages()] == [True], code
    for code in ("4TZC-8WQH-2KDN", "7100020093118856", "7100-0200-9311-8856"):
        form.write(question, code)
        assert form.messages() == [], code
    tell(form, told.AFTERWARDS)
    assert form.send() == "yes", form.answers
    assert values(form.xml)["c_code"] == ["7100-0200-9311-8856"]


@BOTH
def test_distress_ends_the_telling_and_asks_only_whether_it_may_be_kept(
    engine: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "testimony")
    form.speak(ENGLISH)
    tell(form, told.TELLING)
    form.choose("Did the person become distressed?", "Stopped")
    kindly = (
        "Stop here, kindly. Ask nothing more of the story, and stay until the person is well. The "
        "person can call: មន្ទីរពេទ្យ 012 000 000"
    )
    assert form.is_shown(kindly)
    form.choose("Where did the telling stop?", "In the middle")
    form.choose("After the telling: may we keep what was told?", "Yes")
    assert not form.is_shown("Was it read or played back, and is it right?")
    form.choose("After the telling: may we keep what was told?", "No")
    assert not form.is_shown("What was told, word by word")
    assert form.send() == "yes", form.answers
    assert {"transcript", "kind", "c_quote_anon"} & values(form.xml).keys() == set()
    assert values(form.xml)["c_keep"] == ["no"]


@BOTH
def test_who_was_not_prepared_is_asked_nothing(engine: str, filling: Opening, field: Web) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "testimony")
    form.speak(ENGLISH)
    tell(form, told.TELLING)
    assert form.is_shown("What is told?")
    form.choose("Did you give a contact for psychological support?", "No")
    for asked in ("What is told?", "Sex", "May we publish your name?"):
        assert not form.is_shown(asked), asked


@BOTH
def test_a_child_tells_nothing_without_both_yes(engine: str, filling: Opening, field: Web) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "testimony")
    form.speak(ENGLISH)
    tell(form, told.TELLING)
    form.choose("Age group", "12–17")
    assert not form.is_shown("What is told?")
    form.write("Name of the guardian", "ហេង សុខា")
    guardian = "Does the guardian agree that what is told of this child is used as you explained?"
    form.choose(guardian, "Yes")
    assert not form.is_shown("What is told?")
    form.choose("Does the child agree too?", "Yes")
    assert form.is_shown("What is told?")
    form.choose("Does the child agree too?", "No")
    assert not form.is_shown("What is told?")


@BOTH
def test_what_is_near_a_school_is_urgent_and_nobody_walks_for_a_position(
    engine: str, filling: Opening, field: Web
) -> None:
    form = filling(engine)
    form.open(field.site.project_id, "clearance_concern")
    form.speak(ENGLISH)
    tell(form, told.CONCERN)
    urgent = (
        "Urgent: keep everybody away and call your coordinator today, who calls CMAC or the Mine "
        "Action Planning Unit."
    )
    assert form.is_shown(urgent)
    assert form.is_shown("Position of this safe place")
    form.choose("Are you both in a safe place now, and may its position be noted?", "No")
    assert not form.is_shown("Position of this safe place")


@BOTH
@pytest.mark.parametrize("form_id", FORMS)
def test_after_a_no_nothing_else_is_sent(
    form_id: str, engine: str, filling: Opening, field: Web
) -> None:
    """What was answered before the no goes, too."""
    asked = next(label for verb, label, answer in FORMS[form_id] if answer == "Yes")
    form = filling(engine)
    form.open(field.site.project_id, form_id)
    fill(form, form_id, ENGLISH, FORMS[form_id][:6])
    form.choose(asked, "No")
    assert form.send() == "yes", (form.answers, form.messages())
    answered = values(form.xml).keys() - OF_THE_MOMENT
    first = "c_listed" if form_id == "service_directory" else "c_store"
    assert answered == {"collector_id", first}
    is_golden(form.xml, f"{form_id}_refused")
