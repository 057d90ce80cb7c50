"""After a withdrawal: every address, as every caller, without a trace of what was taken back."""

from __future__ import annotations

import gzip
import html
import io
import zipfile
from urllib.parse import quote

import sqlalchemy as sa

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Scope
from service.foundation.db import unit_of_work
from service.intake.tables import Submission
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.test_authorisation import ROUTES, Caller, World, database_url, world

__all__ = ["database_url", "world"]  # fixtures: one of everything, and everybody who may knock

CODE = "4TZC-8WQH-2KDN"
INSTANCE_ID = "uuid:5b0c2f5e-residue-4c1d-9d52-7d6f3a1e0b11"
EVERYTHING = [Scope.EXPORTS, Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY]
ANSWERS = {
    "name": "ស្រីមុំ Residuename", "phone": "012555777", "village": "ភូមិ Residuevillage",
    "need_text": "Residueneed", "wish": "Residuewish", "place": "Residueplace", "hh": "RESIDUEHH",
    "photo": "residue-photo.jpg", "witness": "Residuewitness",
}  # fmt: skip
KEY = f"{FORM_ID}[@version=null and @uiVersion=null]/data[@key={INSTANCE_ID}]"
QUERIES = {
    "submissionList": f"?formId={FORM_ID}&numEntries=9",
    "downloadSubmission": f"?formId={quote(KEY)}",
}
WORDS = [INSTANCE_ID, CODE, CODE.replace("-", ""), *ANSWERS.values()]


def _all_of(data: bytes) -> str:
    """What can be read in it: of an archive or a workbook, the names and contents of its files."""
    if data.startswith(b"\x1f\x8b"):
        return _all_of(gzip.decompress(data))
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(
                f"{name}\n{_all_of(archive.read(name))}" for name in archive.namelist()
            )
    return html.unescape(data.decode("utf-8", "replace"))


def _read_by_all(world: World, values: dict[str, object]) -> dict[str, set[str]]:
    """{route: what of the record somebody was shown there}."""
    found: dict[str, set[str]] = {}
    for route in sorted(ROUTES):
        method, _, rule = route.partition(" ")
        if method != "GET":
            continue
        here, callers = {**values, "form": FORM_ID, "form_id": FORM_ID}, world.callers
        if "/draft" in rule:  # holds what its own makers try, and a new one is made for each asking
            here = {**values, "record": world.own["record"]}
            callers = [one for one in callers if one.role in ("coordinator", "script")]
        query = QUERIES.get(rule.rpartition("/")[2], "")
        asked = [(caller, query) for caller in callers]
        if _is_of_records(rule):
            asked.append((world.callers[-1], f"{query}{'&' if query else '?'}purpose=work"))
        for caller, more in asked:
            answer = world.ask(method, rule + more, here, caller)
            told_there = _all_of(answer.get_data()) + str(answer.headers)
            found.setdefault(route, set()).update(word for word in WORDS if word in told_there)
            key = str(values["submission"])
            if f"submissions/{key}" in told_there and "/submissions/<" not in rule:
                found[route].add("its address")
    return {route: words for route, words in found.items() if words}


def _is_of_records(rule: str) -> bool:
    """Whether it hands out what records say, to programs."""
    ways = ("/submissions/<name:instance_id>", "/submissions.", "<name:form_id>.svc/", "/view/")
    return rule.startswith("/v1/") and "/draft" not in rule and any(way in rule for way in ways)


def _is_of_answers(route: str) -> bool:
    """Whether names are to be seen there by whoever may see them. The form asks for no place and
    has no repeat."""
    ends = (".xml", ".csv", ".csv.zip", ".dta", ".jsonl", ".spss.zip", ".xlsx", "/<table>",
            "(<record>)", "/downloadSubmission")  # fmt: skip
    method, _, rule = route.partition(" ")
    return method == "GET" and _is_of_records(rule) and rule.endswith(ends)


def test_s45_no_route_shows_any_role_what_was_taken_back(world: World) -> None:
    project_id = int(str(world.own["project_id"]))
    with unit_of_work() as session:
        a_form(session, project_id, FORM_ID, xml=form_xml())
        made = accounts.create_app_user(session, SYSTEM, project_id, "Residue", None)
    phone = Phone(client=world.client, project_id=project_id, token=made.token, id=made.id)
    photo = {"residue-photo.jpg": b"\xff\xd8\xff residue"}
    assert phone.send(told(INSTANCE_ID, code=CODE, **ANSWERS), photo).status_code == 201
    drain(world.app)
    with unit_of_work() as session:
        key = session.scalars(
            sa.select(Submission.submission_pk).where(Submission.instance_id == INSTANCE_ID)
        ).one()
        made_by = accounts.create_api_token(session, SYSTEM, "all", [project_id], EVERYTHING)
    world.callers.append(
        Caller(
            name="script that may see names",
            headers={"Authorization": f"Bearer {made_by.token}"},
            role="script",
        )
    )
    ids = {"instance_id": INSTANCE_ID, "version_id": INSTANCE_ID, "record": f"'{INSTANCE_ID}'"}
    values = {**world.own, "submission": key, **ids}

    before = _read_by_all(world, values)
    assert INSTANCE_ID in before["GET /p/<slug>/submissions/<submission>"]  # or nothing is proven
    assert "its address" in before["GET /p/<slug>/submissions"]

    of_records = {route for route in ROUTES if _is_of_answers(route)}
    unnamed = {route for route in of_records if ANSWERS["name"] not in before.get(route, ())}
    assert unnamed == set()
    assert len(of_records) >= 11
    assert INSTANCE_ID in before["GET /v1/projects/<int:project_id>/view/submissionList"]

    asked = world.client.post(f"/v1/projects/{project_id}/withdrawals", json={"code": CODE})
    assert asked.status_code == 201
    drain(world.app)
    assert _read_by_all(world, values) == {}
