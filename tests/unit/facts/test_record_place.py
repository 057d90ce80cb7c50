"""Where a record lies: the finest place that holds everything it tells of."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from service.facts.kinds import Consent, Facts, Household, Signature
from service.facts.record_place import place_of_record

COMMON: dict[str, Any] = {
    "project_id": 1, "submission_pk": uuid.UUID(int=1), "happened_on": dt.date(2026, 5, 4),
    "month": "2026-05", "submitter_id": None, "stats": True, "stats_until": None,
    "scopes": 0, "scopes_until": None, "standing": "received",
}  # fmt: skip


def places(*codes: str) -> dict[str, str]:
    adm1, adm2, adm3, adm4 = (*codes, *["unknown"] * 4)[:4]
    return {"adm1": adm1, "adm2": adm2, "adm3": adm3, "adm4": adm4}


def consent(*codes: str) -> Consent:
    return Consent(
        **COMMON, **places(*codes), ordinal=0, granted=(), refused=(), method="", language="",
        text_version="", is_proxy=False, is_witnessed=False, guardian=None, assent=None,
        given_on=COMMON["happened_on"], review_by=None, code_digest=None,
    )  # fmt: skip


def signature(*codes: str, ordinal: int = 0) -> Signature:
    return Signature(
        **COMMON, **places(*codes), ordinal=ordinal, line_status="valid", kind="citizen", mark="",
        sex="", age_band="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ([("02", "0201", "020101", "02010101")], "020101"),
        ([("02", "0201")], "0201"),
        ([("02",)], "02"),
        ([()], None),
        ([("02", "0201", "020101"), ("02", "0201", "020102")], "0201"),
        ([("02", "0201"), ("02", "0202")], "02"),
        ([("02", "0201"), ("24", "2401")], None),
        ([("02", "0201"), ()], None),
    ],
)
def test_a_record_lies_in_the_finest_place_that_holds_all_of_it(
    told: list[tuple[str, ...]], place: str | None
) -> None:
    signatures = tuple(signature(*codes, ordinal=n) for n, codes in enumerate(told))
    assert place_of_record(Facts(signatures=signatures)) == place


def test_who_lives_elsewhere_than_the_visit_was_made_belongs_to_neither() -> None:
    visit = Household(
        **COMMON, **places("02", "0201"), household_key="", size=1, head_sex="", remoteness="",
        remoteness_rule=1, id_docs=(), minutes_town=None,
        minutes_health_centre=None, minutes_rehabilitation=None, cost_khr=None,
        wet_season_passable=None, phone_signal="",
    )  # fmt: skip
    assert place_of_record(Facts(households=(visit,), consents=(consent("02", "0201"),))) == "0201"
    assert place_of_record(Facts(households=(visit,), signatures=(signature("24"),))) is None


def test_a_record_that_tells_nothing_lies_nowhere() -> None:
    assert place_of_record(Facts()) is None
    assert place_of_record(Facts(consents=(consent("02"),))) == "02"
