"""A small world that a person can count on paper: ten people of Phum Thmei and its neighbours.

Every indicator is counted in it by hand (`test_by_hand.py`). Whoever changes a row here counts
again. All visits are in May 2026, but Chan's (in November, the month in which the tables are made).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from service.facts.scopes import bits
from tests.integration.indicators.villages import Village

MAY, NOVEMBER = dt.date(2026, 5, 4), dt.date(2026, 11, 20)
PEOPLE: dict[str, dict[str, Any]] = {
    # Sokha's household, in village 02010101, two hours from nowhere.
    "Sokha": {
        "sex": "male", "age_band": "1859", "disability": "yes", "victim_type": "direct_injured",
        "device": "mine_ap", "wg_walk": 3, "device_in_use": "yes", "device_years": 5,
        "disability_card": "yes", "cash_received": "yes", "cash_problem": "no",
        "in_group": "yes", "consulted": "yes", "view_changed": "yes", "has_seat": "yes",
        "latrine_usable": "no",
    },
    "Bopha": {
        "sex": "female", "age_band": "1859", "disability": "no", "victim_type": "indirect_family",
        "consulted": "no", "in_group": "no", "latrine_usable": "yes", "has_seat": "no",
    },
    "Dara": {
        "sex": "male", "age_band": "0511", "age_from": 9, "age_to": 9, "disability": "no",
        "victim_type": "indirect_family", "school": "no", "latrine_usable": "yes",
    },
    # Sreymom's, in village 02010101 too.
    "Sreymom": {
        "sex": "female", "age_band": "1859", "disability": "yes", "wg_walk": 4,
        "disability_card": "applied", "cash_received": "no", "cash_problem": "yes",
        "consulted": "yes", "view_changed": "no", "has_seat": "no", "in_group": "no",
        "latrine_usable": "no",
    },
    "Rithy": {
        "sex": "male", "age_band": "1217", "age_from": 14, "age_to": 15, "disability": "yes",
        "school": "yes", "disability_card": "no",
    },
    # Chan's, in village 12010101, near a town.
    "Chan": {
        "sex": "male", "age_band": "60p", "disability": "indeterminate",
        "victim_type": "direct_injured", "device": "submunition", "impairments": ["mobility"],
        "wg_walk": 2, "device_in_use": "yes", "device_years": 2, "disability_card": "yes",
        "cash_received": "no", "cash_problem": "unknown", "has_seat": "no",
    },
    "Maly": {"sex": "unknown", "age_band": "1859", "disability": "no", "device_in_use": "no"},
}  # fmt: skip
NEEDS: dict[str, tuple[dict[str, Any], ...]] = {
    "Sokha": (
        {"need_code": "reh_prosthesis", "priority": "p2",
         "barriers": ["distance", "road_condition"],
         "status": "referred", "referral_to": "prc_bat"},
        {"need_code": "sei_livelihood", "priority": "p3", "barriers": ["distance"]},
        {"need_code": "med_pain", "priority": "p2", "status": "met", "is_open": False,
         "served_on": dt.date(2026, 5, 20), "met_on": dt.date(2026, 6, 1)},
    ),
    "Bopha": ({"need_code": "psy_family", "priority": "p3"},),
    "Sreymom": (
        {"need_code": "reh_wheelchair", "priority": "p1", "barriers": ["transport_cost"],
         "served_on": dt.date(2026, 6, 13)},
        {"need_code": "sei_housing", "priority": "p4"},
    ),
    "Chan": ({"need_code": "psy_peer", "priority": "p1"},),
}  # fmt: skip


def settle(session: Session) -> Village:
    """All of it, in a project of its own."""
    village = Village(session)
    far = {"minutes_rehabilitation": 180, "id_docs": ["none"]}
    _household(village, "Sokha Bopha Dara", far, remoteness="r3", submitter_id=1)
    _household(village, "Sreymom Rithy", {"id_docs": ["nid"]}, remoteness="r1", submitter_id=2)
    near = {"minutes_rehabilitation": 30}
    _household(
        village, "Chan Maly", near, remoteness="r2", submitter_id=2, province="12",
        happened_on=NOVEMBER,
    )  # fmt: skip
    _incidents(village)
    _issues(village)
    _concerns(village)
    _testimonies(village)
    _visits_again(village)
    _treaty(village)
    return village


def _household(village: Village, names: str, own: dict[str, Any], **visit: Any) -> None:
    people = [{**PEOPLE[name], "told_needs": NEEDS.get(name, ())} for name in names.split()]
    village.household(*people, own=own, **visit)


def _incidents(village: Village) -> None:
    """Sokha's own, and twice that of Bopha's brother, who was killed on a day that both told."""
    place = {"place": "02010101", "place_precision": "village"}
    that_day = {"incident_from": dt.date(1995, 3, 1), "incident_to": dt.date(1995, 3, 1)}
    of_year = {"incident_from": dt.date(2003, 1, 1), "incident_to": dt.date(2003, 12, 31)}
    sokha = village.keys[0]
    village.incident(
        sokha, 0, device="mine_ap", outcome="amputation", was_child="no", sex="male",
        injuries=["amp_leg_below_knee"], **place, **of_year,
    )  # fmt: skip
    for ordinal in (1, 2):
        village.incident(
            sokha, ordinal, device="erw_other", outcome="killed", was_child="yes", sex="male",
            **place, **that_day,
        )  # fmt: skip
    village.incident(village.keys[2], 0, device="submunition", outcome="injured_other")


def _issues(village: Village) -> None:
    """Five: a clinic that cannot be entered, twice; a card that was cut and given back; work; and
    one that is told under stricter rules."""
    clinic = {"issue_code": "access_building", "crpd": [9], "place_type": "health_facility"}
    village.issue(**clinic, status="reported", sex="female")
    village.issue(**clinic, status="raised_with_duty_bearer", sex="male")
    village.issue(
        issue_code="social_protection", crpd=[28], status="resolved", duty_bearer="commune",
        issue_from=dt.date(2026, 3, 1), issue_to=dt.date(2026, 3, 1),
        answered_on=dt.date(2026, 4, 2),
    )  # fmt: skip
    village.issue(issue_code="work_refused", crpd=[5, 27], status="verified", place_type="school")
    village.issue(issue_code="violence_abuse", crpd=[16], is_restricted=True)


def _concerns(village: Village) -> None:
    village.concern(
        device="submunition", land_use=["field", "path"], hectares="1_5", households=4,
        answer="surveyed", reported_on=dt.date(2026, 5, 1), answered_on=dt.date(2026, 5, 13),
    )  # fmt: skip
    village.concern(
        device="mine_ap", land_use=["field"], hectares="under_1", households=9, answer="none",
        reported_on=dt.date(2026, 5, 2),
    )  # fmt: skip
    village.concern(device="submunition", land_use=["school"], hectares="1_5", answer="unknown")


def _testimonies(village: Village) -> None:
    """One that may be used abroad, one whose permission ended, one that was not read back."""
    useful = {"store", "stats", "advocacy_intl", "quote_anon"}
    village.testimony(kind="life_after", scopes=bits(useful), read_back="yes")
    village.testimony(
        kind="life_after", scopes=bits(useful), scopes_until=dt.date(2026, 11, 1), read_back="yes"
    )
    village.testimony(kind="hope_message", scopes=bits({"store", "stats"}), read_back="no")


def _visits_again(village: Village) -> None:
    """To two cases: a service that was good, one that was poor, and a referral not answered."""
    village.follow_up("case-1", need_code="reh_prosthesis", referral_outcome="served", quality=4)
    village.follow_up("case-1", need_code="reh_prosthesis", referral_outcome="not_asked", quality=2)
    village.follow_up("case-2", need_code="psy_peer", referral_outcome="no_reply")
    village.follow_up("case-2", need_code="psy_peer", referral_outcome="unknown", quality=5)


def _treaty(village: Village) -> None:
    for status, kind in (
        ("valid", "citizen"), ("valid", "leader_faith"), ("valid", "monk_nun"),
        ("minor", "citizen"),
        ("no_mark", "citizen"), ("duplicate_suspected", "citizen"),
    ):  # fmt: skip
        village.signature(status, kind=kind)
    village.sheet(is_reconciled=True)
    village.sheet(is_reconciled=False)
