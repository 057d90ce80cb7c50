"""How somebody reads a file: which column is which field, and which words are which codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.exports.casualties import fields
from service.exports.casualties.words import lists, plain
from service.moving.casualties import dates

MOST_COLUMNS = 400
MOST_WORDS = 2000
LONGEST = 200


class MappingInvalid(Exception):  # noqa: N818 - a verdict on what was given
    """`name`: what is wrong."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`columns`: heading -> field. `words`: field -> word made plain -> code; of `province` too.
    `source`: who counted, where no column says it."""

    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: str = "unknown"
    order: str = "dmy"

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": dict(self.columns),
            "words": {name: dict(told) for name, told in self.words.items()},
            "source": self.source,
            "order": self.order,
        }

    def to_keep(self) -> dict[str, Any]:
        """What may lie in clear. A heading that is of no field, and means none to anybody, is left
        out: of a file without headings the first row would be kept, and a name stand in it."""
        columns = {
            one: name for one, name in self.columns.items() if name or fields.guess([one])[one]
        }
        return {**self.as_json(), "columns": columns}

    def over(self, headings: Iterable[str]) -> Reading:
        """For a file with these headings: what this one says nothing of is guessed."""
        headings = list(headings)
        told = {one: self.columns[one] for one in headings if one in self.columns}
        taken = set(told.values()) - {""}
        guessed = {
            one: "" if name in taken else name
            for one, name in fields.guess(one for one in headings if one not in told).items()
        }
        return Reading(
            columns={one: told.get(one, guessed.get(one, "")) for one in headings},
            words=self.words,
            source=self.source,
            order=self.order,
        )


def of_json(given: Any) -> Reading:
    """Raises MappingInvalid."""
    if not isinstance(given, dict) or given.keys() - {"columns", "words", "source", "order"}:
        raise MappingInvalid("mapping")
    columns, words = given.get("columns", {}), given.get("words", {})
    if not _are_texts(columns, MOST_COLUMNS) or set(columns.values()) - {*fields.NAMES, ""}:
        raise MappingInvalid("columns")
    used = [name for name in columns.values() if name]
    if len(used) != len(set(used)):
        raise MappingInvalid("columns")
    known = lists()
    if not isinstance(words, dict) or words.keys() - {*known, "province"}:
        raise MappingInvalid("words")
    for name, told in words.items():
        if not _are_texts(told, MOST_WORDS):
            raise MappingInvalid("words")
        if name in known and set(told.values()) - known[name].keys():
            raise MappingInvalid("words")
    if given.get("source", "unknown") not in known["source"]:
        raise MappingInvalid("source")
    if given.get("order", "dmy") not in dates.ORDERS:
        raise MappingInvalid("order")
    return Reading(
        columns=columns,
        words={
            name: {plain(word) or word.strip(): code for word, code in told.items()}
            for name, told in words.items()
        },
        source=given.get("source", "unknown"),
        order=given.get("order", "dmy"),
    )


def _are_texts(given: Any, most: int) -> bool:
    return (
        isinstance(given, dict)
        and len(given) <= most
        and all(
            isinstance(one, str) and isinstance(other, str) and len(one) <= LONGEST
            for one, other in given.items()
        )
    )
