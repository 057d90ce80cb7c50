"""The reference forms F1 to F7: whole, bilingual, tagged, and as they were reviewed.

To accept a change on purpose: `python -m tests.unit.forms.test_reference_forms`, then read the
diff of `tests/golden/forms/`.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from pyxform.validators.odk_validate import check_xform

from service.facts import ages, codes, issues, needs, places
from service.forms.schema import Sensitivity
from service.forms.tags import TAGS
from tests import programs
from tests.golden import form_text, reference_forms
from tests.golden.form_text import ENGLISH, KHMER, Row

GOLDEN = Path(__file__).parents[2] / "golden" / "forms"
HAS_KHMER = re.compile(r"[\u1780-\u17ff]")
PLACE = {"prov", "dist", "comm", "vill", "vill_other"}
START = {"start", "end", "today", "deviceid", "collector_id"} | PLACE
HEADER = START | {"c_store", "c_contact", "c_share_case", "c_stats", "c_method", "c_witness",
                  "c_proxy", "stop_refused"}  # fmt: skip
REMOTE = {"wet_pass", "min_hc", "min_prc", "cost_khr", "signal"}
WG = {"wg_see", "wg_hear", "wg_walk", "wg_remember", "wg_selfcare", "wg_communicate"}
NAMES = {
    "needs_assessment": HEADER | REMOTE | WG | {
        "hh_id", "hh_size", "hh_head_sex", "id_docs", "name", "phone", "sex", "age", "age_known",
        "victim_type", "relation", "device", "inc_year", "inc_month", "inc_place", "activity",
        "civil_status", "inc_outcome", "age_at_incident", "injury", "side", "device_in_use",
        "device_age", "cfm_flag", "school", "work", "income_src", "land_title", "latrine_usable",
        "disability_card", "equity_card", "cash_received", "cash_problem", "need_code", "priority",
        "since", "barrier", "need_status", "provider_tried", "referral_to", "referral_ok",
        "member_group", "consulted_12m", "view_changed", "seat", "wish", "impairment", "inc_prov",
        "inc_dist", "inc_comm", "marked", "has_issue", "issue", "issue_on", "duty_bearer",
        "safe_to_raise", "wants_action",
    },
    "rights_issue": HEADER | WG | {
        "reporter_kind", "issue", "crpd_article", "happened_on", "place_type", "duty_bearer",
        "affected_n", "affected_sex", "affected_age", "story", "safe_to_raise", "wants_action",
        "restricted", "status", "raised_with", "answer_date", "outcome",
    },
    "treaty_signature": HEADER | {
        "statement_shown", "signer_name", "adult", "sex", "age_band", "kind", "org", "title",
        "mark_type", "agree", "quote", "photo", "c_publish_name",
    },
    "treaty_sheet": START | {
        "c_store", "stop_refused", "c_method", "c_witness", "sheet_no", "campaign",
        "statement_version", "sign_date", "collector", "witness", "declared_lines", "line_no",
        "name_norm", "sex", "birth_band", "kind", "mark_type", "line_vill", "line_status",
        "quick_mode",
        "sum_check", "scan", *(f"tally_{status}" for status in codes.LINE_STATUS),
    },
    "testimony": HEADER | {
        "prepared", "support_person", "psy_contact_given", "explained", "kind", "form", "language",
        "c_quote_anon", "c_publish_name", "c_photo", "c_voice", "c_video", "c_advocacy_intl",
        "c_share_gov", "guardian_name", "guardian_ok", "child_assent", "audio", "photo", "video",
        "transcript", "summary",
        "identifiers_to_mask", "attribution", "distress_flag", "stopped_at", "read_back_ok",
        "review_by", "withdraw_info_given",
    },
    "follow_up": HEADER | {
        "case_id", "visit_no", "found", "new_status", "referral_outcome", "provider",
        "service_date", "cost_khr", "travel_min", "barrier", "quality", "person_confirms",
        "new_need", "consent_recheck", "withdraw_scopes", "next_visit",
    },
    "clearance_concern": HEADER | {
        "safety_note", "suspected_device", "seen_or_told", "place_words", "gps_from_safe_point",
        "land_use", "ha_range", "hh_affected", "incident_before", "people_hurt", "marked",
        "reported_to", "report_date", "answer", "answer_date", "urgent", "women_asked",
        "persons_dis_asked",
    },
    "service_directory": START | {
        "code", "name_en", "name_km", "kind", "needs", "opening", "hours", "phone", "cost_khr",
        "accessible", "equity_card", "is_open", "checked_on",
    },
}  # fmt: skip
BEFORE_CONSENT = {"start", "end", "today", "deviceid", "collector_id", "consent_intro", "c_store",
                  "stop_refused", "c_listed", "not_listed", "safety_note", "meta/instanceID",
                  "meta/instanceName"}  # fmt: skip
OF_OFFICES = {"service_directory"}
"""Asks an office instead of a person: whether it may be listed."""
WG_ENGLISH = {
    "wg_see": "Do you have difficulty seeing, even if wearing glasses?",
    "wg_hear": "Do you have difficulty hearing, even if using a hearing aid?",
    "wg_walk": "Do you have difficulty walking or climbing steps?",
    "wg_remember": "Do you have difficulty remembering or concentrating?",
    "wg_selfcare": "Do you have difficulty (with self-care such as) washing all over or dressing?",
    "wg_communicate": "Using your usual language, do you have difficulty communicating, "
    "for example understanding or being understood?",
}
"""Washington Group Short Set, English as published; order and words may not change."""

each_form = pytest.mark.parametrize("form_id", reference_forms.FORM_IDS)


@cache
def rows(form_id: str) -> list[Row]:
    return form_text.rows(reference_forms.converted(form_id)[0])


@cache
def sheet(form_id: str, name: str) -> list[dict[str, str]]:
    book = openpyxl.load_workbook(reference_forms.DIRECTORY / f"{form_id}.xlsx", read_only=True)
    header, *cells = book[name].iter_rows(values_only=True)
    return [dict(zip(map(str, header), (str(c or "") for c in row), strict=True)) for row in cells]


def leaf(row: Row) -> str:
    return row.path.rsplit("/", 1)[-1]


@each_form
def test_form_reads_as_it_was_reviewed(form_id: str) -> None:
    golden = (GOLDEN / f"{form_id}.txt").read_text(encoding="utf-8")
    assert form_text.as_text(reference_forms.converted(form_id)[0]) == golden


@each_form
def test_form_converts_without_a_warning(form_id: str) -> None:
    assert reference_forms.converted(form_id)[1] == ()
    assert reference_forms.schema(form_id).warnings == ()


@each_form
def test_odk_validate_accepts_the_form(form_id: str, tmp_path: Path) -> None:
    programs.need("java", "default-jre-headless")
    path = tmp_path / f"{form_id}.xml"
    path.write_bytes(reference_forms.converted(form_id)[0])
    assert check_xform(str(path)) == []


@each_form
def test_every_name_of_the_reference_is_there_once(form_id: str) -> None:
    names = [leaf(row) for row in rows(form_id) if "/entity" not in row.path]
    assert NAMES[form_id] <= set(names)
    assert len(names) == len(set(names))


@each_form
def test_everything_shown_speaks_both_languages(form_id: str) -> None:
    for row in rows(form_id):
        if row.is_shown:
            assert row.labels.keys() == {ENGLISH, KHMER}, row.path
        for texts in filter(None, (row.labels, row.hints, row.constraint_messages)):
            assert texts.keys() == {ENGLISH, KHMER}, row.path
            assert HAS_KHMER.search(texts[KHMER]), row.path
        if row.constraint:
            assert row.constraint_messages, row.path


@each_form
def test_every_tag_is_known_and_every_answer_has_a_class(form_id: str) -> None:
    for row in rows(form_id):
        assert not row.tag or row.tag in TAGS, row.path
    for field in reference_forms.schema(form_id).fields:
        if field.tag:
            assert field.sensitivity is TAGS[field.tag].sensitivity, field.path


@each_form
def test_names_and_words_of_people_are_never_merely_coded(form_id: str) -> None:
    said = {field.name: field.sensitivity for field in reference_forms.schema(form_id).fields}
    identity = ["name", "signer_name", "vill_other", "c_witness", "org", "deviceid", "witness",
                "name_norm", "narrator_name", "guardian_name", "psy_phone", "scan"]  # fmt: skip
    if form_id not in OF_OFFICES:
        identity.append("phone")
    for name in identity:
        assert said.get(name, Sensitivity.IDENTITY) is Sensitivity.IDENTITY, name
    for name in ("wish", "quote", "photo", "inc_place", "need_text", "provider_tried", "story",
                 "story_audio", "audio", "transcript", "summary", "identifiers_to_mask",
                 "place_words", "gps_from_safe_point", "outcome"):  # fmt: skip
        assert said.get(name, Sensitivity.TESTIMONY) is Sensitivity.TESTIMONY, name


@each_form
def test_after_a_refusal_nothing_else_is_asked(form_id: str) -> None:
    """Every other question waits for `c_store` = yes, itself or through one that does."""
    gated: set[str] = set()
    first = "c_listed" if form_id in OF_OFFICES else "c_store"
    for row in rows(form_id):
        parents = {row.path[: match.start()] for match in re.finditer("/", row.path)}
        refers = set(re.findall(r"[A-Za-z_][\w]*", row.relevant))
        waits = f"/data/{first} = 'yes'" in " ".join(row.relevant.split())
        if leaf(row) == "corrects":  # asks whoever fills in, of what came back to this phone
            continue
        if row.path in BEFORE_CONSENT or "/entity" in row.path:
            continue
        assert waits or gated & refers or gated & parents, row.path
        gated |= {row.path, leaf(row)}


@each_form
def test_phones_delete_what_they_sent(form_id: str) -> None:
    """The forms carry identity: a seized phone must not hold what was sent already."""
    schema = reference_forms.schema(form_id)
    assert schema.auto_delete == "true"
    versions = {"treaty_sheet": "2026112801", "service_directory": "2026112702"}
    assert schema.version == versions.get(form_id, "2026112804")


@each_form
def test_the_name_of_an_instance_names_nobody(form_id: str) -> None:
    root = etree.fromstring(reference_forms.converted(form_id)[0])
    (bind,) = [b for b in root.iter("{*}bind") if b.get("nodeset", "").endswith("instanceName")]
    used = set(re.findall(r"/data/(?:\w+/)*(\w+)", bind.get("calculate", "")))
    said = {field.name: field.sensitivity for field in reference_forms.schema(form_id).fields}
    assert used
    assert {said[name] for name in used} == {Sensitivity.CODED}


@each_form
def test_places_cascade_over_lists_that_lie_beside_the_form(form_id: str) -> None:
    files = ("districts.csv", "communes.csv", "villages.csv")
    lists = {"cases.csv", "open_needs.csv"} if form_id == "follow_up" else set()
    assert set(reference_forms.schema(form_id).attachments) == {*files, *lists, "returned.csv"}
    for row, parent, file in zip(("dist", "comm", "vill"), ("prov", "dist", "comm"), files,
                                 strict=True):  # fmt: skip
        (question,) = [r for r in sheet(form_id, "survey") if r["name"] == row]
        assert question["type"] == f"select_one_from_file {file}"
        column = question["choice_filter"].split(" = ")[0]
        assert question["choice_filter"] == f"{column} = ${{{parent}}}"
        with (reference_forms.DIRECTORY / file).open(encoding="utf-8") as lines:
            assert next(csv.reader(lines)) == ["name", "label", column]


@each_form
def test_choice_lists_are_the_code_lists(form_id: str) -> None:
    lists = {
        name.lower(): value
        for name, value in vars(codes).items()
        if name.isupper() and isinstance(value, dict)
    }
    lists |= {"need": needs.NEED, "issue": issues.ISSUE}
    lists["province"] = {
        place.code: {"en": place.name_en, "km": place.name_km}
        for place in places.load().provinces()
    }
    offered: dict[str, codes.Labels] = {}
    for row in filter(lambda row: row["list_name"], sheet(form_id, "choices")):
        label = {"en": row[f"label::{ENGLISH}"], "km": row[f"label::{KHMER}"]}
        assert all(label.values()), row
        offered.setdefault(row["list_name"], {})[row["name"]] = label
    own = {"month", "cfm", "sheet_mode", "stopped_at", "quality"}  # feed no coded column
    assert {name: offered[name] for name in offered.keys() - own} == {
        name: lists[name] for name in offered.keys() - own
    }


def test_a_child_is_asked_for_its_assent_where_it_can_be_asked() -> None:
    (row,) = [row for row in rows("needs_assessment") if leaf(row) == "child_assent"]
    asked = "../guardian_ok = 'yes' and ( ../age >= 6 or ../age_known = 'unk_child')"
    assert " ".join(row.relevant.split()) == asked
    assert ages.ASKED_FROM == 6


def test_consent_is_tagged_after_the_telling_and_not_before() -> None:
    said = rows("testimony")
    assert not [row.path for row in said if row.path.startswith("before/") and row.tag]
    assert {row.tag for row in said if row.path.startswith("after/c_")} == {
        "consent.quote_anon", "consent.publish_name", "consent.publish_photo",
        "consent.publish_voice", "consent.publish_video", "consent.advocacy_intl",
            "consent.share_gov",
    }  # fmt: skip
    stores = [row.path for row in said if row.tag == "consent.store"]
    assert stores == ["c_store", "c_keep"]


def test_articles_of_an_issue_stand_beside_it() -> None:
    offered = [row for row in sheet("rights_issue", "choices") if row["list_name"] == "issue"]
    articles = {row["name"]: tuple(map(int, row["crpd"].split())) for row in offered}
    assert {code: said for code, said in articles.items() if said} == {
        code: kind.crpd for code, kind in issues.ISSUE_KINDS.items()
    }
    (restricted,) = [row for row in sheet("rights_issue", "survey") if row["name"] == "restricted"]
    named = re.findall(r"'(\w+)'", restricted["calculation"])
    assert named == [*[c for c, k in issues.ISSUE_KINDS.items() if k.is_restricted], "yes", "no"]


def test_a_met_need_wants_the_person_s_word() -> None:
    (status,) = [row for row in sheet("follow_up", "survey") if row["name"] == "need_status"]
    assert status["save_to"] == "open_needs#status"
    assert " ".join(status["calculation"].split()) == (
        "if(${new_status} = 'met', if(${person_confirms} = 'yes', 'met', "
        "if(${person_confirms} = 'partly', 'partly_met', 'in_progress')), ${new_status})"
    )


@pytest.mark.parametrize("form_id", ["needs_assessment", "rights_issue"])
def test_washington_group_is_asked_in_its_own_words_and_order(form_id: str) -> None:
    found = {leaf(r): r for r in rows(form_id) if leaf(r) in WG}
    assert list(found) == list(WG_ENGLISH)
    for name, row in found.items():
        assert row.labels[ENGLISH] == WG_ENGLISH[name]
        # Our own translation is forbidden: until the official one is here, English stays.
        assert WG_ENGLISH[name] in row.labels[KHMER]


def test_whoever_signs_is_asked_where_she_lives() -> None:
    """Asked where the table stands, who signs at two of them would be two people."""
    hints = {row["name"]: row["hint::English (en)"] for row in sheet("treaty_signature", "survey")}
    for name in ("prov", "comm", "vill"):
        assert hints[name] == "Where the signer lives, not where the table stands."


def test_statement_of_the_treaty_is_marked_as_not_yet_official() -> None:
    (row,) = [r for r in rows("treaty_signature") if leaf(r) == "statement_shown"]
    assert row.labels[ENGLISH].startswith("[Official text of the People's Treaty due")
    assert row.labels[KHMER].startswith("[រង់ចាំអត្ថបទផ្លូវការ")


@each_form
def test_our_reader_finds_both_languages(form_id: str) -> None:
    assert set(reference_forms.schema(form_id).languages) == {"en", "km"}


if __name__ == "__main__":
    for one in reference_forms.FORM_IDS:
        text = form_text.as_text(reference_forms.converted(one)[0])
        (GOLDEN / f"{one}.txt").write_text(text, encoding="utf-8")
