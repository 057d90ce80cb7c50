"""S-16: whoever reads of many people in a short time is noticed."""

from __future__ import annotations

import datetime as dt
import uuid

from service.review.browsing import MANY, WITHIN, Opening, bursts

START = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)
RECORDS = [uuid.uuid4() for _ in range(60)]


def opening(record: int, minute: float, who: int = 1) -> Opening:
    at = START + dt.timedelta(minutes=minute)
    return Opening(actor_id=who, name=f"person {who}", record=RECORDS[record], at=at)


def test_twenty_records_within_ten_minutes_are_many() -> None:
    (burst,) = bursts([opening(n, n / 2) for n in range(MANY)])
    assert (burst.name, burst.records, burst.since) == ("person 1", MANY, START)


def test_nineteen_are_not_nor_twenty_over_a_longer_time() -> None:
    assert bursts([opening(n, n / 2) for n in range(MANY - 1)]) == []
    assert bursts([opening(n, n) for n in range(50)]) == []


def test_one_record_opened_often_is_one_record() -> None:
    assert bursts([opening(0, n / 10) for n in range(90)]) == []


def test_two_people_are_not_added_up_and_each_is_told_once() -> None:
    some = [opening(n, n / 10, who=n % 2) for n in range(2 * MANY - 2)]
    assert bursts(some) == []
    many = [opening(n % 60, n / 10, who=n % 2) for n in range(120)]
    assert [burst.records for burst in bursts(many)] == [30, 30]


def test_a_window_forgets_what_is_older() -> None:
    quick = [opening(n, n / 10) for n in range(15)]
    after = WITHIN.total_seconds() / 60 + 2
    more = [opening(20 + n, after + n / 10) for n in range(15)]
    assert bursts([*quick, *more]) == []


def test_many_at_once_are_counted_by_their_number() -> None:
    def pulled(records: int, minute: float) -> Opening:
        at = START + dt.timedelta(minutes=minute)
        return Opening(actor_id=1, name="script", record=None, records=records, at=at)

    assert bursts([pulled(MANY - 1, 0)]) == []
    (burst,) = bursts([pulled(MANY - 1, 0), opening(0, 1), pulled(500, 30)])
    assert (burst.records, burst.since) == (500, START + dt.timedelta(minutes=30))
    (mixed,) = bursts([pulled(MANY - 2, 0), opening(0, 1), opening(0, 2), opening(1, 3)])
    assert mixed.records == MANY
