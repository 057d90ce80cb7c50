"""Where somebody comes from: what counts as one place, and what is told of it."""

from __future__ import annotations

import pytest

from service.accounts import caller

KEY = "5e" * 16 + "a7" * 16
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0"
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "?"), (None, "?"), ("unix:", "?"), ("1.2.3", "?"),
    ],
)  # fmt: skip
def test_s03_one_place_is_an_address_or_what_an_ipv6_customer_gets(
    address: str | None, network: str
) -> None:
    assert caller.network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        (FIREFOX, "Firefox · Windows"), (EDGE, "Edge · Windows"), (PHONE, "Chrome · Android"),
        ("python-requests/2.32.3", "python-requests"), ("", "?"), ("\x00<script>", "?"),
    ],
)  # fmt: skip
def test_a_client_is_told_in_two_words(agent: str, label: str) -> None:
    assert caller.label_of(agent) == label


def test_no_address_is_in_what_is_kept_for_counting() -> None:
    one = caller.of_request(KEY, "203.0.113.7", "203.0.113.0/24", FIREFOX)
    same = caller.of_request(KEY, "203.0.113.7", "203.0.113.0/24", FIREFOX)
    other = caller.of_request(KEY, "203.0.113.8", "203.0.113.0/24", FIREFOX)
    program = caller.of_request(KEY, "203.0.113.7", "203.0.113.0/24", EDGE)
    elsewhere = caller.of_request("c1" * 32, "203.0.113.7", "203.0.113.0/24", FIREFOX)
    assert one == same
    assert len({one.network, other.network, elsewhere.network}) == 3
    assert one.network == program.network
    assert len({one.binding, other.binding, program.binding, elsewhere.binding}) == 4
    assert "203.0.113.7" not in repr(one)
