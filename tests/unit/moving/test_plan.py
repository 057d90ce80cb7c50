"""What becomes of a record, given what is here under its IDs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from service.moving.plan import Held, Verdict, Why, is_offered, plan_record
from service.moving.source import SourceRecord

HERE, SUPERSEDED = Held(), Held(is_current=False)
CORRECTED = Held(is_current=False, is_untouched=False)


@pytest.mark.parametrize(
    ("record", "held", "expected"),
    [
        ({}, {}, (Verdict.NEW, Why.NOTHING)),
        ({"note": Why.FILES_SHARED}, {}, (Verdict.NEW, Why.FILES_SHARED)),
        ({"fault": Why.TWICE}, {"a": HERE}, (Verdict.REFUSED, Why.TWICE)),
        ({}, {"a": HERE}, (Verdict.SAME, Why.NOTHING)),
        ({"review": "approved"}, {"a": HERE}, (Verdict.REVIEW, Why.NOTHING)),
        ({"review": "approved"}, {"a": Held(has_review=True)}, (Verdict.SAME, Why.NOTHING)),
        ({"review": "approved"}, {"a": SUPERSEDED}, (Verdict.SAME, Why.NOTHING)),
        ({}, {"a": Held(is_complete=False)}, (Verdict.FILES, Why.NOTHING)),
        ({}, {"a": Held(is_gone=True)}, (Verdict.GONE, Why.NOTHING)),
        ({"root_id": "r"}, {"r": Held(is_gone=True)}, (Verdict.GONE, Why.NOTHING)),
        ({"root_id": "r"}, {}, (Verdict.NEW, Why.LATEST_ONLY)),
        ({"root_id": "r"}, {"r": HERE}, (Verdict.CHANGED, Why.NOTHING)),
        ({"root_id": "r"}, {"r": SUPERSEDED}, (Verdict.CHANGED, Why.NOTHING)),
        ({"root_id": "r"}, {"r": CORRECTED}, (Verdict.QUEUED, Why.NOTHING)),
        ({"root_id": "r", "base_id": "b"}, {"b": CORRECTED}, (Verdict.QUEUED, Why.NOTHING)),
        ({"root_id": "r", "base_id": "b"}, {"b": HERE}, (Verdict.CHANGED, Why.NOTHING)),
    ],
)
def test_a_record_is_planned(
    record: Mapping[str, str], held: Mapping[str, Held], expected: tuple[Verdict, Why]
) -> None:
    told = SourceRecord(**{"key": "1", "instance_id": "a", "root_id": "a", **record})
    assert plan_record(told, held, keeps_versions=False) == expected


@pytest.mark.parametrize(
    ("before", "version", "offered"),
    [(None, "1", True), ("1", "2", True), ("2", "1", False), ("made here", "2", False)],
)
def test_phones_are_offered_no_older_version(
    before: str | None, version: str, offered: bool
) -> None:
    assert is_offered(before, ["1", "2"], version) is offered
