"""The table of known tags, and its page."""

from __future__ import annotations

import re
from pathlib import Path

from service.forms.schema import Sensitivity
from service.forms.tags import TAGS

PAGE = Path(__file__).parents[3] / "docs" / "forms.md"


def test_every_tag_stands_on_the_page_as_it_is() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (\w+) \| .* \| (\w+) \|$", PAGE.read_text(), re.M)
    assert rows == [(t.name, t.kind, t.sensitivity.value) for t in TAGS.values()]


def test_tags_are_two_plain_words() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-z][a-z0-9_]*", name) for name in TAGS)


def test_nothing_about_a_person_may_lie_in_clear_by_default() -> None:
    assert Sensitivity.OPEN not in {tag.sensitivity for tag in TAGS.values()}
