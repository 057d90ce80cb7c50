"""Figures: one indicator of the fixed grid, as table, tile map and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request

from service.accounts import policy
from service.accounts.policy import Act
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.indicators import actions, catalogue
from service.web.identify import actor, allows
from service.web.pages import frame, tile_map, wording
from service.web.pages.figure_table import layout
from service.web.pages.periods import months_at_once, widen

FIRST = "I12"
OFFERED = (Audience.PARTNER, Audience.PUBLIC)
BASIS = ("persons", "unknown", "refused_stats", "minors")

figures = Blueprint("figures", __name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the reader asked for; `by` None = the first breakdown of the grid."""

    indicator: catalogue.Indicator
    by: tuple[str, ...] | None
    audience: Audience
    start: dt.date | None
    end: dt.date | None


@figures.get("/p/<slug>/figures")
@allows(Act.FIGURES_READ)
def show(project_id: int) -> str:
    audiences = _audiences(project_id)
    asked = _asked(audiences)
    grid = catalogue.breakdowns(asked.indicator, asked.audience)
    by = asked.by if asked.by is not None and asked.by in grid else grid[0]
    with reading() as session:
        table = actions.show(
            session,
            actor(),
            project_id,
            asked.indicator.id,
            by=by,
            audience=asked.audience,
            period_from=asked.start,
            period_to=asked.end,
        ).as_dict()
    if asked.audience is Audience.INTERNAL:
        with unit_of_work() as session:
            actions.note_unhidden(session, actor(), project_id, asked.indicator.id)
    return frame.page(
        "figures.html",
        here="figures",
        **_choices(asked, by, grid, audiences),
        **_figure(table, asked),
    )


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
    audience = given.get("audience", OFFERED[0])
    if audience not in audiences:
        names = ", ".join(audiences)
        raise Problem(INVALID_PARAMETER, name="audience", reason=names)
    by = given.get("by")
    start, end = widen(_day("from"), _day("to"), months_at_once(Audience(audience)))
    return Asked(
        indicator=indicator,
        by=None if by is None else tuple(filter(None, by.split(","))),
        audience=Audience(audience),
        start=start,
        end=end,
    )


def _day(name: str) -> dt.date | None:
    value = request.args.get(name, "")
    try:
        return dt.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise Problem(INVALID_PARAMETER, name=name, reason="2026-11-24") from error


def _choices(
    asked: Asked,
    by: tuple[str, ...],
    grid: Sequence[tuple[str, ...]],
    audiences: Sequence[Audience],
) -> dict[str, Any]:
    """What the form above the figure offers and has chosen."""
    language = frame.page_language()
    return {
        "indicators": [
            {"id": one.id, "title": one.title[language]} for one in catalogue.INDICATORS.values()
        ],
        "breakdowns": [(",".join(one), wording.breakdown(one, language)) for one in grid],
        "audiences": [audience.value for audience in audiences],
        "whole": months_at_once(asked.audience),
        "chosen": {
            "indicator": asked.indicator.id,
            "by": ",".join(by),
            "audience": asked.audience.value,
            "start": asked.start or "",
            "end": asked.end or "",
        },
    }


def _figure(table: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """The released table as the template draws it. It may have fewer dimensions than asked."""
    language = frame.page_language()
    by = tuple(table["by"])
    period = table["period"] or {"from": None, "to": None}
    start, end = (period[side] and dt.date.fromisoformat(period[side]) for side in ("from", "to"))
    as_of = table["as_of"]
    is_coarser = asked.by is not None and by != asked.by
    return {
        "title": table["title"][language],
        "by_words": frame.say("figures.by_words", by=wording.breakdown(by, language)) if by else "",
        "period_words": wording.period(start, end, language),
        "as_of": as_of and dt.datetime.fromisoformat(as_of),
        "not_offered": wording.breakdown(by, language) if is_coarser else "",
        "layout": layout(table, language),
        "map": tile_map.draw(table, language),
        "basis": [(key, table["basis"][key]) for key in BASIS if key in table["basis"]],
        "note": table["note"][language],
        "k": table["k"],
        "counts_once": bool({"need", "article"} & set(by)),
        "is_empty": not (
            table["cells"] or any(row["n"] or row["hidden"] for row in table["totals"])
        ),
    }
