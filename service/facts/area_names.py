"""Areas by what people type: a code or a name, in Khmer or English, as they know it. Pure.

An area is a province, district or commune; 211 names belong to several, so a name may mean many.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

from service.facts import places
from service.facts.places import Place, plain

SMALLEST = 3
"""Level of communes: villages are no areas."""
SHORTEST = 2
"""Letters that a part of a name must have: every place has an “a” in it."""
_CODE = re.compile(r"\s*(\d{1,6})(?!\d)\s*(.*)", re.DOTALL)
_BEFORE = {
    "ខេត្ត": 1, "រាជធានី": 1, "ក្រុង": 2, "ស្រុក": 2, "ខណ្ឌ": 2, "ឃុំ": 3, "សង្កាត់": 3,
    "khet ": 1, "krong ": 2, "srok ": 2, "khan ": 2, "khum ": 3, "sangkat ": 3,
}  # fmt: skip
_AFTER = {" province": 1, " district": 2, " commune": 3}
"""Words for what a place is, before or after its name, and the level that they say."""


def label(place: Place, language: str) -> str:
    """As lists offer it, and as `named` reads it: “0201 Banan, Battambang”."""
    found = places.load()
    chain = reversed(found.ancestors(place.code))
    return f"{place.code} {', '.join(found.name(code, language) for code in chain)}"


def within(areas: Iterable[str] | None, smallest: int = SMALLEST) -> Iterator[Place]:
    """Each of the areas (None: of the country) and what lies below, in the order of codes."""
    found = places.load()
    tops = found.provinces() if areas is None else map(found.find, sorted(areas))
    for top in tops:
        if top is None or top.level > smallest:
            continue
        yield top
        if top.level < smallest:  # below a commune lie villages by the thousand
            yield from within((below.code for below in found.children(top.code)), smallest)


def named(typed: str) -> tuple[Place, ...]:
    """All areas that are called so: “Banan”, “ស្រុកបាណន់”, “Banan, Battambang”, “0201”."""
    code = _CODE.fullmatch(typed)
    first, *around = (code[2] if code else typed).split(",")
    if code is None:
        found = _called(first)
    else:
        place = places.load().find("".join(str(int(digit)) for digit in code[1]))
        found = {place.code} if place and place.level <= SMALLEST else set()
        found &= _called(first) if first.strip() else found
    for name in around:
        holding = _called(name)
        found = {one for one in found if holding & {*places.load().ancestors(one)} - {one}}
    return _places(found)


def like(typed: str, among: Iterable[Place], most: int) -> tuple[Place, ...]:
    """Areas whose names hold what was typed, or are written nearly so; the nearest first."""
    wanted = plain(typed.partition(",")[0])
    if len(wanted) < SHORTEST:
        return ()
    names: dict[str, list[Place]] = defaultdict(list)
    for place in among:
        for name in {plain(place.name_km), plain(place.name_en)}:
            names[name].append(place)
    holding = sorted((name for name in names if wanted in name), key=len)
    nearly = difflib.get_close_matches(wanted, names, n=most, cutoff=0.75)
    found = (place for name in (*holding, *nearly) for place in names[name])
    return tuple(dict.fromkeys(found))[:most]


def _called(name: str) -> set[str]:
    """Codes of all areas of that name; with a word for what it is, of that level alone."""
    word = name.strip().casefold()
    bare, level = _without_kind(word)
    of_level = {code for code in _index().get(plain(bare), ()) if len(code) == 2 * level}
    if level == 1 or not level:  # provinces have other spellings, too
        province = places.load().match_province(word)
        of_level |= {province} if province else set()
    # A name may begin like such a word: Phnum Srok ends so. (`plain` drops that for provinces.)
    return of_level if level == 1 else of_level | _index().get(plain(word), set())


def _without_kind(word: str) -> tuple[str, int]:
    """The name alone, and the level that was said; 0 where none was."""
    for kind, level in _BEFORE.items():
        if word.startswith(kind):
            return word.removeprefix(kind), level
    for kind, level in _AFTER.items():
        if word.endswith(kind):
            return word.removesuffix(kind), level
    return word, 0


@cache
def _index() -> dict[str, set[str]]:
    index: dict[str, set[str]] = defaultdict(set)
    for place in within(None):
        for name in (place.name_km, place.name_en):
            index[plain(name)].add(place.code)
    return dict(index)


def _places(codes: Iterable[str]) -> tuple[Place, ...]:
    found = (places.load().find(code) for code in sorted(codes, key=lambda one: (len(one), one)))
    return tuple(place for place in found if place is not None)
