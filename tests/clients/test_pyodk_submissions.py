"""Records through pyodk: sent, listed, read, completed, edited, reviewed, commented on."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from pyodk.errors import PyODKError

from tests.clients.pyodk_site import Central, a_form, an_instance

NAME = "សុខ ម៉ារី"


@pytest.fixture
def form_id(central: Central) -> str:
    named, xml = a_form()
    central.client.forms.create(xml)
    return named


def new_id() -> str:
    return f"uuid:{uuid.uuid4()}"


def refused(problem: pytest.ExceptionInfo[PyODKError]) -> str:
    return str(problem.value.args[1].json()["code"])


# --- sending ------------------------------------------------------------------------------------
def test_c87_a_record_is_sent_listed_and_read(central: Central, form_id: str) -> None:
    sent = central.client.submissions.create(
        an_instance(form_id, name=NAME), form_id=form_id, device_id="collect:xyz"
    )
    listed = central.client.submissions.list(form_id=form_id)
    assert [one.instanceId for one in listed] == [sent.instanceId]
    one = central.client.submissions.get(sent.instanceId, form_id=form_id)
    assert (one.reviewState, one.updatedAt, one.instanceName) == (None, None, None)
    assert one.submitterId > 0
    assert one.userAgent is not None
    assert one.userAgent.startswith("pyodk v")
    assert one.deviceId is not None, "a stand-in"
    assert "xyz" not in one.deviceId


def test_c88_the_same_record_again_is_refused(central: Central, form_id: str) -> None:
    """Whether it says the same or not: nothing is merged behind a program's back."""
    instance_id = new_id()
    xml = an_instance(form_id, instance_id=instance_id, name=NAME)
    central.client.submissions.create(xml, form_id=form_id)
    for again in (xml, an_instance(form_id, instance_id=instance_id, name="ផ្សេង")):
        with pytest.raises(PyODKError) as problem:
            central.client.submissions.create(again, form_id=form_id)
        assert refused(problem) == "409.3"
    assert len(central.client.submissions.list(form_id=form_id)) == 1


def test_c88_twins_at_the_same_moment_are_one_record(central: Central, form_id: str) -> None:
    """With the same answers or with others: one is stored, all others are refused."""
    for round_ in range(4):
        instance_id = new_id()
        bodies = [
            an_instance(form_id, instance_id=instance_id, name=NAME if round_ % 2 else f"{n}")
            for n in range(6)
        ]
        with ThreadPoolExecutor(6) as pool:
            answers = list(
                pool.map(
                    lambda body: central.ask(
                        "POST", f"/forms/{form_id}/submissions", data=body.encode(),
                        headers={"Content-Type": "application/xml"},
                    ).status_code,
                    bodies,
                )
            )  # fmt: skip
        assert sorted(answers) == [200] + [409] * 5
        assert len(central.client.submissions.list(form_id=form_id)) == round_ + 1


def test_c87_what_is_not_a_record_of_this_form_is_refused(central: Central, form_id: str) -> None:
    for xml, code in (
        (an_instance("household_drill"), "400.8"),
        ("<data", "400.1"),
        (an_instance(form_id, edits=new_id()), "400.8"),
    ):
        with pytest.raises(PyODKError) as problem:
            central.client.submissions.create(xml, form_id=form_id)
        assert refused(problem) == code
    with pytest.raises(PyODKError) as problem:
        central.client.submissions.create(an_instance("nowhere"), form_id="nowhere")
    assert refused(problem) == "404.1"


def test_c87_a_closed_form_takes_nothing_a_closing_one_does(central: Central, form_id: str) -> None:
    central.ask("PATCH", f"/forms/{form_id}", json={"state": "closing"})
    central.client.submissions.create(an_instance(form_id), form_id=form_id)
    central.ask("PATCH", f"/forms/{form_id}", json={"state": "closed"})
    with pytest.raises(PyODKError) as problem:
        central.client.submissions.create(an_instance(form_id), form_id=form_id)
    assert refused(problem) == "409.2"


def test_c87_records_of_phones_stand_in_the_same_list(central: Central, form_id: str) -> None:
    """And one that came through the API is no news to a phone that sends it."""
    xml = an_instance(form_id, name=NAME)
    sent = central.client.submissions.create(xml, form_id=form_id)
    for body, status in ((xml, 202), (an_instance(form_id), 201)):
        answer = requests.post(
            f"{central.site.phone_url}/submission", timeout=60,
            files={"xml_submission_file": ("x.xml", body.encode())},
        )  # fmt: skip
        assert answer.status_code == status
    listed = central.client.submissions.list(form_id=form_id)
    assert len(listed) == 2
    assert len({one.submitterId for one in listed}) == 2
    assert sent.instanceId in {one.instanceId for one in listed}


def test_c87_records_that_came_by_a_public_link_stand_in_the_list(
    central: Central, form_id: str
) -> None:
    """As Enketo sends what strangers fill in: by the address with `?st=`. Where one sender had no
    number, pyODK could read none of the list."""
    site = central.site
    named = f"{site.url}/v1/projects/{site.project_id}"
    told = {"st": site.token}
    listed = requests.get(f"{named}/formList", params=told, timeout=60)
    assert f"<formID>{form_id}</formID>" in listed.text
    sent = requests.post(
        f"{named}/submission", params=told, timeout=60,
        files={"xml_submission_file": ("x.xml", an_instance(form_id, name=NAME).encode())},
        headers={"User-Agent": "Enketo/7.5.1 Mozilla/5.0"},
    )  # fmt: skip
    assert sent.status_code == 201
    central.client.submissions.create(an_instance(form_id), form_id=form_id)
    by_link = central.client.submissions.list(form_id=form_id)[1]
    assert isinstance(by_link.submitterId, int)
    assert by_link.userAgent == "Enketo/7.5.1 Mozilla/5.0"
    central.client.submissions.review(by_link.instanceId, "approved", form_id=form_id)
    central.client.submissions.add_comment(by_link.instanceId, "yes", form_id=form_id)
    [row] = central.client.submissions.get_table(
        form_id=form_id, filter="__system/reviewState eq 'approved'"
    )["value"]
    assert row["__id"] == by_link.instanceId
    assert row["__system"]["submitterId"] == str(by_link.submitterId)


# --- files --------------------------------------------------------------------------------------
def test_c87_files_come_with_the_record_or_after_it(
    central: Central, form_id: str, tmp_path: Path
) -> None:
    photo = tmp_path / "រូប ១.jpg"
    photo.write_bytes(b"\xff\xd8\xff" + bytes(300_000))
    xml = an_instance(form_id, photo="រូប ១.jpg")
    sent = central.client.submissions.create(xml, form_id=form_id, attachments=[photo])
    assert sent.attachments is not None
    assert [(one.name, one.exists) for one in sent.attachments] == [("រូប ១.jpg", True)]
    missing = central.client.submissions.create(
        an_instance(form_id, photo="រូប ១.jpg"), form_id=form_id
    )
    assert missing.attachments is not None
    assert [one.exists for one in missing.attachments] == [False]


def test_c87_a_file_that_the_record_does_not_name_is_not_taken(
    central: Central, form_id: str, tmp_path: Path
) -> None:
    stray = tmp_path / "stray.jpg"
    stray.write_bytes(b"x")
    with pytest.raises(PyODKError) as problem:
        central.client.submissions.create(
            an_instance(form_id), form_id=form_id, attachments=[stray]
        )
    assert refused(problem) == "404.1"


def test_c87_a_packed_file_is_kept_as_it_is(central: Central, form_id: str, tmp_path: Path) -> None:
    """`Content-Encoding: gzip` says of what kind the file is."""
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(b"\x1f\x8b" + bytes(100))
    sent = central.client.submissions.create(
        an_instance(form_id, photo=packed.name), form_id=form_id, attachments=[packed]
    )
    assert sent.attachments is not None
    assert sent.attachments[0].exists


def test_c87_others_are_not_told_what_a_phone_called_a_file(central: Central, form_id: str) -> None:
    body = an_instance(form_id, photo="sok-mary.jpg").encode()
    requests.post(
        f"{central.site.phone_url}/submission", timeout=60,
        files={"xml_submission_file": ("x.xml", body)},
    )  # fmt: skip
    (one,) = central.client.submissions.list(form_id=form_id)
    listed = central.get(f"/forms/{form_id}/submissions/{one.instanceId}/attachments").json()
    assert [file["exists"] for file in listed] == [False]
    assert "mary" not in str(listed)


# --- edits --------------------------------------------------------------------------------------
def test_c87_an_edit_takes_the_place_of_the_present_version(
    central: Central, form_id: str, tmp_path: Path
) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"\xff\xd8\xff" + bytes(100))
    first = central.client.submissions.create(
        an_instance(form_id, photo="a.jpg"), form_id=form_id, attachments=[photo]
    ).instanceId
    second = new_id()
    xml = an_instance(form_id, instance_id=second, edits=first, need="prosthesis", photo="a.jpg")
    central.client.submissions.edit(first, xml, form_id=form_id, comment="តាមទូរសព្ទ")
    one = central.client.submissions.get(first, form_id=form_id)
    assert (one.instanceId, one.reviewState) == (first, "edited")
    assert one.updatedAt is not None
    assert len(central.client.submissions.list(form_id=form_id)) == 1
    told = central.get(f"/forms/{form_id}/submissions/{first}").json()
    assert told["currentVersion"]["instanceId"] == second
    versions = central.get(f"/forms/{form_id}/submissions/{first}/versions").json()
    assert [(v["instanceId"], v["current"]) for v in versions] == [(second, True), (first, False)]
    files = central.get(f"/forms/{form_id}/submissions/{first}/attachments").json()
    assert files == [{"name": "a.jpg", "exists": True}], "it came along"
    (comment,) = central.client.submissions.list_comments(first, form_id=form_id)
    assert comment.body == "តាមទូរសព្ទ"


def test_c87_an_edit_of_an_old_version_or_of_none_is_refused(
    central: Central, form_id: str
) -> None:
    first = central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
    second = new_id()
    central.client.submissions.edit(
        first, an_instance(form_id, instance_id=second, edits=first), form_id=form_id
    )
    for xml, code in (
        (an_instance(form_id, edits=first), "409.9"),
        (an_instance(form_id), "400.19"),
        (an_instance(form_id, instance_id=first, edits=second), "409.8"),
    ):
        with pytest.raises(PyODKError) as problem:
            central.client.submissions.edit(first, xml, form_id=form_id)
        assert refused(problem) == code
    with pytest.raises(PyODKError) as problem:
        central.client.submissions.edit(
            new_id(), an_instance(form_id, edits=first), form_id=form_id
        )
    assert refused(problem) == "404.1"


def test_c87_without_review_no_record_of_others_is_edited(central: Central, form_id: str) -> None:
    first = central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
    token = central.token_with("submissions")
    asked = {"headers": {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}}
    place = f"/forms/{form_id}/submissions/{first}"
    body = an_instance(form_id, edits=first).encode()
    assert central.ask("PUT", place, data=body, **asked).status_code == 403
    assert central.client.submissions.get(first, form_id=form_id).reviewState is None


# --- review -------------------------------------------------------------------------------------
def test_c87_a_review_holds_until_the_record_is_edited(central: Central, form_id: str) -> None:
    first = central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
    for state in ("hasIssues", "rejected", "approved", "edited", "approved"):
        central.client.submissions.review(first, state, form_id=form_id)
        assert central.client.submissions.get(first, form_id=form_id).reviewState == state
    central.client.submissions.edit(first, an_instance(form_id, edits=first), form_id=form_id)
    assert central.client.submissions.get(first, form_id=form_id).reviewState == "edited"
    place = f"/forms/{form_id}/submissions/{first}"
    assert central.ask("PATCH", place, json={"reviewState": None}).json()["reviewState"] is None
    assert central.ask("PATCH", place, json={"reviewState": "fine"}).json()["code"] == "400.8"
    listed = central.client.submissions.list(form_id=form_id)
    assert [one.reviewState for one in listed] == [None]


def test_c87_comments_are_kept_newest_first(central: Central, form_id: str) -> None:
    first = central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
    central.client.submissions.add_comment(first, "ទី១", form_id=form_id)
    said = central.client.submissions.add_comment(first, "ទី២", form_id=form_id)
    found = list(central.client.submissions.list_comments(first, form_id=form_id))
    assert [one.body for one in found] == ["ទី២", "ទី១"]
    assert found[0] == said
    assert said.actorId > 0


# --- addresses and headers ----------------------------------------------------------------------
def test_c87_ids_are_found_however_they_are_written(central: Central) -> None:
    form_id, xml = a_form(form_id=f"ក/ខ {uuid.uuid4().hex[:6]}")
    central.client.forms.create(xml)
    instance_id = f"លេខ {uuid.uuid4()}/១"
    sent = central.client.submissions.create(
        an_instance(form_id, instance_id=instance_id), form_id=form_id
    )
    assert sent.instanceId == instance_id
    assert central.client.submissions.get(instance_id, form_id=form_id).instanceId == instance_id
    central.client.submissions.review(instance_id, "approved", form_id=form_id, comment="ល្អ")


def test_c87_actors_come_with_the_extended_metadata(central: Central, form_id: str) -> None:
    first = central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
    wanted = {"headers": {"X-Extended-Metadata": "true"}}
    one = central.get(f"/forms/{form_id}/submissions/{first}", **wanted).json()
    assert one["submitter"]["id"] == one["submitterId"]
    assert central.get(f"/forms/{form_id}/submissions", **wanted).json() == [one]
    told = central.get(f"/forms/{form_id}", **wanted).json()
    assert told["submissions"] == 1


def test_c90_the_list_of_records_answers_304_until_anything_changes(
    central: Central, form_id: str
) -> None:
    place = f"/forms/{form_id}/submissions"
    first = central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
    for change in (
        lambda: central.client.submissions.create(an_instance(form_id), form_id=form_id),
        lambda: central.client.submissions.edit(
            first, an_instance(form_id, edits=first), form_id=form_id
        ),
        lambda: central.client.submissions.review(first, "approved", form_id=form_id),
    ):
        tag = central.get(place).headers["ETag"]
        again = central.get(place, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        change()
        assert central.get(place, headers={"If-None-Match": tag}).status_code == 200
    assert len(central.get(f"{place}?limit=1&offset=1").json()) == 1
    assert central.get(f"{place}?limit=0").json() == []
    for more in ("comments", "versions", "attachments"):
        tag = central.get(f"{place}/{first}/{more}").headers["ETag"]
        again = central.get(f"{place}/{first}/{more}", headers={"If-None-Match": tag})
        assert again.status_code == 304, more


# --- removed ------------------------------------------------------------------------------------
def test_c87_a_removed_record_vanishes_for_pyodk_until_it_is_restored(
    central: Central, form_id: str
) -> None:
    first, second = (
        central.client.submissions.create(an_instance(form_id), form_id=form_id).instanceId
        for _ in range(2)
    )
    place = f"projects/{central.site.project_id}/forms/{form_id}/submissions/{first}"
    assert central.client.delete(place).status_code == 403, "`all` does not mean this"
    by = {"Authorization": f"Bearer {central.token_with('removals')}"}
    assert central.client.delete(place, headers=by).json() == {"success": True}
    assert [one.instanceId for one in central.client.submissions.list(form_id=form_id)] == [second]
    rows = central.client.submissions.get_table(form_id=form_id)["value"]
    assert [row["__id"] for row in rows] == [second]
    with pytest.raises(PyODKError) as problem:
        central.client.submissions.get(first, form_id=form_id)
    assert refused(problem) == "404.1"
    removed = central.get(f"/forms/{form_id}/submissions?deleted=true").json()
    assert [one["instanceId"] for one in removed] == [first]
    assert central.client.post(f"{place}/restore", headers=by).status_code == 200
    listed = {one.instanceId for one in central.client.submissions.list(form_id=form_id)}
    assert listed == {first, second}
