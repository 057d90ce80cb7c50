"""Which server is left, as somebody names it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_ORIGIN = 120
KINDS = ("central", "kobo", "ona")
RECORDS, ENTITIES = "records", "entities"
FILE_KINDS = (RECORDS, ENTITIES)
"""Export files, by what they hold."""
MOST_TARGET = 250


@dataclass(frozen=True, kw_only=True)
class Place:
    """`project`: of Central, the number in its address. `form_ids`: only these; none: all. Of a
    file: the form or the list that it is of."""

    kind: str
    address: str
    project: str = ""
    form_ids: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """`central data.example.org`: for people, and for the log."""
        host = urlsplit(self.address).hostname or ""
        return f"{self.kind} {host}"[:MOST_ORIGIN].strip()
