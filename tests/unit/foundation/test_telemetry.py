"""Log lines, ids and hashes that name nobody."""

from __future__ import annotations

import ipaddress
import json

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from service.foundation import clock, ids, sealing, telemetry
from tests.factories import at


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::/48"),
        ("::ffff:203.0.113.77", "::/48"),
        ("", "-"),
        (None, "-"),
        ("not an address", "-"),
        ("10.0.0.1, 10.0.0.2", "-"),
    ],
)
def test_an_address_is_logged_as_its_network(address: str | None, network: str) -> None:
    assert telemetry.coarse_address(address) == network


@given(st.ip_addresses(v=4))
def test_256_neighbours_look_alike(address: ipaddress.IPv4Address) -> None:
    assert telemetry.coarse_address(str(address)).endswith(".0/24")


def test_log_lines_are_json_with_level_and_utc_time(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure("warning")
    log = structlog.get_logger("samleng.test")
    log.info("unheard")
    log.warning("heard", route="/v1/key/-/projects/<int:project_id>/submission", status=503)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    said = json.loads(lines[0])
    assert said["level"] == "warning"
    assert said["timestamp"].endswith("Z")
    assert said["status"] == 503
    structlog.reset_defaults()


def test_request_ids_are_random() -> None:
    assert len({telemetry.new_request_id() for _ in range(1000)}) == 1000


def test_uuids_of_many_threads_never_meet() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: [ids.new_uuid() for _ in range(500)], range(16)))
    assert len({one for some in made for one in some}) == 8000


def test_records_without_an_id_get_the_same_one_for_the_same_bytes() -> None:
    assert sealing.instance_id_for(b"<a/>") == sealing.instance_id_for(b"<a/>")
    assert sealing.instance_id_for(b"<a/>") != sealing.instance_id_for(b"<a />")
    assert sealing.instance_id_for(b"<a/>").startswith("uuid:")


def test_pseudonyms_hold_on_one_installation_and_mean_nothing_on_another() -> None:
    here, there = "5e" * 32, "a7" * 32
    assert sealing.pseudonym(here, "collect:xY12") == sealing.pseudonym(here, "collect:xY12")
    assert sealing.pseudonym(here, "collect:xY12") != sealing.pseudonym(there, "collect:xY12")
    assert sealing.pseudonym(here, "ab", "c") != sealing.pseudonym(here, "a", "bc")
    assert "xY12" not in sealing.pseudonym(here, "collect:xY12")


def test_times_are_written_as_centrals_clients_read_them() -> None:
    assert clock.iso(at("2026-11-24T08:00:00.123456")) == "2026-11-24T08:00:00.123Z"


def test_the_clock_of_a_test_stands_still_and_goes_on_after_it() -> None:
    moment = at("2026-11-24T08:00")
    with clock.frozen(moment):
        assert clock.now() == clock.now() == moment
    assert clock.now() != moment
    assert clock.now().tzinfo is not None
