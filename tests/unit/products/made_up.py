"""Releases that were made up, with every kind of table, and products of them: no database."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from dataclasses import replace
from typing import Any

from service.dialogue.promises import Status
from service.dialogue.since import Value
from service.facts import needs, places
from service.products.blocks import Ask, Draw, Figure, Level, Part
from service.products.declared import PRODUCTS
from service.products.finding import Source, find, in_force
from service.products.pack import (
    Composed,
    Promised,
    Quote,
    Recommended,
    Request,
    ServiceLine,
)

PROVINCES = [one.code for one in places.load().provinces()]
WORDS = {
    "km": "ខ្ញុំចង់ឱ្យកូនរបស់ខ្ញុំដើរទៅសាលាដោយសុវត្ថិភាព។ ខ្ញុំបានរង់ចាំជើងសិប្បនិម្មិតថ្មីអស់រយៈពេលពីរឆ្នាំហើយ។",
    "en": "I want my child to walk to school safely. I have waited two years for a new leg.",
}
PARTNER = {
    "en": "Ministry of Social Affairs, Veterans and Youth Rehabilitation",
    "km": "ក្រសួងសង្គមកិច្ច អតីតយុទ្ធជន និងយុវនីតិសម្បទា",
}
PROMISE = {
    "en": "A ramp at each commune hall of the province, and at the health centres",
    "km": "ជម្រាលនៅសាលាឃុំនីមួយៗក្នុងខេត្ត និងនៅមណ្ឌលសុខភាព",
}
LEADER = "ព្រះតេជគុណ សុខ សម្បត្តិ, ចៅអធិការ, វត្តស្វាយ"
SERVICES = [
    ServiceLine(
        name={"en": f"Physical rehabilitation centre {at}", "km": f"មណ្ឌលស្តារកាយសម្បទា {at}"},
        place=place, pillars=pillars,
    )
    for at, (place, pillars) in enumerate(
        (("020401", ("REHAB",)), ("0204", ("REHAB", "PSY")), ("02", ("MED",)), ("0203", ("SEI",)),
         ("0201", ("LAW", "SEI"))), 1
    )
]  # fmt: skip
TITLE = {"en": "Persons and their needs", "km": "មនុស្ស និងតម្រូវការរបស់ពួកគេ"}
K = 5


def row(n: int, d: int | None = None, **codes: str) -> dict[str, Any]:
    hidden = 0 < n < K
    return {**codes, "n": None if hidden else n, "d": None if hidden else d, "hidden": hidden}


def table(indicator: str, *rows: dict[str, Any], by: tuple[str, ...] = ()) -> dict[str, Any]:
    cells = [one for one in rows if by and all(name in one for name in by)]
    return {
        "indicator": indicator, "title": TITLE, "by": list(by), "cells": cells, "k": K,
        "totals": [one for one in rows if one not in cells], "as_of": "2026-10-01T00:00:00Z",
    }  # fmt: skip


def source(number: int, *tables: dict[str, Any], corrects: int | None = None) -> Source:
    return Source(
        number=number,
        title="x",
        audience="public",
        frozen_on=dt.date(2026, number, 1),
        sha256=f"{number:x}" * 64,
        corrects=corrects,
        tables=tables,
    )


def full(number: int) -> Source:
    """Every indicator that a product asks for, by whatever it asks, with large numbers."""
    dice = random.Random(number)
    codes = {
        "need": list(needs.NEED),
        "province": PROVINCES,
        "sex": ["female", "male", "other", "unknown"],
        "age": ["0004", "0511", "1217", "1859", "60p"],
        "article": [str(one) for one in range(5, 33)],
        "wg": ["yes", "no", "indeterminate", "not_asked"],
        "remoteness": ["r0", "r1", "r2", "r3", "r4"],
        "victim": ["direct_injured", "indirect_family", "not_victim"],
        "device": ["mine_ap", "mine_av", "submunition", "erw_other", "ied", "unknown"],
        "reach": ["remote", "near", "unknown"],
        "cause": ["survivor", "other_disability"],
        "year": ["2024", "2025", "2026"],
        "quarter": [f"{year}-Q{q}" for year in (2024, 2025, 2026) for q in (1, 2, 3, 4)],
    }
    asked = {
        (ask.indicator, (*ask.only, *ask.by))
        for product in PRODUCTS.values()
        for figure in product.figures
        for ask in figure.asks
        if set(ask.by) <= codes.keys()
    }
    tables = []
    for indicator, wanted in sorted(asked):
        by = wanted if "province" in wanted else ("province", *wanted)
        rows = [row(12_345, 23_456), *(row(dice.randint(5, 9_999), 10_000, province=one)
                                       for one in PROVINCES)]  # fmt: skip
        names = [name for name in by if name != "province"]
        combined: list[dict[str, str]] = [{}]
        for name in names:
            combined = [{**one, name: code} for one in combined for code in codes[name]]
        for one in combined if names else ():
            rows.append(row(dice.randint(0, 9_999), 10_000, **one))
            rows += [
                row(dice.randint(0, 9_999), 10_000, **one, province=province)
                for province in ("02", "24")
            ]
        tables.append(table(indicator, *rows, by=by) | beside(indicator, rows))
    return source(number, *tables)


def beside(indicator: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Statistics of the indicators that have some, beside each row that shows."""
    shown = [
        {name: code for name, code in one.items() if name not in ("n", "d", "hidden")}
        for one in rows
        if one["n"]
    ]
    if indicator == "I24":
        told = [{**one, "median": 125, "p90": 365} for one in shown]
        said: dict[str, Any] = {"unit": "days", "names": ["median", "p90"], "step": 5}
    elif indicator in RATIOS:
        dimension, over, under = RATIOS[indicator]
        told = [{**one, "ratio": 1.75} for one in shown if dimension not in one]
        said = {"unit": "times", "names": ["ratio"], "dimension": dimension, "over": over,
                "under": under}  # fmt: skip
    else:
        return {}
    return {"statistics": {**said, "rows": told}}


RATIOS = {"I32": ("reach", "remote", "near"), "I33": ("cause", "survivor", "other_disability")}


def composed(product_id: str, language: str, sources: list[Source], partner: str = "") -> Composed:
    product = PRODUCTS[product_id]
    place = {Level.COUNTRY: "", Level.PROVINCE: "02", Level.COMMUNE: "020401"}[product.level]
    stands = in_force(sources)
    is_small = product.level is Level.COMMUNE
    note = Figure(name=TITLE, asks=(Ask(indicator="I08"),), draw=Draw.NUMBER)
    quote = Quote(
        use_pk=uuid.UUID(int=1), audience="cambodia", naming="none", purposes=("quote",),
        words=WORDS,
    )  # fmt: skip
    leader = replace(
        quote, use_pk=uuid.UUID(int=2), naming="full_name", purposes=("name",), by=LEADER
    )
    article = replace(quote, use_pk=uuid.UUID(int=3), beside="CRPD-9")
    said = [quote] * 2 if product.has(Part.QUOTES) else []
    said += [leader] if product.has(Part.LEADERS) else []
    said += [article] if product.evidence else []
    value = Value(release=2, on=dt.date(2026, 1, 1), n=115, d=230)
    promise = Promised(
        partner=PARTNER, promised_on=dt.date(2025, 3, 2), text=PROMISE, status=Status.OPEN,
        due_on=dt.date(2026, 1, 1), indicator="I11", cell={"province": "02"}, before=value,
        now=Value(release=3, on=dt.date(2026, 6, 1), n=172, d=230),
    )  # fmt: skip
    asked = Request(asked_on=dt.date(2026, 3, 1), text=PROMISE)
    return Composed(
        product=product,
        project="គម្រោងសំឡេង Battambang",
        place=place,
        partner=PARTNER,
        partner_code=partner,
        audience="public",
        year=2025,
        language=language,
        made_on=dt.date(2026, 11, 28),
        figures=[(one, find(one, stands, place, outwards=is_small)) for one in product.figures],
        quotes=said,
        services=SERVICES if product.has(Part.SERVICES) else [],
        recommended={
            one.key: Recommended(article=one.key, version=1, text=PROMISE)
            for one in product.evidence[::2]
        },
        promises=[promise] * 3 if product.has(Part.PROMISES) else [],
        requests=[asked] * 3 if product.has(Part.REQUESTS) else [],
        sources=stands,
        wholes={},
        complete=find(note, stands, place, outwards=True),
    )
