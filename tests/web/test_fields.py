"""Fields that nobody asked for are refused, and answers hold the fields that they always held."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.accounts.policy import Act
from service.accounts.tables import AppUser, Grant, User
from service.cli.openapi import FILE
from service.consent import actions as consent
from service.disclosure.rules import Audience
from service.facts import dictionary, scopes
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_FIELDS
from service.foundation.settings import Settings
from service.intake.tables import State, Submission
from service.releases import document
from service.review.actions import comments, records
from service.web.fields import stated_fields
from tests import entity_things
from tests.factories import Phone, a_draft, a_form, a_release, an_instance
from tests.integration.indicators.villages import Village
from tests.web.pages_world import text_of
from tests.web.people import bearer

STRANGE = ("id", "role", "project_id", "created_at", "consent", "verified", "is_admin")
"""What somebody would add to a form to gain by it."""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is refused before anything is looked up does not depend on the database."""
    (tmp_path / "samleng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/samleng.db"


@pytest.fixture
def project_id(client: FlaskClient) -> int:
    with unit_of_work() as session:
        village = Village(session)
        for _ in range(12):
            kept = scopes.bits({"store", "stats"})
            village.household({"needs": ["reh_prosthesis"]}, scopes=kept)
        return village.project_id


def described() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, address, operation) of the published description of the API."""
    for path, methods in orjson.loads(FILE.read_bytes())["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method.upper(), path, operation


JSON = "application/json"
WRITABLE = [
    (method, path)
    for method, path, told in described()
    if JSON in told.get("requestBody", {}).get("content", {})
]
NAMED = {
    "indicator_id": "I01", "kind": "persons", "form": "visit", "instance_id": "uuid:1",
    "version_id": "uuid:1", "attachment": "a.jpg", "version": "1", "release": "1",
    **dict.fromkeys(
        (
            "submission", "pair", "person", "signer", "meeting_pk", "question_pk", "promise_pk",
            "pack_pk",
            "link_pk",
        ),
        "00000000-0000-7000-8000-000000000000",
    ),
    "place": "020101", "article": "CRPD-9",
}  # fmt: skip
"""What an address names may be there or not: a strange field is refused before it is looked for."""
QUERIED = [
    (method, path)
    for method, path, told in described()
    if any(one.get("in") == "query" for one in told.get("parameters", ()))
]


def rows() -> list[object]:
    """Everything that such a field could have changed."""
    with reading() as session:
        return [
            [tuple(row) for row in session.execute(sa.select(*table.__table__.c))]
            for table in (User, Grant, AppUser)
        ]


def refused_by_name(answer: TestResponse, field: str) -> bool:
    assert answer.status_code in (400, 422), answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    return f'"{field}"' in answer.get_data(as_text=True)


def named_in(project_id: int) -> dict[str, object]:
    return {
        **NAMED,
        "file": "map.png",
        **entity_things.things(project_id),
        "project_id": project_id,
    }


def who_may(method: str, path: str) -> Role:
    """Coordinators, but for what those who fill forms send."""
    sends = path.endswith(("/sync", "/told")) or (
        method == "POST" and path.endswith("/submissions")
    )
    if path.endswith("/draft/submissions"):  # to try it, by whoever makes it
        return Role.COORDINATOR
    return Role.FIELD_WORKER if sends else Role.COORDINATOR


@pytest.mark.parametrize(("method", "path"), WRITABLE)
@pytest.mark.parametrize("field", STRANGE)
def test_s14_the_api_takes_no_field_that_its_schema_does_not_name(
    client: FlaskClient, settings: Settings, project_id: int, method: str, path: str, field: str
) -> None:
    headers = bearer(settings.secrets.jwt_key, who_may(method, path), project_id)
    before = rows()
    address = path.format_map(named_in(project_id))
    answer = client.open(address, method=method, json={field: "1"}, headers=headers)
    assert refused_by_name(answer, field)
    assert rows() == before


@pytest.mark.parametrize(("method", "path"), QUERIED)
@pytest.mark.parametrize("field", STRANGE)
def test_s14_nor_a_parameter(
    client: FlaskClient, settings: Settings, project_id: int, method: str, path: str, field: str
) -> None:
    headers = bearer(settings.secrets.jwt_key, who_may(method, path), project_id)
    address = path.format_map(named_in(project_id))
    answer = client.open(f"{address}?{field}=1", method=method, headers=headers)
    if method != "GET" or answer.status_code in (400, 422):
        assert refused_by_name(answer, field)
        return
    # Central's own clients send names that it does not know, and it takes no notice of them.
    plain = client.open(address, method=method, headers=headers)
    assert (answer.status_code, answer.data) == (plain.status_code, plain.data)


def forms_of(app: Flask) -> list[tuple[str, str]]:
    """(address, view) of every form of a page."""
    return [
        (rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and not rule.rule.startswith("/v1/")
        and not rule.rule.endswith("/submission")  # of phones that come from KoboToolbox
    ]


def test_s14_every_form_of_a_page_states_its_fields(app: Flask) -> None:
    silent = [rule for rule, endpoint in forms_of(app) if stated_fields(app, endpoint) is None]
    assert silent == [], "add @takes(…) with the names of the fields"


UNKNOWN_FIELDS = INVALID_FIELDS.en
"""What no page says but where a field is not of its form."""


def test_s14_no_form_of_a_page_takes_another_field(
    app: Flask, client: FlaskClient, settings: Settings, project_id: int
) -> None:
    headers = bearer(settings.secrets.jwt_key, Role.COORDINATOR, project_id)
    before = rows()
    for rule, endpoint in forms_of(app):
        for field in STRANGE:
            if field in (stated_fields(app, endpoint) or ()):
                continue
            address = rule.replace("<slug>", "battambang").replace("<token>", "none")
            address = re.sub("<uuid:[^>]*>", "00000000-0000-4000-8000-000000000000", address)
            address = re.sub("<[^>]*>", "1", address)
            answer = client.post(address, data={field: "1"}, headers=headers)
            assert answer.status_code == 400, f"{rule}: {field}"
            assert UNKNOWN_FIELDS in text_of(answer), f"{rule}: refused for something else"
    assert rows() == before


# --- what answers hold (S-15) -------------------------------------------------------------------
TITLE = {"title.en", "title.km"}
TABLE = TITLE | {
    "indicator", "unit", "by[]", "period.from", "period.to", "audience", "k", "as_of",
    "basis.persons", "basis.refused_stats", "basis.unknown", "note.en", "note.km", "counts",
    "cells[].province", "cells[].n", "cells[].d", "cells[].hidden",
}  # fmt: skip
COVERAGE = {"coverage.of", "coverage.reached"}
TOTALS = {"totals[].n", "totals[].d", "totals[].hidden"}
CATALOGUE = {
    "[].id", "[].title.en", "[].title.km", "[].unit", "[].pillar", "[].frameworks[]",
    "[].needs.en", "[].needs.km",
    *(f"[].breakdowns.{audience}[]{each}" for audience in ("public", "partner")
      for each in ("", "[]")),
}  # fmt: skip
PERSON = {
    "id", "type", "displayName", "email", "language", "createdAt", "updatedAt", "deletedAt",
}  # fmt: skip
PAGE = {"cursor", "more"}
FACT = {
    *("instance_id", "version_id", "happened_on", "month", "adm1", "adm2", "adm3", "adm4"),
    *("stats", "stats_until", "scopes_until", "standing"),
    *(dictionary.COLUMNS["persons"].keys() - {"household_key", "impairments"}),
    "impairments[]",
}
WITHDRAWAL = {
    "id", "asked_at", "channel", "reason", "status", "scopes[]", "instances", "counted[]",
    "acts[]", "first_received_on", "dates",
}  # fmt: skip
PROJECT = {
    "id", "name", "description", "archived", "keyId", "createdAt", "updatedAt", "deletedAt",
}  # fmt: skip
FORM = {
    "projectId", "xmlFormId", "state", "name", "version", "hash", "enketoId", "keyId", "createdAt",
    "updatedAt", "publishedAt", "enketoOnceId", "webformsEnabled",
}  # fmt: skip
FORM_FILE = {
    "name", "type", "hash", "exists", "blobExists", "datasetExists", "size", "updatedAt",
}  # fmt: skip
APP_USER = {
    "id", "projectId", "type", "displayName", "token", "createdAt", "updatedAt", "deletedAt",
}  # fmt: skip
ACTOR = {"id", "type", "displayName", "createdAt", "updatedAt", "deletedAt"}
OF_VERSION = {
    "instanceId", "instanceName", "submitterId", "deviceId", "userAgent", "createdAt",
}  # fmt: skip
VERSION = OF_VERSION | {"formVersion", "current"}
RECORD = OF_VERSION | {"reviewState", "updatedAt", "deletedAt"} | {
    f"currentVersion.{name}" for name in VERSION
}  # fmt: skip
AUDIT = {"actorId", "action", "acteeId", "notes", "loggedAt"}
COMMENT = {"body", "actorId", "createdAt"}
FORMS = "/v1/projects/{project_id}/forms"
ONE_RECORD = f"{FORMS}/{{form}}/submissions/{{instance_id}}"
DATASET = {
    "name", "projectId", "createdAt", "approvalRequired", "ownerOnly", "telling", "properties[]",
    "linkedForms[]", "sourceForms[]",
}  # fmt: skip
OF_ENTITY = {"uuid", "creatorId", "createdAt", "updatedAt", "deletedAt", "conflict"}
ENTITY_VERSION = {
    "current", "version", "createdAt", "creatorId", "userAgent", "baseVersion", "branchId",
    "trunkVersion", "branchBaseVersion", "conflictingProperties", "label",
}  # fmt: skip
ENTITY = OF_ENTITY | {f"currentVersion.{one}" for one in ENTITY_VERSION}
ODATA_ROW = {"__id", "label"} | {
    f"__system.{one}"
    for one in (
        "createdAt", "creatorId", "creatorName", "updates", "updatedAt", "deletedAt", "version",
        "conflict",
    )
}  # fmt: skip
NO_JSON = {""}
READS_LISTS = (Role.COORDINATOR, Role.REVIEWER)
FIGURES = (Role.COORDINATOR, Role.REVIEWER, Role.ADVOCATE, Role.ANALYST)
EVERYBODY = [*FIGURES, Role.FIELD_WORKER, Role.ADMIN]
SYNC_FORMS = {"changes[].type"} | {
    f"changes[].forms[].{one}" for one in ("form_id", "version", "title", "hash", "download_url")
}
"""Of items nobody is told whom they do not belong to."""
NOTHING_THERE: set[str] = set()
"""404: of these, only one's own are there, and what is asked for is somebody else's."""


Fields = dict[tuple[Role, str], set[str]]


def each(roles: Iterable[Role], whole: set[str], area: set[str]) -> Fields:
    """Fields for these roles in the whole project, and in an area of it."""
    return {(role, at): area if at else whole for role in roles for at in ("", "02")}


ROWS = (Role.COORDINATOR, Role.REVIEWER)
A_FILE = {"a file"}
"""No JSON, or streamed: what it holds stands in tests/web/test_odata.py, test_rows_as_files.py."""
SVC = "/v1/projects/{project_id}/forms/{form_id}.svc"
DRAFT_SVC = "/v1/projects/{project_id}/forms/{form}/draft.svc"
FILES = "/v1/projects/{project_id}/forms/{form_id}/submissions"


def many(fields: set[str]) -> set[str]:
    return {f"[].{name}" for name in fields}


def alone(role: Role, fields: set[str]) -> Fields:
    """For one role, in the whole project."""
    return {(role, ""): fields}


FILLING = (Role.FIELD_WORKER, Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR)
READING = (Role.REVIEWER, Role.COORDINATOR)


def of_a_record(fields: set[str]) -> Fields:
    """The record lies in the area, and the advocate did not send it."""
    return {
        **each(READING, fields, fields),
        (Role.ADVOCATE, ""): NOTHING_THERE,
        (Role.ADVOCATE, "02"): NOTHING_THERE,
    }


def of_phones(fields: set[str]) -> Fields:
    return {**alone(Role.COORDINATOR, fields), **alone(Role.ADMIN, fields)}


def of_people(fields: set[str]) -> Fields:
    return {**each([Role.COORDINATOR], fields, fields), **alone(Role.ADMIN, fields)}


A_ROLE = {"id", "name", "system", "createdAt", "updatedAt", "verbs[]"}
HELD_ROLE = {"[].actorId", "[].roleId", "[].areas", "[].areas[]"}


RELEASE = {
    "number", "title", "audience", "frozen_at", "corrects", "sha256", "standing", "published_at",
}  # fmt: skip
WHOLE_RELEASE = {"reason", "signature", "public_key", "tables[]"} | {
    f"method.{one}" for one in document.method(Audience.PUBLIC)
}


def of_releases(fields: set[str]) -> Fields:
    """Those who read figures, in the whole project: a release has no place."""
    return {(role, ""): fields for role in FIGURES}


LOGGING = (Role.COORDINATOR, Role.ADVOCATE, Role.ANALYST)
PARTNER = {"code", "name", "stands", "sees", "is_own", "name.en", "name.km"}
BECAME = {
    "year", "audience", "late", "promises[]",
    *(f"counts.{one}" for one in ("open", "kept", "partly", "broken", "withdrawn")),
}  # fmt: skip
FEEDBACK = {
    "place", "name.en", "name.km", *(f"{part}[].{one}" for part in ("said", "asked", "came")
                                     for one in ("en", "km")),
}  # fmt: skip


def of_dialogue(fields: set[str]) -> Fields:
    """Those who read the dialogue log, in the whole project: meetings have no place."""
    return {(role, ""): fields for role in LOGGING}


def of_lists(fields: set[str]) -> Fields:
    """Those who read lists, in the whole project: lists have no place."""
    return {(role, ""): fields for role in READS_LISTS}


CHANGE = {f"uuid:2[].{name}" for name in ("path[]", "old", "new")}
"""Of the edit, named by its instance ID."""
COPY = {
    "id", "xmlFormId", "formVersion", "instanceId", "deprecatedId", "reason", "createdAt",
    "submitterName", "attachmentsExpected", "attachmentsPresent", "setAsideAt",
}  # fmt: skip
COMPARED = {f"copy.{one}" for one in COPY} | {
    "against", "recordInstanceId", "changes[]", "maySetAside", "mayPutInPlace",
}  # fmt: skip
FORM_ASSIGNMENT = {"[].actorId", "[].roleId", "[].xmlFormId"}
AUDITS = {"next"} | {
    f"items[].{one}" for one in ("id", "at", "actorId", "actorName", "action", "subject", "details")
}
FIELD = {"path", "name", "type", "binary", "selectMultiple"}
HELD_OF_RECORDS: dict[str, Fields] = {
    SVC: each(ROWS, *[{"@odata.context", "value[].name", "value[].kind", "value[].url"}] * 2),
    f"{SVC}/$metadata": each(ROWS, A_FILE, A_FILE),
    f"{SVC}/{{table}}": each(ROWS, *[{"@odata.context", "value[]"}] * 2),
    f"{SVC}/Submissions({{record}})": each(ROWS, NOTHING_THERE, NOTHING_THERE),
    f"{SVC}/Submissions({{record}})/{{inside}}": each(ROWS, NOTHING_THERE, NOTHING_THERE),
    DRAFT_SVC: alone(
        Role.COORDINATOR, {"@odata.context", "value[].name", "value[].kind", "value[].url"}
    ),
    f"{DRAFT_SVC}/$metadata": alone(Role.COORDINATOR, A_FILE),
    f"{DRAFT_SVC}/{{table}}": alone(Role.COORDINATOR, {"@odata.context", "value[]"}),
    f"{DRAFT_SVC}/Submissions({{record}})": alone(Role.COORDINATOR, NOTHING_THERE),
    f"{DRAFT_SVC}/Submissions({{record}})/{{inside}}": alone(Role.COORDINATOR, NOTHING_THERE),
    f"{FILES}.csv": each([Role.COORDINATOR], A_FILE, A_FILE),
    f"{FILES}.csv.zip": each([Role.COORDINATOR], A_FILE, A_FILE),
    **{
        f"{FILES}.{ending}": each([Role.COORDINATOR], A_FILE, A_FILE)
        for ending in ("geojson", "xlsx", "jsonl", "dta", "dta.zip", "spss.zip")
    },
    "/v1/projects": each(EVERYBODY, many(PROJECT), many(PROJECT)),
    "/v1/projects/{project_id}": each(EVERYBODY, PROJECT, PROJECT),
    "/v1/projects/{project_id}/app-users": of_phones(many(APP_USER)),
    "/v1/projects/{project_id}/audits": of_people(AUDITS),
    "/v1/projects/{project_id}/app-users/{phone_id}": of_phones(APP_USER),
    FORMS: each(FILLING, many(FORM), many(FORM)),
    f"{FORMS}/{{form}}": each(FILLING, FORM, FORM),
    f"{FORMS}/{{form}}/versions": each(FILLING, many(FORM), many(FORM)),
    f"{FORMS}/{{form}}/versions/{{version}}": each(FILLING, FORM, FORM),
    f"{FORMS}/{{form}}/versions/{{version}}/fields": each(FILLING, many(FIELD), many(FIELD)),
    f"{FORMS}/{{form}}/versions/{{version}}/attachments": each(FILLING, {"[]"}, {"[]"}),
    f"{FORMS}/{{form}}/dataset-diff": of_lists({"[]"}),
    f"{FORMS}/{{form}}/draft/dataset-diff": alone(Role.COORDINATOR, {"[]"}),
    f"{FORMS}/{{form}}/draft/fields": alone(Role.COORDINATOR, many(FIELD)),
    f"{FORMS}/{{form}}/attachments": each(FILLING, {"[]"}, {"[]"}),
    f"{FORMS}/{{form}}/fields": each(FILLING, many(FIELD), many(FIELD)),
    f"{FORMS}/{{form}}/submissions/keys": each(READING, {"[]"}, {"[]"}),
    f"{FORMS}/{{form}}/submissions/submitters": each(READING, many(ACTOR), many(ACTOR)),
    "/v1/roles": each(EVERYBODY, many(A_ROLE), many(A_ROLE)),
    "/v1/roles/{role_id}": each(EVERYBODY, A_ROLE, A_ROLE),
    "/v1/projects/{project_id}/assignments": of_people(HELD_ROLE),
    "/v1/projects/{project_id}/assignments/{role_id}": of_people({"[]"}),
    "/v1/projects/{project_id}/assignments/forms": of_phones(FORM_ASSIGNMENT),
    "/v1/projects/{project_id}/assignments/forms/{role_id}": of_phones(FORM_ASSIGNMENT),
    f"{FORMS}/{{form}}/assignments": of_phones({"[].actorId", "[].roleId"}),
    f"{FORMS}/{{form}}/assignments/{{role_id}}": of_phones(many(ACTOR)),
    f"{FORMS}/{{form}}/draft": alone(Role.COORDINATOR, FORM | {"draftToken"}),
    f"{FORMS}/{{form}}/draft/submissions": alone(Role.COORDINATOR, {"[]"}),
    f"{FORMS}/{{form}}/draft/submissions/{{instance_id}}": alone(Role.COORDINATOR, NOTHING_THERE),
    f"{FORMS}/{{form}}/draft/submissions/{{instance_id}}/attachments": alone(
        Role.COORDINATOR, NOTHING_THERE
    ),
    f"{FORMS}/{{form}}/draft/attachments": alone(Role.COORDINATOR, many(FORM_FILE)),
    f"{FORMS}/{{form}}/submissions": each(READING, many(RECORD), many(RECORD)),
    ONE_RECORD: of_a_record(RECORD),
    f"{ONE_RECORD}/versions": of_a_record(many(VERSION)),
    f"{ONE_RECORD}/versions/{{version_id}}": of_a_record(VERSION),
    f"{ONE_RECORD}/versions/{{version_id}}/attachments": of_a_record(many({"name", "exists"})),
    f"{ONE_RECORD}/audits": of_a_record(many(AUDIT | {"details"})),
    f"{ONE_RECORD}/diffs": of_a_record(CHANGE),
    f"{ONE_RECORD}/attachments": of_a_record(many({"name", "exists"})),
    f"{ONE_RECORD}/flags": of_a_record({"[]"}),
    f"{ONE_RECORD}/comments": each(READING, many(COMMENT), many(COMMENT)),
    "/v1/projects/{project_id}/copies": each(READING, many(COPY), many(COPY)),
    "/v1/projects/{project_id}/copies/{submission}": of_a_record(COMPARED),
}


TREATY = "/v1/projects/{project_id}/treaty"
LOG_OF_TREATY = {"size", "root", "signed_at", "head", "key"}
HELD: dict[str, Fields] = {
    **HELD_OF_RECORDS,
    **{
        f"/v1/projects/{{project_id}}/datasets{path}": of_lists(fields)
        for path, fields in {
            "": {
                f"[].{one}"
                for one in DATASET
                if not one.startswith(("properties", "linked", "source"))
            },
            "/{dataset}": DATASET,
            "/{dataset}/entities": {f"[].{one}" for one in ENTITY},
            "/{dataset}/entities/creators": many(ACTOR),
            "/{dataset}/entities/{entity_id}": ENTITY,
            "/{dataset}/entities/{entity_id}/versions": many(ENTITY_VERSION),
            "/{dataset}/entities/{entity_id}/diffs": {"[]"},
            "/{dataset}/entities/{entity_id}/audits": many(AUDIT | {"details"}),
            "/{dataset}/entities/{entity_id}/conflicts": {"[]"},
            "/{dataset}/entities/{entity_id}/geojson": {"type", "features[]"},
            "/{dataset}/entities.csv": NO_JSON,
            "/{dataset}/entities.geojson": {"type", "features[]"},
            "/{dataset}.svc": {"@odata.context", "value[].name", "value[].kind", "value[].url"},
            "/{dataset}.svc/$metadata": NO_JSON,
            "/{dataset}.svc/Entities": {"@odata.context"} | {f"value[].{one}" for one in ODATA_ROW},
        }.items()
    },
    "/v1/users/current": each(EVERYBODY, PERSON, PERSON),
    "/v1/projects/{project_id}/facts/{kind}": each(
        [Role.COORDINATOR, Role.REVIEWER],
        PAGE | {f"items[].{one}" for one in FACT},
        PAGE | {f"items[].{one}" for one in FACT},
    ),
    "/v1/projects/{project_id}/indicators": each(FIGURES, CATALOGUE, CATALOGUE),
    "/v1/projects/{project_id}/indicators/{indicator_id}": each(
        FIGURES, TABLE | TOTALS | COVERAGE, TABLE | {"areas[]", "totals[]"}
    ),
    "/v1/projects/{project_id}/releases": of_releases(PAGE | {f"items[].{one}" for one in RELEASE}),
    "/v1/projects/{project_id}/releases/{release}": of_releases(RELEASE | WHOLE_RELEASE),
    # Nothing was made here (tests/web/test_products.py).
    "/v1/projects/{project_id}/products": {(Role.COORDINATOR, ""): {"items[]", "cursor", "more"}},
    "/v1/projects/{project_id}/products/recommendations": {(Role.COORDINATOR, ""): {"items[]"}},
    # Nobody met anybody here (tests/web/test_dialogue.py).
    **{
        f"/v1/projects/{{project_id}}/dialogue/{rest}": of_dialogue(fields)
        for rest, fields in {
            "partners": {f"items[].{one}" for one in PARTNER - {"name"}},
            "meetings": {"items[]", "cursor", "more"},
            "meetings/{meeting_pk}": NOTHING_THERE,
            "promises": {"items[]"},
            "links": {"items[]"},
            "became": BECAME,
        }.items()
    },
    "/v1/projects/{project_id}/dialogue/feedback/{place}": each(
        [*FIGURES, Role.FIELD_WORKER], FEEDBACK, FEEDBACK
    ),
    "/v1/projects/{project_id}/persons/pairs": each(
        [Role.COORDINATOR], {"items[]", "cursor"}, {"items[]", "cursor"}
    ),
    **{
        f"/v1/projects/{{project_id}}/persons/{rest}": each(
            [Role.COORDINATOR], NOTHING_THERE, NOTHING_THERE
        )
        for rest in ("pairs/{pair}", "{person}")
    },
    # Public; nobody has signed here (tests/web/test_treaty.py).
    f"{TREATY}/tally": each(EVERYBODY, NOTHING_THERE, NOTHING_THERE),
    f"{TREATY}/log": each(EVERYBODY, LOG_OF_TREATY, LOG_OF_TREATY),
    f"{TREATY}/receipts/{{code}}": each(EVERYBODY, *[{"included", "proof[]"}] * 2),
    f"{TREATY}/sheets": alone(Role.COORDINATOR, {"items[]"}),
    "/v1/projects/{project_id}/testimonies": each(
        [Role.COORDINATOR], {"items[]", "cursor"}, {"items[]", "cursor"}
    ),
    "/v1/projects/{project_id}/counting": each(
        FIGURES, {"counting", "changed_at"}, {"counting", "changed_at"}
    ),
    "/v1/projects/{project_id}/withdrawals": {
        **each([Role.ADVOCATE], PAGE | {"items[]"}, PAGE | {"items[]"}),
        **each(
            [Role.COORDINATOR], PAGE | {f"items[].{one}" for one in WITHDRAWAL}, PAGE | {"items[]"}
        ),
    },
    "/v1/projects/{project_id}/withdrawals/{withdrawal_id}": {
        **each([Role.ADVOCATE], NOTHING_THERE, NOTHING_THERE),
        **each([Role.COORDINATOR], WITHDRAWAL, NOTHING_THERE),
    },
    "/v1/projects/{project_id}/sync": each(
        [Role.FIELD_WORKER, Role.ADVOCATE],
        {"cursor", "more"} | SYNC_FORMS,
        {"cursor", "more"} | SYNC_FORMS,
    ),
    "/v1/projects/{project_id}/sync/{item_id}/attachments/{name}": each(
        [Role.FIELD_WORKER, Role.ADVOCATE], NOTHING_THERE, NOTHING_THERE
    ),
}
"""Address of the API to the fields that each role gets, and where the role is bound to an area.
Whoever is not named gets nothing."""


def fields_of(value: Any, at: str = "") -> set[str]:
    """Paths of everything in a JSON value: "cells[].n"; "cells[]" where there is none."""
    if isinstance(value, list):
        return set().union(*(fields_of(one, f"{at}[]") for one in value)) or {f"{at}[]"}
    if isinstance(value, dict) and not at.endswith(".details"):  # codes, by the act of an entry
        inner = [fields_of(one, f"{at}.{name}" if at else name) for name, one in value.items()]
        return set().union(*inner) if inner else set()
    return {at}


def test_s15_every_address_that_answers_with_json_is_in_the_snapshot() -> None:
    answering = {
        path
        for method, path, told in described()
        if method == "GET"
        and any(JSON in one.get("content", {}) for one in told["responses"].values())
    }
    tables = {
        path
        for method, path, _ in described()
        if method == "GET" and (_is_pulled(path) or "/datasets" in path)
    }
    assert answering | tables == set(HELD), "write down which fields each role gets"


def _is_pulled(path: str) -> bool:
    """Whether it is streamed by hand, and so has no schema."""
    return path.startswith((SVC, DRAFT_SVC, f"{FILES}."))


def test_s15_each_role_gets_the_fields_written_down_and_no_other(
    app: Flask, client: FlaskClient, settings: Settings, project_id: int
) -> None:
    blobs = app.extensions["samleng.blobs"]
    asked = consent.ask_by_code(project_id, "BTB-7731", network="n", blobs=blobs)
    named = {
        **a_record_to_read(app, client, project_id),
        "project_id": project_id, "indicator_id": "I01", "kind": "persons",
        "withdrawal_id": asked.id,
    }  # fmt: skip
    named |= {"form_id": "visit", "table": "Submissions", "inside": "member"}
    named |= entity_things.things(project_id) | {"record": "'x'"}
    named |= {"item_id": "uuid:nobody", "name": "a.jpg"}
    with unit_of_work() as session:
        named["release"] = a_release(session, project_id)
    named |= {"meeting_pk": NAMED["meeting_pk"], "place": NAMED["place"]}
    named |= {"pair": NAMED["pair"], "person": NAMED["person"], "code": "7K3M-9QRT-04XW-JB8E"}
    for path, expected in HELD.items():
        for role, area in itertools.product(EVERYBODY, ("", "02")):
            if role is Role.ADMIN and area:
                continue
            place = 0 if role is Role.ADMIN else project_id
            headers = bearer(settings.secrets.jwt_key, role, place, area)
            answer = client.get(f"{path.format(**named)}{_by(path)}", headers=headers)
            fields = expected.get((role, area))
            status = 403 if fields is None else 200 if fields else 404
            assert answer.status_code == status, (path, role, area)
            if fields and fields is not A_FILE:
                assert fields_of(answer.json) == fields, (path, role, area)


def a_record_to_read(app: Flask, client: FlaskClient, project_id: int) -> dict[str, object]:
    """A record in the area with an edit, a file and a comment, of a form that has a draft."""
    with unit_of_work() as session:
        a_form(session, project_id, "told")
        made = accounts.create_app_user(session, SYSTEM, project_id, "ទូរសព្ទ", None)
    a_draft(app.extensions["samleng.blobs"], project_id, "told")
    phone = Phone(client=client, project_id=project_id, token=made.token, id=made.id)
    assert phone.send(an_instance("uuid:1", form_id="told", photo="a.jpg")).status_code == 201
    edit = an_instance("uuid:2", form_id="told", photo="a.jpg", deprecated_id="uuid:1")
    assert phone.send(edit).status_code == 201
    other = an_instance("uuid:1", form_id="told", village="other")
    assert phone.send(other).status_code == 202
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(place="020101"))
        waits = sa.select(Submission.submission_pk).where(Submission.state == State.QUEUED)
        copy = session.scalars(waits).one()
        named = (project_id, "told", "uuid:1")
        record = records.get_record(session, SYSTEM, Act.REVIEW_COMMENT, *named)
        comments.add_comment(session, SYSTEM, project_id, record, "ល្អ")
    return {
        "form": "told", "instance_id": "uuid:1", "version_id": "uuid:1", "role_id": "2",
        "phone_id": made.id, "version": "1", "submission": copy,
    }  # fmt: skip


def _by(path: str) -> str:
    if path.endswith("/became"):
        return "?year=2026"
    return "?by=province" if "indicator_id" in path else ""


def test_s15_a_session_tells_its_token_and_its_times() -> None:
    schema = orjson.loads(FILE.read_bytes())["components"]["schemas"]["Session"]["properties"]
    told = {name for name, one in schema.items() if not one.get("writeOnly")}
    assert told == {"token", "csrf", "createdAt", "expiresAt", "refresh_token"}
