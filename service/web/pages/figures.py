"""Figures: one indicator of the fixed grid, as table, tile map and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.indicators import actions, catalogue
from service.indicators.actions.scopes import day_in_cambodia
from service.web.identify import actor, allows
from service.web.pages import charts, figure_words, frame, tile_map, wording
from service.web.pages.figure_table import layout
from service.web.pages.periods import months_at_once, widen

FIRST = "I12"
OFFERED = (Audience.PARTNER, Audience.PUBLIC)
BASIS = ("persons", "unknown", "unanswered", "refused_stats", "minors")
COUNTS_UNKNOWN = "I08"
"""The figure that is itself about what is unknown: a zero beside it, of places and times alone,
would read as if everything were known."""
FIRST_YEAR, LAST_YEAR = 1900, 2200

figures = Blueprint("figures", __name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the reader asked for; `by` None = the first breakdown of the grid."""

    indicator: catalogue.Indicator
    by: tuple[str, ...] | None
    audience: Audience
    start: dt.date | None
    end: dt.date | None
    came_by: dt.date | None = None
    problems: tuple[str, ...] = ()
    """What cannot be shown so, in the reader's language."""


@figures.get("/p/<slug>/figures")
@allows(Act.FIGURES_READ)
def show(project_id: int) -> str | tuple[str, int]:
    audiences = _audiences(project_id)
    asked = _asked(audiences)
    grid = actions.grid_for(actor(), project_id, asked.indicator, asked.audience)
    if not grid:
        why = "figures.mixed" if asked.indicator.is_mixed else "figures.area_too_small"
        asked = replace(asked, problems=(*asked.problems, frame.say(why)))
    by = asked.by if asked.by is not None and asked.by in grid else (*grid, ())[0]
    choices = _choices(asked, by, grid, audiences) | {"areas": _areas(project_id)}
    if asked.problems:
        title = asked.indicator.title[frame.page_language()]
        status = 400 if grid else 200
        return frame.page("figures.html", here="figures", title=title, **choices), status
    with reading(may_lag=True) as session:
        table = actions.show(
            session,
            actor(),
            project_id,
            asked.indicator.id,
            by=by,
            audience=asked.audience,
            period_from=asked.start,
            period_to=asked.end,
            as_of=asked.came_by,
        ).as_dict()
    if asked.audience is Audience.INTERNAL:
        with unit_of_work() as session:
            actions.note_unhidden(session, actor(), project_id, asked.indicator.id)
    return frame.page(
        "figures.html",
        here="figures",
        **choices,
        **_figure(table, asked),
    )


def _areas(project_id: int) -> str:
    """The names of the areas to which the reader is bound; "" for whoever reads the whole."""
    areas = policy.reach(actor(), Act.FIGURES_READ, project_id).areas
    return wording.areas(areas, frame.page_language())


def _audiences(project_id: int) -> tuple[Audience, ...]:
    """Unhidden tables are offered to those alone who may see them."""
    if policy.may(actor(), Act.FIGURES_INTERNAL, project_id):
        return (*OFFERED, Audience.INTERNAL)
    return OFFERED


def _asked(audiences: Sequence[Audience]) -> Asked:
    given = request.args
    indicator = catalogue.INDICATORS.get(given.get("indicator", FIRST))
    if indicator is None:
        raise Problem(NOT_FOUND)
    audience, problems = given.get("audience", OFFERED[0]), []
    if audience not in audiences:
        audience = OFFERED[0]
        problems.append(frame.say("figures.no_such_audience", field=_label("audience")))
    by = given.get("by")
    start, end = _day("from", problems), _day("to", problems)
    if start and end and start > end:
        fields = {"first": _label("from"), "last": _label("to")}
        problems.append(frame.say("figures.wrong_order", **fields))
    came_by = _day("came_by", problems)
    if came_by is not None:
        problems += _why_no_past(came_by, Audience(audience))
    if not problems:
        start, end = widen(start, end, months_at_once(Audience(audience)))
    return Asked(
        indicator=indicator,
        by=None if by is None else tuple(filter(None, by.split(","))),
        audience=Audience(audience),
        start=start,
        end=end,
        came_by=came_by,
        problems=tuple(problems),
    )


def _why_no_past(day: dt.date, audience: Audience) -> list[str]:
    """Why a figure of what had come in by that day is not for this reader."""
    if audience is not Audience.INTERNAL:
        internal = frame.say("figures.audience_internal")
        return [frame.say("figures.came_by_internal", field=_label("came_by"), audience=internal)]
    if day > day_in_cambodia():
        return [frame.say("figures.came_by_later", field=_label("came_by"))]
    return []


def _day(name: str, problems: list[str]) -> dt.date | None:
    """The day in the address; None, and why among the problems, where it is none to count by."""
    value = request.args.get(name, "").strip()
    if not value:
        return None
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        problems.append(frame.say("figures.no_day", field=_label(name)))
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        limits = {"first": FIRST_YEAR, "last": LAST_YEAR}
        problems.append(frame.say("figures.far_day", field=_label(name), **limits))
    return day


def _label(name: str) -> str:
    """What stands over a field of the form."""
    return frame.say(f"figures.{name}")


def _choices(
    asked: Asked,
    by: tuple[str, ...],
    grid: Sequence[tuple[str, ...]],
    audiences: Sequence[Audience],
) -> dict[str, Any]:
    """What the form above the figure offers and has chosen."""
    language = frame.page_language()
    return {
        "pillars": figure_words.pillars(language),
        "missing": figure_words.missing(language),
        "breakdowns": [(",".join(one), wording.breakdown(one, language)) for one in grid],
        "audiences": [audience.value for audience in audiences],
        "whole": months_at_once(asked.audience),
        "chosen": {
            "indicator": asked.indicator.id,
            "by": ",".join(by),
            "audience": asked.audience.value,
            "start": asked.start or "",
            "end": asked.end or "",
            "came_by": asked.came_by or "",
        },
        "problems": asked.problems,
    }


def _figure(table: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """The released table as the template draws it. It may have fewer dimensions than asked."""
    language = frame.page_language()
    by = tuple(table["by"])
    period = table["period"] or {"from": None, "to": None}
    start, end = (period[side] and dt.date.fromisoformat(period[side]) for side in ("from", "to"))
    as_of, came_by = table["as_of"], table.get("came_by")
    is_coarser = asked.by is not None and by != asked.by
    return {
        "title": table["title"][language],
        "by_words": frame.say("figures.by_words", by=wording.breakdown(by, language)) if by else "",
        "period_words": wording.period(start, end, language),
        "as_of": as_of and dt.datetime.fromisoformat(as_of),
        "came_by": came_by and wording.day(dt.date.fromisoformat(came_by), language),
        "not_offered": wording.breakdown(by, language) if is_coarser else "",
        "layout": layout(table, language),
        # The map would draw provinces that are not the reader's as if they were empty.
        "map": None if "areas" in table else tile_map.draw(table, language),
        "chart": charts.of_table(table, language, "chart"),
        "basis": _basis(table),
        "statistics": figure_words.statistics(table, language),
        "completeness": figure_words.completeness(table, language),
        "coverage": table.get("coverage"),
        "note": table["note"][language],
        "rows_of": _rows_of(asked.indicator, language),
        "counts": table["counts"],
        "k": table["k"],
        "counts_once": bool({"need", "article"} & set(by)),
        "is_empty": not (
            table["cells"] or any(row["n"] or row["hidden"] for row in table["totals"])
        ),
        "is_too_fine": not catalogue.of_areas([by], table.get("areas", ())) and "areas" in table,
    }


def _rows_of(indicator: catalogue.Indicator, language: str) -> str:
    """The figure of which its numbers are rows; "" for most."""
    other = indicator.restates
    return "" if other is None else catalogue.INDICATORS[other.figure].title[language]


def _basis(table: Mapping[str, Any]) -> list[tuple[str, int | None]]:
    """What the figure rests on, without a zero that says nothing."""
    if "areas" in table:  # what the whole rests on is not for whoever reads a part
        return []
    found = [(key, table["basis"][key]) for key in BASIS if key in table["basis"]]
    is_idle = not table["by"] or table["indicator"] == COUNTS_UNKNOWN
    return [one for one in found if one != ("unknown", 0) or not is_idle]
