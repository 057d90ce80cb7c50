"""The service document and `$metadata` of a form. Pure; openrosa §6.2, as ODK Central's."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from service.exports import identifiers
from service.exports.layout import ROOT, Layout, Path, Table, odata_identifier

_TYPES = {
    "int": "Edm.Int64",
    "integer": "Edm.Int64",
    "decimal": "Edm.Decimal",
    "boolean": "Edm.Boolean",
    "geopoint": "Edm.GeographyPoint",
    "geotrace": "Edm.GeographyLineString",
    "geoshape": "Edm.GeographyPolygon",
    "date": "Edm.Date",
    "dateTime": "Edm.DateTimeOffset",
}
_FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="org.opendatakit.submission">
      <ComplexType Name="metadata">
        <Property Name="submissionDate" Type="Edm.DateTimeOffset"/>
        <Property Name="updatedAt" Type="Edm.DateTimeOffset"/>
        <Property Name="deletedAt" Type="Edm.DateTimeOffset"/>
        <Property Name="submitterId" Type="Edm.String"/>
        <Property Name="submitterName" Type="Edm.String"/>
        <Property Name="attachmentsPresent" Type="Edm.Int64"/>
        <Property Name="attachmentsExpected" Type="Edm.Int64"/>
        <Property Name="status" Type="org.opendatakit.submission.Status"/>
        <Property Name="reviewState" Type="org.opendatakit.submission.ReviewState"/>
        <Property Name="deviceId" Type="Edm.String"/>
        <Property Name="edits" Type="Edm.Int64"/>
        <Property Name="formVersion" Type="Edm.String"/>
      </ComplexType>
      <EnumType Name="Status">
        <Member Name="notDecrypted" Value="0"/>
        <Member Name="missingEncryptedFormData" Value="1"/>
      </EnumType>
      <EnumType Name="ReviewState">
        <Member Name="hasIssues" Value="0"/>
        <Member Name="edited" Value="1"/>
        <Member Name="rejected" Value="2"/>
        <Member Name="approved" Value="3"/>
      </EnumType>
    </Schema>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace={namespace}>
{types}
      <EntityContainer Name={form}>
{sets}
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""
_CAPABILITIES = """\
          <Annotation Term="Org.OData.Capabilities.V1.ConformanceLevel" \
EnumMember="Org.OData.Capabilities.V1.ConformanceLevelType/Minimal"/>
          <Annotation Term="Org.OData.Capabilities.V1.BatchSupported" Bool="false"/>
          <Annotation Term="Org.OData.Capabilities.V1.CountRestrictions">
            <Record><PropertyValue Property="Countable" Bool="true"/></Record>
          </Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions">
            <Record>
              <PropertyValue Property="Filterable" Bool="true"/>
              <PropertyValue Property="RequiresFilter" Bool="false"/>
              <PropertyValue Property="NonFilterableProperties">
                <Collection>
{unfilterable}
                </Collection>
              </PropertyValue>
            </Record>
          </Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.ExpandRestrictions">
            <Record><PropertyValue Property="Expandable" Bool="true"/></Record>
          </Annotation>
"""


def service(layout: Layout, root_url: str) -> dict[str, Any]:
    """`root_url` ends with `.svc`."""
    names = [layout.odata_name(table) for table in layout.tables]
    return {
        "@odata.context": f"{root_url}/$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in names],
    }


def metadata(form_id: str, layout: Layout) -> str:
    """EDMX 4.0: an entity type for each table, a complex type for each group."""
    namespace = f"org.opendatakit.user.{odata_identifier(form_id)}"
    writer = _Writer(layout, namespace)
    entities = [writer.entity(table) for table in layout.tables]
    groups = [writer.group(path) for path in writer.groups()]
    return _FRAME.format(
        namespace=quoteattr(namespace),
        form=quoteattr(odata_identifier(form_id)),
        types="\n".join(entities + groups),
        sets="\n".join(writer.entity_set(table) for table in layout.tables),
    )


class _Writer:
    def __init__(self, layout: Layout, namespace: str) -> None:
        self._layout, self._namespace = layout, namespace
        self._tables = {table.path: table for table in layout.tables}
        self._columns = {c.path: c for table in layout.tables for c in table.columns}

    def groups(self) -> list[Path]:
        return [p for p in self._layout.names if p not in self._tables and p not in self._columns]

    def entity(self, table: Table) -> str:
        name = self._layout.odata_name(table)
        lines = [
            f"      <EntityType Name={quoteattr(name)}>",
            '        <Key><PropertyRef Name="__id"/></Key>',
            '        <Property Name="__id" Type="Edm.String" Nullable="false"/>',
        ]
        if table.path:
            parent = identifiers.parent_key(self._layout, table)
            lines.append(_property(parent, "Edm.String"))
        else:
            lines.append(_property("__system", "org.opendatakit.submission.metadata"))
        return "\n".join([*lines, *self._inside(table.path), "      </EntityType>"])

    def group(self, path: Path) -> str:
        name = ".".join(self._layout.odata_path(path))
        head = f"      <ComplexType Name={quoteattr(name)}>"
        return "\n".join([head, *self._inside(path), "      </ComplexType>"])

    def entity_set(self, table: Table) -> str:
        name = self._layout.odata_name(table)
        head = f"        <EntitySet Name={quoteattr(name)} EntityType="
        head += quoteattr(f"{self._namespace}.{name}")
        if table.path:
            return f"{head}/>"
        unfilterable = "\n".join(
            f"                  <PropertyPath>{escape(self._layout.names[path])}</PropertyPath>"
            for path in self._children(())
        )
        inside = _CAPABILITIES.format(unfilterable=unfilterable)
        return f"{head}>\n{inside}        </EntitySet>"

    def _inside(self, path: Path) -> list[str]:
        return [self._member(child) for child in self._children(path)]

    def _children(self, path: Path) -> list[Path]:
        return [one for one in self._layout.names if len(one) == len(path) + 1 and one[:-1] == path]

    def _member(self, path: Path) -> str:
        name = self._layout.names[path]
        if path in self._columns:
            return _property(name, _TYPES.get(self._columns[path].type, "Edm.String"))
        full = ".".join(self._layout.odata_path(path))
        if path in self._tables:
            kind = f"Collection({self._namespace}.{ROOT}.{full})"
            return f"        <NavigationProperty Name={quoteattr(name)} Type={quoteattr(kind)}/>"
        return _property(name, f"{self._namespace}.{full}")


def _property(name: str, kind: str) -> str:
    return f"        <Property Name={quoteattr(name)} Type={quoteattr(kind)}/>"
