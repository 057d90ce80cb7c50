"""KoboToolbox, by its API v2.

Addresses and fields as kobotoolbox/kpi has them: `kpi/views/v2/{asset,data}.py`,
`kpi/renderers.py`, `kobo/apps/openrosa/libs/utils/common_tags.py`. Kobo keeps of an edited record
its last version alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from service.moving.readers import attached, pages
from service.moving.source import (
    MOST_FILE,
    Definition,
    Http,
    RecordPage,
    SourceForm,
    SourceInstance,
    SourceList,
    SourceRecord,
    SourceVersion,
    get_bytes,
    get_json,
    moment,
    said,
)

AT_ONCE = 200
"""Records of one question, with all their answers; Kobo gives out 1,000 at most."""
REVIEWS = {
    "validation_status_approved": "approved",
    "validation_status_not_approved": "rejected",
    "validation_status_on_hold": "hasIssues",
}


@dataclass(frozen=True, kw_only=True)
class Kobo:
    """All deployed forms that the token's owner may see."""

    http: Http
    keeps_versions: bool = False

    def forms(self) -> Sequence[SourceForm]:
        path = "api/v2/assets.json?q=asset_type:survey&limit=100"
        return [
            SourceForm(key=said(row, "uid"), form_id=said(row, "uid"), title=said(row, "name"))
            for row in pages.results(self.http, path)
            if row.get("has_deployment") and said(row, "uid")
        ]

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        """The present one alone: of earlier ones Kobo gives out no form that phones could fill.
        (Records that name one are read with the nearest version, and say so.)"""
        told = get_json(self.http, f"{_asset(form)}.json")
        version = said(told, "deployed_version_id") or said(told, "version_id")
        return [SourceVersion(key=version, version=version)]

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition | None:
        """As the workbook: `….xml` is a preview under an ID of its own, while the workbook has
        the version that phones' records name, and the ID follows from the asset."""
        workbook = get_bytes(self.http, f"{_asset(form)}.xls")
        media: dict[str, bytes] = {}
        for row in pages.results(self.http, f"{_asset(form)}/files.json?file_type=form_media"):
            name = said(row.get("metadata") or {}, "filename")
            content = (
                self.http.read(said(row, "content"), MOST_FILE) if row.get("content") else None
            )
            if name and content is not None:
                media[name] = content
        return Definition(content=workbook, media=media, is_workbook=True)

    def page(self, form: SourceForm, after: str) -> RecordPage:
        """The oldest first, so that what arrives meanwhile comes last."""
        start = int(after)
        sort = quote('{"_id":1}', safe="")
        found = get_json(
            self.http, f"{_asset(form)}/data.json?limit={AT_ONCE}&start={start}&sort={sort}"
        )
        rows = found.get("results") or []
        is_last = not found.get("next") or not rows
        return RecordPage(
            records=[_record(row) for row in rows],
            after=None if is_last else str(start + len(rows)),
        )

    def instances(self, form: SourceForm, record: SourceRecord) -> Iterator[SourceInstance]:
        at = f"{_asset(form)}/data/{quote(record.key, safe='')}"
        told = get_json(self.http, f"{at}.json")
        yield SourceInstance(
            xml=get_bytes(self.http, f"{at}.xml"),
            submitted_at=record.submitted_at,
            open_file=attached.opener(self.http, told.get("_attachments") or ()),
        )

    def lists(self) -> Sequence[SourceList]:
        return []  # Kobo has no entities

    def table(self, entity_list: SourceList) -> bytes:
        raise AssertionError(f"no list {entity_list.name}")


def _asset(form: SourceForm) -> str:
    return f"api/v2/assets/{quote(form.key, safe='')}"


def _record(row: Any) -> SourceRecord:
    instance_id = said(row, "meta/instanceID") or prefixed(said(row, "_uuid"))
    base = said(row, "meta/deprecatedID") or None
    return SourceRecord(
        key=said(row, "_id"),
        instance_id=instance_id,
        root_id=prefixed(said(row, "meta/rootUuid")) or base or instance_id,
        base_id=base,
        version=said(row, "__version__"),
        submitted_at=moment(row.get("_submission_time")),
        review=REVIEWS.get(said(row.get("_validation_status") or {}, "uid")),
    )


def prefixed(uuid: str) -> str:
    return uuid if not uuid or uuid.startswith("uuid:") else f"uuid:{uuid}"
