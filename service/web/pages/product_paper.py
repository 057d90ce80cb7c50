"""Products on paper: what stands in one, said and drawn in a language, or in two side by side.
Every number comes from a line of a release, and says from which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import groupby
from typing import Any

from service.disclosure.rules import ORDER
from service.facts import outline
from service.foundation.formats import pdf
from service.foundation.formats.drawing import maps
from service.foundation.formats.drawing.apart import apart
from service.products import pack
from service.products.blocks import LANGUAGES, Draw, Evidence, Figure, Level, Paper, Part
from service.products.finding import Found, Line
from service.products.pack import Composed
from service.web.pages import charts, product_words, promise_words, wording
from service.web.pages.charts import Asked
from service.web.pages.texts import text

MOST_TOGETHER = 14
"""Lines that stand in one drawing and one table; more are split in two columns."""
MOST_IN_A_COLUMN = 12


def papers(composed: Composed) -> dict[str, bytes]:
    """Name of the file -> PDF. None for a product that has no paper."""
    if composed.product.paper is Paper.NONE:
        return {}
    is_both = composed.language not in LANGUAGES
    chosen = ("km", "en") if is_both else (composed.language,)
    template = resources.files("service.products").joinpath("product.typ").read_bytes()
    told = {
        "easy": composed.product.paper is Paper.EASY,
        "sides": [_side(composed, language) for language in chosen],
    }
    return {f"{composed.product.id}-{'-'.join(chosen)}.pdf": pdf.make(template, told)}


def _side(composed: Composed, language: str) -> dict[str, Any]:
    product = composed.product
    place = wording.areas([composed.place], language) if composed.place else ""
    title = product.name[language]
    partner = composed.partner[language] if composed.partner else text("products.anybody", language)
    return {
        "language": language,
        "words": {
            "note": text("products.note", language),
            "missing": text("products.missing", language),
        },
        "title": f"{title}: {place}" if place else title,
        "kicker": composed.project,
        "about": text(
            "products.about", language, partner=partner, day=wording.day(composed.made_on, language)
        ),
        "told": product.told[language] if product.told else "",
        "sections": list(_sections(composed, language)),
        "missing": "; ".join(
            f"{one.name[language]} ({one.asks[0].indicator})" for one in composed.missing
        ),
        "note": product_words.note(composed, language),
    }


def _sections(composed: Composed, language: str) -> Iterator[dict[str, Any]]:
    """Those in which something stands."""
    found = {id(figure): one for figure, one in composed.figures}
    at = 0
    for section in composed.product.sections:
        name, blocks = section.name[language], []
        for one in section.blocks:
            at += 1
            if isinstance(one, Part):
                blocks += product_words.of_part(one, composed, language)
            elif isinstance(one, Evidence):
                blocks += _evidence(one, composed, language, f"d{at}{language}")
            elif (held := found[id(one)]) is not None:
                blocks.append(_figure(one, held, composed, language, f"d{at}{language}"))
        for block in blocks:
            block["title"] = "" if block.get("title") == name else block.get("title", "")
        if blocks:
            yield {"name": name, "blocks": list(_side_by_side(blocks))}


def _evidence(one: Evidence, composed: Composed, language: str, name: str) -> list[dict[str, Any]]:
    """An article: nothing where nothing was reported about it, and nothing stands under it."""
    found = {id(figure): held for figure, held in composed.figures}
    issues, *others = (found[id(figure)] for figure in one.figures[: len(_ISSUES)])
    quotes = [said for said in composed.quotes if said.beside == one.key]
    recommended = composed.recommended.get(one.key)
    is_written = bool(recommended and recommended.text["en"])
    total = issues.total if issues else None
    by = [(kind, held) for kind, held in zip(_ISSUES[1:], others, strict=True) if held]
    figures = [
        _figure(figure, held, composed, language, f"{name}f{at}")
        for at, figure in enumerate(one.figures[len(_ISSUES) :])
        if (held := found[id(figure)]) is not None
    ]
    if not (figures or quotes or is_written or (total and (total.n or total.hidden))):
        return []
    return [
        {
            "kind": "evidence",
            "title": f"{text('figures.article', language, n=one.article)}: {one.name[language]}",
            "framework": one.key,
            "reported": _reported(total, language),
            "source": source(issues, language) if issues and total else "",
            "tables": [
                table for kind, held in by if held.lines
                for table in _tables((kind,), charts.ordered((kind,), held.lines), held, language)
            ],
            "figures": figures,
            **product_words.beside(one.key, quotes, recommended, language),
        }
    ]  # fmt: skip


_ISSUES = ("", "province", "sex", "age", "wg")
"""The figures of issues with which each article begins: all, and by each of these."""


def _reported(line: Line | None, language: str) -> str:
    if line is None:
        return text("products.not_released", language)
    if line.n is None:
        return text("products.hidden", language)
    return text("products.reported", language, n=line.n)


def _side_by_side(blocks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Single numbers that follow each other stand in one row; so do quotes, and lists."""
    for kind, run in groupby(blocks, key=_row_of):
        if kind in ROWS:
            yield {"kind": ROWS[kind], "items": list(run)}
        else:
            yield from run


ROWS = {"number": "numbers", "quotes": "beside", "list": "beside"}
"""What stands in one row with others of its kind -> the kind of the row."""


def _row_of(block: dict[str, Any]) -> str:
    return "number" if block.get("number") else str(block["kind"])


# --- figures --------------------------------------------------------------------------------------
def _figure(
    figure: Figure, found: Found, composed: Composed, language: str, name: str
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": "figure",
        "title": figure.name[language],
        "framework": figure.framework,
        "number": "",
        "before": "",
        "drawings": [],
        "legend": None,
        "notice": "",
        "tables": [],
        "long": False,
        "source": source(found, language),
    }
    lines = pack.shown(figure, found)
    if not lines:
        return told | _number(found, composed, language)
    by = charts.own_dimensions([name for name in found.table["by"] if name in lines[0].codes])
    by = tuple(one for one in by if one in found.ask.by) or by
    asked = Asked(
        title=found.table["title"][language], language=language, name=name, here=composed.place[:2]
    )
    lines = charts.ordered(by, lines)
    drawings = list(charts.charts(figure.draw, by, lines, asked, most=MOST_IN_A_COLUMN))
    words = charts.sentence(by, found.lines, language)
    is_map = drawings[0].legend != ()
    if figure.draw is not Draw.TABLE:
        told |= {"drawings": [apart(one.svg).as_dict() for one in drawings]}
    if is_map:
        words = drawings[0].words
        legend = maps.legend(drawings[0].legend, name=f"{name}l")
        told |= {"legend": apart(legend).as_dict()}
    if figure.draw is Draw.OUTLINE:
        told |= {"notice": outline.NOTICE[language]}
    if figure.draw is not Draw.TILES:  # each square says its number
        told |= {"tables": _tables(by, lines, found, language)}
    at = "" if figure.of_country else _at(found, composed, language)
    beside = statistics(found.total, found, language) if found.total else ""
    sentence = " ".join(filter(None, (f"{at}{words}", beside)))
    return told | {"sentence": sentence, "long": len(lines) > MOST_TOGETHER}


def _number(found: Found, composed: Composed, language: str) -> dict[str, Any]:
    """One number in a sentence, and what it was before."""
    line = found.total
    at = _at(found, composed, language)
    if line is None:  # asked by dimensions in which nobody is
        none = text("charts.nothing", language)
        return {"sentence": f"{at}{none}"}
    if line.hidden or line.n is None:
        why = text("products.hidden", language)
        return {"number": text("figures.hidden", language), "sentence": f"{at}{why}"}
    title = found.table["title"][language]
    said = (
        f"{at}{title}" if line.d is None else f"{at}{title}: {product_words.n_of_d(line, language)}"
    )
    beside = statistics(line, found, language)
    said = f"{said}. {beside}" if beside else said
    before = found.before.total if found.before else None
    told = {"number": str(line.n), "sentence": said}
    if before is not None and found.before is not None:
        value = (
            text("figures.hidden", language)
            if before.n is None
            else product_words.n_of_d(before, language)
        )
        told["before"] = text(
            "products.before", language, value=value, number=found.before.source.number
        )
    return told


def statistics(line: Line, found: Found, language: str) -> str:
    """What stands beside the row in the release, in words; "" for nothing."""
    told = found.statistics
    said = [
        f"{text(f'statistic.{name}', language)}: {_statistic(line, name, found, language)}"
        for name in told["names"]
        if name in line.statistics
    ]
    if said and "dimension" in told:
        ends = {
            end: wording.code(told["dimension"], told[end], language) for end in ("over", "under")
        }
        said.append(text("statistic.over", language, **ends).rstrip(".។"))
    return "; ".join(said) + ("។" if language == "km" else ".") if said else ""


def _statistic(line: Line, name: str, found: Found, language: str) -> str:
    unit = found.statistics["unit"]
    value = line.statistics.get(name)
    return "" if value is None else text(f"statistic.{unit}", language, n=value)


def _at(found: Found, composed: Composed, language: str) -> str:
    """The place of the numbers, where it is another than that of the product."""
    if found.place == composed.place:
        return ""
    name = (
        wording.areas([found.place], language)
        if found.place
        else text("dialogue.country", language)
    )
    return f"{name}: "


def _tables(
    by: Sequence[str], lines: Sequence[Line], found: Found, language: str
) -> list[dict[str, Any]]:
    """One, or two beside each other."""
    keys = ["figures.count", *(("figures.of", "figures.share") if found.has_base else ())]
    beside = [key.removeprefix("statistic.") for key in _beside(found, lines)]
    rows = [_row(charts.label(by, one, language), one, found, beside, language) for one in lines]
    if found.total is not None:
        overlaps = {"need", "article"} & {*by}
        word = text("figures.total_once" if overlaps else "figures.total", language)
        rows.append(_row(word, found.total, found, beside, language) | {"strong": True})
    half = len(rows) if len(rows) <= MOST_TOGETHER else -(-len(rows) // 2)
    return [
        {
            "heading": wording.breakdown(by, language),
            "columns": [text(key, language) for key in (*keys, *_beside(found, lines))],
            "lines": rows[first : first + half],
        }
        for first in range(0, len(rows), half)
    ]


def _beside(found: Found, lines: Sequence[Line]) -> list[str]:
    """Keys of the columns for statistics that some of the lines have."""
    names = found.statistics["names"]
    return [f"statistic.{name}" for name in names if any(name in one.statistics for one in lines)]


def _row(
    label: str, line: Line, found: Found, beside: Sequence[str], language: str
) -> dict[str, Any]:
    told = [{"hidden": False, "text": _statistic(line, name, found, language)} for name in beside]
    return {"label": label, "strong": False, "numbers": [*_cells(line, found, language), *told]}


def _cells(line: Line, found: Found, language: str) -> list[dict[str, Any]]:
    hidden = text("figures.hidden", language)
    cells = [{"hidden": line.n is None, "text": hidden if line.n is None else str(line.n)}]
    if found.has_base:
        is_there = line.d is not None or not line.is_told
        cells.append({"hidden": not is_there, "text": str(line.d or 0) if is_there else hidden})
        share = "" if line.percent is None else f"{line.percent} %"
        cells.append({"hidden": False, "text": share})
    return cells


def source(found: Found, language: str) -> str:
    """Which release, table and rows."""
    by = (
        sorted(found.table["by"], key=ORDER.index)
        if {*found.table["by"]} <= {*ORDER}
        else found.table["by"]
    )
    words = wording.breakdown(tuple(by), language) if by else text("figures.total_only", language)
    return text(
        "products.source",
        language,
        number=found.source.number,
        indicator=found.table["indicator"],
        by=words,
    )


# --- places ---------------------------------------------------------------------------------------
def called(composed_level: Level, place: str, language: str) -> str:
    """What the place of a product is called on a page."""
    if composed_level is Level.COUNTRY or not place:
        return text("dialogue.country", language)
    return promise_words.place(place, language)
