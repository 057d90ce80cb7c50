"""What phones are offered by a server: its OpenRosa list of forms, and the files beside one. Pure.

Only here does KoboToolbox say which form it has deployed (`kobo/apps/openrosa/apps/api/viewsets/
xform_list_api.py`): its REST tells of what the editor holds, edits in it that phones never had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from lxml import etree

from service.foundation.formats import safe_xml
from service.foundation.problems import SOURCE_DENIED, SOURCE_STRANGE, Problem
from service.moving.source import MOST_XML, Http, OpenMedia


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A form in the version that phones get."""

    version: str
    xml_url: str
    manifest_url: str


def find_form(http: Http, base: str, form_id: str) -> Offered | None:
    """The form in the list below that address; None where no such list is there, or not in it."""
    path = f"formList?formID={quote(form_id, safe='')}"
    try:
        rows = list(_rows(http, f"{base}/{path}" if base else path, "xform"))
    except Problem as problem:
        if problem.kind not in (SOURCE_DENIED, SOURCE_STRANGE):
            raise
        return None
    for row in rows:
        if row.get("formID") == form_id and row.get("downloadUrl"):
            return Offered(
                version=row.get("version", ""),
                xml_url=row["downloadUrl"],
                manifest_url=row.get("manifestUrl", ""),
            )
    return None


def media(http: Http, manifest_url: str) -> dict[str, OpenMedia]:
    """The files beside a form, by name."""
    found: dict[str, OpenMedia] = {}
    for row in _rows(http, manifest_url, "mediaFile") if manifest_url else ():
        name, place = row.get("filename", ""), row.get("downloadUrl", "")
        if name and place:
            found[name] = partial(http.pieces, place)
    return found


def _rows(http: Http, path: str, tag: str) -> Iterator[dict[str, str]]:
    body = http.read(path, MOST_XML)
    try:
        root = safe_xml.parse(body) if body else None
    except safe_xml.XmlRefused:
        return  # a page for people
    for row in root.iter(f"{{*}}{tag}") if root is not None else ():
        yield {etree.QName(one).localname: (one.text or "").strip() for one in row}
