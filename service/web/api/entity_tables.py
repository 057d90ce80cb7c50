"""Entity lists as tables: CSV, GeoJSON, and a small OData 4 (openrosa §6.2–6.4)."""

from __future__ import annotations

import base64
import itertools
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import quoteattr

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.entities import actions, snapshot
from service.entities.actions import Opened, Seen
from service.foundation.problems import INVALID_PARAMETER, NOT_IMPLEMENTED, Problem
from service.web import asking, identify
from service.web.api import conditional
from service.web.api.datasets import BASE
from service.web.api.entities import state_of
from service.web.api.entity_shapes import odata_name, table_row
from service.web.identify import allows

blp = Blueprint("entity_tables", __name__, description="Entities as tables")
SERVICE = f"{BASE}/<dataset>.svc"
SUPPORTED = frozenset({"$top", "$skip", "$count", "$skiptoken", "$select", "$format"})
_TRUE = ("true", "True", "1")


def _open(project_id: int, dataset: str) -> Opened:
    return actions.open_list(identify.actor(), project_id, dataset)


@blp.route(f"{BASE}/<dataset>/entities.csv", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def as_csv(project_id: int, dataset: str) -> Response:
    """All entities of a list as CSV, newest first."""
    opened = _open(project_id, dataset)
    rows = (table_row(one, for_csv=True) for one in actions.rows(opened))
    response = conditional.by_state(
        state_of(opened, "csv"),
        lambda: snapshot.for_people(rows, opened.told.names),
        "text/csv; charset=utf-8",
    )
    name = f"{opened.ref.name}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blp.route(f"{BASE}/<dataset>/entities.geojson", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def as_geojson(project_id: int, dataset: str) -> Response:
    """Entities that have a property `geometry` as a GeoJSON FeatureCollection."""
    opened = _open(project_id, dataset)

    def body() -> Iterator[bytes]:
        yield b'{"type":"FeatureCollection","features":'
        found = (
            snapshot.feature(table_row(one), opened.told.names) for one in actions.rows(opened)
        )
        yield from conditional.array(one for one in found if one is not None)
        yield b"}"

    return conditional.by_state(state_of(opened, "geojson"), body, "application/geo+json")


# --- OData ----------------------------------------------------------------------------------------
@blp.route(SERVICE, methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def service(project_id: int, dataset: str) -> Response:
    """The OData service of a list: one table, Entities."""
    opened = actions.open_list(identify.actor(), project_id, dataset, wants_names=False)
    said = {
        "@odata.context": f"{_root(opened)}/$metadata",
        "value": [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}],
    }
    return _odata(conditional.answer(said))


@blp.route(f"{SERVICE}/$metadata", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def metadata(project_id: int, dataset: str) -> Response:
    """What the table holds. All properties are texts."""
    opened = actions.open_list(identify.actor(), project_id, dataset, wants_names=False)
    body = _metadata(opened).encode()
    return _odata(
        conditional.by_state(
            state_of(opened, "metadata"), lambda: [body], "application/xml; charset=utf-8"
        )
    )


@blp.route(f"{SERVICE}/Entities", methods=["GET"])
@allows(Act.LIST_READ)
@blp.response(200)
def table(project_id: int, dataset: str) -> Response:
    """Rows of a list, newest first: `$top`, `$skip`, `$count`, `$skiptoken`, `$select`."""
    opened, paging = _open(project_id, dataset), _paging()
    root, asked = _root(opened), list(request.args.items(multi=True))
    return _odata(
        conditional.by_state(
            state_of(opened, "odata", sorted(asked)),
            lambda: _document(opened, paging, root, asked),
            conditional.JSON,
        )
    )


@dataclass(frozen=True, kw_only=True)
class Paging:
    top: int | None
    skip: int
    counts: bool
    after: uuid.UUID | None
    """The id of the entity after which the page begins; wins over `skip`."""
    select: frozenset[str] | None


def _paging() -> Paging:
    strange = sorted(name for name in request.args if name[:1] == "$" and name not in SUPPORTED)
    if strange:
        raise Problem(NOT_IMPLEMENTED, what=f"{strange[0]} on entities")
    chosen = request.args.get("$select", "*")
    token = request.args.get("$skiptoken")
    return Paging(
        top=_number("$top"),
        skip=_number("$skip") or 0,
        counts=request.args.get("$count") in _TRUE,
        after=None if token is None else _read_token(token),
        select=None if chosen == "*" else frozenset(one.strip() for one in chosen.split(",")),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Problem(INVALID_PARAMETER, name=name, reason="a whole number, 0 or more")
    return int(text)


def _read_token(token: str) -> uuid.UUID:
    """`01` and base64 of {"uuid"}, as Central's."""
    try:
        said = orjson.loads(base64.b64decode(token[2:], validate=True))
        found = uuid.UUID(said["uuid"])
    except (ValueError, KeyError, TypeError, AttributeError):
        found = None
    if not token.startswith("01") or found is None:
        raise Problem(INVALID_PARAMETER, name="$skiptoken", reason="one of @odata.nextLink")
    return found


Asked = list[tuple[str, str]]


def _document(opened: Opened, paging: Paging, root: str, asked: Asked) -> Iterator[bytes]:
    """The row after the page is looked at, to know whether there is a next one."""
    found: Iterable[Seen] = actions.rows(opened, after_id=paging.after)
    if paging.skip and paging.after is None:
        found = itertools.islice(found, paging.skip, None)
    last: Seen | None = None
    more = False
    yield b'{"value":['
    for n, one in enumerate(found):
        if paging.top is not None and n >= paging.top:
            more = True
            break
        yield b"," * bool(n) + orjson.dumps(_row(opened, one, paging.select))
        last = one
    tail: dict[str, Any] = {"@odata.context": f"{root}/$metadata#Entities"}
    if more and last is not None:
        tail["@odata.nextLink"] = _next(root, asked, last)
    if paging.counts:
        tail["@odata.count"] = actions.count(opened)
    yield b"]," + orjson.dumps(tail)[1:]


def _row(opened: Opened, seen: Seen, select: frozenset[str] | None) -> dict[str, Any]:
    row = table_row(seen)
    full: dict[str, Any] = {"__id": row.entity_id, "label": row.label, "__system": dict(row.system)}
    full |= {odata_name(name): row.value(name) for name in opened.told.names}
    if select is None:
        return full
    kept = {name: value for name, value in full.items() if name in select}
    inner = {one.removeprefix("__system/") for one in select if one.startswith("__system/")}
    if inner and "__system" not in kept:
        kept["__system"] = {name: row.system[name] for name in inner if name in row.system}
    return kept


def _next(root: str, asked: Asked, last: Seen) -> str:
    said = orjson.dumps({"uuid": str(last.entity.entity_id)})
    token = f"01{base64.b64encode(said).decode()}"
    kept = [(name, value) for name, value in asked if name not in ("$skip", "$skiptoken")]
    return f"{root}/Entities?{urlencode([*kept, ('$skiptoken', token)])}"


def _root(opened: Opened) -> str:
    project = f"{asking.settings().public_url}/v1/projects/{opened.ref.project_id}"
    return f"{project}/datasets/{quote(opened.ref.name)}.svc"


def _odata(response: Response) -> Response:
    response.headers["OData-Version"] = "4.0"
    return response


_SYSTEM = (
    ("createdAt", "Edm.DateTimeOffset"), ("creatorId", "Edm.String"),
    ("creatorName", "Edm.String"), ("updates", "Edm.Int64"), ("updatedAt", "Edm.DateTimeOffset"),
    ("deletedAt", "Edm.DateTimeOffset"), ("version", "Edm.Int64"), ("conflict", "Edm.String"),
)  # fmt: skip


_EDM = "http://docs.oasis-open.org/odata/ns/edm"


def _metadata(opened: Opened) -> str:
    space = f"org.opendatakit.user.{opened.ref.name}"
    own = "".join(
        f'<Property Name={quoteattr(odata_name(name))} Type="Edm.String"/>'
        for name in opened.told.names
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
        f"<EntityContainer Name={quoteattr(opened.ref.name)}>"
        f'<EntitySet Name="Entities" EntityType={quoteattr(space + ".Entities")}/>'
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )
