"""From an assessment on a phone to a need that is met: through the doors that people use, figures
counted by hand at each step."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests

from service.accounts.second_factor import code_at, step_at
from tests.clients.openrosa_phone import Phone, Record
from tests.integration.cases.conftest import HOUSEHOLD, met, nodes, person, update
from tests.reliability.server import Server, Site

BATTAMBANG = "02"
PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
FIRST, HOUSING = "uuid:6b0d7a52-1f0e-4a53-8d43-0c5a1e2b9d01", "sei_housing"
NEEDS = (("reh_prosthesis", "p2"), ("psy_peer", "p1"), ("sei_wash", "p3"))
ISSUES = [
    {"issue": "mobility_device", "issue_day_known": "no", "duty_bearer": "province",
     "safe_to_raise": "yes", "wants_action": "yes"},
    {"issue": "health_cost", "issue_day_known": "no", "duty_bearer": "health_facility",
     "safe_to_raise": "yes", "wants_action": "yes"},
]  # fmt: skip
PASSWORD = "a long enough pass-phrase"


@dataclass
class Office:
    """Chanthou at her browser, and the phone of Arun in the village."""

    site: Site
    phone: Phone
    headers: Mapping[str, str] = field(default_factory=dict)
    slug: str = ""

    def sign_in(self) -> None:
        made = self.site_command(
            "users", "create", "chanthou@example.org", "--role", "coordinator",
            "--project", str(self.site.project_id), "--password-stdin", "--totp",
        )  # fmt: skip
        secret = parse_qs(urlsplit(made["totp_uri"]).query)["secret"][0]
        seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
        code = code_at(seed, step_at(dt.datetime.now(dt.UTC)))
        given = {"email": "chanthou@example.org", "password": PASSWORD, "totp": code}
        answer = requests.post(f"{self.site.url}/v1/sessions", json=given, timeout=60)
        assert answer.status_code == 200, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        [project] = self.site.command("projects", "list")
        self.slug = project["slug"]

    def site_command(self, *words: str) -> Any:
        return json.loads(self.site.run(*words, "--json", stdin=f"{PASSWORD}\n"))

    def get(self, path: str) -> str:
        answer = requests.get(
            f"{self.site.url}/p/{self.slug}/{path}", headers=self.headers, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, **form: Any) -> int:
        answer = requests.post(
            f"{self.site.url}/p/{self.slug}/{path}", data=form, headers=self.headers, timeout=60,
            allow_redirects=False,
        )  # fmt: skip
        return answer.status_code

    def facts(self, kind: str) -> list[dict[str, Any]]:
        address = f"{self.site.url}/v1/projects/{self.site.project_id}/facts/{kind}"
        answer = requests.get(address, headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    def allow_lists(self) -> None:
        """The phone may hold what the server fills, in the villages where it works."""
        [phone] = set(re.findall(rf"/p/{self.slug}/phones/(\d+)", self.get("phones")))
        listed = self.get("lists?lang=en")
        for name in ("cases", "open_needs"):
            found = re.search(rf'/lists/(\d+)">{name}<', listed)
            assert found is not None
            assert self.post(f"lists/{found[1]}/phones", phone=phone, area="") == 303

    def decide(self, instance_id: str, decision: str, *reasons: str) -> None:
        """On the page of the record, which says what was seen."""
        for key in dict.fromkeys(
            re.findall(r"/submissions/([0-9a-f-]{36})", self.get("submissions"))
        ):
            shown = self.get(f"submissions/{key}")
            if instance_id in shown:
                break
        seen = re.search(r'name="seen" value="([^"]+)"', shown)
        assert seen is not None
        given = {"seen": seen[1], "decision": decision, "reasons": list(reasons), "words": ""}
        assert self.post(f"submissions/{key}/decide", **given) == 303

    def send(self, form_id: str, instance_id: str = "", **answers: Any) -> str:
        """By the version that the phone holds."""
        [version] = [version for of, version in self.phone.forms if of == form_id]
        given = instance_id or f"uuid:{uuid.uuid4()}"
        meta = {**answers.pop("meta", {}), "instanceID": given}
        body = nodes({**answers, "meta": meta})
        xml = f'<data id="{form_id}" version="{version}">{body}</data>'
        sent = self.phone.send(Record(xml=xml.encode()))
        assert sent.is_sent, sent.shown
        return given

    def rows(self, form_id: str, name: str) -> list[dict[str, str]]:
        """A file as the phone holds it after it asked for forms again."""
        self.phone.sync_forms()
        [form] = [form for form in self.phone.forms.values() if form.form_id == form_id]
        return list(csv.DictReader(io.StringIO(form.media[name].decode())))

    def i12(self) -> dict[str, tuple[int, int]]:
        """Need -> (people with it open, people assessed), in Battambang, nothing hidden."""
        table = self.site.command(
            *("figures", "show", "I12", "--project", str(self.site.project_id)),
            *("--by", "need,province", "--audience", "internal"),
        )
        return {
            cell["need"]: (cell["n"], cell["d"])
            for cell in table["cells"]
            if cell["n"] and cell["province"] == BATTAMBANG
        }

    def any_need(self) -> int:
        """I11: people with any open need."""
        table = self.site.command(
            *("figures", "show", "I11", "--project", str(self.site.project_id)),
            *("--by", "province", "--audience", "internal"),
        )
        return sum(cell["n"] for cell in table["cells"])


def becomes(told: Callable[[], Any], expected: Any) -> None:
    """Jobs follow receipts; nobody waits for them but this test."""
    until = time.monotonic() + 30
    while (found := told()) != expected and time.monotonic() < until:
        time.sleep(0.2)
    assert found == expected


@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    prepared: Site = request.getfixturevalue(request.param)
    site = prepared.copy_to(tmp_path / "data")
    with Server(site):
        phone = Phone(site.phone_url)
        found = Office(site=site, phone=phone)
        found.sign_in()
        phone.sync_forms()
        yield found
        phone.close()


def test_from_an_assessment_to_a_need_that_is_met(office: Office) -> None:
    # An assessment on a phone: two people, three needs and two issues of one of them.
    told = person(*NEEDS, has_issue="yes", rights=ISSUES)
    office.send("needs_assessment", FIRST, **HOUSEHOLD, person=[told, person(name="ចាន់ សុផល")])
    one_of_two = {"reh_prosthesis": (1, 2), "psy_peer": (1, 2), "sei_wash": (1, 2)}
    assert office.i12() == one_of_two  # with the receipt
    assert (len(office.facts("persons")), len(office.facts("rights-issues"))) == (2, 2)
    becomes(lambda: [one["open_needs"] for one in office.facts("cases")], [3])

    # The reviewer returns it with a reason; the list on the phone shows it.
    office.decide(FIRST, "returned", "needs")
    [returned] = office.rows("needs_assessment", "returned.csv")
    assert returned["name"] == FIRST
    assert office.i12() == one_of_two  # returned is not rejected

    # The corrected record arrives as an edit: it was a house, not a latrine.
    right = person(*NEEDS[:2], (HOUSING, "p3"), has_issue="yes", rights=ISSUES)
    second = office.send(
        "needs_assessment", **HOUSEHOLD, corrects=FIRST,
        person=[right, person(name="ចាន់ សុផល")],
    )  # fmt: skip
    corrected = {"reh_prosthesis": (1, 2), "psy_peer": (1, 2), HOUSING: (1, 2)}
    becomes(office.i12, corrected)
    becomes(lambda: [one["open_needs"] for one in office.facts("cases")], [3])
    assert office.rows("needs_assessment", "returned.csv") == []

    office.decide(second, "approved")
    assert office.i12() == corrected

    # A referral: the provider is in the directory, the person allowed it.
    office.send("service_directory", **PROVIDER)
    becomes(lambda: len(office.facts("providers")), 1)
    [case] = re.findall(r"/cases/([0-9a-f-]{36})", office.get("cases"))
    assert office.post(f"cases/{case}/refer", need="psy_peer", provider="prc-bt") == 303
    assert statuses(office) == {"reh_prosthesis": "unmet", "psy_peer": "referred", HOUSING: "unmet"}
    assert office.i12() == corrected  # referred is open

    # The follow-up visit: one need is met and the person says so; another they do not confirm.
    office.allow_lists()
    visit(office, met("reh_prosthesis"), met("psy_peer", "no"))
    becomes(office.i12, {"psy_peer": (1, 2), HOUSING: (1, 2)})
    assert office.any_need() == 1
    assert statuses(office) == {
        "reh_prosthesis": "met", "psy_peer": "in_progress", HOUSING: "unmet",
    }  # fmt: skip
    held = {one["need_code"]: one["status"] for one in office.rows("follow_up", "open_needs.csv")}
    assert held == statuses(office)

    # And the last ones: nobody has an open need any more, and both are still assessed.
    visit(office, met("psy_peer"), met(HOUSING))
    becomes(office.i12, {})
    assert office.any_need() == 0
    assert [one["state"] for one in office.facts("cases")] == ["done"]


PROVIDER = {
    "today": "2026-11-01", "c_listed": "yes", "code": "prc-bt", "name_en": "Centre",
    "name_km": "មជ្ឈមណ្ឌល", "kind": "rehab_centre", "needs": "reh_prosthesis psy_peer",
    "prov": "02", "dist": "0204",
}  # fmt: skip


def statuses(office: Office) -> dict[str, str]:
    [case] = office.facts("cases")
    return {need["need_code"]: need["status"] for need in case["needs"]}


def visit(office: Office, *needs: dict[str, str]) -> None:
    """F5 as the phone fills it in from its own lists."""
    [case] = office.rows("follow_up", "cases.csv")
    held = {row["need_code"]: row for row in office.rows("follow_up", "open_needs.csv")}
    assert case["first_name"] == "វិបុល"
    visited = []
    for one in needs:
        row = held[one["need_code"]]
        meta = {"entity": update("open_needs", row)}
        visited.append({"open_need": row["name"], **one, "meta": meta})
    answers = {
        "today": dt.datetime.now(PHNOM_PENH).date().isoformat(),
        "c_store": "yes", "c_contact": "yes", "c_share_case": "yes", "c_stats": "yes",
        "c_method": "signature", "prov": "02", "dist": "0204", "comm": "020401",
        "vill": "02040101", "case_id": case["name"], "visit_no": int(case["visit_no"]) + 1,
        "found": "found", "visited": visited, "due_on": "",
        "meta": {"entity": update("cases", case)},
    }  # fmt: skip
    office.send("follow_up", **answers)
