"""Products on paper: Khmer is whole, nothing runs over an edge or into something else, and each
page says what its numbers are."""

from __future__ import annotations

from itertools import pairwise

import pytest

from service.facts import needs
from service.products.blocks import Paper
from service.products.declared import PRODUCTS
from service.web.pages.product_paper import papers
from tests.pdf_boxes import Box, Page, pages_of
from tests.pdf_words import words_of
from tests.unit.products.made_up import PROMISE, TITLE, WORDS, composed, full

MM = 72 / 25.4
SIDE, TOP, BOTTOM, FOOT = 16 * MM, 13 * MM, 8 * MM, 29.5 * MM
"""Margins in points; below FOOT stands the note alone."""
NOTE_SIZE = 6.9
ON_PAPER = [one.id for one in PRODUCTS.values() if one.paper is not Paper.NONE]
ALL = [full(2), full(3)]


def made(product: str, language: str) -> bytes:
    [(name, held)] = papers(composed(product, language, ALL)).items()
    assert name.startswith(product)
    return held


def blank(one: Box) -> float:
    """A blank at the end of a line hangs over it, and nobody sees it."""
    return one.size * 0.3 if one.words.endswith(" ") else 0.0


def outside(page: Page) -> list[Box]:
    """Words over the margins."""
    return [
        one
        for one in page.boxes
        if one.left < SIDE - 2
        or one.right - blank(one) > page.width - SIDE + 2
        or one.baseline > page.height - TOP
        or one.baseline < BOTTOM
    ]


def in_the_note(page: Page) -> list[Box]:
    """Words of a figure where the note on the data stands."""
    return [one for one in page.boxes if one.baseline < FOOT and one.size > NOTE_SIZE]


def collisions(page: Page) -> list[tuple[Box, Box]]:
    """Runs on one line that begin before the one to the left ends. A sign above or below its
    consonant is a narrow run of its own, and no collision."""
    wide = [one for one in page.boxes if one.right - one.left > 4]
    lines: dict[int, list[Box]] = {}
    for one in wide:
        lines.setdefault(round(one.baseline), []).append(one)
    found = []
    for line in lines.values():
        line.sort(key=lambda one: one.left)
        pairs = pairwise(line)
        found += [(a, b) for a, b in pairs if a.right > b.left + 1.5]
    return found


@pytest.mark.parametrize("language", ["en", "km", "both"])
@pytest.mark.parametrize("product", ON_PAPER)
def test_nothing_runs_over_an_edge_or_into_something_else(product: str, language: str) -> None:
    pages = pages_of(made(product, language))
    for number, page in enumerate(pages, 1):
        assert page.boxes, number
        assert outside(page) == [], number
        assert in_the_note(page) == [], number
        assert collisions(page) == [], number
        assert page.width > page.height if language == "both" else page.width < page.height


@pytest.mark.parametrize("language", ["en", "km", "both"])
def test_a_province_brief_has_two_pages_and_a_page_for_a_commune_one(language: str) -> None:
    assert len(pages_of(made("province_brief", language))) == 2
    assert len(pages_of(made("commune_page", language))) == 1


def test_khmer_words_can_be_read_out_of_the_file() -> None:
    """Of the text, of charts and of maps: in the order in which they are written."""
    said = words_of(made("province_brief", "km"))
    for words in (TITLE["km"], WORDS["km"], PROMISE["km"], "បន្ទាយមានជ័យ", "កំណត់សម្គាល់ទិន្នន័យ"):
        assert words.replace(" ", "") in said, words
    needed = words_of(made("form_h", "km"))
    missing = [one["km"] for one in needs.NEED.values() if one["km"].replace(" ", "") not in needed]
    assert missing == []


def test_each_page_has_the_note_on_its_data() -> None:
    pages = pages_of(made("form_h", "en"))
    assert len(pages) > 2
    for page in pages:
        note = " ".join(one.words for one in page.boxes if one.baseline < FOOT)
        for part in ("Data note.", "smallest group shown: 5", "Hidden:", "Release 3: SHA-256",
                     "Sex, age and disability all known of", "no national total"):  # fmt: skip
            assert part in note.replace("  ", " "), (part, note)


def test_a_product_without_releases_says_what_is_missing_and_draws_nothing() -> None:
    empty = composed("province_brief", "en", [])
    [held] = papers(empty).values()
    said = " ".join(one.words for page in pages_of(held) for one in page.boxes)
    assert "Not released yet:" in said
    assert "(I12)" in said
    assert "No release has any of these figures yet." in said


def test_the_same_is_the_same_to_the_byte() -> None:
    assert made("mbt", "km") == made("mbt", "km")
