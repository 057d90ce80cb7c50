"""Pages of cases through HTTP: lists, referrals and consent, sheets; names on a sheet alone."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from service.accounts.actor import SYSTEM, Role
from service.cases.tables import Case, CaseEvent
from service.entities.actions.phones import day_of_consent
from service.forms import actions as forms
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.golden.reference_forms import DIRECTORY, converted
from tests.integration.cases.conftest import NAMES, VERSION, Cases, met, person, site
from tests.integration.cases.test_cases_narrowed import narrow
from tests.web.pages_world import text_of
from tests.web.people import bearer

__all__ = ["site"]
LEG, TALK = ("reh_prosthesis", "p2"), ("psy_peer", "p1")
SLUG = "/p/battambang"
Headers = Mapping[str, str]


@pytest.fixture
def chanthou(site: Cases, settings: Settings) -> Headers:
    """Coordinates the project."""
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, site.project_id)


@pytest.fixture
def directed(site: Cases) -> Cases:
    """With two providers in the directory, of which the near one makes prostheses."""
    xml, _ = converted("service_directory")
    media = {path.name: path.read_bytes() for path in DIRECTORY.glob("*.csv")}
    with unit_of_work() as session:
        forms.publish_xml(session, SYSTEM, site.project_id, xml, media=media, blobs=site.blobs)
    found = VERSION.search(xml)
    assert found is not None
    site.versions["service_directory"] = found[1].decode()  # type: ignore[index]
    for code, where in (("prc-far", ("12", "1201")), ("prc-bt", ("02", "0204"))):
        site.send("service_directory", {
            "today": "2026-11-01", "code": code, "name_en": f"Centre {code}",
            "name_km": f"មជ្ឈមណ្ឌល {code}", "kind": "rehab_centre",
            "needs": "reh_prosthesis psy_peer", "prov": where[0], "dist": where[1],
            "opening": "fri mon sun",
        })  # fmt: skip
    return site


def page(site: Cases, who: Headers, path: str = "", **query: str) -> str:
    answer = site.phone.client.get(
        f"{SLUG}/cases{path}", query_string={"lang": "en", **query}, headers=who
    )
    assert answer.status_code == 200, answer.text
    return text_of(answer)


def post(site: Cases, who: Headers, verb: str, **form: str) -> TestResponse:
    address = f"{SLUG}/cases/{site.case().case_pk}/{verb}?lang=en"
    return site.phone.client.post(address, data=form, headers=who)


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        return list(session.scalars(query.order_by(AuditEntry.seq)))


def test_the_list_tells_codes_and_clocks_and_no_name(site: Cases, chanthou: Headers) -> None:
    site.assess(person(LEG, TALK))
    told = page(site, chanthou)
    assert site.case().code in told
    assert "Life or safety" in told
    assert not any(name in told or name.split()[1] in told for name in NAMES)
    assert site.case().code in page(site, chanthou, need="psy_peer", priority="p1", area="02")
    assert site.case().code not in page(site, chanthou, need="sei_job")
    spoken = site.case().code.replace("-", " ")
    assert "No case is here" not in page(site, chanthou, code=spoken)
    assert "No case is here" in page(site, chanthou, code="48")
    assert site.case().code not in page(site, chanthou, area="12")


def test_who_coordinates_another_area_sees_nothing(site: Cases, settings: Settings) -> None:
    site.assess(person(LEG))
    there = bearer(settings.secrets.jwt_key, Role.COORDINATOR, site.project_id, "12")
    here = bearer(settings.secrets.jwt_key, Role.COORDINATOR, site.project_id, "0204")
    assert site.case().code in page(site, here)
    assert site.case().code not in page(site, there)
    path = f"{SLUG}/cases/{site.case().case_pk}"
    assert site.phone.client.get(path, headers=there).status_code == 404
    assert site.phone.client.get(path, headers=here).status_code == 200


def test_today_tells_of_clocks_that_ran_out_and_visits_that_are_due(
    site: Cases, chanthou: Headers
) -> None:
    site.assess(person(LEG))  # within 30 days of 2 November 2026
    today = text_of(site.phone.client.get(f"{SLUG}/?lang=en", headers=chanthou))
    is_late = clock.now() > dt.datetime(2026, 12, 1, 17, tzinfo=dt.UTC)
    assert ("Needs on which nobody acted in time" in today) is is_late
    site.assess(person(TALK, name=NAMES[1]), today="2026-11-03", hh_id="X")
    late = site.phone.client.get(f"{SLUG}/?lang=en", headers=chanthou)
    assert "Needs on which nobody acted in time" in text_of(late)
    assert "Visits that are due" in text_of(late)
    assert page(site, chanthou, show="late").count("overdue") >= 1
    assert "000" not in page(site, chanthou, show="due", need="sei_job")


def test_a_referral_makes_the_need_referred_and_is_told(directed: Cases, chanthou: Headers) -> None:
    directed.assess(person(LEG, TALK))
    done = post(directed, chanthou, "refer", need="psy_peer", provider="prc-bt")
    assert done.status_code == 303
    assert directed.needs() == {"psy_peer": "referred", "reh_prosthesis": "unmet"}
    told = page(directed, chanthou, f"/{directed.case().case_pk}")
    assert "Centre prc-bt" in told
    assert told.index("Centre prc-bt") < told.index("Centre prc-far")  # the nearest first
    [entry] = entries("case.change")
    assert entry["provider"] == "prc-bt"
    assert [
        one["status"] for one in directed.rows("open_needs") if one["need_code"] == "psy_peer"
    ] == ["referred"]


def test_nobody_is_referred_without_consent_and_life_comes_first(
    directed: Cases, chanthou: Headers, settings: Settings
) -> None:
    directed.assess(person(LEG, TALK), c_share_case="no")
    refused = post(directed, chanthou, "refer", need="psy_peer", provider="prc-bt")
    assert refused.status_code == 409
    assert "has not allowed" in text_of(refused)
    assert directed.needs()["psy_peer"] == "unmet"
    stale = bearer(settings.secrets.jwt_key, Role.COORDINATOR, directed.project_id, is_fresh=False)
    form = {"need": "psy_peer", "provider": "prc-bt", "reason": "life"}
    assert post(directed, stale, "refer-anyway", **form).status_code == 403
    assert directed.needs()["psy_peer"] == "unmet"
    assert post(directed, chanthou, "refer-anyway", **form).status_code == 303
    assert directed.needs()["psy_peer"] == "referred"
    [entry] = entries("case.override")
    assert (entry["reason"], entry["need"]) == ("life", "psy_peer")
    assert "without consent: life is in danger" in page(
        directed, chanthou, f"/{directed.case().case_pk}"
    )


def test_what_a_visit_says_of_sharing_holds(directed: Cases, chanthou: Headers) -> None:
    directed.assess(person(LEG), c_share_case="no")
    directed.visit(c_share_case="yes")
    form = {"need": "reh_prosthesis", "provider": "prc-bt"}
    assert post(directed, chanthou, "refer", **form).status_code == 303
    directed.visit(consent_recheck="yes", withdraw_scopes="share_case", today="2026-11-21")
    assert post(directed, chanthou, "refer", **form).status_code == 409


def test_s44_nobody_is_sent_by_a_yes_that_was_taken_back_since(
    directed: Cases, chanthou: Headers
) -> None:
    told = directed.assess(person(LEG), c_share_case="no")
    directed.visit(c_share_case="yes")
    narrow(directed, told, "share_case")
    form = {"need": "reh_prosthesis", "provider": "prc-bt"}
    assert post(directed, chanthou, "refer", **form).status_code == 409


def test_s44_nobody_is_told_to_visit_who_took_contact_back(site: Cases, chanthou: Headers) -> None:
    told = site.assess(person(TALK))
    today = f"{SLUG}/?lang=en"
    assert site.case().code in page(site, chanthou, show="due")
    assert "Visits that are due" in text_of(site.phone.client.get(today, headers=chanthou))
    narrow(site, told, "contact")
    assert site.case().code not in page(site, chanthou, show="due")
    assert "Visits that are due" not in text_of(site.phone.client.get(today, headers=chanthou))
    listed = page(site, chanthou, show="late")
    assert site.case().code in listed, "help may still be found"
    assert "5 November 2026 Times" not in listed, "no day of a next visit"
    shown = page(site, chanthou, f"/{site.case().case_pk}")
    assert "does not allow that somebody comes or calls again" in shown


def test_what_is_refused_at_a_visit_is_told(site: Cases, chanthou: Headers) -> None:
    site.assess(person(LEG))
    site.visit(c_stats="no")
    shown = page(site, chanthou, f"/{site.case().case_pk}")
    assert "does not allow, from this visit on: Use in counts" in shown


def test_a_sheet_names_who_is_sent_and_leaves_entries(
    directed: Cases, chanthou: Headers, settings: Settings
) -> None:
    directed.assess(person(LEG, TALK, phone="012 345 678"))
    post(directed, chanthou, "refer", need="reh_prosthesis", provider="prc-bt")
    shown = directed.phone.client.get(
        f"{SLUG}/cases/{directed.case().case_pk}?lang=en", headers=chanthou
    ).text
    found = re.search(r'name="referral" value="([0-9a-f-]{36})"', shown)
    assert found is not None
    sheet = post(directed, chanthou, "sheet", referral=found[1])
    told = text_of(sheet)
    assert all(word in told for word in (NAMES[0], "012 345 678", "Centre prc-bt", "Prosthesis"))
    assert "Peer" not in told  # the other need is nobody's business there
    assert sheet.headers["Cache-Control"] == "no-store"
    assert [one["provider"] for one in entries("case.sheet")] == ["prc-bt"]
    assert [one["purpose"] for one in entries("identity.read")] == ["refer"]
    stale = bearer(settings.secrets.jwt_key, Role.COORDINATOR, directed.project_id, is_fresh=False)
    assert post(directed, stale, "sheet", referral=found[1]).status_code == 403
    assert "Only what the person has allowed" in told
    directed.visit(c_share_case="no")
    assert post(directed, chanthou, "sheet", referral=found[1]).status_code == 409
    anyway = {"need": "psy_peer", "provider": "prc-bt", "reason": "life"}
    assert post(directed, chanthou, "refer-anyway", **anyway).status_code == 303
    shown = directed.phone.client.get(
        f"{SLUG}/cases/{directed.case().case_pk}?lang=en", headers=chanthou
    ).text
    (forced,) = set(re.findall(r'name="referral" value="([0-9a-f-]{36})"', shown)) - {found[1]}
    told = text_of(post(directed, chanthou, "sheet", referral=forced))
    assert "The person has not allowed that this is shared" in told
    assert "Only what the person has allowed" not in told
    assert post(directed, chanthou, "sheet", referral=str(uuid.uuid4())).status_code == 400


def test_s44_what_nobody_allowed_is_printed_while_the_danger_lasts(
    directed: Cases, settings: Settings
) -> None:
    directed.assess(person(LEG, TALK), c_share_case="no")
    form = {"need": "psy_peer", "provider": "prc-bt", "reason": "life"}
    now = clock.now()

    def offered_and_printed(hours: int, *, again: bool) -> list[tuple[bool, int]]:
        """Of each referral: whether the case's page offers its sheet, and what asking answers."""
        with clock.frozen(now + dt.timedelta(hours=hours)):
            by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, directed.project_id)
            if again:
                assert post(directed, by, "refer-anyway", **form).status_code == 303
            shown = directed.phone.client.get(
                f"{SLUG}/cases/{directed.case().case_pk}?lang=en", headers=by
            ).text
            with reading() as session:
                keys = session.scalars(sa.select(CaseEvent.event_pk).order_by(CaseEvent.at)).all()
            asked = [post(directed, by, "sheet", referral=str(key)).status_code for key in keys]
            return [(str(key) in shown, code) for key, code in zip(keys, asked, strict=True)]

    assert offered_and_printed(0, again=True) == [(True, 200)]
    assert offered_and_printed(71, again=False) == [(True, 200)]
    assert offered_and_printed(73, again=False) == [(False, 409)]
    assert offered_and_printed(73, again=True) == [(False, 409), (True, 200)]


def test_outcomes_close_and_reopen_and_none_makes_a_need_met(
    directed: Cases, chanthou: Headers
) -> None:
    directed.assess(person(LEG))

    def say(what: str) -> tuple[int, str]:
        answer = post(directed, chanthou, "events", need="reh_prosthesis", what=what)
        return answer.status_code, directed.needs()["reh_prosthesis"]

    assert say("outcome.served") == (303, "in_progress")
    assert say("status.met") == (400, "in_progress")
    assert say("outcome.no_show_cost") == (303, "unmet")
    assert say("status.not_feasible") == (303, "not_feasible")
    assert say("outcome.served") == (400, "not_feasible")
    assert say("reopen") == (303, "unmet")
    assert directed.facts()[0] == 1
    assert post(directed, chanthou, "events", need="sei_job", what="reopen").status_code == 400


def test_the_directory_is_searched_by_need_and_place(directed: Cases, chanthou: Headers) -> None:
    def codes(**query: str) -> list[str]:
        answer = directed.phone.client.get(
            f"{SLUG}/services", query_string={"lang": "en", **query}, headers=chanthou
        )
        assert answer.status_code == 200
        return re.findall(r"<h2>Centre (\S+?)</h2>", answer.text)

    shown = text_of(directed.phone.client.get(f"{SLUG}/services?lang=en", headers=chanthou))
    assert "Monday, Friday, Sunday" in shown
    assert codes(near="0204") == ["prc-bt", "prc-far"]
    assert codes(near="1201") == ["prc-far", "prc-bt"]
    assert codes(need="sei_job") == []


def test_cases_of_one_person_are_one_and_every_code_leads_to_it(
    directed: Cases, chanthou: Headers, settings: Settings
) -> None:
    bopha = bearer(settings.secrets.jwt_key, Role.COORDINATOR, directed.project_id)
    directed.assess(person(LEG, phone="012 345 678"))
    directed.assess(person(TALK, phone="012 345 678"), today="2026-12-01", hh_id="X")
    first, second = cases_of(directed)
    client, persons = directed.phone.client, f"/v1/projects/{directed.project_id}/persons"
    (pair,) = client.get(f"{persons}/pairs", headers=chanthou).json["items"]
    address = f"{persons}/pairs/{pair['id']}"

    def decide(by: Headers, verdict: str) -> None:
        body = {"verdict": verdict, "seen": client.get(address, headers=by).json["seen"]}
        answer = client.post(f"{address}/decision", json=body, headers=by)
        assert answer.status_code == 200
        directed.work()

    decide(chanthou, "same")
    assert second.code in page(directed, chanthou)
    decide(bopha, "same")
    listed = page(directed, chanthou)
    assert first.code in listed
    assert second.code not in listed
    assert first.code in page(directed, chanthou, code=second.code)
    shown = page(directed, chanthou, f"/{second.case_pk}")
    assert f"Case {first.code}" in shown
    assert "these numbers lead here, too" in shown
    assert second.code in shown
    assert all(need in shown for need in ("Prosthesis", "Peer"))
    facts = client.get(f"/v1/projects/{directed.project_id}/facts/cases", headers=chanthou).json
    [item] = facts["items"]
    assert (item["code"], item["joined_codes"], item["open_needs"]) == (
        first.code, [second.code], 2,
    )  # fmt: skip
    # What is written down under the old address is of the person.
    at = f"{SLUG}/cases/{second.case_pk}/refer?lang=en"
    form = {"need": "psy_peer", "provider": "prc-bt"}
    assert client.post(at, data=form, headers=chanthou).status_code == 303
    assert "Centre prc-bt" in page(directed, chanthou, f"/{first.case_pk}")
    assert "Referred" in page(directed, chanthou, f"/{second.case_pk}")
    decide(chanthou, "apart")
    listed = page(directed, chanthou)
    assert first.code in listed
    assert second.code in listed
    assert "lead here" not in page(directed, chanthou, f"/{second.case_pk}")


def cases_of(site: Cases) -> list[Any]:
    with reading() as session:
        query = sa.select(Case).where(Case.project_id == site.project_id).order_by(Case.case_pk)
        return list(session.scalars(query))


@pytest.mark.parametrize("language", ["en", "km"])
def test_pages_speak_both_languages(directed: Cases, chanthou: Headers, language: str) -> None:
    directed.assess(person(LEG))
    post(directed, chanthou, "refer", need="reh_prosthesis", provider="prc-bt")
    directed.visit(met("reh_prosthesis", "no"), today=day_of_consent().isoformat())
    for path in ("", f"/{directed.case().case_pk}"):
        shown = directed.phone.client.get(f"{SLUG}/cases{path}?lang={language}", headers=chanthou)
        assert shown.status_code == 200
    assert ("មិនបាននិយាយដូច្នេះ" in shown.text) is (language == "km")


def test_programs_read_cases_as_facts_in_pages(
    site: Cases, chanthou: Headers, settings: Settings
) -> None:
    told = site.assess(person(LEG, TALK))
    site.assess(person(LEG, name=NAMES[1]), hh_id="X")
    address = f"/v1/projects/{site.project_id}/facts/cases"
    answer = site.phone.client.get(address, query_string={"limit": 1}, headers=chanthou)
    first = answer.json
    assert first is not None
    [item] = first["items"]
    assert (item["instance_id"], item["open_needs"], item["priority"]) == (told, 2, "p1")
    assert {one["need_code"] for one in item["needs"]} == {"reh_prosthesis", "psy_peer"}
    assert first["more"]
    assert not any(name.split()[1] in answer.text for name in NAMES)
    query = {"limit": 1, "cursor": first["cursor"]}
    second = site.phone.client.get(address, query_string=query, headers=chanthou).json
    assert second is not None
    assert (len(second["items"]), second["more"], second["cursor"]) == (1, False, None)
    assert second["items"][0]["code"] != item["code"]
    analyst = bearer(settings.secrets.jwt_key, Role.ANALYST, site.project_id)
    assert site.phone.client.get(address, headers=analyst).status_code == 403
    there = bearer(settings.secrets.jwt_key, Role.REVIEWER, site.project_id, "12")
    cut = site.phone.client.get(address, headers=there).json
    assert cut is not None
    assert cut["items"] == []
    wrong = site.phone.client.get(address, query_string={"cursor": "W10"}, headers=chanthou)
    assert wrong.status_code == 400
