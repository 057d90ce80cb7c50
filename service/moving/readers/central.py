"""ODK Central (and whatever speaks its REST, Samleng among it).

Addresses and fields as getodk/central-backend has them: `lib/resources/{forms,submissions,
datasets}.js`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from service.foundation.problems import SOURCE_DENIED, SOURCE_STRANGE, SOURCE_TOO_LARGE, Problem
from service.moving.source import (
    MOST_TABLE,
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
    get_json_if_any,
    get_rows,
    get_rows_if_any,
    moment,
    said,
)

AT_ONCE = 250
MARKS = 3
"""Records by which the end of a page is known again: some of them may be deleted meanwhile."""
AFTER = "\n"
"""Between them; earlier releases had one, behind a blank."""
BLANK = "___"
"""How Central writes a version that has no name, in addresses."""
REVIEWS = ("approved", "hasIssues", "rejected")


@dataclass(frozen=True, kw_only=True)
class Central:
    """One project of a server. Drafts stay there: nobody collected with them."""

    http: Http
    project: str
    keeps_versions: bool = True
    is_at_hand: bool = False
    is_of_single_rows: bool = False
    left_out: tuple[tuple[str, str], ...] = ()

    def forms(self) -> Sequence[SourceForm]:
        return [
            SourceForm(
                key=said(row, "xmlFormId"),
                form_id=said(row, "xmlFormId"),
                title=said(row, "name") or said(row, "xmlFormId"),
            )
            for row in get_rows(self.http, self._path("forms"))
            if row.get("publishedAt")
        ]

    def versions(self, form: SourceForm) -> Sequence[SourceVersion]:
        rows = get_rows(self.http, self._form(form, "versions"))
        rows.sort(key=lambda row: said(row, "publishedAt"))
        return [
            SourceVersion(key=said(row, "version") or BLANK, version=said(row, "version"))
            for row in rows
        ]

    def definition(self, form: SourceForm, version: SourceVersion) -> Definition:
        at = f"versions/{quote(version.key, safe='')}"
        xml = get_bytes(self.http, self._form(form, f"{at}.xml"))
        media: dict[str, OpenMedia] = {}
        for row in get_rows_if_any(self.http, self._form(form, f"{at}/attachments")):
            name = said(row, "name")
            # A list that phones fetch as a file is made of entities, and comes as entities.
            if row.get("exists") and not row.get("datasetExists") and name:
                where = self._form(form, f"{at}/attachments/{quote(name, safe='')}")
                media[name] = partial(self.http.pieces, where)
        return Definition(content=xml, media=media)

    def page(self, form: SourceForm, after: str) -> RecordPage:
        """By number, as Central pages, from the last records of the page before: one that arrives
        meanwhile moves them back, one that is deleted there forward. Where none of them is on the
        page, pages before it are read again until one is: some may come twice, and none is left
        out."""
        number, *marks = after.split(AFTER) if AFTER in after else after.split(" ", 1)
        start = int(number)
        rows = self._listed(form, start)
        while marks and start and not any(_root(row) in marks for row in rows):
            start = max(0, start - AT_ONCE)
            rows = self._listed(form, start)
        ids = [_root(row) for row in rows]
        known = max((n for n, one in enumerate(ids) if one in marks), default=-1)
        last = ids[-MARKS:]
        then = AFTER.join([str(start + AT_ONCE - MARKS), *last]) if len(ids) == AT_ONCE else None
        return RecordPage(records=[_record(row) for row in rows[known + 1 :]], after=then)

    def _listed(self, form: SourceForm, start: int) -> list[Any]:
        path = self._form(form, f"submissions?limit={AT_ONCE}&offset={start}")
        return get_rows(self.http, path)

    def lacking(self, form: SourceForm, records: Sequence[SourceRecord]) -> Collection[str]:
        """As its tables count them, without an answer of anybody (`lib/data/odata.js`): those that
        came in the time in which these did."""
        times = [one.submitted_at for one in records if one.submitted_at is not None]
        if not times:
            return ()
        since, until = min(times), max(times) + dt.timedelta(seconds=1)  # of which it tells parts
        span = " and ".join(
            f"__system/submissionDate {word} {at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
            for word, at in (("ge", since), ("lt", until))
        )
        asked = f"$select=__id,__system&$filter={quote(span, safe='')}"
        try:
            told = get_json_if_any(
                self.http, f"{self._form(form, '')[:-1]}.svc/Submissions?{asked}"
            )
        except Problem as problem:
            if problem.kind not in (SOURCE_STRANGE, SOURCE_DENIED, SOURCE_TOO_LARGE):
                raise
            return ()
        rows = told.get("value") if isinstance(told, dict) else None
        return {said(row, "__id") for row in rows or () if _lacks_files(row.get("__system"))}

    def instances(self, form: SourceForm, record: SourceRecord) -> Iterator[SourceInstance]:
        here = self._form(form, f"submissions/{quote(record.root_id, safe='')}")
        if record.instance_id == record.root_id:
            yield self._instance(here, record.submitted_at)
            return
        rows = get_rows(self.http, f"{here}/versions")
        rows.sort(key=lambda row: (bool(row.get("current")), said(row, "createdAt")))
        for row in rows:
            which = quote(said(row, "instanceId"), safe="")
            yield self._instance(f"{here}/versions/{which}", moment(row.get("createdAt")))

    def _instance(self, at: str, submitted_at: Any) -> SourceInstance:
        return SourceInstance(
            xml=get_bytes(self.http, f"{at}.xml"),
            submitted_at=submitted_at,
            open_file=lambda name: self.http.pieces(f"{at}/attachments/{quote(name, safe='')}"),
        )

    def lists(self) -> Sequence[SourceList]:
        found = []
        for row in get_rows_if_any(self.http, self._path("datasets")):  # since Central 2022.3
            name = said(row, "name")
            told = get_json_if_any(self.http, self._path(f"datasets/{quote(name, safe='')}")) or {}
            found.append(
                SourceList(
                    name=name,
                    properties=[said(one, "name") for one in told.get("properties", ())],
                    approval_required=bool(told.get("approvalRequired")),
                )
            )
        return found

    def table(self, entity_list: SourceList) -> Iterator[bytes]:
        path = f"datasets/{quote(entity_list.name, safe='')}/entities.csv"
        pieces = self.http.pieces(self._path(path), MOST_TABLE)
        if pieces is None:
            raise Problem(SOURCE_STRANGE, reason="a list that it told of is not there")
        return pieces

    def _path(self, rest: str) -> str:
        return f"v1/projects/{quote(self.project, safe='')}/{rest}"

    def _form(self, form: SourceForm, rest: str) -> str:
        return self._path(f"forms/{quote(form.key, safe='')}/{rest}")


def _lacks_files(system: Any) -> bool:
    counts = system if isinstance(system, dict) else {}
    return (counts.get("attachmentsPresent") or 0) < (counts.get("attachmentsExpected") or 0)


def _root(row: Any) -> str:
    return said(row, "instanceId")


def _record(row: Any) -> SourceRecord:
    root = _root(row)
    current = row.get("currentVersion") or {}
    review = said(row, "reviewState")
    return SourceRecord(
        key=root,
        instance_id=said(current, "instanceId") or root,
        root_id=root,
        version=said(current, "formVersion"),
        submitted_at=moment(row.get("createdAt")),
        review=review if review in REVIEWS else None,
    )
