"""Bodies that are no JSON, as the description of the API tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

XML = "application/xml"
TEXT_XML = "text/xml"
ANY = "application/octet-stream"
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def taken(*kinds: str, is_required: bool = True) -> dict[str, Any]:
    """For `blp.doc(**…)`: what a request holds."""
    return {"requestBody": {"required": is_required, "content": _content(kinds)}}


def given(*kinds: str) -> dict[str, Any]:
    """For `blp.doc(**…)`: what an answer holds."""
    return {"responses": {"200": {"description": "OK", "content": _content(kinds)}}}


def _content(kinds: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(kinds, _BINARY)
