"""A release as CSV with HXL tags in its second line (HXL standard 1.1), for HDX, and as a workbook.

A hidden cell is empty and has status `c`; a zero is 0 with status `z`. Pure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from service.disclosure.rules import ORDER
from service.facts import places
from service.foundation.formats import xlsx_stream

_PLACES = {"province": "#adm1+code", "district": "#adm2+code", "commune": "#adm3+code"}
_DIMENSIONS = {
    "need": "#service+code",
    "article": "#indicator+article",
    "barrier": "#indicator+barrier",
    "land": "#indicator+land",
    "scope": "#indicator+scope",
    "reach": "#geo+reach",
    "cause": "#population+cause",
    "sex": "#population+sex",
    "age": "#population+age",
    "wg": "#population+disability",
    "victim": "#population+victim",
    "device": "#cause+type",
    "remoteness": "#geo+remoteness",
    "kind": "#population+kind",
    "outcome": "#affected+outcome",
    "incident_year": "#date+incident",
    "duty_bearer": "#org+type",
    "public_place": "#loc+type",
    "testimony": "#indicator+testimony",
    "hectares": "#geo+hectares",
    "waited": "#indicator+waited",
    "status": "#indicator+status",
    "month": "#date+month",
    "quarter": "#date+quarter",
    "year": "#date+year",
}
_HEAD = {
    "release": "#meta+release",
    "period_start": "#date+start",
    "period_end": "#date+end",
    "indicator": "#indicator+code",
    "title_en": "#indicator+name+v_en",
    "title_km": "#indicator+name+v_km",
}
_TAIL = {
    "province_en": "#adm1+name+v_en",
    "province_km": "#adm1+name+v_km",
    "value": "#indicator+value+num",
    "denominator": "#population+base",
    "status": "#status+code",
    "published_at": "#date+reported",
}
_COLUMNS = {
    **_HEAD,
    **{name: (_PLACES | _DIMENSIONS)[name] for name in ORDER if name in _PLACES | _DIMENSIONS},
    **{f"cell_{name}" if name == "status" else name: tag for name, tag in _TAIL.items()},
}


def write(release: Mapping[str, Any]) -> bytes:
    """With a byte order mark, without which spreadsheets show Khmer as question marks."""
    out = io.StringIO(newline="")
    rows = csv.DictWriter(out, fieldnames=list(_COLUMNS), restval="")
    rows.writeheader()
    rows.writerow(_COLUMNS)
    for table in release["tables"]:
        rows.writerows(_rows(release, table))
    return out.getvalue().encode("utf-8-sig")


def workbook(release: Mapping[str, Any]) -> Iterator[bytes]:
    """What the release says of itself, then its numbers, as in the CSV, one row each."""
    numbers = (
        [row.get(name, "") for name in _COLUMNS]
        for table in release["tables"]
        for row in _rows(release, table)
    )
    sheets = (
        xlsx_stream.pieces(("what", "said"), _about(release)),
        xlsx_stream.pieces(list(_COLUMNS), numbers),
    )
    return xlsx_stream.workbook(("About", "Numbers"), sheets)


def _about(release: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in release.items():
        if name == "method":
            yield from ((f"method: {one}", said) for one, said in value.items())
        elif name != "tables":
            yield name, value
    for table in release["tables"]:
        by = " × ".join(table["by"]) or "-"
        yield f"{table['indicator']} by {by}", table["title"]["en"]
        yield from (
            (f"{table['indicator']} {language}", said) for language, said in table["note"].items()
        )


def _rows(release: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    period = table["period"] or {"from": "", "to": ""}
    head = {
        "release": release["number"],
        "period_start": period["from"],
        "period_end": period["to"],
        "indicator": table["indicator"],
        "title_en": table["title"]["en"],
        "title_km": table["title"]["km"],
        "published_at": release["frozen_at"][:10],
    }
    gazetteer = {one.code: one for one in places.load().provinces()}
    for row in (*table["cells"], *table["totals"]):
        codes = {name: row[name] for name in table["by"] if name in row}
        province = gazetteer.get(codes.get("province", ""))
        yield {
            **head,
            **codes,
            "province_en": province.name_en if province else "",
            "province_km": province.name_km if province else "",
            "value": "" if row["hidden"] else row["n"],
            "denominator": "" if row["d"] is None else row["d"],
            "cell_status": "c" if row["hidden"] else "z" if row["n"] == 0 else "",
        }
