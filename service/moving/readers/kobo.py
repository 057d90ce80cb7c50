"""KoboToolbox, by its API v2.

Addresses and fields as kobotoolbox/kpi has them: `kpi/views/v2/{asset,data}.py`,
`kpi/renderers.py`, `kpi/deployment_backends/openrosa_backend.py`, `kobo/apps/openrosa/libs/utils/
common_tags.py`. Kobo keeps of an edited record its last version alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from service.moving.plan import Why
from service.moving.readers import attached, kobo_workbook, openrosa, pages
from service.moving.readers.openrosa import Offered
from service.moving.source import (
    Definition,
    Http,
    OpenMedia,
    RecordPage,
    SourceForm,
    SourceInstance,
    SourceList,
    SourceRecord,
    SourceVersion,
    get_bytes,
    get_json,
    lacking,
    moment,
    said,
)

OFFERED = "offered"
"""Key of the version that phones get."""
AT_ONCE = 200
"""Records of one question, with all their answers; Kobo gives out 1,000 at most."""
_OF_REPORT = re.compile(r"(?P<host>https?://[^/]+)/[^/]+/reports/(?P<form_id>[^/]+)/export\.csv")
REVIEWS = {
    "validation_status_approved": "approved",
    "validation_status_not_approved": "rejected",
    "validation_status_on_hold": "hasIssues",
}


@dataclass(frozen=True, kw_only=True)
class _Deployed:
    """What is to be known of a form that is deployed."""

    form_id: str
    """What phones know it by: the asset's uid, but of forms that are older than assets."""
    version: str
    has_edits: bool
    """Its editor holds what was never deployed."""
    phones_ask: str
    """Address of the server that phones ask, where it is another."""


@dataclass(frozen=True, kw_only=True)
class Kobo:
    """All deployed forms that the token's owner may see."""

    http: Http
    keeps_versions: bool = False
    is_at_hand: bool = False
    is_of_single_rows: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    _deployed: dict[str, _Deployed] = field(default_factory=dict)
    _offered: dict[str, Offered | None] = field(default_factory=dict)

    def forms(self) -> Sequence[SourceForm]:
        path = "api/v2/assets.json?q=asset_type:survey&limit=100"
        return [
            SourceForm(
                key=said(row, "uid"),
                form_id=self._told(said(row, "uid")).form_id,
                title=said(row, "name"),
            )
            for row in pages.results(self.http, path)
            if row.get("has_deployment") and said(row, "uid")
        ]

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        """The deployed one alone: of earlier ones Kobo gives out no form that phones could fill.
        (Records that name one are read with the nearest version, and say so.)"""
        offered, told = self._find_offered(form), self._told(form.key)
        if offered is not None:
            return [SourceVersion(key=OFFERED, version=offered.version)]
        fault = Why.NOT_DEPLOYED if told.has_edits else ""
        return [SourceVersion(key=told.version, version=told.version, fault=fault)]

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition | None:
        """As phones have it. Of a form that is archived, whose workbook holds no edits since: that
        workbook, under the ID and version that records name. (`….xml` is a preview under an ID of
        its own; the workbook has no version, and perhaps an ID that it had elsewhere.)"""
        offered = self._find_offered(form)
        if offered is not None:
            xml = get_bytes(self.http, offered.xml_url)
            return Definition(content=xml, media=openrosa.media(self.http, offered.manifest_url))
        workbook = get_bytes(self.http, f"{_asset(form.key)}.xls")
        media: dict[str, OpenMedia] = {}
        for row in pages.results(self.http, f"{_asset(form.key)}/files.json?file_type=form_media"):
            name, place = said(row.get("metadata") or {}, "filename"), said(row, "content")
            if name and place:
                media[name] = partial(self.http.pieces, place)
        return Definition(
            content=kobo_workbook.named(workbook, form.form_id, version.version),
            media=media,
            is_workbook=True,
        )

    def _told(self, uid: str) -> _Deployed:
        if uid not in self._deployed:
            self._deployed[uid] = _deployed_of(get_json(self.http, f"{_asset(uid)}.json"), uid)
        return self._deployed[uid]

    def _find_offered(self, form: SourceForm) -> Offered | None:
        """In the list of this server, or of the one that it names for phones."""
        if form.key not in self._offered:
            there = self._told(form.key).phones_ask
            found = openrosa.find_form(self.http, "", form.form_id)
            if found is None and there and self.http.trust(there):
                found = openrosa.find_form(self.http, there, form.form_id)
            self._offered[form.key] = found
        return self._offered[form.key]

    def page(self, form: SourceForm, after: str) -> RecordPage:
        """The oldest first, so that what arrives meanwhile comes last."""
        start = int(after)
        sort = quote('{"_id":1}', safe="")
        found = get_json(
            self.http, f"{_asset(form.key)}/data.json?limit={AT_ONCE}&start={start}&sort={sort}"
        )
        rows = found.get("results") or []
        is_last = not found.get("next") or not rows
        return RecordPage(
            records=[_record(row, form) for row in rows],
            after=None if is_last else str(start + len(rows)),
        )

    def lacking(self, form: SourceForm, records: Sequence[SourceRecord]) -> Collection[str]:
        return lacking(records)

    def instances(self, form: SourceForm, record: SourceRecord) -> Iterator[SourceInstance]:
        at = f"{_asset(form.key)}/data/{quote(record.key, safe='')}"
        told = get_json(self.http, f"{at}.json")
        yield SourceInstance(
            xml=get_bytes(self.http, f"{at}.xml"),
            submitted_at=record.submitted_at,
            open_file=attached.opener(self.http, told.get("_attachments") or ()),
        )

    def lists(self) -> Sequence[SourceList]:
        return []  # Kobo has no entities

    def table(self, entity_list: SourceList) -> Iterator[bytes]:
        raise AssertionError(f"no list {entity_list.name}")


def _asset(uid: str) -> str:
    return f"api/v2/assets/{quote(uid, safe='')}"


def _deployed_of(told: Any, uid: str) -> _Deployed:
    """Addresses of exports, `HOST/OWNER/reports/FORM_ID/export.csv`, are where the API tells what
    phones know the form by (`openrosa_backend.get_data_download_links`)."""
    links = told.get("deployment__data_download_links") or {}
    found = _OF_REPORT.fullmatch(said(links, "csv"))
    version = said(told, "deployed_version_id") or said(told, "version_id")
    return _Deployed(
        form_id=unquote(found["form_id"]) if found else uid,
        version=version,
        has_edits=said(told, "version_id") not in ("", version),
        phones_ask=found["host"] if found else "",
    )


def _record(row: Any, form: SourceForm) -> SourceRecord:
    instance_id = said(row, "meta/instanceID") or prefixed(said(row, "_uuid"))
    base = said(row, "meta/deprecatedID") or None
    return SourceRecord(
        key=said(row, "_id"),
        instance_id=instance_id,
        root_id=prefixed(said(row, "meta/rootUuid")) or base or instance_id,
        base_id=base,
        alias=f"kobo {form.key} {said(row, '_id')}",
        version=said(row, "__version__"),
        submitted_at=moment(row.get("_submission_time")),
        review=REVIEWS.get(said(row.get("_validation_status") or {}, "uid")),
        lacks_files=any(one.get("is_deleted") for one in row.get("_attachments") or ()),
    )


def prefixed(uuid: str) -> str:
    return uuid if not uuid or uuid.startswith("uuid:") else f"uuid:{uuid}"
