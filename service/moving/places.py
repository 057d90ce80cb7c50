"""Which server is left, as somebody names it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_ORIGIN = 120
KINDS = ("central", "kobo", "ona")


@dataclass(frozen=True, kw_only=True)
class Place:
    """`project`: of Central, the number in its address. `form_ids`: only these; none: all."""

    kind: str
    address: str
    project: str = ""
    form_ids: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """`central data.example.org`: for people, and for the log."""
        host = urlsplit(self.address).hostname or ""
        return f"{self.kind} {host}"[:MOST_ORIGIN].strip()
