"""Where a try to sign in comes from: keyed digests for throttles, a few words for people. Pure.

No address is kept: of the network a digest that only this installation can make, and its first
part for the person who looks at her own sessions.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from service.foundation.sealing import pseudonym

_PROGRAMS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
"""In this order: most of them name the next as well."""
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who knocks, as far as a request tells."""

    network: str
    """Digest of the address (IPv6: of its /64)."""
    binding: str
    """Digest of network and program: the same client, as far as can be told."""
    around: str
    """Digest of the coarse network: what one attacker has many addresses of."""
    place: str
    """The coarse network: /24, /48."""
    label: str
    """Such as “Firefox · Windows”; a program by its own name."""


def of_request(key_hex: str, address: str | None, place: str, agent: str) -> Caller:
    network = pseudonym(key_hex, "network", network_of(address))
    return Caller(
        network=network,
        binding=pseudonym(key_hex, "client", network, agent),
        around=pseudonym(key_hex, "around", place),
        place=place,
        label=label_of(agent),
    )


def network_of(address: str | None) -> str:
    """What counts as one place: an IPv4 address, the /64 that an IPv6 customer gets."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "?"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network(f"{ip.compressed.split('%')[0]}/64", strict=False))
    return str(ip)


def label_of(agent: str) -> str:
    program = next((name for sign, name in _PROGRAMS if f"{sign}/" in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if program is None:
        found = re.match(r"[A-Za-z][\w.\-]{1,30}", agent)
        return found[0] if found else "?"
    return f"{program} · {system}" if system else program
