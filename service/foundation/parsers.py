"""Which parsers stand between strangers' bytes and us, and which of them are too old.

Too old is said, not refused: a stable distribution mends its packages without raising the number,
and XML goes through lxml, which brings its own library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Version = tuple[int, ...]

LEAST: Mapping[str, Version] = {
    "expat": (2, 6),
    "libxml2": (2, 11),
    "OpenSSL": (3, 0),
    "SQLite": (3, 40),
}
"""Below these, weaknesses are known that a sender could use."""


def versions() -> dict[str, Version]:
    """What this process has."""
    import sqlite3
    import ssl
    from xml.parsers import expat

    from lxml import etree

    return {
        "expat": _numbers(expat.EXPAT_VERSION),
        "libxml2": etree.LIBXML_VERSION,
        "OpenSSL": ssl.OPENSSL_VERSION_INFO[:3],
        "SQLite": sqlite3.sqlite_version_info,
    }


def too_old(found: Mapping[str, Version]) -> list[str]:
    """“expat 2.5.0 (≥ 2.6)” for each: what there is, and what would be safe."""
    return [
        f"{name} {_dotted(found[name])} (≥ {_dotted(least)})"
        for name, least in LEAST.items()
        if found[name] < least
    ]


def _numbers(text: str) -> Version:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
