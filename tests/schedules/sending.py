"""Devices send their steps to the server, whichever order a schedule wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.forms import actions as forms
from service.foundation.db import unit_of_work
from tests.clients import households
from tests.entity_forms import REPEATS, register
from tests.factories import FORM_XML, Phone
from tests.golden import reference_forms
from tests.schedules.day import PIECES, Piece, Post, Push, Step, Stray

FORMS = (
    FORM_XML.format(form_id="visit", version="1").encode(),
    households.FORM.encode(),
    register(),
    REPEATS,
    *(reference_forms.converted(form_id)[0] for form_id in reference_forms.FORM_IDS),
)
TAKEN = {201, 202}


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a team sends from, by whichever way."""

    phone: Phone

    @property
    def project_id(self) -> int:
        return self.phone.project_id

    def send(self, step: Step) -> None:
        match step:
            case Post():
                answer = self.phone.send(step.xml, step.files)
                assert answer.status_code in TAKEN, (step.name, answer.data)
            case Push():
                self._push(step)
            case Stray():
                size = _size(step)
                begins = step.number * size
                self._put(step, begins, allowed={200, 416})
            case Piece():
                self._put(step, self._held(step), allowed={200})
            case _:
                raise AssertionError(step)

    def _push(self, step: Push) -> None:
        answer = self.phone.client.post(
            f"/v1/projects/{self.project_id}/sync",
            json={"device_id": "tablet-07", "items": list(step.items)},
            headers=self._bearer,
        )
        assert answer.status_code == 200, answer.data
        told = {result["status"] for result in answer.json["results"]}
        assert "rejected" not in told, answer.json

    def _held(self, step: Piece) -> int:
        answer = self.phone.client.get(self._path(step), headers=self._bearer)
        assert answer.status_code == 200, answer.data
        return len(step.content) if answer.json["complete"] else int(answer.json["held"])

    def _put(self, step: Piece, begins: int, *, allowed: set[int]) -> None:
        piece = step.content[begins : begins + _size(step)]
        if not piece:
            return  # all of it is here
        span = f"bytes {begins}-{begins + len(piece) - 1}/{len(step.content)}"
        headers = {**self._bearer, "Content-Range": span}
        answer = self.phone.client.put(self._path(step), data=piece, headers=headers)
        assert answer.status_code in allowed, (step.name, answer.status_code, answer.data)

    def finish(self, step: Piece) -> None:
        """What an app does until it is told that the file is here."""
        for _ in range(PIECES + 1):
            if self._held(step) == len(step.content):
                return
            self._put(step, self._held(step), allowed={200})
        raise AssertionError(f"{step.name} is never whole")

    def _path(self, step: Piece) -> str:
        return f"/v1/projects/{self.project_id}/sync/{step.item_id}/attachments/{step.file}"

    @property
    def _bearer(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.phone.token}"}


def _size(step: Piece) -> int:
    return -(-len(step.content) // PIECES)


def a_field(app: Flask) -> tuple[int, dict[str, str]]:
    """A new project, and the version of each of its forms."""
    blobs = app.extensions["samleng.blobs"]
    versions = {}
    with unit_of_work() as session:
        project = accounts.create_project(session, SYSTEM, "បាត់ដំបង")
        for xml in FORMS:
            made = forms.publish_xml(session, SYSTEM, project.id, xml, media={}, blobs=blobs)
            versions[made.form_id] = made.version
        return project.id, versions


def devices(client: FlaskClient, project_id: int, teams: Sequence[str]) -> dict[str, Device]:
    """One of each team's own: a day has an end for each."""
    with unit_of_work() as session:
        made = {
            team: accounts.create_app_user(session, SYSTEM, project_id, team, None)
            for team in teams
        }
    return {
        team: Device(phone=Phone(client=client, project_id=project_id, token=one.token, id=one.id))
        for team, one in made.items()
    }
