"""What goes back to communes: read, printed, and on the phones of those who go there."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts.actor import Role
from service.dialogue.actions import feeding
from service.dialogue.feedback import MOST_ON_A_PHONE, WIDER, Asked, index, of_place
from service.dialogue.queries import communes
from service.dialogue.since import Frozen
from service.disclosure.rules import Audience
from service.entities.tables import Entity
from service.facts import scopes
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.persons.actions import today
from tests.conftest import drain
from tests.factories import at
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_dialogue import QUESTION, Office, P, office
from tests.web.test_releases import Team, team

__all__ = ["office", "team"]
F = f"{P}/feedback"
COMMUNE = "020101"
ONE = "?language=km"
BY_COMMUNE = {"indicator": "I01", "by": ["province", "district", "commune"]}


def published(team: Team, *tables: dict[str, Any], **more: Any) -> int:
    number = int(team.frozen(*tables, **more)["number"])
    assert team.say(number, "published", team.dara).status_code == 200
    return number


def test_a_commune_is_told_the_number_of_its_province_where_its_own_would_betray(
    office: Office, team: Team
) -> None:
    published(team)
    published(team, BY_COMMUNE, audience="partner")
    told = text_of(office.get(f"{F}/{COMMUNE}"))
    assert "Battambang: 12 people told us how they live." in told
    assert WIDER["en"] in told
    inside = text_of(office.get(f"{F}/{COMMUNE}", audience="partner"))
    assert ": 12 people told us how they live." in inside
    assert WIDER["en"] not in inside
    assert "not to be posted" in inside
    small = text_of(office.get(f"{F}/240101", audience="partner"))
    assert "3 people" not in small or "Pailin" in small


def test_nothing_that_nobody_released_is_told(office: Office, team: Team) -> None:
    team.frozen()
    told = text_of(office.get(f"{F}/{COMMUNE}"))
    assert "No number of this place was published yet." in told
    assert "12 people" not in told


def test_what_was_hidden_later_is_not_told_from_an_earlier_release() -> None:
    """Somebody may have taken an answer back since."""

    def release(number: int, n: int | None) -> Frozen:
        row = {"province": "02", "n": n, "d": None, "hidden": n is None}
        table = {"indicator": "I01", "by": ["province"], "cells": [row], "totals": []}
        return Frozen(
            number=number, audience=Audience.PUBLIC, frozen_at=at("2026-01-01"), title="",
            corrects=None, tables=[table],
        )  # fmt: skip

    assert "6 people" in of_place("02", index([release(1, 6)]), [], []).said[0]["en"]
    later = of_place("02", index([release(1, 6), release(2, None)]), [], [])
    assert not any("people" in one["en"] for one in later.said)


def test_questions_answers_and_promises_reach_every_commune_they_are_of(office: Office) -> None:
    met = office.meet(place="0201")
    office.post(f"{met}/questions", partner="PDAC", **QUESTION)
    office.promise(met, due_on="2030-01-31")
    elsewhere = office.meet(place="12")
    office.promise(elsewhere, text_en="Of the capital alone")
    country = office.meet(place="")
    office.promise(country, text_en="Of the whole country")
    told = text_of(office.get(f"{F}/{COMMUNE}"))
    assert "We asked Provincial Disability Action Council on" in told
    assert "A ramp (not yet done, by 31/1/2030)" in told
    assert "Of the whole country" in told
    assert "Of the capital alone" not in told
    khmer = text_of(office.get(f"{F}/{COMMUNE}", "km"))
    assert "បានសន្យា៖ ជម្រាល (មិនទាន់ធ្វើ ត្រឹមថ្ងៃទី 31/1/2030)" in khmer
    assert "A ramp" not in text_of(office.get(f"{F}/020201"))


def test_the_sheet_is_a_page_of_paper(office: Office, team: Team) -> None:
    published(team)
    for paper in ("a5", "a4"):
        answer = office.get(f"{F}/{COMMUNE}/sheet", paper=paper)
        assert answer.content_type == "application/pdf"
        assert answer.data.startswith(b"%PDF")
        assert answer.headers["Cache-Control"] == "no-store"
    assert office.get(f"{F}/{COMMUNE}/sheet", paper="a3").status_code == 400
    both, one = (
        office.client.get(f"{F}/{COMMUNE}/sheet{rest}", headers=office.headers).data
        for rest in ("", ONE)
    )
    assert len(both) != len(one)


def test_whoever_works_in_an_area_sees_its_communes_and_public_numbers_alone(
    team: Team, settings: Settings
) -> None:
    published(team, BY_COMMUNE, audience="partner")
    key = settings.secrets.jwt_key
    arun = Office(
        team.client, bearer(key, Role.FIELD_WORKER, team.project_id, "02"), team.project_id
    )
    assert arun.get(f"{F}/{COMMUNE}").status_code == 200
    assert "people told us" not in text_of(arun.get(f"{F}/{COMMUNE}"))
    assert arun.get(f"{F}/{COMMUNE}", audience="partner").status_code == 403
    for other in ("120101", "12", "020101999", "zz"):
        assert arun.get(f"{F}/{other}").status_code == 404
    assert arun.get(f"{F}/phones").status_code in (404, 405)


# --- lists of places ------------------------------------------------------------------------------
def rows_of(office: Office) -> dict[str, dict[str, str]]:
    path = office.api.replace("/dialogue", f"/datasets/{feeding.LIST}/entities.csv")
    answer = office.client.get(path, headers=office.headers)
    assert answer.status_code == 200, answer.text
    return {one["code"]: one for one in csv.DictReader(io.StringIO(answer.text))}


@pytest.mark.each_database
def test_the_list_follows_by_itself(office: Office, team: Team) -> None:
    with unit_of_work() as session:
        team.village.session = session
        kept = scopes.bits({"store", "stats"})
        for province in ("02", "12"):
            team.village.household({}, province=province, scopes=kept)
    met = office.meet(place=COMMUNE)
    drain(team.client.application)
    assert office.post(f"{F}/phones").status_code == 303
    drain(team.client.application)
    with reading() as session:
        told = communes.told_from(session, team.project_id, today())
    first = rows_of(office)
    assert set(first) == told == {COMMUNE, "120101"}
    assert "Nothing was asked yet." in first["120101"]["text_en"]
    office.post(f"{met}/questions", partner="PDAC", **QUESTION)
    published(team)
    drain(team.client.application)
    now = rows_of(office)
    assert QUESTION["text_km"] in now[COMMUNE]["text_km"]
    assert "13 people" in now[COMMUNE]["text_en"]
    assert QUESTION["text_km"] not in now["120101"]["text_km"]
    assert now[COMMUNE]["__id"] == first[COMMUNE]["__id"]
    with reading() as session:
        before = session.scalars(sa.select(Entity.version)).all()
    feeding.refresh(team.project_id)
    with reading() as session:
        assert session.scalars(sa.select(Entity.version)).all() == before, "again changes nothing"
    office.post(f"{met}/remove", sure="yes")
    drain(team.client.application)
    assert QUESTION["text_km"] not in rows_of(office)[COMMUNE]["text_km"]


def test_a_text_for_a_phone_is_cut_to_what_it_shows() -> None:
    words = {"en": "word " * 200, "km": "ពាក្យ" * 200}
    asked = [Asked(partner=words, on=today(), text=words)] * 3
    told = of_place(COMMUNE, {}, asked, [])
    assert len(told.text("km")) <= MOST_ON_A_PHONE


def test_ids_are_the_same_for_the_same_commune() -> None:
    assert feeding._entity_id(1, COMMUNE) == feeding._entity_id(1, COMMUNE)
    assert len({feeding._entity_id(1, COMMUNE), feeding._entity_id(2, COMMUNE)}) == 2
    assert isinstance(feeding._entity_id(1, COMMUNE), uuid.UUID)
