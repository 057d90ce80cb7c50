"""What people told comes back to them: asked of an office, promised, and read aloud from the phone
of whoever goes there; other phones hold other communes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.dialogue.actions.feeding import LIST
from tests.clients.openrosa_phone import Phone
from tests.clients.test_case_journey import NEEDS, PHNOM_PENH, Office, becomes
from tests.integration.cases.conftest import HOUSEHOLD, person
from tests.reliability.server import Server, Site

FORM = Path(__file__).parents[2] / "service" / "forms" / "reference" / "feedback.xlsx"
TODAY = dt.datetime.now(PHNOM_PENH).date().isoformat()
PROMISE = {"owner": "Public works", "text_en": "A ramp", "text_km": "ជម្រាល", "partner": "PDAC"}
COMMUNE = "020401"


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


def met(office: Office) -> str:
    """A meeting of the commune; answers the address of its page."""
    given = {"held_on": TODAY, "partner": "PDAC", "place": COMMUNE}
    assert office.post("dialogue/meetings", **given) == 303
    [found] = set(re.findall(r"dialogue/meetings/[0-9a-f-]{36}", office.get("dialogue")))
    return found


def texts(office: Office) -> dict[str, str]:
    """Commune -> what the phone would have its holder read out, in Khmer."""
    return {row["code"]: row["text_km"] for row in office.rows("feedback", f"{LIST}.csv")}


def test_what_came_of_it_is_on_the_phone_that_was_there(office: Office) -> None:
    office.send("needs_assessment", **HOUSEHOLD, person=[person(*NEEDS)])
    meeting = met(office)
    assert office.post(f"{meeting}/promises", **PROMISE) == 303
    assert office.post("feedback/phones") == 303
    office.site.run("forms", "publish", str(FORM), "--project", str(office.site.project_id))
    becomes(lambda: set(texts(office)), {COMMUNE})
    assert "បានសន្យា៖ ជម្រាល (មិនទាន់ធ្វើ)" in texts(office)[COMMUNE]

    # The promise is kept: the phone follows, without anybody doing anything.
    [promise] = set(re.findall(r"dialogue/promises/[0-9a-f-]{36}", office.get(meeting)))
    assert office.post(promise, status="kept", said_on=TODAY) == 303
    becomes(lambda: "ជម្រាល (បានធ្វើហើយ)" in texts(office)[COMMUNE], True)

    # It is read aloud, and how many listened comes back.
    [row] = office.rows("feedback", f"{LIST}.csv")
    told = {"told_en": row["text_en"], "told_km": row["text_km"]}
    heard = {"today": TODAY, "commune": row["name"], **told, "read_aloud": "yes", "women": "9"}
    office.send("feedback", **heard, men="4")

    # Another phone was nowhere yet, and holds nothing; then a coordinator gives it the area.
    made = office.site.command(
        "app-users", "create", "Second", "--project", str(office.site.project_id)
    )
    second = Office(site=office.site, phone=Phone(made["url"]), headers=office.headers)
    second.slug = office.slug
    assert texts(second) == {}
    found = re.search(rf'/lists/(\d+)">{LIST}<', office.get("lists?lang=en"))
    assert found is not None
    for area, there in (("12", set()), ("0204", {COMMUNE})):
        held = {"phone": made["id"], "area": area}
        assert office.post(f"lists/{found[1]}/phones", **held) == 303
        assert set(texts(second)) == there
    second.phone.close()
