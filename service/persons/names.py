"""How likely two names are one person's, 0 to 1, and what is the same about them.

Words are compared by their sounds, in the orders in which people write them: family first or last,
in two words or three, one of them missing, the given name alone or its last syllable. Two names of
as many words are as like as their least like words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from service.persons import families, from_khmer, from_latin, khmer, normal, sounds

PERHAPS = 0.75
"""From here on somebody should look. Chosen on the tuning half of `tests/golden/names`."""

UNLIKE = 0.6
"""A word less like another is another: with the rest the same, the names are below `PERHAPS`."""
LONG_ENOUGH = 6
"""Sounds from which on a difference weighs no less: a name of ten differs by as little."""
STEEPNESS = 3.4
"""One other sound takes this, divided by the number of sounds and two more: 0.43 of a long name."""
SLIP = 0.88
"""Of a word in which two letters changed places, one of many is missing, or shift was forgotten."""
LETTERS_FOR_A_SWAP, LETTERS_FOR_A_GAP = 4, 8
CASUAL = 0.95
"""Of words that differ by signs that are left out."""
SPELLED_OTHERWISE = 0.99
OTHER_ORDER = 0.98
GIVEN_ALONE = 0.88
A_PART_MISSING = 0.88
LAST_SYLLABLE = 0.86
FAMILY_ALONE = 0.6
OTHER_NUMBER = 0.5

Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, order=True)
class Likeness:
    """`score` 0 to 1; `reason` is a code of `reasons.REASONS`, "" where names differ."""

    score: float
    reason: str


NOT_ALIKE = Likeness(score=0.0, reason="")


def heard(word: str) -> str:
    """Sounds of one word of a reading."""
    return from_latin.heard(word) if word[0] < "\u0100" else from_khmer.heard(word)


def likeness(one: normal.Name, other: normal.Name) -> Likeness:
    """Of two names; the same whichever comes first. Names without a letter are like nothing."""
    found = max(
        (
            _of_readings(*sorted((a, b)))
            for a in one.readings
            for b in other.readings
        ),
        default=NOT_ALIKE,
    )  # fmt: skip
    if one.number and other.number and one.number != other.number:
        return Likeness(score=found.score * OTHER_NUMBER, reason=found.reason)
    return found


@lru_cache(maxsize=1 << 14)
def _of_readings(one: Words, other: Words) -> Likeness:
    if one == other:
        return Likeness(score=1.0, reason="name_same")
    if len(one) > len(other):
        one, other = other, one
    written = max(_joined(one, other), _word("".join(one), "".join(other)))
    ways = [Likeness(score=written * SPELLED_OTHERWISE, reason="name_spelled_otherwise")]
    if len(one) == len(other):
        ways.append(_word_by_word(one, other))
    # What cannot be more than there is already is not looked for.
    if max(ways).score < OTHER_ORDER:
        ways += _other_orders(one, other)
    if max(ways).score < max(GIVEN_ALONE, A_PART_MISSING):
        ways += _parts(one, other)
        if len(one) == len(other):
            ways += _parts(other, one)
    return max(ways)


def _word_by_word(one: Words, other: Words) -> Likeness:
    """As like as the least like words, the others helping a little."""
    found = [
        max(Likeness(score=_word(a, b), reason="name_spelled_otherwise"), _last_syllable(a, b))
        for a, b in zip(one, other, strict=True)
    ]
    least = min(found)
    score = 0.8 * least.score + 0.2 * sum(each.score for each in found) / len(found)
    return Likeness(score=score, reason=least.reason)


def _other_orders(one: Words, other: Words) -> Iterator[Likeness]:
    for turned in _turns(other):
        score = max(_word_by_word(one, turned).score if len(one) == len(turned) else 0.0,
                    _joined(one, turned))  # fmt: skip
        yield Likeness(score=score * OTHER_ORDER, reason="name_other_order")


def _turns(words: Words) -> Iterator[Words]:
    """Family name last; family name first."""
    if len(words) > 1:
        yield (*words[1:], words[0])
    if len(words) > 2:
        yield (words[-1], *words[:-1])


def _parts(short: Words, whole: Words) -> Iterator[Likeness]:
    """`short` as a part of `whole`: the given name, its last syllable, or all but one word."""
    if len(short) < len(whole) > 2 and len(short) > 1:
        for at in range(len(whole)):
            rest = whole[:at] + whole[at + 1 :]
            if len(rest) == len(short):
                score = _word_by_word(short, rest).score * A_PART_MISSING
                yield Likeness(score=score, reason="name_part_missing")
    if len(whole) > 1:
        given, family = (whole[:-1], whole[-1]) if _is_family_last(whole) else (whole[1:], whole[0])
        for part in {given, given[-1:]}:
            yield Likeness(score=_joined(short, part) * GIVEN_ALONE, reason="name_given_only")
            if len(short) == 1:
                yield _last_syllable(short[0], "".join(part))
        yield Likeness(score=_joined(short, (family,)) * FAMILY_ALONE, reason="name_family_only")
    elif len(short) == 1:
        yield _last_syllable(short[0], whole[0])


def _is_family_last(words: Words) -> bool:
    return families.is_common(heard(words[-1])) and not families.is_common(heard(words[0]))


def _last_syllable(one: str, other: str) -> Likeness:
    """Reth for Channareth: how people are called."""
    short, whole = sorted((heard(one), heard(other)), key=lambda s: (len(sounds.syllables(s)), s))
    parts = sounds.syllables(whole)
    if len(sounds.syllables(short)) >= len(parts) or len(sounds.heard(short)) < 2:
        return NOT_ALIKE
    score = max(_alike(short, "".join(parts[cut:])) for cut in range(1, len(parts)))
    return Likeness(score=score * LAST_SYLLABLE, reason="name_last_syllable")


def _joined(one: Words, other: Words) -> float:
    return _alike(_together(one), _together(other))


@lru_cache(maxsize=1 << 16)
def _together(words: Words) -> str:
    return sounds.joined(map(heard, words))


def _word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    found = _alike(heard(one), heard(other)) * SPELLED_OTHERWISE
    if khmer.casually(one) == khmer.casually(other):
        return max(found, CASUAL)
    return max(found, SLIP) if _is_slip(one, other) else found


def _is_slip(one: str, other: str) -> bool:
    """Two letters changed places, or one of many is missing or twice there: no other name, a slip
    of the finger. (One letter for another is not: Sokhom and Sokhim are two people.)"""
    if OSA.distance(one, other, score_cutoff=1) != 1:
        return False
    if len(one) != len(other):
        return max(len(one), len(other)) >= LETTERS_FOR_A_GAP
    if khmer.keys_pressed(one) == khmer.keys_pressed(other):
        return len(one) >= LETTERS_FOR_A_GAP
    return len(one) >= LETTERS_FOR_A_SWAP and sorted(one) == sorted(other)


@lru_cache(maxsize=1 << 16)
def _alike(one: str, other: str) -> float:
    """1 for the same sounds, less by what differs; 0 where that makes them `UNLIKE`."""
    if not one or not other:
        return 0.0
    length = max(2, min(LONG_ENOUGH, len(sounds.heard(one)), len(sounds.heard(other))))
    each = STEEPNESS / (length + 2)
    return max(0.0, 1 - sounds.distance(one, other, (1 - UNLIKE) / each) * each)
