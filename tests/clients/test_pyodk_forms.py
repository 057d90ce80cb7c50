"""Forms through pyodk: read, made, drafted, given files, published, closed."""

from __future__ import annotations

import io
import uuid
from pathlib import Path

import openpyxl
import pytest
import requests
from pyodk.errors import PyODKError

from tests.clients.pyodk_site import Central, a_form


def a_workbook(form_id: str = "", version: str = "1") -> bytes:
    book = openpyxl.Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    for row in (["type", "name", "label"], ["integer", "age", "អាយុ"]):
        survey.append(row)
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["ការសាកល្បង", form_id, version])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """What the form refers to."""
    map_png, places = tmp_path / "map.png", tmp_path / "places.csv"
    map_png.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200_000))
    places.write_text("name,label\np1,ភូមិ\n", "utf-8")
    return [map_png, places]


def named(central: Central, form_id: str) -> dict[str, bool]:
    """{file: is it here} of the published version."""
    listed = central.get(f"/forms/{form_id}/attachments").json()
    return {one["name"]: one["exists"] for one in listed}


def test_c87_forms_are_listed_and_read(central: Central) -> None:
    listed = {form.xmlFormId: form for form in central.client.forms.list()}
    assert {"household_drill", "needs_assessment", "treaty_signature"} <= set(listed)
    one = central.client.forms.get("household_drill")
    assert one == listed["household_drill"]
    assert (one.projectId, one.state, len(one.hash)) == (central.site.project_id, "open", 32)
    assert "household_drill" in str(central.client.forms.get_xml("household_drill"))
    with pytest.raises(PyODKError) as refused:
        central.client.forms.get("nothing_here")
    assert refused.value.is_central_error("404.1")


def test_c87_a_form_is_made_from_xml_with_its_files_and_published(
    central: Central, files: list[Path]
) -> None:
    form_id, xml = a_form()
    made = central.client.forms.create(xml, attachments=files)
    assert (made.xmlFormId, made.version, made.publishedAt) == (form_id, "1", None), "a draft yet"
    assert central.client.forms.get(form_id).publishedAt is not None
    assert named(central, form_id) == {"map.png": True, "places.csv": True}
    got = central.get(f"/forms/{form_id}/attachments/map.png")
    assert got.content == files[0].read_bytes()


def test_c87_a_form_is_made_from_a_workbook_that_can_be_had_back(central: Central) -> None:
    form_id = f"wb_{uuid.uuid4().hex[:8]}"
    workbook = a_workbook(form_id)
    made = central.client.forms.create(workbook)
    assert (made.xmlFormId, made.name) == (form_id, "ការសាកល្បង")
    got = central.get(f"/forms/{form_id}.xlsx")
    assert got.content == workbook
    assert central.get("/forms/household_drill.xlsx").status_code == 404


def test_c87_a_workbook_without_an_id_takes_that_of_the_header(
    central: Central, tmp_path: Path
) -> None:
    stem = f"from_file_{uuid.uuid4().hex[:8]}"
    path = tmp_path / f"{stem}.xlsx"
    path.write_bytes(a_workbook(""))
    assert central.client.forms.create(path).xmlFormId == stem


def test_c87_a_form_that_is_there_is_not_made_again(central: Central) -> None:
    _, xml = a_form(form_id="household_drill")
    with pytest.raises(PyODKError) as refused:
        central.client.forms.create(xml)
    assert refused.value.is_central_error("409.3")


def test_c87_a_new_version_is_drafted_and_published_with_the_files_it_had(
    central: Central, files: list[Path]
) -> None:
    form_id, xml = a_form()
    central.client.forms.create(xml, attachments=files)
    central.client.forms.update(form_id, definition=a_form("2", form_id)[1])
    assert central.client.forms.get(form_id).version == "2"
    assert named(central, form_id) == {"map.png": True, "places.csv": True}
    versions = central.get(f"/forms/{form_id}/versions").json()
    assert [one["version"] for one in versions] == ["2", "1"]
    changed = a_form("2", form_id)[1].replace("រូបថត", "រូបភាព")
    with pytest.raises(PyODKError) as refused:
        central.client.forms.update(form_id, definition=changed)
    assert refused.value.is_central_error("409.6"), "what phones have never changes"


def test_c87_new_files_alone_make_a_new_version_that_is_named(
    central: Central, files: list[Path]
) -> None:
    form_id, xml = a_form()
    central.client.forms.create(xml, attachments=files)
    files[1].write_text("name,label\np2,ឃុំ\n", "utf-8")
    central.client.forms.update(form_id, attachments=[files[1]])
    by_time = central.client.forms.get(form_id).version
    assert by_time.startswith("20")
    central.client.forms.update(form_id, attachments=[files[1]], version_updater=lambda v: f"{v}+")
    assert central.client.forms.get(form_id).version == f"{by_time}+"
    assert central.get(f"/forms/{form_id}/attachments/places.csv").content.endswith("ឃុំ\n".encode())
    assert f'version="{by_time}+"' in str(central.client.forms.get_xml(form_id))


def test_c87_a_file_that_the_form_names_not_is_refused(central: Central, tmp_path: Path) -> None:
    form_id, xml = a_form()
    stray = tmp_path / "stray.png"
    stray.write_bytes(b"x")
    with pytest.raises(PyODKError) as refused:
        central.client.forms.create(xml, attachments=[stray])
    assert refused.value.is_central_error("404.1")
    assert form_id in {form.xmlFormId for form in central.client.forms.list()}, "a draft stays"
    assert central.ask("DELETE", f"/forms/{form_id}/draft").json()["code"] == "409.7"


def test_c87_a_draft_alone_is_offered_to_no_phone_and_takes_no_record(central: Central) -> None:
    form_id, xml = a_form()
    made = central.ask(
        "POST", "/forms?publish=False&ignoreWarnings=True", data=xml.encode(),
        headers={"Content-Type": "application/xml"},
    )  # fmt: skip
    assert made.json()["publishedAt"] is None
    assert (
        f"<formID>{form_id}</formID>"
        not in requests.get(f"{central.site.phone_url}/formList", timeout=60).text
    )
    sent = requests.post(
        f"{central.site.phone_url}/submission", timeout=60,
        files={"xml_submission_file": ("x.xml", f'<data id="{form_id}" version="1"/>')},
    )  # fmt: skip
    assert sent.status_code == 404


def test_c89_both_spellings_of_yes_publish_at_once(central: Central) -> None:
    for word in ("true", "True"):
        form_id, xml = a_form()
        made = central.ask(
            "POST", f"/forms?publish={word}&ignoreWarnings={word}", data=xml.encode(),
            headers={"Content-Type": "application/xml"},
        )  # fmt: skip
        assert made.json()["publishedAt"] is not None, word
        assert central.client.forms.get(form_id).publishedAt is not None


def test_c87_warnings_of_a_workbook_stop_it_until_somebody_says_so(central: Central) -> None:
    book = openpyxl.load_workbook(io.BytesIO(a_workbook(f"warn_{uuid.uuid4().hex[:8]}")))
    book["survey"].append(["image", "face", "រូប"])
    out = io.BytesIO()
    book.save(out)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    asked = {"data": out.getvalue(), "headers": {"Content-Type": kind}}
    refused = central.ask("POST", "/forms", **asked).json()
    assert refused["code"] == "400.16"
    assert refused["details"]["warnings"]["xlsFormWarnings"]
    assert central.ask("POST", "/forms?ignoreWarnings=True", **asked).status_code == 200


def test_c87_a_form_is_hidden_and_closed(central: Central) -> None:
    form_id, xml = a_form()
    central.client.forms.create(xml)
    for state in ("closing", "closed", "open"):
        told = central.ask("PATCH", f"/forms/{form_id}", json={"state": state}).json()
        assert told["state"] == state
        offered = requests.get(f"{central.site.phone_url}/formList", timeout=60).text
        assert (f"<formID>{form_id}</formID>" in offered) is (state == "open")


def test_c87_ids_with_slashes_and_khmer_are_found(central: Central) -> None:
    form_id, xml = a_form(form_id=f"ទម្រង់/{uuid.uuid4().hex[:6]} ក")
    central.client.forms.create(xml)
    assert central.client.forms.get(form_id).xmlFormId == form_id
    assert form_id in str(central.client.forms.get_xml(form_id))
    central.client.forms.update(form_id, definition=a_form("2", form_id)[1])
    assert central.client.forms.get(form_id).version == "2"


def test_c90_lists_of_forms_answer_304_until_something_changes(central: Central) -> None:
    form_id, xml = a_form()
    first = central.get("/forms")
    asked = {"headers": {"If-None-Match": first.headers["ETag"]}}
    assert central.get("/forms", **asked).status_code == 304
    central.client.forms.create(xml)
    assert central.get("/forms", **asked).status_code == 200
    for path in (f"/forms/{form_id}/versions", f"/forms/{form_id}/attachments"):
        held = central.get(path).headers["ETag"]
        assert central.get(path, headers={"If-None-Match": held}).status_code == 304


def test_c87_a_form_is_deleted_listed_as_deleted_and_restored(central: Central) -> None:
    """pyODK has no word of its own for it, and hands on plain requests: its documentation shows
    how."""
    form_id, xml = a_form()
    central.client.forms.create(xml, ignore_warnings=True)
    client, base = central.client, f"projects/{central.site.project_id}/forms"
    assert client.delete(f"{base}/{form_id}").json() == {"success": True}
    assert form_id not in {form.xmlFormId for form in client.forms.list()}
    with pytest.raises(PyODKError) as refused:
        client.forms.get(form_id)
    assert refused.value.is_central_error("404.1")
    gone = client.get(f"{base}?deleted=true").json()
    (key,) = [one["id"] for one in gone if one["xmlFormId"] == form_id]
    assert client.post(f"{base}/{key}/restore").json() == {"success": True}
    assert form_id in {form.xmlFormId for form in client.forms.list()}


def test_a_form_with_a_draft_alone_has_no_questions_and_no_files_yet(central: Central) -> None:
    """ruODK's `form_schema()` asks for the fields of each form in the list."""
    form_id, xml = a_form()
    body, kind = xml.encode(), {"Content-Type": "application/xml"}
    assert central.ask("POST", "/forms?ignoreWarnings=true", data=body, headers=kind).ok
    client, at = central.client, f"projects/{central.site.project_id}/forms/{form_id}"
    assert form_id in [one.xmlFormId for one in client.forms.list()]
    for what in ("fields?odata=false", "attachments"):
        assert client.get(f"{at}/{what}").json() == []
        assert client.get(f"{at}x/{what}").status_code == 404
    blind = {"Authorization": f"Bearer {central.token_with('submissions')}"}
    for what in ("fields", "attachments"):
        assert central.get(f"/forms/{form_id}/{what}", headers=blind).status_code in (403, 404)
