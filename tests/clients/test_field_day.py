"""A day in the field, from the form list to the figure: phones as they are, nothing simplified."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.clients.households import Count, household, needs_assessment, unmet_needs
from tests.clients.openrosa_phone import Phone, Record, Sending, Standing
from tests.reliability import checker
from tests.reliability.server import Server, Site

INSTANCES = 500
PHONES = 8


@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """The server on a fresh site, reference form F1 published by its own set-up."""
    site: Site = request.getfixturevalue(request.param)
    with Server(site.copy_to(tmp_path / "data")) as server:
        yield server


class PhoneRack:
    """A phone for each thread that asks."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._own = threading.local()
        self._all: list[Phone] = []

    def send(self, record: Record) -> Sending:
        """From this thread's phone."""
        if not hasattr(self._own, "phone"):
            self._own.phone = Phone(self._base_url, f"collect:fieldday{len(self._all):08}")
            self._all.append(self._own.phone)
        sending: Sending = self._own.phone.send(record)
        return sending

    def close(self) -> None:
        for phone in self._all:
            phone.close()


def test_500_instances_sent_twice_at_once_are_500_and_i12_equals_the_hand_made_count(
    running: Server,
) -> None:
    site = running.site
    phone = Phone(site.phone_url)
    assert phone.sync_forms()["needs_assessment"] is Standing.NEW
    assert phone.sync_forms()["needs_assessment"] is Standing.ON_DEVICE
    [(form_id, version)] = [key for key in phone.forms if key[0] == "needs_assessment"]
    phone.close()

    visited = [household(number) for number in range(1, INSTANCES + 1)]
    records = [needs_assessment(each, form_id, version) for each in visited]
    rack = PhoneRack(site.phone_url)
    with ThreadPoolExecutor(PHONES) as pool:
        twice = [record for record in records for _ in range(2)]
        sendings = list(pool.map(rack.send, twice))
    rack.close()

    pairs = zip(sendings[::2], sendings[1::2], strict=True)
    statuses = [sorted(first.statuses + second.statuses) for first, second in pairs]
    assert statuses == [[201, 202]] * INSTANCES
    assert stored_instances(site) == sorted(each.instance_id for each in visited)
    wait_for_facts(site)
    assert i12(site) == unmet_needs(visited)


def stored_instances(site: Site) -> list[str]:
    with checker.opened(site) as database:
        rows = database.execute("SELECT instance_id FROM submissions").fetchall()
    return sorted(instance_id for (instance_id,) in rows)


def wait_for_facts(site: Site) -> None:
    """Facts are computed after the answer; the phones do not wait for them, this test does."""
    pause = threading.Event()
    for _ in range(300):
        if checker.unprojected(site) == 0:
            return
        pause.wait(0.1)
    pytest.fail(f"{checker.unprojected(site)} submissions have no facts after 30 s")


def i12(site: Site) -> dict[tuple[str, str], Count]:
    """Unmet need by service and province, as the command line shows it, nothing hidden."""
    table = site.command(
        *("figures", "show", "I12", "--project", str(site.project_id)),
        *("--by", "need,province", "--audience", "internal"),
    )
    return {
        (cell["need"], cell["province"]): Count(having=cell["n"], assessed=cell["d"])
        for cell in table["cells"]
        if cell["n"]
    }


def test_the_hand_made_count_counts_persons_with_an_open_need() -> None:
    """Two households looked at by a person, so that the oracle above rests on something."""
    four, five = household(4), household(5)
    assert {four.province, five.province} == {"22"}
    assert [person.needs for person in (*four.persons, *five.persons)] == [
        {
            "psy_peer": "met",
            "sei_livelihood": "partly_met",
            "reh_prosthesis": "partly_met",
            "reh_wheelchair": "met",
        },
        {"reh_prosthesis": "unmet", "reh_wheelchair": "partly_met"},
        {},
        {"reh_wheelchair": "partly_met", "reh_prosthesis": "unmet", "psy_peer": "unmet"},
        {"psy_peer": "partly_met", "reh_prosthesis": "unmet", "reh_wheelchair": "partly_met"},
        {"reh_wheelchair": "unmet"},
    ]
    assert unmet_needs([four, five]) == {
        ("reh_prosthesis", "22"): Count(having=4, assessed=6),
        ("reh_wheelchair", "22"): Count(having=4, assessed=6),
        ("psy_peer", "22"): Count(having=2, assessed=6),
        ("sei_livelihood", "22"): Count(having=1, assessed=6),
    }


def test_who_refused_to_be_counted_is_not_in_the_hand_made_count() -> None:
    refused = [each for each in map(household, range(1, 100)) if not each.may_be_counted]
    assert len(refused) > 3
    assert unmet_needs(refused) == {}
