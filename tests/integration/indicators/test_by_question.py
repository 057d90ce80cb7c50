"""The whole catalogue beside questions in SQL, in worlds decided by chance, on both databases."""

from __future__ import annotations

import datetime as dt
import os
import random
from typing import Any

import pytest

from service.facts import queries as facts
from service.facts.needs import NEED
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.indicators.catalogue import INDICATORS
from tests.integration.indicators import phum_thmei
from tests.integration.indicators.by_question import OF_ITS_OWN, QUESTIONS, differences
from tests.integration.indicators.villages import Village

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
HOUSEHOLDS = int(os.environ.get("HOUSEHOLDS", "15"))
YES_NO = ("yes", "no", "unknown", "no_answer", "not_asked")
DAYS = [dt.date(2026, month, 3) for month in (1, 4, 5, 10, 11)]


def somebody(chance: random.Random) -> dict[str, Any]:
    band, ages = chance.choice(
        [("0004", (3, 3)), ("0511", (6, 6)), ("1217", (12, 17)), ("1859", (30, 30)),
         ("60p", (70, 75)), ("unknown", (None, None)), ("unk_child", (0, 17))]
    )  # fmt: skip
    answers = {
        name: chance.choice(YES_NO)
        for name in ("school", "latrine_usable", "in_group", "consulted", "view_changed",
                     "has_seat", "cash_problem", "device_in_use")
    }  # fmt: skip
    asked = {
        name: chance.choice((*YES_NO, "applied")) for name in ("disability_card", "cash_received")
    }
    needs = chance.sample(list(NEED), chance.randrange(4))
    return {
        "sex": chance.choice(("female", "male", "unknown", "other")),
        "age_band": band, "age_from": ages[0], "age_to": ages[1],
        "disability": chance.choice(("yes", "no", "indeterminate", "not_asked")),
        "victim_type": chance.choice(
            ("direct_injured", "indirect_family", "not_victim", "unknown", "indirect_community")
        ),
        "device": chance.choice(("mine_ap", "submunition", "unknown", "not_asked")),
        "wg_walk": chance.choice((None, 1, 2, 3, 4, 7, 9)),
        "device_years": chance.choice((None, 0, 1, 2, 3, 4)),
        "impairments": chance.choice(([], ["none"], ["seeing"], ["mobility", "hearing"])),
        **answers, **asked,
        "told_needs": [a_need(chance, code) for code in needs],
    }  # fmt: skip


def a_need(chance: random.Random, code: str) -> dict[str, Any]:
    status = chance.choice(("unmet", "referred", "met", "in_progress", "declined"))
    return {
        "need_code": code, "status": status,
        "is_open": status in ("unmet", "referred", "in_progress"),
        "priority": chance.choice(("p1", "p2", "p3", "unknown")),
        "barriers": chance.choice(([], ["distance"], ["distance", "attitude"])),
        "referral_to": chance.choice((None, "prc_bat")),
        "served_on": chance.choice((None, dt.date(2026, 3, 1), dt.date(2026, 11, 20))),
    }  # fmt: skip


def where(chance: random.Random) -> dict[str, Any]:
    return {
        "province": chance.choice(("02", "12", "24")), "happened_on": chance.choice(DAYS),
        "stats": chance.random() < 0.85, "stats_until": chance.choice((None, DAYS[2], NOW.date())),
        "standing": chance.choice(("received", "approved", "rejected")),
    }  # fmt: skip


def fill(village: Village, chance: random.Random) -> None:
    for _ in range(HOUSEHOLDS):
        own = {
            "minutes_rehabilitation": chance.choice((None, 30, 120, 121)),
            "id_docs": chance.choice(([], ["nid"], ["birth_cert", "nid"], ["none"], ["unknown"])),
        }
        band = chance.choice(("r0", "r2", "r3", "r4", "unknown"))
        people = [somebody(chance) for _ in range(chance.randrange(1, 4))]
        village.household(*people, own=own, remoteness=band, **where(chance))
        key = village.keys[-1]
        for ordinal in range(len(people)):
            if chance.random() < 0.5:
                village.incident(
                    key, ordinal,
                    outcome=chance.choice(("killed", "amputation", "uninjured", "unknown")),
                    was_child=chance.choice(("yes", "no", "unknown")),
                    injuries=chance.choice(([], ["amp_foot_toes"], ["burns", "amp_hand_fingers"])),
                )  # fmt: skip
        report(village, chance)


def report(village: Village, chance: random.Random) -> None:
    issue = chance.choice(("access_building", "work_refused", "violence_abuse", "stigma"))
    village.issue(
        issue_code=issue, crpd=chance.choice(([], [9], [5, 27])),
        place_type=chance.choice(("home", "school", "market", "unknown")),
        status=chance.choice(("reported", "answered", "resolved", "closed")),
        issue_to=chance.choice((None, dt.date(2026, 2, 1))),
        answered_on=chance.choice((None, dt.date(2026, 1, 1), dt.date(2026, 6, 1))),
        **where(chance),
    )  # fmt: skip
    village.concern(
        device=chance.choice(("submunition", "mine_ap")), land_use=["field"],
        households=chance.choice((None, 0, 7)), answer=chance.choice(("none", "surveyed")),
        reported_on=chance.choice((None, dt.date(2026, 2, 1))),
        answered_on=chance.choice((None, dt.date(2026, 1, 1), dt.date(2026, 6, 1))),
        **where(chance),
    )  # fmt: skip
    village.follow_up(
        chance.choice(("a", "b")), need_code="psy_peer", quality=chance.choice((None, 1, 2, 5)),
        referral_outcome=chance.choice(("served", "no_reply", "not_asked", "unknown")),
        **where(chance),
    )  # fmt: skip
    village.sheet(is_reconciled=chance.random() < 0.5, **where(chance))
    village.signature(
        chance.choice(("valid", "minor", "illegible", "out_of_scope")),
        kind=chance.choice(("citizen", "monk_nun")), **where(chance),
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1])
def test_every_figure_is_what_its_question_finds(database: Database, seed: int) -> None:
    with clock.frozen(NOW):
        with unit_of_work() as session:
            village = phum_thmei.settle(session)
            fill(village, random.Random(seed))
        with reading() as session:
            assert list(differences(session, village.project_id)) == []
        # Columns follow: some records go, some are rejected, others come.
        chance = random.Random(seed + 1)
        with unit_of_work() as session:
            village.session = session
            for key in chance.sample(village.keys, len(village.keys) // 4):
                if chance.random() < 0.5:
                    facts.delete_facts(session.connection(), [(village.project_id, key)])
                else:
                    facts.set_standing(session.connection(), village.project_id, key, "rejected")
            fill(village, chance)
        with reading() as session:
            assert list(differences(session, village.project_id)) == []


def test_no_indicator_goes_without_a_question() -> None:
    assert set(QUESTIONS) | OF_ITS_OWN == set(INDICATORS)
    assert not set(QUESTIONS) & OF_ITS_OWN
