"""How much a request may bring: little, unless its view says that it takes more.

The framework takes a body of any size, and a form or JSON as a whole into memory: without a limit
anybody who reaches the sign-in fills it. Views that read a stream (`errors.body`) count for
themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, request

from service.web.identify import View

ORDINARY = 1_000_000
"""Bytes: a page's form, a question to the API."""


def takes_up_to(most: int) -> Callable[[View], View]:
    """State that a view takes a body of so many bytes."""

    def mark(view: View) -> View:
        view.samleng_takes = most  # type: ignore[attr-defined]
        return view

    return mark


def enforce() -> None:
    """Before anything of the body is read."""
    endpoint = request.endpoint
    view = None if endpoint is None else current_app.view_functions[endpoint]
    most = getattr(view, "samleng_takes", None)
    if most is not None:
        request.max_content_length = request.max_form_memory_size = most
