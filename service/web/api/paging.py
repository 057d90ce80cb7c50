"""Lists that are answered page by page, each with the cursor of the next. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def page_of(
    rows: Sequence[T],
    limit: int,
    key: Callable[[T], Any],
    shown: Callable[[T], Any] = lambda one: one,
) -> dict[str, Any]:
    """`rows`: one more than the page holds, where there are more. `key`: what a page begins after;
    `shown`: how a row is answered."""
    page, more = rows[:limit], len(rows) > limit
    return {
        "items": [shown(one) for one in page],
        "cursor": key(page[-1]) if more else None,
        "more": more,
    }
