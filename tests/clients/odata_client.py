"""An OData 4 client as analysis tools are built: it believes `$metadata`, and nothing else.

Properties that are not described, or hold what their type does not allow, are errors: that is how
Excel and Power BI behave.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from lxml import etree

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_OF_CENTRAL = re.compile(r"__[\w-]+-id")
"""`__Submissions-id`, by which a repeat names its record: clients look for it."""
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "Edm.String": str, "Edm.Int64": int, "Edm.Decimal": (int, float), "Edm.Boolean": bool,
    "Edm.GeographyPoint": dict, "Edm.GeographyLineString": dict, "Edm.GeographyPolygon": dict,
}  # fmt: skip


@dataclass(kw_only=True)
class Type:
    """An entity type or a complex type: its properties by name."""

    properties: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)


class ODataClient:
    def __init__(self, root: str, headers: dict[str, str]) -> None:
        self._root, self._headers = root, headers
        self.types, self.sets = self._described()

    def tables(self) -> list[str]:
        """As the service document names them."""
        return [one["url"] for one in json.loads(self._get(self._root))["value"]]

    def rows(self, table: str, top: int) -> Iterator[dict[str, Any]]:
        """All rows, a page at a time, each looked at as the metadata says."""
        address: str | None = f"{self._root}/{table}?$top={top}"
        while address is not None:
            page = json.loads(self._get(address))
            for row in page["value"]:
                self._look_at(row, self.types[self.sets[table]])
                yield row
            address = page.get("@odata.nextLink")

    def _get(self, address: str) -> bytes:
        asked = urllib.request.Request(urljoin(self._root, address), headers=self._headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            body: bytes = answer.read()
            return body

    def _described(self) -> tuple[dict[str, Type], dict[str, str]]:
        root = etree.fromstring(self._get(f"{self._root}/$metadata"))
        types: dict[str, Type] = {}
        for schema in root.iter(f"{EDM}Schema"):
            for node in schema.iterchildren(f"{EDM}EntityType", f"{EDM}ComplexType"):
                found = types[f"{schema.get('Namespace')}.{node.get('Name')}"] = Type()
                for one in node.iterchildren(f"{EDM}Property"):
                    found.properties[one.get("Name", "")] = one.get("Type", "")
                for one in node.iterchildren(f"{EDM}NavigationProperty"):
                    found.links.add(one.get("Name", ""))
            for node in schema.iterchildren(f"{EDM}EnumType"):
                types[f"{schema.get('Namespace')}.{node.get('Name')}"] = Type()
        for node in root.iter(f"{EDM}*"):
            for name in filter(None, (node.get("Name"), node.get("Namespace"))):
                if not _NAME.fullmatch(name) and not _OF_CENTRAL.fullmatch(name):
                    raise AssertionError(f"{name} is no name of OData")
        sets = {n.get("Name", ""): n.get("EntityType", "") for n in root.iter(f"{EDM}EntitySet")}
        return types, sets

    def _look_at(self, bag: dict[str, Any], of: Type) -> None:
        plain = {name for name in bag if "@" not in name}
        if plain != set(of.properties):
            raise AssertionError(f"{plain ^ set(of.properties)} not as described")
        linked = {name.partition("@")[0] for name in bag if name.endswith("@odata.navigationLink")}
        if not linked <= of.links:
            raise AssertionError(f"{linked - of.links} is not described")
        for name, kind in of.properties.items():
            self._look_at_value(name, bag[name], kind)

    def _look_at_value(self, name: str, value: Any, kind: str) -> None:
        if value is None:
            return
        if kind in _PLAIN:
            fits = isinstance(value, _PLAIN[kind])
        elif kind == "Edm.Date":
            fits = bool(dt.date.fromisoformat(value))
        elif kind == "Edm.DateTimeOffset":
            fits = dt.datetime.fromisoformat(value).tzinfo is not None
        elif isinstance(value, dict):
            self._look_at(value, self.types[kind])
            return
        else:
            fits = kind in self.types  # a member of an enumeration
        if not fits:
            raise AssertionError(f"{name} is no {kind}")
