"""Ona (onadata), by its API v1.

Addresses and fields as onaio/onadata has them: `onadata/apps/api/viewsets/{xform,data,metadata}_
viewset.py`, `onadata/apps/logger/models/instance.py`. What it has of earlier versions of a record
it gives out as JSON alone, so the last one comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from service.moving.readers import attached, pages
from service.moving.readers.kobo import prefixed
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
    get_rows,
    get_rows_if_any,
    lacking,
    moment,
    said,
)

AT_ONCE = 200
REVIEWS = {"1": "approved", "2": "rejected"}
"""`SubmissionReview.APPROVED`, `REJECTED`; "3" is pending."""


@dataclass(frozen=True, kw_only=True)
class Ona:
    """All forms that the token's owner may see."""

    http: Http
    host: str = ""
    """Whose numbers of records these are."""
    keeps_versions: bool = False
    is_at_hand: bool = False
    is_of_single_rows: bool = False
    left_out: tuple[tuple[str, str], ...] = ()

    def forms(self) -> Sequence[SourceForm]:
        return [
            SourceForm(
                key=said(row, "formid"),
                form_id=said(row, "id_string"),
                title=said(row, "title") or said(row, "id_string"),
            )
            for row in pages.results(self.http, "api/v1/forms.json")
            if not row.get("is_merged_dataset")
        ]

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        version = said(get_json(self.http, f"api/v1/forms/{form.key}.json"), "version")
        return [SourceVersion(key=version, version=version)]

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition | None:
        xml = get_bytes(self.http, f"api/v1/forms/{form.key}/form.xml")
        media: dict[str, OpenMedia] = {}
        path = f"api/v1/metadata.json?xform={quote(form.key)}&data_type=media"
        for row in pages.results(self.http, path):
            name, place = said(row, "data_value"), said(row, "media_url")
            if name and "/" not in name and place:
                media[name] = partial(self.http.pieces, place)
        return Definition(content=xml, media=media)

    def page(self, form: SourceForm, after: str) -> RecordPage:
        number = int(after) + 1
        sort = quote('{"_id":1}', safe="")
        path = f"api/v1/data/{form.key}.json?page={number}&page_size={AT_ONCE}&sort={sort}"
        # A page beyond the last is a 404.
        rows = get_rows_if_any(self.http, path) if number > 1 else get_rows(self.http, path)
        is_last = len(rows) < AT_ONCE
        return RecordPage(
            records=[self._record(row, form) for row in rows],
            after=None if is_last else str(number),
        )

    def lacking(self, form: SourceForm, records: Sequence[SourceRecord]) -> Collection[str]:
        return lacking(records)

    def instances(self, form: SourceForm, record: SourceRecord) -> Iterator[SourceInstance]:
        at = f"api/v1/data/{form.key}/{quote(record.key, safe='')}"
        told = get_json(self.http, f"{at}.json")
        yield SourceInstance(
            xml=get_bytes(self.http, f"{at}.xml"),
            submitted_at=record.submitted_at,
            open_file=attached.opener(self.http, told.get("_attachments") or ()),
        )

    def _record(self, row: Any, form: SourceForm) -> SourceRecord:
        instance_id = said(row, "meta/instanceID") or prefixed(said(row, "_uuid"))
        base = said(row, "meta/deprecatedID") or None
        return SourceRecord(
            key=said(row, "_id"),
            instance_id=instance_id,
            root_id=base or instance_id,
            base_id=base,
            alias=f"ona {self.host} {form.key} {said(row, '_id')}",
            version=said(row, "_version"),
            submitted_at=moment(row.get("_submission_time")),
            review=REVIEWS.get(said(row, "_review_status")),
            lacks_files=row.get("_media_all_received") is False,
        )

    def lists(self) -> Sequence[SourceList]:
        return []

    def table(self, entity_list: SourceList) -> Iterator[bytes]:
        raise AssertionError(f"no list {entity_list.name}")
