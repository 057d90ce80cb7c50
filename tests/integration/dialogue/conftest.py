"""A project with visits, releases and meetings; what Chanthou does there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from service.accounts.actor import Actor, Role
from service.dialogue.actions import meeting, promising
from service.dialogue.actions.meeting import Asked, Met
from service.dialogue.actions.promising import Given, Said
from service.dialogue.partners import Stands
from service.dialogue.promises import Status
from service.disclosure.rules import Audience
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Signer
from service.persons.actions import today
from service.releases import actions as releases
from service.releases.actions import Wanted
from service.releases.standing import Standing
from tests.factories import a_coordinator
from tests.integration.indicators.villages import Village

COMMUNE = "020101"
TEXT = {"en": "A ramp at the commune hall", "km": "ជម្រាលនៅសាលាឃុំ"}
QUESTION = {"en": "When will the hall be accessible?", "km": "តើសាលាឃុំអាចចូលបានពេលណា?"}
OFFICE = "ការិយាល័យសាធារណការ"


class Log:
    """The log of one project."""

    def __init__(self, project_id: int, village: Village | None = None) -> None:
        self.project_id, self.village = project_id, village
        self.chanthou = a_coordinator(project_id, 901)
        self.second = a_coordinator(project_id, 902)

    def somebody(self, role: Role, area: str = "") -> Actor:
        roles = {self.project_id: frozenset({role})}
        areas = {self.project_id: {role: frozenset({area})}} if area else {}
        return Actor(id=950, name="Dara", roles=roles, areas=areas, is_fresh=True)

    def meet(self, *partners: str, by: Actor | None = None, **more: Any) -> uuid.UUID:
        given = {"held_on": today(), "partners": partners or ("PDAC",), "place": "02", **more}
        met = Met(**given)
        with unit_of_work() as session:
            return meeting.write_meeting(session, by or self.chanthou, self.project_id, met)

    def ask(self, meeting_pk: uuid.UUID, partner: str = "PDAC", **more: Any) -> uuid.UUID:
        asked = Asked(**{"partner": partner, "text": QUESTION, **more})
        with unit_of_work() as session:
            return meeting.ask(session, self.chanthou, self.project_id, meeting_pk, asked)

    def answer(self, question_pk: uuid.UUID, text: str, on: dt.date | None = None) -> uuid.UUID:
        with unit_of_work() as session:
            return meeting.answer(
                session, self.chanthou, self.project_id, question_pk, on or today(), {"en": text}
            )

    def promise(self, meeting_pk: uuid.UUID, partner: str = "PDAC", **more: Any) -> uuid.UUID:
        given = Given(**{"partner": partner, "owner": OFFICE, "text": TEXT, **more})
        with unit_of_work() as session:
            return promising.promise(session, self.chanthou, self.project_id, meeting_pk, given)

    def say(self, promise_pk: uuid.UUID, status: Status, reason: str = "", **more: Any) -> int:
        said = Said(**{"status": status, "said_on": today(), "reason": reason, **more})
        with unit_of_work() as session:
            return promising.say(session, self.chanthou, self.project_id, promise_pk, said)

    def told(self, promise_pk: uuid.UUID) -> promising.PromiseTold:
        with reading() as session:
            return promising.get_promise(session, self.chanthou, self.project_id, promise_pk)

    def visits(self, count: int, province: str = "02", **person: Any) -> None:
        assert self.village is not None
        with unit_of_work() as session:
            self.village.session = session
            for at in range(count):
                self.village.household(dict(person), province=province, submitter_id=1 + at % 3)

    def release(
        self,
        *tables: tuple[str, tuple[str, ...]],
        audience: Audience = Audience.PUBLIC,
        published: bool = True,
        corrects: int | None = None,
    ) -> int:
        wanted = Wanted(
            title="Who we reached",
            audience=audience,
            tables=tables or (("I01", ("province",)),),
            corrects=corrects,
            reason="Counted twice" if corrects else "",
        )
        with unit_of_work() as session:
            told, _ = releases.freeze(
                session, self.chanthou, self.project_id, wanted, Signer("11" * 32)
            )
        if published:
            with unit_of_work() as session:
                releases.decide(
                    session, self.second, self.project_id, told.number, Standing.PUBLISHED
                )
        return told.number

    def partners(self, *codes: str) -> Sequence[str]:
        """These may see what is for partners."""
        for code in codes:
            given = meeting.PartnerGiven(
                code=code, name={}, stands=Stands.CAMBODIA, sees=Audience.PARTNER
            )
            with unit_of_work() as session:
                meeting.put_partner(session, self.chanthou, self.project_id, given)
        return codes


@pytest.fixture
def log(app: Flask) -> Log:
    """Needs the application: jobs run with its tools."""
    with unit_of_work() as session:
        village = Village(session)
        session.flush()
        project_id = village.project_id
    return Log(project_id, village)
