"""Pages of persons, cases, casualties, flags and receipts ask as much of the database for many rows
as for few. (What names people is asked for record by record: each look is an entry.)"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.cases.tables import Case
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.persons.queries import pairs
from service.persons.verdicts import Verdict
from tests import statements, visited
from tests.conftest import drain
from tests.factories import a_phone
from tests.integration.cases.conftest import NAMES, Cases, person, site
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web import test_casualties_page as casualties
from tests.web import test_flags as flags
from tests.web.people import bearer
from tests.web.test_cases_pages import LEG, SLUG, TALK, directed
from tests.web.test_moving_page import Person
from tests.web.test_reviewing import decide

pytestmark = pytest.mark.each_database

__all__ = ["directed", "site"]
Headers = Mapping[str, str]
Ask = Callable[[], object]


def counts(pages: Mapping[str, Ask]) -> dict[str, int]:
    """Statements of each page."""
    found = {}
    for name, ask in pages.items():
        ask()  # what is made once is made
        with statements.counted() as seen:
            ask()
        found[name] = len(seen)
    return found


def getter(client: FlaskClient, by: Headers) -> Callable[[str], Ask]:
    def get(path: str) -> Ask:
        def ask() -> str:
            answer = client.get(f"{SLUG}/{path}", headers=by)
            assert answer.status_code == 200, path
            return answer.get_data(as_text=True)

        return ask

    return get


@pytest.fixture
def chanthou(site: Cases, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, site.project_id)


def assess_more(site: Cases, first: int, count: int) -> None:
    """One man by this name after the other: each is perhaps one with all before, and has a case."""
    for number in range(first, first + count):
        site.assess(
            person(LEG, TALK, phone="012 345 678"),
            person(LEG, name=NAMES[1], age=20 + number),
            hh_id=f"H-{number}", today=f"2026-11-{number + 1:02d}", works=False,
        )  # fmt: skip
    site.work()


def test_pages_of_persons_and_cases(directed: Cases, chanthou: Headers) -> None:
    assess_more(directed, 0, 3)
    get, client = getter(directed.phone.client, chanthou), directed.phone.client
    with reading() as session:
        case = session.scalars(sa.select(Case).order_by(Case.case_pk)).first()
    assert case is not None
    form = {"need": "reh_prosthesis", "provider": "prc-bt"}
    assert client.post(f"{SLUG}/cases/{case.case_pk}/refer", data=form, headers=chanthou)
    shown = str(get(f"cases/{case.case_pk}")())
    found = re.search(r'name="referral" value="([0-9a-f-]{36})"', shown)
    assert found
    sent = found[1]
    pair = visited.pairs()[0]

    def search() -> None:
        data = {"name": NAMES[0], "place": "", "purpose": "work"}
        answer = client.post(f"{SLUG}/persons/search", data=data, headers=chanthou)
        assert answer.status_code == 200

    def sheet() -> None:
        at, data = f"{SLUG}/cases/{case.case_pk}/sheet", {"referral": sent}
        assert client.post(at, data=data, headers=chanthou).status_code == 200

    def programs(path: str) -> Ask:
        def ask() -> None:
            address = f"/v1/projects/{directed.project_id}/{path}"
            assert client.get(address, headers=chanthou).status_code == 200

        return ask

    pages = {
        "pairs": get("persons"),
        "pairs, unsure": get("persons?state=unsure"),
        "pair": get(f"persons/pairs/{pair.pair_pk}"),
        "file": get(f"persons/{pair.first_pk}"),
        "search": search,
        "cases": get("cases"),
        "late": get("cases?show=late"),
        "due": get("cases?show=due"),
        "case": get(f"cases/{case.case_pk}"),
        "services": get("services"),
        "sheet": sheet,
        "cases for programs": programs("facts/cases"),
        "pairs for programs": programs("persons/pairs"),
        "file for programs": programs(f"persons/{pair.first_pk}"),
        "today": get(""),
    }
    join(directed, 2)
    few = counts(pages)
    assess_more(directed, 3, 3)
    for number in range(3):
        directed.send("service_directory", {
            "today": "2026-11-01", "code": f"more-{number}", "name_en": "More", "name_km": "ថ្មី",
            "kind": "rehab_centre", "needs": "psy_peer", "prov": "02", "dist": "0204",
        }, works=False)  # fmt: skip
    directed.work()
    join(directed, 4)
    assert counts(pages) == few


def join(site: Cases, most: int) -> None:
    """The first of the pairs of one name, in a star: a file of so many joins."""
    first = visited.pairs()[0].first_pk
    those = [one for one in visited.pairs() if first in (one.first_pk, one.second_pk)]
    with unit_of_work() as session:
        for one in those[:most]:
            pairs.say(session, site.project_id, one.pair_pk, Verdict.SAME, None, clock.now())


def test_lists_of_casualties(app: Flask, settings: Settings) -> None:
    chanthou = Person(app, settings)

    def pages(path: str) -> dict[str, int]:
        def get(at: str) -> Ask:
            def ask() -> None:
                assert chanthou.page(at).status_code == 200

            return ask

        return counts({"dry run": get(path), "moves": get(""), "new": get("/casualties")})

    few = pages(casualties.looked_at(app, chanthou))
    more = [f"{n},X,ស្រី,odd,Injured,Odd {n},{1999 + n},Nowhere {n},?" for n in range(3, 20)]
    long = casualties.LIST + "\n".join(more) + "\n"
    assert pages(casualties.looked_at(app, chanthou, long)) == few


def test_flags_in_the_list_and_on_a_record(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    phone = a_phone(client)
    visited.publish(phone.project_id)
    bopha = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    get = getter(client, bopha)

    def counted(name: str, *names: str) -> dict[str, int]:
        for one in (name, *names):
            flags.send(phone, flags.old(one))
        drain(app)
        assert flags.made()[name]
        flagged, at = get("submissions?stage=flagged"), f"submissions/{flags.key_of('a')}"
        return counts({"list": flagged, "record": get(at), "today": get("")})

    few = counted("a")
    assert counted("bb", "ccc", "dddd") == few


def test_receipts(app: Flask, client: FlaskClient, settings: Settings) -> None:
    phone = a_survivors_phone(client)
    arun = bearer(settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    bopha = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    get, address = getter(client, arun), f"/v1/projects/{phone.project_id}/forms/{FORM_ID}"

    def counted(*names: str) -> dict[str, int]:
        for name in names:
            answer = client.post(f"{address}/submissions", data=told(name), headers=arun)
            assert answer.status_code == 200
            decide(phone, bopha, name, "returned", reasons=["dates"])
        drain(app)
        return counts({"sent": get("sent")})

    few = counted("uuid:1")
    assert counted("uuid:2", "uuid:3", "uuid:4") == few
