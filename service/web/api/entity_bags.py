"""Entities as rows of OData, and what describes them: as ODK Central has them, under names that
OData takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from service.entities.snapshot import Row
from service.exports.layout import odata_identifier, odata_names
from service.foundation.problems import PROPERTY_UNKNOWN, Problem

_SYSTEM = (
    ("createdAt", "Edm.DateTimeOffset"), ("creatorId", "Edm.String"),
    ("creatorName", "Edm.String"), ("updates", "Edm.Int64"), ("updatedAt", "Edm.DateTimeOffset"),
    ("deletedAt", "Edm.DateTimeOffset"), ("version", "Edm.Int64"), ("conflict", "Edm.String"),
)  # fmt: skip
_OWN = ("__id", "label", "__system")
_INNER = {f"__system/{name}": name for name, _ in _SYSTEM}
_EDM = "http://docs.oasis-open.org/odata/ns/edm"


def names(properties: Sequence[str]) -> dict[str, str]:
    """A property -> what OData calls it. As of questions: Khmer names become `__`, `___2`."""
    return odata_names(properties, taken=_OWN)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What of each entity is told. `system`: that alone of what is said of it, None: all."""

    own: frozenset[str]
    system: frozenset[str] | None
    properties: Mapping[str, str]

    def row(self, row: Row) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if "__id" in self.own:
            told["__id"] = row.entity_id
        if "label" in self.own:
            told["label"] = row.label
        if self.system is None:
            told["__system"] = dict(row.system)
        elif self.system:
            told["__system"] = {name: row.system[name] for name in self.system}
        return told | {called: row.value(name) for name, called in self.properties.items()}


def columns(properties: Sequence[str], select: str | None) -> Columns:
    """By `$select`, which names a property as the list does, as Central's, or as the table does.
    Raises PROPERTY_UNKNOWN."""
    called = names(properties)
    if select is None or select.strip() in ("", "*"):
        return Columns(own=frozenset(_OWN), system=None, properties=called)
    by_word = {word: name for name, word in called.items()} | {name: name for name in called}
    own, system, chosen = set(), set(), set()
    for word in map(str.strip, select.split(",")):
        if word in by_word:
            chosen.add(by_word[word])
        elif word in _INNER:
            system.add(_INNER[word])
        elif word in _OWN:
            own.add(word)
        else:
            raise Problem(PROPERTY_UNKNOWN, name=word[:80])
    return Columns(
        own=frozenset(own),
        system=None if "__system" in own else frozenset(system),
        properties={name: word for name, word in called.items() if name in chosen},
    )


def metadata(list_name: str, properties: Sequence[str]) -> str:
    """EDMX 4.0. All properties are texts."""
    container = odata_identifier(list_name)
    space = f"org.opendatakit.user.{container}"
    own = "".join(
        f'<Property Name={quoteattr(name)} Type="Edm.String"/>'
        for name in names(properties).values()
    )
    system = "".join(f'<Property Name="{name}" Type="{kind}"/>' for name, kind in _SYSTEM)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        "<edmx:DataServices>"
        f'<Schema xmlns="{_EDM}" Namespace="org.opendatakit.entity">'
        f'<ComplexType Name="metadata">{system}</ComplexType></Schema>'
        f'<Schema xmlns="{_EDM}" Namespace={quoteattr(space)}>'
        '<EntityType Name="Entities"><Key><PropertyRef Name="__id"/></Key>'
        '<Property Name="__id" Type="Edm.String"/><Property Name="label" Type="Edm.String"/>'
        '<Property Name="__system" Type="org.opendatakit.entity.metadata"/>'
        f"{own}</EntityType>"
        f"<EntityContainer Name={quoteattr(container)}>"
        f'<EntitySet Name="Entities" EntityType={quoteattr(space + ".Entities")}/>'
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
