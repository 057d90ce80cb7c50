"""What is in a pack: papers, numbers, the releases themselves, a manifest with the hash of each
file, the release, table and row of each number, and the consent of each quote. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from service.dialogue.promises import Status
from service.dialogue.since import Value
from service.foundation.formats.zip_stream import Member
from service.products.blocks import Figure, Product, Words
from service.products.finding import Found, Line, Source
from service.releases import hxl

MANIFEST, SUMS, NUMBERS = "manifest.json", "SHA256SUMS", "numbers.csv"


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Somebody's words, by the use that lets them stand there."""

    use_pk: uuid.UUID
    audience: str
    naming: str
    purposes: tuple[str, ...]
    """What the narrator must allow for it, and does."""
    words: Mapping[str, str] = field(repr=False)
    """Language -> the text."""
    by: str = field(default="", repr=False)
    """Name and role of a leader; "" for whoever is not named."""
    beside: str = ""
    """Key of the article beside which it stands; "" for none."""


@dataclass(frozen=True, kw_only=True)
class Promised:
    """A promise as it stood when the pack was made, and its figure before and after."""

    partner: Words
    promised_on: dt.date
    text: Words = field(repr=False)
    status: Status
    due_on: dt.date | None
    indicator: str
    cell: Mapping[str, str]
    before: Value | None
    now: Value | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked, of whom the product is for."""

    asked_on: dt.date
    text: Words = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ServiceLine:
    """An office of the directory, as it was found when the product was made. Never a person."""

    name: Words
    place: str
    pillars: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """What the campaign recommends under an article, in its own words."""

    article: str
    """Key."""
    version: int
    text: Words = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A product with everything that stands in it."""

    product: Product
    project: str
    place: str
    partner: Words | None
    """For whom; None: for anybody."""
    partner_code: str
    audience: str
    year: int
    """Of whose promises it tells what became of them."""
    language: str
    """en, km, or both side by side."""
    made_on: dt.date
    figures: Sequence[tuple[Figure, Found | None]]
    quotes: Sequence[Quote]
    promises: Sequence[Promised]
    requests: Sequence[Request]
    services: Sequence[ServiceLine] = ()
    recommended: Mapping[str, Recommended] = field(default_factory=dict)
    """By article."""
    sources: Sequence[Source] = field(repr=False)
    """In force for whom it is, when it was made."""
    wholes: Mapping[int, Mapping[str, Any]] = field(repr=False)
    """Number -> the release as it was published."""
    complete: Found | None = None
    """How complete the answers are, for the note on each page."""

    @property
    def cited(self) -> list[Source]:
        """Releases of which a number stands in it, in the order of their numbers."""
        numbers: set[int] = set()
        for one in (*(found for _, found in self.figures), self.complete):
            if one is not None:
                numbers |= {one.source.number, *([one.before.source.number] if one.before else [])}
        for promise in self.promises:
            values = filter(None, (promise.before, promise.now))
            numbers |= {value.release for value in values}
        return sorted(
            (one for one in self.sources if one.number in numbers), key=lambda one: one.number
        )

    @property
    def missing(self) -> list[Figure]:
        return [one for one, found in self.figures if found is None and not one.is_more]


def shown(figure: Figure, found: Found) -> list[Line]:
    """The lines that stand in the product: all, or the greatest of those that show, in the order of
    the release: an order by size would tell of those that are hidden."""
    lines = list(found.lines)
    if not figure.most or len(lines) <= figure.most:
        return lines
    sizes = sorted((one for one in lines if one.n), key=lambda one: -(one.n or 0))
    most = {id(one) for one in sizes[: figure.most]}
    return [one for one in lines if id(one) in most]


def numbers(composed: Composed) -> Iterator[dict[str, Any]]:
    """Each number that stands in the product, and where it stands in a release."""
    for figure, found in composed.figures:
        if found is not None:
            lines = [*shown(figure, found), *filter(None, (found.total,))]
            yield from (_number(figure.name["en"], found, one) for one in lines)
            if found.before is not None and found.before.total is not None:
                yield _number(figure.name["en"], found.before, found.before.total)
    if composed.complete is not None and composed.complete.total is not None:
        yield _number("note", composed.complete, composed.complete.total)
    for one in composed.promises:
        for value in filter(None, (one.before, one.now)):
            yield {
                "block": "promise",
                "release": value.release,
                "indicator": one.indicator,
                "by": None,
                "cell": dict(one.cell),
                "told": True,
                "n": value.n,
                "d": value.d,
                "hidden": value.n is None,
                "percent": None,
                "statistics": {},
            }


def _number(block: str, found: Found, line: Line) -> dict[str, Any]:
    return {
        "block": block,
        "release": found.source.number,
        "indicator": found.table["indicator"],
        "by": list(found.table["by"]),
        "cell": dict(line.codes),
        "told": line.is_told,
        "n": line.n,
        "d": line.d,
        "hidden": line.hidden,
        "percent": line.percent,
        "statistics": dict(line.statistics),
    }


def files_of(composed: Composed, papers: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Name -> bytes, the same for the same."""
    yield from sorted(papers.items())
    yield NUMBERS, table_of(composed)
    for source in composed.cited:
        whole = composed.wholes[source.number]
        name = f"releases/release-{source.number}"
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        yield f"{name}.json", text.encode()
        yield f"{name}.csv", hxl.write(whole)
    if composed.cited:
        script = resources.files("service.releases").joinpath("verify_release.py").read_bytes()
        yield "releases/verify_release.py", script


def manifest(composed: Composed, files: Sequence[tuple[str, bytes]]) -> bytes:
    """Everything about the pack, with the hash of each of its files."""
    said = {
        "product": composed.product.id,
        "name": dict(composed.product.name),
        "project": composed.project,
        "place": composed.place,
        "for": composed.partner_code,
        "audience": composed.audience,
        "language": composed.language,
        "made_on": composed.made_on.isoformat(),
        "year_of_promises": composed.year,
        "releases": [
            {"number": one.number, "title": one.title, "sha256": one.sha256}
            for one in composed.cited
        ],
        "numbers": list(numbers(composed)),
        "not_released": [
            {"block": one.name["en"], "asked": [f"{ask.indicator} {','.join(ask.by)}".strip()
                                                for ask in one.asks]}
            for one in composed.missing
        ],
        "quotes": [
            {"use": str(one.use_pk), "audience": one.audience, "naming": one.naming,
             "beside": one.beside, "consent": list(one.purposes)}
            for one in composed.quotes
        ],
        "promises": len(composed.promises),
        "requests": len(composed.requests),
        "services": len(composed.services),
        "recommendations": [
            {"article": one.article, "version": one.version}
            for one in composed.recommended.values()
        ],
        "files": [
            {"name": name, "bytes": len(held), "sha256": hashlib.sha256(held).hexdigest()}
            for name, held in files
        ],
    }  # fmt: skip
    return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def members(composed: Composed, papers: Mapping[str, bytes]) -> tuple[list[Member], str]:
    """(the members of the ZIP, SHA-256 of the manifest), which names the pack."""
    files = list(files_of(composed, papers))
    said = manifest(composed, files)
    files.append((MANIFEST, said))
    sums = "".join(f"{hashlib.sha256(held).hexdigest()}  {name}\n" for name, held in files)
    files.append((SUMS, sums.encode()))
    return (
        [Member(name=name, pieces=(held,)) for name, held in files],
        hashlib.sha256(said).hexdigest(),
    )


_COLUMNS = {
    "block": "#meta+block",
    "release": "#meta+release",
    "indicator": "#indicator+code",
    "cell": "#indicator+cell",
    "value": "#indicator+value+num",
    "denominator": "#population+base",
    "percent": "#indicator+value+pct",
    "statistics": "#indicator+statistic",
    "status": "#status+code",
}


def table_of(composed: Composed) -> bytes:
    """The numbers as CSV with HXL tags in its second line. A hidden one is empty, status `c`; a
    zero is 0, status `z`."""
    out = io.StringIO(newline="")
    rows = csv.DictWriter(out, fieldnames=list(_COLUMNS), restval="")
    rows.writeheader()
    rows.writerow(_COLUMNS)
    for one in numbers(composed):
        status = "c" if one["hidden"] else "z" if one["n"] == 0 else ""
        cell = " ".join(f"{name}={code}" for name, code in sorted(one["cell"].items()))
        rows.writerow(
            {
                "block": one["block"],
                "release": one["release"],
                "indicator": one["indicator"],
                "cell": cell,
                "value": "" if one["n"] is None else one["n"],
                "denominator": "" if one["d"] is None else one["d"],
                "percent": "" if one["percent"] is None else one["percent"],
                "statistics": " ".join(
                    f"{name}={value}" for name, value in sorted(one["statistics"].items())
                ),
                "status": status,
            }
        )
    return out.getvalue().encode("utf-8-sig")
