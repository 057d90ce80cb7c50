"""People and projects for tests of the pages: Chanthou coordinates, Dara is a stranger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import User
from service.foundation.db import unit_of_work
from tests.factories import a_form, a_project
from tests.web.people import code_of, enrol

PASSWORD = "ស្រែ ត្នោត មេឃ ទន្លេ"
SLUG = "battambang"


@dataclass(frozen=True, kw_only=True)
class World:
    """One project, its coordinator, an analyst, a stranger with a project of her own."""

    project_id: int
    path: str = f"/p/{SLUG}"
    coordinator: str = "chanthou@example.org"
    analyst: str = "analyst@example.org"
    stranger: str = "dara@example.org"


def a_world() -> World:
    with unit_of_work() as session:
        project, other = a_project(session, "Battambang"), a_project(session, "Elsewhere")
        a_form(session, project.id)
        made = World(project_id=project.id)
        first = actions.create_user(
            session, SYSTEM, made.coordinator, Role.COORDINATOR, project.id, PASSWORD
        )
        # The same hash for all: hashing takes a tenth of a second.
        for email, role, place in (
            (made.analyst, Role.ANALYST, project.id),
            (made.stranger, Role.COORDINATOR, other.id),
        ):
            user = actions.create_user(session, SYSTEM, email, role, place)
            session.execute(
                sa.update(User).where(User.id == user.id).values(password_hash=first.password_hash)
            )
    for email in (made.coordinator, made.stranger):
        enrol(email)
    return made


def sign_in(client: FlaskClient, email: str, **form: str) -> TestResponse:
    """With the code of the second factor, where the role needs one."""
    answer = client.post("/sign-in", data={"email": email, "password": PASSWORD, **form})
    step = urlsplit(answer.headers.get("Location", ""))
    if step.path == "/second-factor/new":
        enrol(email)
    elif step.path != "/second-factor":
        return answer
    target = parse_qs(step.query)["next"][0]
    return client.post("/second-factor", data={"code": code_of(email, again=True), "next": target})


def text_of(response: TestResponse) -> str:
    """What a reader sees: tags gone, white space folded."""
    body = re.sub(r"<(style|head).*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
