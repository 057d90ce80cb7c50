"""Which server is left, as somebody names it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_ORIGIN = 120
KINDS = ("central", "kobo", "ona")
RECORDS, ENTITIES, CASUALTIES = "records", "entities", "casualties"
FILE_KINDS = (RECORDS, ENTITIES, CASUALTIES)
"""Export files, by what they hold."""
UNDONE = "undone"
"""No move in, but one out: what an import of casualties brought goes into the trash."""
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
