"""The tally for anybody, and the campaign from inside; on both databases."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.accounts.actor import SYSTEM, Role
from service.cli.treaty import group
from service.consent import actions as consent
from service.foundation.db import reading
from service.treaty.actions import checking, managing, quoting
from service.treaty.queries import checks, signers
from service.web.pages import frame
from tests.conftest import drain
from tests.integration.treaty.conftest import NAMES, Treaty, line, treaty
from tests.unit.treaty.test_merkle import checks_out
from tests.web.pages_world import text_of
from tests.web.people import bearer

__all__ = ["treaty"]  # a fixture
API = "/v1/projects/1/treaty"
PAGE = "/treaty/battambang"
INSIDE = "/p/battambang/treaty"


def coordinator(treaty: Treaty) -> dict[str, str]:
    key = treaty.app.config["SAMLENG"].secrets.jwt_key
    return bearer(key, Role.COORDINATOR, treaty.project_id)


def ask(treaty: Treaty, path: str) -> Any:
    answer = treaty.app.test_client().get(f"{API}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.get_json() if answer.is_json else answer.text


def test_s52_a_stranger_checks_the_tally_with_what_is_published_and_one_script(
    treaty: Treaty, tmp_path: Path
) -> None:
    for name in NAMES[:3]:
        treaty.sign(name)
    treaty.sheet("KH-1", line(NAMES[3]), line(NAMES[0]), line(status="minor"))
    codes = [treaty.code(at) for at in range(len(treaty.all()))]
    told = ask(treaty, "tally")
    assert (
        told["signatures"] | {"valid": 4, "duplicate_suspected": 1, "minors": 1}
        == (told["signatures"])
    )
    assert told["log"]["size"] == len(codes) == 6
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "tally").write_text(json.dumps(told))
    (folder / "log").write_text(ask(treaty, "log/lines"))
    (folder / "heads").write_text(ask(treaty, "log/heads"), "utf-8")
    receipts = [json.dumps(ask(treaty, f"receipts/{code}")) for code in codes]
    (folder / "receipts").write_text("\n".join(receipts))
    script = folder / "verify_tally.py"
    script.write_bytes(treaty.app.test_client().get("/treaty/verify_tally.py").data)
    key = ask(treaty, "log")["key"]
    given = ["heads", "log", "--tally", "tally", "--receipts", "receipts"]
    ended = subprocess.run(
        [sys.executable, "-I", str(script), key, *given],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    names = " ".join(NAMES).split()
    published = " ".join(path.read_text("utf-8") for path in folder.iterdir())
    assert not any(name in published for name in names)


def test_a_receipt_says_how_the_signature_stands_and_names_nobody(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    code = treaty.code()
    said = ask(treaty, f"receipts/{code.lower()}")
    assert said["included"] is True
    assert (said["index"], said["size"], said["proof"]) == (0, 1, [])
    assert said["leaf"] == said["root"] == ask(treaty, "log")["root"]
    assert said.keys() == {
        "included", "status", "leaf", "index", "size", "proof", "root",
    }  # fmt: skip
    assert ask(treaty, "receipts/7K3M-9QRT-04XW-JB8E") == {"included": False, "proof": []}
    assert treaty.app.test_client().get(f"{API}/receipts/nonsense").status_code == 400


def test_a_later_log_is_shown_to_only_add(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    first = ask(treaty, "log")
    for name in NAMES[1:]:
        treaty.sign(name)
    told = ask(treaty, "log?from=1&to=4")
    proof = [bytes.fromhex(one) for one in told["consistency"]]
    roots = [bytes.fromhex(one["root"]) for one in (first, told)]
    assert checks_out(1, 4, *roots, proof)
    for wrong in ("from=0&to=4", "from=3&to=2", "from=1&to=5", "from=x"):
        assert treaty.app.test_client().get(f"{API}/log?{wrong}").status_code == 400


def test_facts_tell_programs_the_code_of_each_signature(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    headers = coordinator(treaty)
    facts = treaty.app.test_client().get("/v1/projects/1/facts/signatures", headers=headers)
    assert [one["receipt"] for one in facts.get_json()["items"]] == [treaty.code()]


def test_where_few_signed_the_number_of_a_province_is_hidden(treaty: Treaty) -> None:
    for name in NAMES:
        treaty.sign(name)
    [cell] = ask(treaty, "tally")["by_province"]
    assert (cell["province"], cell["n"], cell["hidden"]) == ("02", None, True)


def test_where_nobody_collects_there_is_no_tally(treaty: Treaty) -> None:
    client = treaty.app.test_client()
    for path in (f"{API}/tally", PAGE, "/treaty/nowhere", "/v1/projects/9/treaty/log"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_public_page_is_small_kept_by_anybody_and_knows_no_cookie(
    treaty: Treaty, language: str
) -> None:
    for name in NAMES:
        treaty.sign(name)
    client = treaty.app.test_client()
    answer = client.get(f"{PAGE}?lang={language}")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert answer.headers["Vary"] == "Accept-Language"
    assert f'<html lang="{language}">' in answer.text
    assert "<script" not in answer.text
    again = client.get(f"{PAGE}?lang={language}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', answer.text)
    names = {re.sub(r"/static/([^?]+).*", r"\1", one) for one in loaded}
    assert names == {"tally.css", "mark.svg"}
    sizes = [(frame.STATIC / one).stat().st_size for one in (*names, "noto-sans-khmer.woff2")]
    letters = quoting.MOST_LETTERS + 3 * quoting.MOST_OF_A_NAME + 20
    quotes = quoting.MOST_SHOWN * 3 * letters  # those of Khmer have three bytes
    statement = managing.MOST_OF_A_STATEMENT
    assert len(answer.data) + quotes + sum(sizes) + statement <= 60_000, (
        60_000 - len(answer.data) - quotes - sum(sizes)
    )


def test_the_public_page_is_the_same_for_whoever_is_signed_in(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    client = treaty.app.test_client()
    headers = coordinator(treaty)
    assert client.get(f"{PAGE}?lang=en", headers=headers).data == (
        client.get(f"{PAGE}?lang=en").data
    )


def test_whoever_types_the_code_of_a_stub_is_told_how_it_stands(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    treaty.sign(NAMES[0])
    client = treaty.app.test_client()

    def typed(code: str) -> str:
        answer = client.post(f"{PAGE}?lang=en", data={"code": code})
        assert answer.headers["Cache-Control"] == "no-store"
        assert f"{code}<" not in answer.text
        assert f'"{code}"' not in answer.text
        return answer.text

    assert "is in the log and counts" in typed(treaty.code())
    assert "people look at it" in typed(treaty.code(1))
    assert "is not in the log" in typed("7K3M-9QRT-04XW-JB8E")
    assert "no code of a stub" in typed("no code")


class Office:
    """A coordinator at the page."""

    def __init__(self, treaty: Treaty) -> None:
        self.treaty = treaty
        self.headers = coordinator(treaty)
        self.client = treaty.app.test_client()

    def get(self) -> str:
        return self.client.get(f"{INSIDE}?lang=en", headers=self.headers).text

    def post(self, path: str, **data: str) -> int:
        answer = self.client.post(f"{INSIDE}/{path}?lang=en", data=data, headers=self.headers)
        drain(self.treaty.app)
        return answer.status_code

    def pair(self) -> str:
        with reading() as session:
            [found] = signers.open_pairs(session, self.treaty.project_id, 5)
        return str(found.pair_pk)


CAMPAIGN = {
    "code": "pt2026", "title_en": "People's Treaty 2026", "title_km": "សន្ធិសញ្ញាប្រជាជន ២០២៦",
    "goal": "100", "begins_on": "2026-11-01", "ends_on": "2026-11-30", "delivered_on": "",
}  # fmt: skip


def test_people_decide_who_is_one_person_and_may_say_otherwise(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    treaty.sheet("KH-1", line(NAMES[0]))
    office = Office(treaty)
    assert "sheet KH-1, line 1" in office.get()
    assert NAMES[0] not in office.get()
    pair = office.pair()
    assert office.post(f"pairs/{pair}", verdict="different") == 303
    assert treaty.counts() == {"valid": 2}
    assert office.post(f"pairs/{pair}", verdict="same") == 303
    assert treaty.counts() == {"valid": 1, "duplicate_confirmed": 1}
    assert [one.details["verdict"] for one in treaty.acts("treaty.decide")] == [
        "different", "same",
    ]  # fmt: skip
    assert office.post(f"pairs/{pair}", verdict="perhaps") == 400


def test_a_campaign_decides_by_its_code_and_days_who_counts(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    treaty.sheet("KH-1", line(NAMES[1]))
    treaty.sheet("KH-2", line(NAMES[2]), campaign="other")
    office = Office(treaty)
    assert office.post("campaign", **CAMPAIGN) == 303
    assert treaty.counts() == {"valid": 2, "out_of_scope": 1}
    assert office.post("campaign", **{**CAMPAIGN, "begins_on": "2026-11-15"}) == 303
    assert treaty.counts() == {"valid": 1, "out_of_scope": 2}
    assert ask(treaty, "tally")["goal"] == 100
    assert [one.details["what"] for one in treaty.acts("treaty.manage")] == ["campaign"] * 2
    for wrong in ({"code": ""}, {"goal": "0"}, {"ends_on": "2026-10-01"}, {"goal": "x"}):
        assert office.post("campaign", **{**CAMPAIGN, **wrong}) == 400, wrong


def test_texts_and_totals_of_others_are_told_and_added_to_nothing(treaty: Treaty) -> None:
    office = Office(treaty)
    assert office.post("campaign", **CAMPAIGN) == 303
    text = {"version": "km-1", "km": "ខ្ញុំគាំទ្រ", "en": "I support"}
    assert office.post("statements", **text) == 303
    assert office.post("statements", **text) == 400  # never changed
    total = {"source": "The Cambodia Daily", "reported_on": "2010-08-01", "scope": "Cambodia",
             "count": "400000"}  # fmt: skip
    assert office.post("totals", **total) == 303
    assert office.post("totals", **{**total, "source": ""}) == 400
    told = ask(treaty, "tally")
    assert [one["count"] for one in told["reported_totals"]] == [400_000]
    assert told["signatures"]["valid"] == 0
    page = treaty.app.test_client().get(f"{PAGE}?lang=km").text
    assert "ខ្ញុំគាំទ្រ" in page
    assert "400,000" in page


def test_whoever_shows_the_stub_is_counted_no_more_until_delivery(treaty: Treaty) -> None:
    treaty.sheet("KH-1", line(NAMES[0]), line(NAMES[1]))
    office = Office(treaty)
    assert office.post("stubs", code=treaty.code(0)) == 200  # it asks
    assert treaty.counts() == {"valid": 2}
    assert office.post("stubs", code=treaty.code(0), sure="yes") == 303
    assert treaty.counts() == {"valid": 1, "withdrawn": 1}
    assert office.post("stubs", code="7K3M-9QRT-04XW-JB8E") == 404
    assert office.post("stubs", code="x") == 400
    assert office.post("campaign", **{**CAMPAIGN, "delivered_on": "2026-11-20"}) == 303
    assert office.post("stubs", code=treaty.code(1), sure="yes") == 400
    assert treaty.counts() == {"valid": 1, "withdrawn": 1}


def test_s52_what_stands_out_is_told_apart_until_somebody_looked(treaty: Treaty) -> None:
    names = [f"{name} {given}" for name in ("កែវ", "ហេង", "មាស") for given in ("សុផល", "ម៉ារី")]
    treaty.sheet("KH-1", *(line(name) for name in names))
    again = {"comm": "020403", "vill": "02040301", "collector": "bt-7"}
    treaty.sheet("KH-2", *(line(name) for name in names), **again)
    office = Office(treaty)
    assert "Sheet KH-2: 5 lines are those of sheet KH-1" in office.get()
    told = ask(treaty, "tally")
    assert (told["signatures"]["valid"], told["stand_out"]) == (12, 6)
    public = treaty.app.test_client().get(f"{PAGE}?lang=en").text
    assert "Of these, 6 stand out" in public
    one = {"what": "copy", "about": "KH-2", "signed_on": "2026-11-10"}
    assert office.post("oddities", **{**one, "what": "x"}) == 400
    assert office.post("oddities", **one) == 303
    assert office.post("oddities", **one) == 404
    assert "KH-2: 5 lines" not in office.get()
    assert ask(treaty, "tally")["stand_out"] == 0
    assert len(treaty.acts("treaty.decide")) == 1


LEADER = {
    "kind": "monk_nun", "title": "ចៅអធិការ", "org": "វត្តស្វាយ", "quote": "គ្រាប់បែកត្រូវតែឈប់។",
    "c_publish_name": "yes",
}  # fmt: skip


def test_c_a_leader_is_quoted_while_she_allows_it_and_the_office_shows_it(treaty: Treaty) -> None:
    sent = treaty.sign(NAMES[0], **LEADER)
    treaty.sign(NAMES[1], **{**LEADER, "c_publish_name": "no", "quote": "ខ្ញុំមិនចង់ឱ្យគេដឹង"})
    treaty.sign(NAMES[3], **{**LEADER, "kind": "citizen", "quote": "ពលរដ្ឋ"})
    office, client = Office(treaty), treaty.app.test_client()

    def public() -> str:
        return client.get(f"{PAGE}?lang=en").text

    assert LEADER["quote"] not in public()  # nobody has read it yet
    page = office.get()
    assert not any(told in page for told in (NAMES[0], LEADER["quote"]))
    [leader] = re.findall(r'/treaty/quotes/([0-9a-f-]+)"', page)
    assert office.post(f"quotes/{leader}", show="yes") == 303
    after = office.client.get(f"{INSIDE}?lang=en&news=quoted", headers=office.headers)
    assert "The public page follows within half a minute." in after.text
    told = public()
    assert f"<figcaption>{NAMES[0]}, ចៅអធិការ, វត្តស្វាយ</figcaption>" in told
    assert LEADER["quote"] in told
    assert not any(name in told for name in (NAMES[1], NAMES[3], "ពលរដ្ឋ"))
    assert ask(treaty, "tally")["signatures"]["valid"] == 3  # a leader counts once
    assert office.post(f"quotes/{leader}", show="no") == 303
    assert NAMES[0] not in public()
    assert office.post(f"quotes/{leader}", show="yes") == 303
    scopes = ["publish_name"]
    consent.withdraw_record(
        SYSTEM, treaty.project_id, sent, "person_asked", blobs=treaty.blobs, scopes=scopes
    )
    drain(treaty.app)
    told = public()
    assert not any(gone in told for gone in (NAMES[0], LEADER["quote"]))
    assert treaty.counts() == {"valid": 3}  # she signed, and still does
    assert quoting._opened == {}
    assert office.post(f"quotes/{leader}", show="yes") == 404
    assert [one.details["what"] for one in treaty.acts("treaty.decide")] == [
        "quote_shown", "quote_taken_down", "quote_shown",
    ]  # fmt: skip


def test_c_a_leader_who_takes_all_back_leaves_the_page(treaty: Treaty) -> None:
    sent = treaty.sign(NAMES[0], **LEADER)
    treaty.sign(NAMES[1])
    office = Office(treaty)
    [leader] = re.findall(r'/treaty/quotes/([0-9a-f-]+)"', office.get())
    assert office.post(f"quotes/{leader}", show="yes") == 303
    client = treaty.app.test_client()
    assert NAMES[0] in client.get(f"{PAGE}?lang=km").text
    consent.withdraw_record(SYSTEM, treaty.project_id, sent, "person_asked", blobs=treaty.blobs)
    assert NAMES[0] not in client.get(f"{PAGE}?lang=km").text  # at once, before any job


def test_other_words_are_read_anew_before_they_are_shown(treaty: Treaty) -> None:
    sent = treaty.sign(NAMES[0], **LEADER)
    office = Office(treaty)
    [leader] = re.findall(r'/treaty/quotes/([0-9a-f-]+)"', office.get())
    assert office.post(f"quotes/{leader}", show="yes") == 303
    treaty.sign(NAMES[0], edits=sent, **{**LEADER, "quote": "ពាក្យថ្មី"})
    told = treaty.app.test_client().get(f"{PAGE}?lang=km").text
    assert not any(words in told for words in (LEADER["quote"], "ពាក្យថ្មី"))


def test_a_sample_says_how_sure_the_number_is_once_it_was_looked_at_whole(
    treaty: Treaty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "LEAST", 2)
    for at, name in enumerate(NAMES[:3]):
        treaty.sheet(f"KH-{at}", line(name))
    office = Office(treaty)
    assert office.post("checks", count="1") == office.post("checks", count="4") == 400
    assert office.post("checks", count="2") == 303
    with reading() as session:
        check = checks.newest(session, treaty.project_id)
    assert check is not None
    first, second = check.chosen
    assert office.post("checks/found", sheet=first, hold="2") == 400
    assert office.post("checks/found", sheet=first, hold="1") == 303
    assert office.post("checks/found", sheet=first, hold="0") == 400  # said is said
    assert ask(treaty, "tally")["checked"] is None
    assert office.post("checks/found", sheet=second, hold="1") == 303
    told = ask(treaty, "tally")["checked"]
    assert (told["sheets"], told["of_signatures"], told["high"]) == (2, 3, 3)
    assert "hold, ±" in treaty.app.test_client().get(f"{PAGE}?lang=en").text
    assert "hold, ±" in office.get()


def test_sheets_are_told_to_whoever_may_read_facts(treaty: Treaty) -> None:
    treaty.sheet("KH-1", line(NAMES[0]), declared=2)
    client = treaty.app.test_client()
    assert client.get(f"{API}/sheets").status_code == 401
    headers = coordinator(treaty)
    [sheet] = client.get(f"{API}/sheets", headers=headers).get_json()["items"]
    assert (sheet["number"], sheet["declared"], sheet["reconciled"]) == ("KH-1", 2, False)


def test_the_command_holds_what_a_stranger_would(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    ended = treaty.app.test_cli_runner().invoke(group, ["verify", "--json"])
    assert ended.exit_code == 0, ended.output
    [told] = json.loads(ended.stdout)
    assert (told["lines"], told["signatures"]) == (1, {"valid": 1})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The text in Khmer is 7 letters too long. With it the public page"),
        ("km", "អត្ថបទជាភាសាខ្មែរ វែងជ្រុល 7 តួអក្សរ។"),
    ],
)
def test_a_statement_too_long_for_the_public_page_is_refused_and_stays_in_the_field(
    treaty: Treaty, language: str, said: str
) -> None:
    treaty.sign(NAMES[0])
    fits = "ក" * (managing.MOST_OF_A_STATEMENT // 3)
    client, headers = treaty.app.test_client(), coordinator(treaty)
    at = f"{INSIDE}/statements?lang={language}"
    given = {"version": "2", "en": "Ban them.", "km": f"{fits}ខខខខខខខ"}
    refused = client.post(at, data=given, headers=headers)
    assert refused.status_code == 400
    assert said in text_of(refused)
    assert given["km"] in refused.text, "nothing that was typed is lost"
    assert client.post(at, data={**given, "km": fits}, headers=headers).status_code == 303
    page = client.get(f"{PAGE}?lang=km")
    assert fits in page.text
    loaded = ("tally.css", "mark.svg", "noto-sans-khmer.woff2")
    sizes = sum((frame.STATIC / one).stat().st_size for one in loaded)
    assert len(page.data) + sizes <= 60_000


def test_letters_that_are_written_with_more_signs_weigh_more(treaty: Treaty) -> None:
    client, headers = treaty.app.test_client(), coordinator(treaty)
    given = {"version": "2", "en": "&" * (managing.MOST_OF_A_STATEMENT // 5 + 1), "km": "ក"}
    refused = client.post(f"{INSIDE}/statements?lang=en", data=given, headers=headers)
    assert "The text in English is 1 letters too long" in text_of(refused)
