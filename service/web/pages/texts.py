"""The sentences of the pages: one file, two languages, no key without both."""

from __future__ import annotations

import string
import tomllib
from functools import cache
from importlib import resources

LANGUAGES = ("en", "km")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """{"today.title": {"en": …, "km": …}}. Raises ValueError where a language is missing."""
    source = resources.files("service.web.pages") / "texts.toml"
    sections = tomllib.loads(source.read_text("utf-8"))
    entries = {
        f"{section}.{key}": entry
        for section, keys in sections.items()
        for key, entry in keys.items()
    }
    for key, entry in entries.items():
        if set(entry) != set(LANGUAGES) or not all(entry.values()):
            raise ValueError(f"texts.toml: {key} needs a text in each of {', '.join(LANGUAGES)}")
        if placeholders(entry["en"]) != placeholders(entry["km"]):
            raise ValueError(f"texts.toml: {key} has other placeholders in Khmer than in English")
    return entries


def text(key: str, language: str, **values: object) -> str:
    """The sentence, placeholders filled. A key that does not exist raises KeyError."""
    return catalogue()[key][language].format(**values)


def placeholders(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)
