"""Words used at a meeting: chosen among those that may be, read first, written down, read again."""

from __future__ import annotations

import uuid

from flask import Blueprint, request

from service.accounts.policy import Act
from service.dialogue.actions import showing
from service.dialogue.actions.showing import AT_A_MEETING, Source, Used
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.testimonies.terms import Means, Naming
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.dialogue import Answer, to_meeting
from service.web.pages.typed import one_of, words

meeting_quotes = Blueprint("meeting_quotes", __name__)
AT = "/p/<slug>/dialogue/meetings/<uuid:meeting_pk>/quotes"


@meeting_quotes.get(AT)
@allows(Act.TESTIMONY_LIBRARY)
def choose(project_id: int, meeting_pk: uuid.UUID) -> str:
    """Codes of words whose consent covers everybody who was there."""
    return _choose(project_id, meeting_pk)


def _choose(project_id: int, meeting_pk: uuid.UUID, problem: str = "") -> str:
    given = request.args.get("naming") or words("naming") or Naming.NONE
    naming = one_of(Naming, "naming", given)
    with reading() as session:
        rows, leaders = showing.list_usable(session, actor(), project_id, meeting_pk, naming)
    return frame.page(
        "meeting_quotes.html",
        here="dialogue",
        meeting_pk=meeting_pk,
        rows=rows,
        leaders=leaders,
        naming=naming,
        namings=[*Naming],
        problem=problem,
    )


@meeting_quotes.get(f"{AT}/<source>/<uuid:key>")
@allows(Act.TESTIMONY_USE)
def read(project_id: int, meeting_pk: uuid.UUID, source: str, key: uuid.UUID) -> str:
    """The words, before they are used. Every look is an entry."""
    naming = one_of(Naming, "naming", request.args.get("naming") or Naming.NONE)
    with unit_of_work() as session:
        opened = showing.open_quote(
            session, actor(), project_id, meeting_pk, _source(source), key, naming
        )
    return frame.page(
        "meeting_quote.html",
        here="dialogue",
        meeting_pk=meeting_pk,
        opened=opened,
        key=key,
        naming=naming,
        means=AT_A_MEETING,
    )


def _source(given: str) -> Source:
    if given not in {*Source}:
        raise Problem(NOT_FOUND)
    return Source(given)


@meeting_quotes.post(AT)
@allows(Act.TESTIMONY_USE)
@takes("source", "key", "seen", "naming", "means")
def use(project_id: int, meeting_pk: uuid.UUID) -> Answer:
    """Write down that they were used; refused where it is not allowed at this moment."""
    try:
        used = Used(
            source=_source(words("source")),
            key=_key(words("key")),
            seen=words("seen"),
            naming=one_of(Naming, "naming", words("naming") or Naming.NONE),
            means=one_of(Means, "means", words("means")),
        )
        with unit_of_work() as session:
            showing.use_quote(session, actor(), project_id, meeting_pk, used)
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            raise
        told = problem.text(frame.page_language())
        return _choose(project_id, meeting_pk, told), problem.kind.status
    return to_meeting(meeting_pk)


def _key(given: str) -> uuid.UUID:
    try:
        return uuid.UUID(given)
    except ValueError:
        raise Problem(NOT_FOUND) from None


@meeting_quotes.get(f"{AT}/<uuid:use_pk>")
@allows(Act.TESTIMONY_USE)
def again(project_id: int, meeting_pk: uuid.UUID, use_pk: uuid.UUID) -> str:
    """Words that were used, as long as they may be shown. Every look is an entry."""
    with unit_of_work() as session:
        opened = showing.read_again(session, actor(), project_id, meeting_pk, use_pk)
    return frame.page(
        "meeting_quote.html",
        here="dialogue",
        meeting_pk=meeting_pk,
        opened=opened,
        key=None,
        naming=None,
        means=(),
    )
