"""Keying a sheet: its picture beside the lines, with the keyboard alone; then by somebody else, who
sees nothing of that; then where the two differ. Without a script it is a form like any other."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts.policy import Act
from service.cases import actions as cases
from service.facts import codes
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.persons import families
from service.treaty import keying as rules
from service.treaty.actions import keying as actions
from service.treaty.actions import scans
from service.treaty.custody import Step
from service.treaty.keying import CODES, NAMES_OF_CHOICES, NAMES_OF_FIELDS
from service.treaty.queries import keying as queries
from service.treaty.queries.paper import SheetHeld
from service.web import asking
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import files, frame

keying = Blueprint("treaty_keying", __name__)
Answer = str | AnyResponse | tuple[str, int]
NEWS = frozenset({"keyed", "checked"})
LISTS = {
    "status": codes.LINE_STATUS,
    "sex": codes.SEX,
    "kind": codes.SIGNATORY_KIND,
    "mark": codes.MARK_TYPE,
}


@keying.get("/p/<slug>/treaty/keying")
@allows(Act.TREATY_KEY)
def show(project_id: int) -> str:
    """Sheets that wait for this person, and those that wait for another."""
    news = request.args.get("news", "")
    with reading() as session:
        waiting = actions.waiting(session, actor(), project_id)
        is_ready = actions.is_form_there(session, project_id)
    return frame.page(
        "keying.html",
        here="keying",
        waiting=waiting,
        is_ready=is_ready,
        news=news if news in NEWS else "",
    )


@keying.get("/p/<slug>/treaty/keying/<number>")
@allows(Act.TREATY_KEY)
def show_sheet(project_id: int, number: str) -> Answer:
    try:
        return _sheet(project_id, number)
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        return redirect(_list(), 303)  # this person keyed it first


def _sheet(project_id: int, number: str, problem: str = "") -> str:
    with reading() as session:
        sheet = actions.get(session, actor(), project_id, number)
        if sheet.step is Step.KEYED_AGAIN:
            found = actions.differing(session, actor(), project_id, number)
            return _compare(sheet, found, project_id, problem)
        has_picture = queries.find_scan(session, project_id, number) is not None
    g.runs_script = True
    return frame.page(
        "keying_sheet.html",
        here="keying",
        sheet=sheet,
        lines=range(1, sheet.rows + 1),
        lists=_lists(),
        villages=_villages(sheet),
        families=families.COMMON,
        has_picture=has_picture,
        typed=request.form,
        problem=problem,
    )


def _compare(sheet: SheetHeld, found: list[rules.Difference], project_id: int, problem: str) -> str:
    with reading() as session:
        has_picture = queries.find_scan(session, project_id, sheet.number) is not None
    return frame.page(
        "keying_compare.html",
        here="keying",
        sheet=sheet,
        found=found,
        written=rules.WRITTEN,
        shown={**_lists(), "village": dict(_villages(sheet))},
        has_picture=has_picture,
        problem=problem,
    )


def _lists() -> dict[str, dict[str, str]]:
    language = frame.page_language()
    return {
        name: {code: said[language] for code, said in labels.items() if code in CODES[name]}
        for name, labels in LISTS.items()
    }


def _villages(sheet: SheetHeld) -> list[tuple[str, str]]:
    language = frame.page_language()
    return [(one.code, one.name(language)) for one in actions.villages_of(sheet)]


@keying.post("/p/<slug>/treaty/keying/<number>")
@allows(Act.TREATY_KEY)
@takes("agreed", *NAMES_OF_FIELDS)
def key(project_id: int, number: str) -> Answer:
    """What was keyed. Who keys second sees what differs, if anything does."""
    with reading() as session:
        sheet = actions.get(session, actor(), project_id, number)
    villages = frozenset(code for code, _ in _villages(sheet))
    keyed = rules.read(request.form, sheet.rows, villages)
    wrong = _wrong(keyed, sheet)
    if wrong:
        return _sheet(project_id, number, wrong), 400
    with unit_of_work() as session:
        step = actions.key(session, actor(), project_id, number, keyed)
    if step is Step.KEYED:
        return redirect(f"{_list()}?news=keyed", 303)
    return _finish(project_id, number)


def _wrong(keyed: rules.Keyed, sheet: SheetHeld) -> str:
    if request.form.get("agreed") != "yes":
        return frame.say("keying.not_agreed")
    fault = rules.fault(keyed, sheet.lines or 0)
    if fault is None:
        return ""
    words = {
        "witness": frame.say("keying.no_witness"),
        "count": frame.say("keying.wrong_count", n=fault.found, m=sheet.lines),
        "name": frame.say("keying.no_name", line=fault.line),
    }
    return words[fault.what]


@keying.post("/p/<slug>/treaty/keying/<number>/decide")
@allows(Act.TREATY_KEY)
@takes(*NAMES_OF_CHOICES)
def decide(project_id: int, number: str) -> Answer:
    """What stands on the paper, where two keyed otherwise."""
    try:
        with unit_of_work() as session:
            actions.decide(session, actor(), project_id, number, request.form.to_dict())
    except Problem as problem:
        if problem.kind is not INVALID_PARAMETER:
            raise
        return _sheet(project_id, number, frame.say("keying.left_out")), 400
    return _finish(project_id, number)


def _finish(project_id: int, number: str) -> AnyResponse:
    done = actions.finish(actor(), project_id, number, asking.blobs(), cases.at_once)
    if done:
        return redirect(f"{_list()}?news=checked", 303)
    return redirect(f"{_list()}/{number}", 303)


def _list() -> str:
    return f"/p/{frame.project().slug}/treaty/keying"


@keying.get("/p/<slug>/treaty/keying/<number>/picture")
@allows(Act.TREATY_KEY)
def picture(project_id: int, number: str) -> Response:
    """The picture of a sheet. Each look is an entry."""
    with unit_of_work() as session:
        scan, pieces = scans.show(session, actor(), project_id, number, asking.blobs())
    content = b"".join(pieces)
    return files.answer(iter((content,)), scan.media_type, number, len(content))
