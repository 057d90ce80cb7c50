"""`/v1/projects/{pid}/persons/…`: who may be one person, who is, and the search by name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.persons.queries.visits import Visit
from service.review.actions import persons
from service.review.actions.persons import FileTold, PairTold
from service.web import identify
from service.web.api.paging import page_of
from service.web.api.schemas.persons import (
    NamesQuery,
    PairsQuery,
    PersonDecidedSchema,
    PersonDecisionSchema,
    PersonFileSchema,
    PersonPairSchema,
    PersonPairsSchema,
    PersonsBesideSchema,
    PersonSearchedSchema,
    PersonSearchSchema,
    Which,
)
from service.web.identify import allows

blp = Blueprint("persons", __name__, description="One person, several visits")
AT = "/v1/projects/<int:project_id>/persons"
PAIR = f"{AT}/pairs/<uuid:pair>"
Names = Mapping[uuid.UUID, str | None]
NOBODY: Names = {}


@blp.route(f"{AT}/search", methods=["POST"])
@allows(Act.PERSON_SEARCH)
@blp.arguments(PersonSearchSchema, error_status_code=400)
@blp.response(200, PersonSearchedSchema)
def search(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Look for somebody by name, however it is spelled, where the caller may see who people are.
    What is typed is kept nowhere; that somebody searched is an entry of the audit log."""
    purpose = persons.purpose_of(given["purpose"])
    with unit_of_work() as session:
        found = persons.search(
            session, identify.actor(), project_id, given["name"], given["place"], purpose
        )
    items = [
        {**vars(one.visit), "name": one.name, "likeness": round(one.likeness, 3)}
        for one in found.hits
    ]
    return {"items": items, "more": found.is_cut}


@blp.route(f"{AT}/pairs", methods=["GET"])
@allows(Act.PERSON_PAIRS)
@blp.arguments(PairsQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, PersonPairsSchema)
def list_pairs(query: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Visits that may be of one person, the likeliest first, with the reasons; no names."""
    limit = query["limit"]
    with reading() as session:
        found = persons.list_open(
            session,
            identify.actor(),
            project_id,
            unsure=query["state"] is Which.UNSURE,
            after=_read(query["cursor"]),
            limit=limit + 1,
        )
    return page_of(found, limit, persons.end_of, _told)


@blp.route(f"{AT}/pairs", methods=["POST"])
@allows(Act.PERSON_DECIDE)
@blp.arguments(PersonsBesideSchema, error_status_code=400)
@blp.response(200, PersonPairSchema)
def put_together(given: dict[str, Any], project_id: int) -> dict[str, Any]:
    """Two visits that comparing did not find, with the reason. It makes a pair, or answers the one
    that there is; whether they are one person is decided on that, by two people."""
    actor = identify.actor()
    with unit_of_work() as session:
        pair = persons.put_together(
            session, actor, project_id, given["first"], given["second"], given["reason"]
        )
        return _told(persons.get_pair(session, actor, project_id, pair))


@blp.route(PAIR, methods=["GET"])
@allows(Act.PERSON_PAIRS)
@blp.arguments(NamesQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, PersonPairSchema)
def show_pair(query: dict[str, Any], project_id: int, pair: uuid.UUID) -> dict[str, Any]:
    """Two of them side by side. With a `purpose` also their names, for who may see them and as far
    as the people allow it; each record is then an entry of the audit log."""
    with _session(query["purpose"]) as session:
        told = persons.get_pair(session, identify.actor(), project_id, pair)
        names = _names(session, project_id, (told.first, told.second), query["purpose"])
    return _told(told, names)


@blp.route(f"{PAIR}/decision", methods=["POST"])
@allows(Act.PERSON_DECIDE)
@blp.arguments(PersonDecisionSchema, error_status_code=400)
@blp.response(200, PersonDecidedSchema)
def decide(given: dict[str, Any], project_id: int, pair: uuid.UUID) -> dict[str, Any]:
    """Say that they are the same (which a second person has to say too), different, or that one
    cannot tell; or take a join apart, after whatever time: both sides are then as they would be
    without it. 409.43 where the pair is not what was `seen`."""
    with unit_of_work() as session:
        done = persons.decide(
            session, identify.actor(), project_id, pair, given["verdict"], given["seen"]
        )
    return {"done": done, "verdict": given["verdict"] if done else None}


@blp.route(f"{AT}/<uuid:person>", methods=["GET"])
@allows(Act.PERSON_PAIRS)
@blp.arguments(NamesQuery, location="query", unknown=ma.RAISE, error_status_code=400)
@blp.response(200, PersonFileSchema)
def show_file(query: dict[str, Any], project_id: int, person: uuid.UUID) -> dict[str, Any]:
    """The file of a person, by the id of any of its visits: all visits that were joined, and what
    was said of them. Names as above."""
    with _session(query["purpose"]) as session:
        file = persons.get_file(session, identify.actor(), project_id, person)
        names = _names(session, project_id, file.visits, query["purpose"])
    return _file(file, names)


def _session(purpose: str | None) -> Any:
    """Whoever sees names leaves an entry, in the same transaction."""
    return reading() if purpose is None else unit_of_work()


def _names(session: Any, project_id: int, visits: Any, purpose: str | None) -> Names:
    if purpose is None:
        return NOBODY
    wanted = persons.purpose_of(purpose)
    found = persons.open_names(session, identify.actor(), project_id, visits, wanted)
    return {key: one.name for key, one in found.items()}


def _visit(one: Visit, names: Names) -> dict[str, Any]:
    return {**vars(one), "name": names.get(one.mention_pk)}


def _told(told: PairTold, names: Names = NOBODY) -> dict[str, Any]:
    pair = told.pair
    return {
        "id": pair.pair_pk,
        "score": pair.score / 1000,
        "level": told.level,
        "reasons": pair.reasons,
        "found_at": pair.found_at,
        "verdict": pair.verdict,
        "proposed_by": told.waiting.proposed_by if told.waiting else None,
        "seen": told.seen,
        "first": _visit(told.first, names),
        "second": _visit(told.second, names),
    }


def _file(file: FileTold, names: Names) -> dict[str, Any]:
    return {
        "id": file.file_pk,
        "visits": [_visit(one, names) for one in file.visits],
        "joins": [
            {
                "id": one.pair.pair_pk,
                "first": one.pair.first_pk,
                "second": one.pair.second_pk,
                "seen": one.seen,
            }
            for one in file.joins
        ],
        "contradictions": [one.pair_pk for one in file.contradictions],
        "open_pairs": [one.pair_pk for one in file.open_pairs],
        "log": [{**vars(one), "pair": one.pair_pk} for one in file.words],
    }


def _read(cursor: str | None) -> tuple[int, uuid.UUID] | None:
    if cursor is None:
        return None
    try:
        return persons.read_end(cursor)
    except ValueError:
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        ) from None
