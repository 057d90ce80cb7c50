"""Entity lists as tables: CSV, GeoJSON, and a small OData 4 (openrosa §6.2–6.4)."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.entities import actions, snapshot
from service.entities.actions import Opened, Seen
from service.entities.queries import filtering
from service.entities.queries.filtering import Which
from service.exports import skiptoken
from service.exports.actions.leaving import InTurn, take_turn
from service.foundation import clock
from service.foundation.formats import odata_filter
from service.foundation.problems import NOT_FOUND, NOT_IMPLEMENTED, Problem
from service.foundation.sealing import md5_hex
from service.web import identify
from service.web.api import conditional, entity_bags, odata, pulling
from service.web.api.datasets import BASE
from service.web.api.entities import ONE, key_of, open_list, state_of
from service.web.api.entity_bags import Columns
from service.web.api.entity_shapes import table_row
from service.web.identify import allows

blp = Blueprint("entity_tables", __name__, description="Entities as tables")
SERVICE = f"{BASE}/<dataset>.svc"
SUPPORTED = frozenset(
    {"$top", "$skip", "$count", "$skiptoken", "$select", "$filter", "$orderby", "$format"}
)


@blp.route(f"{BASE}/<dataset>/entities.csv", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def as_csv(project_id: int, dataset: str) -> Response:
    """Entities of a list as CSV, newest first; `$filter` as in the table. Raw cells;
    `spreadsheet=true` makes those harmless that a spreadsheet would run. Names of people come for
    a `purpose` alone."""
    which, parts = _filtered()
    opened = open_list(project_id, dataset)
    is_sheet = pulling.flag("spreadsheet")

    def body() -> InTurn:
        rows = (table_row(one, for_csv=True) for one in actions.rows(opened, which))
        pieces = snapshot.for_people(rows, opened.told.names, for_spreadsheet=is_sheet)
        return _in_turn(project_id, pieces)

    response = conditional.by_state(
        state_of(opened, "csv", is_sheet, *parts), body, "text/csv; charset=utf-8"
    )
    name = f"{opened.ref.name}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blp.route(f"{BASE}/<dataset>/entities.geojson", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def as_geojson(project_id: int, dataset: str) -> Response:
    """Entities that have a property `geometry` as a GeoJSON FeatureCollection: `$filter` as in the
    table, at most `limit`."""
    which, parts = _filtered()
    limit = pulling.number("limit")
    opened = open_list(project_id, dataset)

    def body() -> InTurn:
        rows = actions.rows(opened, which, most=limit)
        return _in_turn(project_id, _collection(opened, rows, limit))

    state = state_of(opened, "geojson", limit, *parts)
    return conditional.by_state(state, body, "application/geo+json")


@blp.route(f"{ONE}/geojson", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def geojson_of_one(project_id: int, dataset: str, entity_id: str) -> Response:
    """Where one entity is; a FeatureCollection without a feature where nothing says so."""
    key = key_of(entity_id)
    opened = open_list(project_id, dataset)
    found = list(actions.rows(opened, filtering.asked(odata_filter.parse(f"__id eq '{key}'"))))
    if not found:
        raise Problem(NOT_FOUND)
    body = b"".join(_collection(opened, iter(found), None))
    return conditional.by_state(md5_hex(body), lambda: [body], "application/geo+json")


def _in_turn(project_id: int, pieces: Iterator[bytes]) -> InTurn:
    """A file at a time for each caller, as of records. Raises EXPORT_RUNNING."""
    return InTurn(pieces, take_turn(identify.actor().id, project_id))


def _collection(opened: Opened, rows: Iterator[Seen], limit: int | None) -> Iterator[bytes]:
    found = (snapshot.feature(table_row(one), opened.told.names) for one in rows)
    placed = (one for one in found if one is not None)
    yield b'{"type":"FeatureCollection","features":'
    yield from conditional.array(itertools.islice(placed, limit))
    yield b"}"


def _filtered() -> tuple[Which, tuple[object, ...]]:
    """The entities that are asked for, and from what that follows."""
    if "$search" in request.args:
        raise Problem(NOT_IMPLEMENTED, what="$search on entities")
    which, moment = _which()
    return which, (request.args.get("$filter", ""), moment)


def _which() -> tuple[Which, str]:
    """By `$filter`; with the moment, where it asks what time it is: what holds now may not hold in
    a moment."""
    text = request.args.get("$filter", "").strip()
    wanted = odata_filter.parse(text) if text else None
    moment = clock.iso(clock.now()) if odata_filter.asks_now(wanted) else ""
    return filtering.asked(wanted) if wanted else filtering.LIVE, moment


# --- OData ----------------------------------------------------------------------------------------
@blp.route(SERVICE, methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def service(project_id: int, dataset: str) -> Response:
    """The OData service of a list: one table, Entities."""
    actions.open_list(identify.actor(), project_id, dataset)
    said = {
        "@odata.context": f"{odata.root()}/$metadata",
        "value": [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}],
    }
    return odata.answered(conditional.answer(said))


@blp.route(f"{SERVICE}/$metadata", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def metadata(project_id: int, dataset: str) -> Response:
    """What the table holds. All properties are texts."""
    opened = actions.open_list(identify.actor(), project_id, dataset)
    body = entity_bags.metadata(opened.ref.name, opened.told.names).encode()
    return odata.answered(
        conditional.by_state(
            state_of(opened, "metadata"), lambda: [body], "application/xml; charset=utf-8"
        )
    )


@blp.route(f"{SERVICE}/Entities", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def table(project_id: int, dataset: str) -> Response:
    """Rows of a list, newest first: `$top`, `$skip`, `$count`, `$skiptoken`, `$select`; `$filter`
    and `$orderby` by what is said of entities (`__id`, `__system/…`), not by what they hold. Names
    of people come for a `purpose` alone."""
    asked = _asked()  # what is wrong with it is told before anything is read
    opened = open_list(project_id, dataset)
    columns = entity_bags.columns(opened.told.names, request.args.get("$select"))
    root = odata.root()
    next_page = odata.next_by_skip(asked.skip, asked.top) if asked.order else odata.next_page()
    parts = sorted(request.args.items(multi=True))
    return odata.answered(
        conditional.by_state(
            state_of(opened, "odata", parts, asked.moment),
            lambda: _document(opened, asked, columns, root, next_page),
            conditional.JSON,
        )
    )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`after`: the id of the entity after which the page begins; wins over `skip`."""

    top: int | None
    skip: int
    counts: bool
    after: uuid.UUID | None
    order: tuple[odata_filter.Ordered, ...]
    which: Which
    moment: str
    """As `_which` says."""


def _asked() -> Asked:
    strange = sorted(name for name in request.args if name[:1] == "$" and name not in SUPPORTED)
    if strange:
        raise Problem(NOT_IMPLEMENTED, what=f"{strange[0]} on entities")
    token = request.args.get("$skiptoken")
    order = _order()
    if order and token is not None:
        raise Problem(NOT_IMPLEMENTED, what="$orderby with $skiptoken")
    which, moment = _which()
    return Asked(
        top=pulling.number("$top"),
        skip=pulling.number("$skip") or 0,
        counts=pulling.flag("$count"),
        after=None if token is None else _read_token(token),
        order=order,
        which=which,
        moment=moment,
    )


def _order() -> tuple[odata_filter.Ordered, ...]:
    text = request.args.get("$orderby", "").strip()
    order = tuple(odata_filter.parse_order(text)) if text else ()
    filtering.ordered(order)  # what cannot be ordered by is told before anything is read
    return order


def _read_token(token: str) -> uuid.UUID:
    try:
        return uuid.UUID(skiptoken.opened(token, odata.stamp())["uuid"])
    except (KeyError, ValueError):
        raise skiptoken.mistake() from None


def _rows(opened: Opened, asked: Asked) -> Iterator[Seen]:
    found = actions.rows(
        opened, asked.which, after_id=asked.after, most=asked.top, order=asked.order
    )
    return found if asked.after else itertools.islice(found, asked.skip, None)


def _document(
    opened: Opened,
    asked: Asked,
    columns: Columns,
    root: str,
    next_page: Callable[[Mapping[str, str]], str],
) -> Iterator[bytes]:
    """The row after the page is looked at, to know whether there is a next one."""
    last: Seen | None = None
    more = False
    yield b'{"value":['
    for n, one in enumerate(_rows(opened, asked)):
        if asked.top is not None and n >= asked.top:
            more = True
            break
        yield b"," * bool(n) + orjson.dumps(columns.row(table_row(one)))
        last = one
    tail: dict[str, Any] = {"@odata.context": f"{root}/$metadata#Entities"}
    if more and last is not None:
        tail["@odata.nextLink"] = next_page({"uuid": str(last.entity.entity_id)})
    if asked.counts:
        tail["@odata.count"] = actions.count(opened, asked.which)
    yield b"]," + orjson.dumps(tail)[1:]
