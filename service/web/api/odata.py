"""OData 4 of a form's records, as ODK Central's: for Excel, Power BI, pyodk (openrosa §6.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.exports import odata_documents, skiptoken
from service.exports.actions import odata, single
from service.exports.actions.odata import Addresses, OneRow, Paging
from service.exports.actions.source import Read, Source
from service.exports.layout import ROOT, Table
from service.exports.odata import Shape
from service.exports.skiptoken import Position
from service.foundation.problems import (
    NOT_FOUND,
    NOT_IMPLEMENTED,
    ODATA_EXPAND_UNSUPPORTED,
    ODATA_SELECT_EXPAND,
    SKIPTOKEN_GONE,
    Problem,
)
from service.foundation.sealing import pseudonym
from service.web import asking, identify
from service.web.api import pulling
from service.web.identify import allows

blp = Blueprint("odata", __name__, description="Records of a form as OData 4 tables")
BASE = "/v1/projects/<int:project_id>/forms/<name:form_id>.svc"
JSON = "application/json"
KNOWN = {
    "$format", "$count", "$skip", "$top", "$filter", "$wkt", "$expand", "$select", "$skiptoken",
    "$orderby",
}  # fmt: skip
_STEP = re.compile(r"(?P<name>[^(]+)\('(?P<id>[^']*)'\)")


@blp.route(BASE, methods=["GET"])
@allows(Act.ROWS_READ)
def service_document(project_id: int, form_id: str) -> Response:
    """The tables of a form: its records, and one for each repeat."""
    return answer_service(_source(project_id, form_id))


def answer_service(found: Source) -> Response:
    told = odata_documents.service(found.layout, root())
    return answered(Response(orjson.dumps(told), content_type=f"{JSON}; odata.metadata=minimal"))


@blp.route(f"{BASE}/$metadata", methods=["GET"])
@allows(Act.ROWS_READ)
def metadata(project_id: int, form_id: str) -> Response:
    """What the tables hold, as EDMX."""
    return answer_metadata(_source(project_id, form_id))


def answer_metadata(found: Source) -> Response:
    body = odata_documents.metadata(found.form.form_id, found.layout)
    return answered(Response(body, content_type="application/xml; charset=utf-8"))


@blp.route(f"{BASE}/<table>", methods=["GET"])
@allows(Act.ROWS_READ)
def table(project_id: int, form_id: str, table: str) -> Response:
    """Rows of a table, newest first: `$top`, `$skip`, `$count`, `$filter`, `$orderby`, `$select`,
    `$expand=*`, `$wkt`; pages follow `@odata.nextLink`. Identifying answers and testimony are
    null unless the caller's scopes, the `purpose` and the person's consent allow."""
    found = pulling.filtered(_source(project_id, form_id))
    pieces = pieces_of(found, table)
    return answered(pulling.answer(found, Act.ROWS_READ, "odata", pieces, JSON))


def pieces_of(found: Source, table: str) -> Iterator[bytes]:
    """Of a table that may have been filtered; what is wrong with the question is raised now."""
    of = found.layout.find(table)
    if of is None:
        raise Problem(NOT_FOUND)
    if found.selection.order and request.args.get("$skiptoken"):
        raise Problem(NOT_IMPLEMENTED, what="$orderby with $skiptoken")
    paging = _paging()
    addresses = Addresses(
        context=f"{root()}/$metadata#{table}",
        next=next_by_skip(paging.skip, paging.top) if found.selection.order else _next_by_token(),
    )
    return odata.table(found, of, _shape(), paging, addresses)


@blp.route(f"{BASE}/{ROOT}(<record>)", methods=["GET"])
@blp.route(f"{BASE}/{ROOT}(<record>)/<path:inside>", methods=["GET"])
@allows(Act.ROWS_READ)
def record(project_id: int, form_id: str, record: str, inside: str = "") -> Response:
    """One record, or the rows of a repeat that one record or one of its repeats holds."""
    found = _source(project_id, form_id)

    def get(instance_id: str) -> Read:
        return single.get_record(identify.actor(), Act.ROWS_READ, found, instance_id)

    return answer_record(found, record, inside, get)


def answer_record(found: Source, record: str, inside: str, get: Callable[[str], Read]) -> Response:
    """`get`: the record by its ID, for whoever may have it."""
    if not (record.startswith("'") and record.endswith("'") and len(record) > 2):
        raise Problem(NOT_FOUND)
    steps = [(ROOT, record[1:-1]), *map(_step, inside.split("/") if inside else ())]
    name = ".".join(step for step, _ in steps)
    of = found.layout.find(name)
    if of is None:
        raise Problem(NOT_FOUND)
    rows = _held(of, steps, odata.one(found, of, _shape(), get(record[1:-1])))
    body = _page(rows, of, f"{root()}/$metadata#{name}")
    return answered(Response(body, content_type=JSON))


def _step(part: str) -> tuple[str, str]:
    held = _STEP.fullmatch(part)
    return (held["name"], held["id"]) if held else (part, "")


def _held(of: Table, steps: list[tuple[str, str]], rows: list[OneRow]) -> list[OneRow]:
    """Those rows that the last named repeat holds; all of the record where none is named."""
    last = max(at for at, (_, row_id) in enumerate(steps) if row_id)
    if last == 0 or not of.path:
        return rows
    if last == len(steps) - 1:  # a row of this very table
        return [row for row in rows if row.id == steps[last][1]]
    return [row for row in rows if row.parent_id == steps[last][1]]


def _page(rows: list[OneRow], of: Table, context: str) -> bytes:
    paging = _paging()
    skip = paging.skip
    if paging.after is not None:
        ids = [row.id for row in rows]
        wanted = paging.after.repeat_id or paging.after.instance_id
        if wanted not in ids:
            raise Problem(SKIPTOKEN_GONE)
        skip = ids.index(wanted) + 1
    end = None if paging.top is None else skip + paging.top
    page = rows[skip:end]
    body: dict[str, Any] = {"value": [row.told for row in page], "@odata.context": context}
    if end is not None and end < len(rows) and page and of.path:
        last = Position(repeat_id=page[-1].id)
        body["@odata.nextLink"] = _next_by_token()(last)
    if paging.with_count:
        body["@odata.count"] = len(rows)
    return orjson.dumps(body)


def _source(project_id: int, form_id: str) -> Source:
    refuse_unknown()
    return pulling.source(Act.ROWS_READ, project_id, form_id)


def refuse_unknown() -> None:
    """Raises NOT_IMPLEMENTED for an option that nobody here knows."""
    for name in request.args:
        if name.startswith("$") and name not in KNOWN:
            raise Problem(NOT_IMPLEMENTED, what=name[:40])


def _shape() -> Shape:
    expand, select = request.args.get("$expand"), request.args.get("$select")
    if expand and expand != "*":
        raise Problem(ODATA_EXPAND_UNSUPPORTED, what=f"$expand={expand[:40]}")
    if expand and select:
        raise Problem(ODATA_SELECT_EXPAND)
    return Shape(wkt=pulling.flag("$wkt"), expand=bool(expand), select=select or None)


def _paging() -> Paging:
    token = request.args.get("$skiptoken")
    return Paging(
        top=pulling.number("$top"),
        skip=pulling.number("$skip") or 0,
        after=skiptoken.read(token, stamp()) if token else None,
        with_count=pulling.flag("$count"),
    )


def root() -> str:
    """The address of the service that is asked."""
    path = request.path[: request.path.index(".svc") + len(".svc")]
    return f"{asking.settings().public_url}{_quoted(path)}"


def _quoted(path: str) -> str:
    return quote(path, safe="/:@!$&'()*+,;=-._~")


def stamp() -> skiptoken.Stamp:
    """Ties a `$skiptoken` to the table that is asked and what its rows are filtered by."""
    key = asking.settings().secrets.page_key
    asked = (request.path, request.args.get("$filter", ""))
    return lambda told: pseudonym(key, "skiptoken", *asked, told)


def _next_by_token() -> Callable[[Position], str]:
    go_on = next_page()
    return lambda last: go_on(last.held)


def next_page() -> Callable[[Mapping[str, str]], str]:
    """What a `$skiptoken` holds -> this address from there on. Bound now: the stream ends
    after the request."""
    base = f"{asking.settings().public_url}{_quoted(request.path)}"
    kept = [(k, v) for k, v in request.args.items(multi=True) if k not in ("$skip", "$skiptoken")]
    mark = stamp()
    return lambda held: (
        f"{base}?{urlencode([*kept, ('$skiptoken', skiptoken.written(held, mark))])}"
    )


def next_by_skip(skip: int, top: int | None) -> Callable[[object], str]:
    """In an order of the caller's a token says nothing: rows are counted."""
    base = f"{asking.settings().public_url}{_quoted(request.path)}"
    kept = [(k, v) for k, v in request.args.items(multi=True) if k != "$skip"]
    then = skip + (top or 0)
    return lambda _last: f"{base}?{urlencode([*kept, ('$skip', then)])}"


def answered(response: Response) -> Response:
    response.headers["OData-Version"] = "4.0"
    return response
