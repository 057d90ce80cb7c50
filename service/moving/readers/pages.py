"""Lists of Django REST framework: `{"results", "next"}`, or a plain list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.foundation.problems import SOURCE_STRANGE, Problem
from service.moving.source import Http, get_json

MOST_PAGES = 10_000


def results(http: Http, path: str) -> Iterator[Any]:
    """All rows of all pages. Raises SOURCE_STRANGE."""
    for _ in range(MOST_PAGES):
        found = get_json(http, path)
        if isinstance(found, list):
            yield from found
            return
        if not isinstance(found, dict) or not isinstance(found.get("results"), list):
            break
        yield from found["results"]
        if not found.get("next"):
            return
        path = str(found["next"])
    raise Problem(SOURCE_STRANGE, reason="a list was expected")
