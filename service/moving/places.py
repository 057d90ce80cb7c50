"""Which server is left, as somebody names it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("central", "kobo", "ona")


@dataclass(frozen=True, kw_only=True)
class Place:
    """`project`: of Central, the number in its address. `form_ids`: only these; none: all."""

    kind: str
    address: str
    project: str = ""
    form_ids: tuple[str, ...] = ()
