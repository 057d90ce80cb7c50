"""What a form asks: paths, types, repeats, tags and classes. Pure values, read from the XForm."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.forms.entity_lists import EntitySpec


class Sensitivity(enum.StrEnum):
    """How dangerous an answer is. Only OPEN may ever be stored in clear."""

    IDENTITY = "identity"
    TESTIMONY = "testimony"
    CODED = "coded"
    OPEN = "open"


PLACES = frozenset({"geopoint", "geotrace", "geoshape"})
"""Types of questions for exact places."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question or calculated value.

    `path` is relative to the root element: ("person", "sex"). `repeats` holds the depths of the
    path's repeats: {1} means path[:1] repeats. `type` is the bind's type without prefix
    ("string" where the form says nothing), except that body controls make "select1" and
    "select" of string binds.
    """

    path: tuple[str, ...]
    type: str
    tag: str | None = None
    sensitivity: Sensitivity = Sensitivity.TESTIMONY
    is_classed: bool = False
    """The form itself says the sensitivity; otherwise it follows from the type."""
    is_nobodys_place: bool = False
    """The form itself says that the place which is asked for is nobody's: a field, a well."""
    repeats: frozenset[int] = frozenset()
    label: dict[str, str] = field(default_factory=dict)
    """Language tag to text; the key "" is the form's only or default language."""
    choices: tuple[str, ...] = ()
    """Codes of an inline choice list, empty where the list is external or absent."""
    choice_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """Of those: code to label, in each language."""

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def says_where(self) -> bool:
        """Where somebody is, lives or was, to the metre: that says who it is."""
        return self.type in PLACES and not self.is_nobodys_place


@dataclass(frozen=True, kw_only=True)
class FormSchema:
    """A form version as a machine reads it. `fields` in document order, groups left out."""

    form_id: str
    version: str
    title: str
    root: str
    """Name of the primary instance's root element."""
    fields: tuple[Field, ...]
    repeats: frozenset[tuple[str, ...]] = frozenset()
    """Paths of all repeats, relative to the root."""
    attachments: tuple[str, ...] = ()
    """File names the form expects beside it (media, CSV lists), each once."""
    languages: tuple[str, ...] = ()
    public_key: str | None = None
    """Of a sealed form: what its answers are sealed to on the phone, as written."""
    auto_delete: str | None = None
    """orx:auto-delete as written, None if absent."""
    entities: tuple[EntitySpec, ...] = ()
    """What its records make or change in entity lists."""
    saved: tuple[tuple[tuple[str, ...], str], ...] = ()
    """All (question, property) that say `saveto`, those outside every entity block too."""
    warnings: tuple[str, ...] = ()

    def binary_paths(self) -> Iterator[tuple[str, ...]]:
        """Paths whose answers are names of attachments (media questions and the audit log)."""
        return (f.path for f in self.fields if f.type == "binary")
