"""Places by the names that lists of casualties give them, as fine as the gazetteer knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from service.exports.casualties.words import plain
from service.facts import places
from service.facts.answers import digits

_BEFORE = ("ខេត្ត", "រាជធានី", "ក្រុង", "ស្រុក", "ខណ្ឌ", "ឃុំ", "សង្កាត់", "ភូមិ", "khet", "krong",
           "srok", "khan", "khum", "sangkat", "phum")  # fmt: skip
_AFTER = ("province", "district", "commune", "village", "municipality", "city")


def find(names: Sequence[str], told: Mapping[str, str]) -> tuple[tuple[str, ...], int]:
    """(codes of province, district …, as far as they are known; how many of the names those are).
    `told`: what the person who imports said of names of provinces."""
    province, *below = names
    code = told.get(plain(province)) or (_province(province) if province.strip() else None)
    if code is None:
        return (), 0
    if code not in _provinces():  # said to be unknown
        return (), len(names)
    chain = [code]
    for level, name in enumerate(below, start=2):
        if not name.strip():
            continue
        found = _below(chain[-1], level).get(_bare(name)) or _by_code(name, level, chain[-1])
        if not found:
            return tuple(chain), level - 1
        chain = list(places.load().ancestors(found))
    return tuple(chain), len(names)


def name_of(code: str, language: str) -> str:
    """By which `find` finds it again: its name or, where a place beside it has the same, its
    code."""
    place = places.load().find(code)
    if place is None:
        return ""
    if (
        place.level > 1
        and _below(place.parent or "", place.level).get(_bare(place.name(language))) != code
    ):
        return code
    return place.name(language)


@lru_cache(maxsize=4096)
def _province(name: str) -> str | None:
    found = places.load()
    return found.match_province(name) or _bare_provinces().get(_bare(name))


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    return frozenset(one.code for one in places.load().provinces())


@lru_cache(maxsize=1)
def _bare_provinces() -> Mapping[str, str]:
    return {_bare(name): one.code for one in places.load().provinces()
            for name in (one.name_km, one.name_en)}  # fmt: skip


@lru_cache(maxsize=4096)
def _below(code: str, level: int) -> Mapping[str, str]:
    """Bare name -> code of the places of that level within this one, but for names that two
    have."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    within = [one.code for one in places.load().children(code)]
    place = places.load().find(code)
    at = place.level + 1 if place else level
    while at < level:
        within = [one.code for held in within for one in places.load().children(held)]
        at += 1
    for held in within:
        one = places.load().find(held)
        for name in {_bare(one.name_km), _bare(one.name_en)} if one else ():
            if found.setdefault(name, held) != held:
                twice.add(name)
    return {name: held for name, held in found.items() if name not in twice}


def _by_code(name: str, level: int, within: str) -> str | None:
    text = digits(name).strip().upper().removeprefix("KH")
    if not text.isdecimal() or len(text) > 2 * level:
        return None
    chain = places.load().ancestors(text.zfill(2 * level))
    return chain[-1] if within in chain and len(chain) == level else None


@lru_cache(maxsize=65536)
def _bare(name: str) -> str:
    text = plain(name)
    for word in _BEFORE:
        text = text.removeprefix(plain(word)) or text
    for word in _AFTER:
        text = text.removesuffix(word) or text
    return text
