"""Links for partners: what they open, for how long, and what of it is kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from service.dialogue.actions import sharing
from service.dialogue.tables import Link
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.persons.actions import today
from tests.web.pages_world import text_of
from tests.web.test_dialogue import D, Office, office
from tests.web.test_releases import BY_PROVINCE, Team, team

__all__ = ["office", "team"]


def made(office: Office, *promises: str, **more: Any) -> str:
    """The path that is told."""
    keys = [one.rpartition("/")[2] for one in promises]
    given = {"partner": "PDAC", "audience": "public", "promise": keys, "days": "30", **more}
    answer = office.post(f"{D}/links", **given)
    assert answer.status_code == 200, answer.text
    found = re.search(r"http://[^/<]+(/promised/battambang/[\w-]{43})<", answer.text)
    assert found is not None
    return found[1]


def ask(team: Team, path: str, headers: Mapping[str, str] | None = None) -> Any:
    return team.client.get(f"{path}?lang=en", headers=headers)


def test_a_link_shows_what_was_chosen_to_its_audience_and_nothing_else(
    office: Office, team: Team
) -> None:
    team.frozen(title="For anybody")
    team.frozen(BY_PROVINCE, title="For partners", audience="partner")
    team.frozen(title="Nobody said yes")
    for number in (1, 2):
        team.say(number, "published", team.dara)
    met = office.meet("PDAC", "MAPU", notes="ឯកជន")
    chosen = office.promise(met, text_en="A ramp", indicator="I01")
    office.promise(met, text_en="Another")
    office.post(chosen, status="partly", said_on=str(today()), reason="ហេតុផលរបស់ក្រុម")
    link = made(office, chosen)
    page = ask(team, link)
    assert page.status_code == 200
    told = text_of(page)
    assert "A ramp" in told
    assert "kept in part" in told
    assert "For anybody" in told
    for hidden in ("Another", "ឯកជន", "ហេតុផលរបស់ក្រុម", "For partners", "Nobody said yes"):
        assert hidden not in page.text, hidden
    release = ask(team, f"{link}/releases/1")
    assert "Battambang" in text_of(release)
    for number in (2, 3, 9):
        assert ask(team, f"{link}/releases/{number}").status_code == 404
    for answer in (page, release):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "no-referrer" in answer.text
        assert "script" not in answer.headers["Content-Security-Policy"].partition(";")[2]
        assert "<script" not in answer.text


def test_a_link_for_partners_wants_an_agreement_and_ends_with_it(
    office: Office, team: Team
) -> None:
    team.frozen(BY_PROVINCE, title="For partners", audience="partner")
    team.say(1, "published", team.dara)
    promise = office.promise(office.meet())
    key = promise.rpartition("/")[2]
    wanted = {"partner": "PDAC", "audience": "partner", "promise": key, "days": "3"}
    assert office.post(f"{D}/links", **wanted).status_code == 400
    office.post(f"{D}/partners", code="PDAC", sees="partner")
    link = made(office, promise, audience="partner")
    assert "For partners" in ask(team, link).text
    office.post(f"{D}/partners", code="PDAC", sees="public")
    assert ask(team, link).status_code == 410


def test_it_is_over_by_its_day_or_when_somebody_ends_it(office: Office, team: Team) -> None:
    promise = office.promise(office.meet())
    first, second = made(office, promise, days="2"), made(office, promise)
    listed = office.get(f"{D}/links").text
    ends = re.findall(rf'"({D}/links/[0-9a-f-]+/end)"', listed)
    assert office.post(ends[0]).status_code == 303
    assert ask(team, second).status_code == 410
    assert "The link opens nothing" in text_of(office.get(f"{D}/links", news="ended"))
    with clock.frozen(clock.now() + dt.timedelta(days=2, minutes=1)):
        over = ask(team, first)
    assert over.status_code == 410
    assert "A ramp" not in over.text
    assert ask(team, first).status_code == 200
    assert ask(team, f"{first[:-1]}_").status_code == 404
    assert ask(team, first.replace("battambang", "elsewhere")).status_code == 404


def test_openings_are_counted_and_of_whoever_opens_nothing_is_kept(
    office: Office, team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    link = made(office, office.promise(office.meet()))
    token = link.rpartition("/")[2]
    with reading() as session:
        entries = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    for _ in range(3):
        ask(team, link, {"User-Agent": "Residue/1", "X-Forwarded-For": "203.0.113.7"})
    with reading() as session:
        row = session.scalars(sa.select(Link)).one()
        assert (row.opened, row.opened_on) == (3, today())
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == entries
        for table in sa.inspect(session.connection()).get_table_names():
            for one in session.execute(sa.text(f'SELECT * FROM "{table}"')):
                said = " ".join(str(value) for value in one)
                assert not any(word in said for word in (token, "Residue", "203.0.113.7")), table
    assert "opened 3 times" in text_of(office.get(f"{D}/links"))
    assert token not in caplog.text


def test_it_is_asked_for_no_faster_than_people_do(office: Office, team: Team) -> None:
    link = made(office, office.promise(office.meet()))
    with clock.frozen(clock.now()):
        answers = [ask(team, link).status_code for _ in range(sharing.OPENED_PER_NETWORK + 1)]
        assert answers == [200] * sharing.OPENED_PER_NETWORK + [429]
        assert ask(team, "/promised/battambang/guessed").status_code == 429
    with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
        assert ask(team, link).status_code == 200


def test_each_link_is_in_the_log_and_wants_a_fresh_code(office: Office, team: Team) -> None:
    promise = office.promise(office.meet())
    made(office, promise)
    [end] = re.findall(rf'"({D}/links/[0-9a-f-]+/end)"', office.get(f"{D}/links").text)
    office.post(end)
    office.post(end)
    with reading() as session:
        rows = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "dialogue.share"))
        found = [(one.details["what"], one.subject) for one in rows]
    assert [what for what, _ in found] == ["made", "ended"]
    assert len({subject for _, subject in found}) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": "181"}, {"days": "0"}, {"partner": "MAPU"}, {"partner": "NOBODY"},
        {"promise": []}, {"promise": ["x"]}, {"audience": "internal"},
    ],
)  # fmt: skip
def test_what_cannot_be_shared_is_refused(office: Office, wrong: dict[str, Any]) -> None:
    """Promises of another partner among it."""
    key = office.promise(office.meet("PDAC", "MAPU")).rpartition("/")[2]
    given = {"partner": "PDAC", "audience": "public", "promise": [key], "days": "9", **wrong}
    assert office.post(f"{D}/links", **given).status_code in (400, 404)
    assert office.json("GET", "/links").json == {"items": []}


def test_programs_make_and_end_links_too(office: Office, team: Team) -> None:
    key = office.promise(office.meet()).rpartition("/")[2]
    answer = office.json("POST", "/links", {"partner": "PDAC", "promises": [key]})
    assert answer.status_code == 201
    path = "/promised" + answer.json["url"].partition("/promised")[2]
    assert ask(team, path).status_code == 200
    [listed] = office.json("GET", "/links").json["items"]
    assert (listed["opened"], listed["is_open"]) == (1, True)
    assert "url" not in listed
    assert office.json("DELETE", f"/links/{answer.json['id']}").status_code == 204
    assert ask(team, path).status_code == 410
