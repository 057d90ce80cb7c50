"""`/v1/projects/{pid}/releases`: frozen, citable sets of tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import pdf
from service.foundation.formats.xlsx_stream import WORKBOOK
from service.foundation.sealing import Signer
from service.releases import actions, document, hxl
from service.releases.actions import Wanted
from service.releases.document import Signed
from service.releases.queries import Told
from service.releases.standing import Standing
from service.web import identify
from service.web.api.paging import page_of
from service.web.api.schemas.releases import (
    PageQuery,
    PaperQuery,
    ReleaseSchema,
    ReleasesSchema,
    ReleaseToldSchema,
    ReleaseWantedSchema,
    WordSchema,
)
from service.web.asking import settings
from service.web.identify import allows
from service.web.pages import release_paper

blp = Blueprint("releases", __name__, description="Frozen, signed sets of tables to cite")
AT = "/v1/projects/<int:project_id>/releases"


@blp.route(AT, methods=["POST"])
@allows(Act.RELEASE_FREEZE)
@blp.arguments(ReleaseWantedSchema, error_status_code=400)
@blp.response(201, ReleaseSchema)
def freeze(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Freeze tables as they are now, each consistent with everything released before. A second
    coordinator publishes it; until then coordinators alone see it."""
    wanted = Wanted(
        title=given["title"],
        audience=Audience(given["audience"]),
        tables=tuple((one["indicator"], tuple(one["by"])) for one in given["tables"]),
        corrects=given["corrects"],
        reason=given["reason"],
    )
    signer = Signer(settings().secrets.audit_key)
    with unit_of_work() as session:
        return _whole(*actions.freeze(session, identify.actor(), project_id, wanted, signer))


@blp.route(AT, methods=["GET"])
@allows(Act.RELEASE_READ)
@blp.arguments(PageQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, ReleasesSchema)
def list_releases(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """The newest first, without their tables."""
    limit = query["limit"]
    with reading() as session:
        found = actions.list_releases(
            session, identify.actor(), project_id, query["cursor"], limit + 1
        )
    return page_of(found, limit, lambda one: one.number, _told)


@blp.route(f"{AT}/<int:release>", methods=["GET"])
@allows(Act.RELEASE_READ)
@blp.response(200, ReleaseSchema)
def get(project_id: int, release: int) -> dict[str, Any]:
    """The whole release, as it was frozen."""
    with reading() as session:
        return _whole(*actions.get(session, identify.actor(), project_id, release))


@blp.route(f"{AT}/<int:release>.csv", methods=["GET"])
@allows(Act.RELEASE_READ)
def as_csv(project_id: int, release: int) -> Response:
    """All its tables as one file, with HXL tags in the second line; hidden cells are empty."""
    with reading() as session:
        _, signed = actions.get(session, identify.actor(), project_id, release)
    return Response(hxl.write(document.whole(signed)), content_type="text/csv; charset=utf-8")


@blp.route(f"{AT}/<int:release>.xlsx", methods=["GET"])
@allows(Act.RELEASE_READ)
def as_workbook(project_id: int, release: int) -> Response:
    """The same numbers as a workbook, after a sheet of what the release says of itself."""
    with reading() as session:
        _, signed = actions.get(session, identify.actor(), project_id, release)
    return Response(b"".join(hxl.workbook(document.whole(signed))), content_type=WORKBOOK)


@blp.route(f"{AT}/<int:release>.pdf", methods=["GET"])
@allows(Act.RELEASE_READ)
@blp.arguments(PaperQuery, location="query", unknown=ma.RAISE, error_status_code=400)
def as_paper(query: dict[str, Any], project_id: int, release: int) -> Response:
    """All its tables on paper, in English or Khmer."""
    with reading() as session:
        _, signed = actions.get(session, identify.actor(), project_id, release)
        project = accounts.find_project(session, project_id)
    name = project.name if project else ""
    body = release_paper.make(document.whole(signed), query["language"], name)
    return Response(body, content_type=pdf.PDF)


@blp.route(f"{AT}/<int:release>/word", methods=["POST"])
@allows(Act.RELEASE_PUBLISH)
@blp.arguments(WordSchema, error_status_code=400)
@blp.response(200, ReleaseToldSchema)
def decide(given: dict[str, Any], project_id: int, release: int) -> dict[str, Any]:
    """Publish a frozen release (somebody else than who froze it), or drop it."""
    with unit_of_work() as session:
        actor, said = identify.actor(), Standing(given["said"])
        return _told(actions.decide(session, actor, project_id, release, said))


def _whole(told: Told, signed: Signed) -> dict[str, Any]:
    return document.whole(signed) | _told(told)


def _told(told: Told) -> dict[str, Any]:
    is_out = told.standing is Standing.PUBLISHED and told.said_at is not None
    return {
        "number": told.number,
        "title": told.title,
        "audience": told.audience.value,
        "frozen_at": _moment(told.frozen_at),
        "corrects": told.corrects,
        "sha256": told.sha256,
        "standing": told.standing.value,
        "published_at": _moment(told.said_at) if is_out and told.said_at else None,
    }


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
