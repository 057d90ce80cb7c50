"""After a withdrawal: every address, as every caller, without a trace of what was taken back."""

from __future__ import annotations

import gzip
import html
import io
import zipfile

import sqlalchemy as sa

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.foundation.db import reading, unit_of_work
from service.intake.tables import Submission
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.test_authorisation import ROUTES, World, database_url, world

__all__ = ["database_url", "world"]  # fixtures: one of everything, and everybody who may knock

CODE = "4TZC-8WQH-2KDN"
INSTANCE_ID = "uuid:5b0c2f5e-residue-4c1d-9d52-7d6f3a1e0b11"
ANSWERS = {
    "name": "ស្រីមុំ Residuename", "phone": "012555777", "village": "ភូមិ Residuevillage",
    "need_text": "Residueneed", "wish": "Residuewish", "place": "Residueplace", "hh": "RESIDUEHH",
    "photo": "residue-photo.jpg", "witness": "Residuewitness",
}  # fmt: skip
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
        of_form = {"form_id": FORM_ID} if ROUTES[route] in ("rows.read", "rows.export") else {}
        for caller in world.callers:
            answer = world.ask(method, rule, {**values, **of_form}, caller)
            told_there = _all_of(answer.get_data()) + str(answer.headers)
            found.setdefault(route, set()).update(word for word in WORDS if word in told_there)
            key = str(values["submission"])
            if f"submissions/{key}" in told_there and "/submissions/<" not in rule:
                found[route].add("its address")
    return {route: words for route, words in found.items() if words}


def test_s45_no_route_shows_any_role_what_was_taken_back(world: World) -> None:
    project_id = int(str(world.own["project_id"]))
    with unit_of_work() as session:
        a_form(session, project_id, FORM_ID, xml=form_xml())
        made = accounts.create_app_user(session, SYSTEM, project_id, "Residue", None)
    phone = Phone(client=world.client, project_id=project_id, token=made.token, id=made.id)
    photo = {"residue-photo.jpg": b"\xff\xd8\xff residue"}
    assert phone.send(told(INSTANCE_ID, code=CODE, **ANSWERS), photo).status_code == 201
    drain(world.app)
    with reading() as session:
        key = session.scalars(
            sa.select(Submission.submission_pk).where(Submission.instance_id == INSTANCE_ID)
        ).one()
    values = {**world.own, "submission": key}

    before = _read_by_all(world, values)
    assert INSTANCE_ID in before["GET /p/<slug>/submissions/<submission>"]  # or nothing is proven
    assert "its address" in before["GET /p/<slug>/submissions"]

    for kind in ("csv", "csv.zip", "xlsx", "spss.zip", "jsonl"):
        shown = before[f"GET /v1/projects/<int:project_id>/forms/<name:form_id>/submissions.{kind}"]
        assert INSTANCE_ID in shown, kind

    asked = world.client.post(f"/v1/projects/{project_id}/withdrawals", json={"code": CODE})
    assert asked.status_code == 201
    drain(world.app)
    assert _read_by_all(world, values) == {}
