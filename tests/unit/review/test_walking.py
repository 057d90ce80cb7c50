"""The log is walked back strand by strand: newest first, nothing left out, none twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review import walking

START = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class One:
    strand: int
    seq: int
    minute: int

    @property
    def at(self) -> dt.datetime:
        return START + dt.timedelta(minutes=self.minute)


Log = dict[int, list[One]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Strands of very different pace, each in the order of time."""
    made: Log = {}
    for strand in range(draw(st.integers(1, 4))):
        minutes = sorted(draw(st.lists(st.integers(0, 5000), max_size=150)))
        made[strand] = [One(strand, n, minute) for n, minute in enumerate(minutes, 1)]
    return made


def page(log: Log, ends: walking.Ends, every: int, limit: int) -> tuple[list[One], walking.Ends]:
    looked = walking.windows(ends)
    found: list[One] = []
    for window in looked:
        inside = log[window.strand][window.oldest - 1 : window.newest]
        found += [one for one in inside if one.minute % every == 0][::-1][:limit]
    reached = {one.strand: log[one.strand][one.oldest - 1].at for one in looked if one.oldest > 1}
    return walking.merged(found, looked, reached, limit)


@pytest.fixture(scope="module", autouse=True)
def _short_looks() -> Iterator[None]:
    """So that short logs are longer than a look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walking, "LOOKED_AT", 60)
        patch.setattr(walking, "LEAST", 10)
        yield


@given(log=logs(), every=st.sampled_from([1, 3, 97]), limit=st.integers(1, 60))
def test_all_that_fits_is_told_once_newest_first(log: Log, every: int, limit: int) -> None:
    _told_in_order(log, every, limit)


def test_a_strand_of_few_entries_does_not_run_ahead_of_a_busy_one() -> None:
    busy = [One(0, n, n) for n in range(1, 151)]
    _told_in_order({0: busy, 1: [One(1, 1, 10), One(1, 2, 140)]}, every=1, limit=60)


def _told_in_order(log: Log, every: int, limit: int) -> None:
    ends: walking.Ends = {strand: len(entries) for strand, entries in log.items() if entries}
    told: list[One] = []
    while ends:
        before = sum(ends.values())
        some, ends = page(log, walking.read(walking.written(ends)), every, limit)
        assert len(some) <= limit
        assert sum(ends.values()) < before, "every page goes on"
        told += some
    expected = [one for entries in log.values() for one in entries if one.minute % every == 0]
    assert len(told) == len(expected)
    assert set(told) == set(expected)
    assert [one.minute for one in told] == sorted((one.minute for one in told), reverse=True)


def test_a_page_looks_through_no_more_than_it_may() -> None:
    for number in (1, 3, 6):
        looked = walking.windows(dict.fromkeys(range(number), 10**9))
        assert sum(one.newest - one.oldest + 1 for one in looked) <= walking.LOOKED_AT
    assert walking.windows({1: 0, 2: 5}) == [walking.Window(strand=2, oldest=1, newest=5)]


@pytest.mark.parametrize("text", ["", "x", "1", "1.x", "1.2-", "1.2.3"])
def test_what_is_no_place_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        walking.read(text)
