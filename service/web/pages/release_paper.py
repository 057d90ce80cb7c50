"""A release on paper: the tables of its page, in one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from service.foundation.formats import pdf
from service.web.pages import wording
from service.web.pages.figure_table import Layout, Line, Number, layout
from service.web.pages.texts import text

_WORDS = {"hidden": "figures.hidden", "check": "releases.check", "check_how": "releases.check_how"}


def make(release: Mapping[str, Any], language: str, project: str) -> bytes:
    """`release` as `document.whole` gives it; `project`: what the project is called."""
    template = resources.files("service.releases").joinpath("release.typ").read_bytes()
    return pdf.make(template, _told(release, language, project))


def _told(release: Mapping[str, Any], language: str, project: str) -> dict[str, Any]:
    number = text("releases.number", language, number=release["number"])
    day = wording.day(_frozen_on(release), language)
    audience = text(f"figures.audience_{release['audience']}", language)
    corrects = ""
    if release["corrects"]:
        what = text("releases.corrects_it", language, number=release["corrects"])
        corrects = f"{what}: {release['reason']}"
    return {
        "language": language,
        "words": {name: text(key, language) for name, key in _WORDS.items()},
        "title": release["title"],
        "kicker": f"{project} · {number}",
        "about": f"{day} · {text('figures.audience', language)}: {audience}",
        "foot": text("releases.foot", language, number=release["number"], day=day, project=project),
        "corrects": corrects,
        "tables": [_table(one, language) for one in release["tables"]],
        "sha256": release["sha256"],
        "key": release["public_key"],
    }


def _frozen_on(release: Mapping[str, Any]) -> dt.date:
    return dt.datetime.fromisoformat(release["frozen_at"]).astimezone(wording.ZONE).date()


def _table(table: Mapping[str, Any], language: str) -> dict[str, Any]:
    drawn, by = layout(table, language), tuple(table["by"])
    carried = table["carried_from"]
    about = [text("figures.by_words", language, by=wording.breakdown(by, language))] if by else []
    if table["period"]:
        start, end = (dt.date.fromisoformat(table["period"][side]) for side in ("from", "to"))
        about.append(wording.period(start, end, language))
    return {
        "title": table["title"][language],
        "about": " · ".join(about),
        "carried": text("releases.carried", language, number=carried) if carried else "",
        "heading": drawn.heading,
        "columns": list(_columns(drawn, language)),
        "lines": list(_lines(drawn, language)),
        "note": table["note"][language],
    }


def _columns(drawn: Layout, language: str) -> Sequence[str]:
    if drawn.columns:
        return drawn.columns
    shares = ("figures.of", "figures.share") if drawn.has_base else ()
    return [text(key, language) for key in ("figures.count", *shares)]


def _lines(drawn: Layout, language: str) -> Iterator[dict[str, Any]]:
    for group in drawn.groups:
        if group.label:
            yield {"label": group.label, "strong": True, "numbers": []}
        for line in group.lines:
            yield {
                "label": line.label,
                "strong": line.is_total,
                "numbers": list(_numbers(drawn, line, language)),
            }


def _numbers(drawn: Layout, line: Line, language: str) -> Iterator[dict[str, Any]]:
    if drawn.columns:
        yield from (_cell(hidden=one.hidden, words=_of(one, language)) for one in line.numbers)
        return
    [one] = line.numbers
    yield _cell(hidden=one.hidden, words=str(one.n))
    if drawn.has_base:
        yield _cell(hidden=one.d is None, words=str(one.d))
        yield _cell(hidden=False, words="" if one.percent is None else f"{one.percent} %")


def _of(one: Number, language: str) -> str:
    if one.d is None:
        return str(one.n)
    return text("figures.n_of_d", language, n=one.n, d=one.d)


def _cell(*, hidden: bool, words: str) -> dict[str, Any]:
    return {"hidden": hidden, "text": "" if hidden else words}
