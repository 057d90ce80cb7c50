"""A name that is taken: by somebody else's phone or script, or by the form that comes again.

A page that shows a secret once is the answer to its form. Loaded again, or tapped twice, the form
comes a second time: it makes nothing, and leads to what its first sending made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from service.accounts import actions
from service.foundation.db import reading
from service.foundation.problems import ALREADY_EXISTS, Problem
from service.web.pages import frame

Find = Callable[[Any, int, str], int | None]
"""(session, project, key of a name) -> whose it is."""


def in_words(problem: Problem, *, taken: str, bad: str) -> str:
    """What is wrong with the form; `taken` and `bad` are what the page says of its name."""
    if problem.kind is ALREADY_EXISTS:
        return taken
    if problem.context.get("name") == "name":
        return bad
    return problem.text(frame.page_language())


def made_by_this_form(project_id: int, problem: Problem, name: str, find: Find) -> int | None:
    """What this very form has made already, so that its name is taken: newer than the newest one
    that there was when the form was shown."""
    newest = request.form.get("newest", type=int)
    if problem.kind is not ALREADY_EXISTS or newest is None:
        return None
    with reading() as session:
        holder = find(session, project_id, actions.name_key(actions.fit_name(name)))
    return holder if holder is not None and holder > newest else None
