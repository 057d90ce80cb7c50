"""People who are visited several times, by forms as teams fill them in. All invented."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.cli.demo import phone_xml
from service.cli.demo.people import Filled
from service.consent.actions.erasing import Order, carry_out
from service.consent.requests import Reason
from service.foundation import clock, ids
from service.foundation.db import reading, unit_of_work
from service.intake.tables import Submission
from service.persons.tables import Decision, Mention, MentionKey, Pair
from tests.factories import Phone, a_form, a_phone
from tests.golden import reference_forms

FORM_ID = "needs_assessment"
VERSION = "2026112401"
VILLAGE = {"prov": "02", "dist": "0203", "comm": "020304", "vill": "02030405"}
ELSEWHERE = {"prov": "01", "dist": "0102", "comm": "010202", "vill": "01020201"}
DARA = {"name": "សុខ ដារ៉ា", "sex": "male", "age_known": "exact", "age": "51",
        "victim_type": "direct_injured", "device": "mine_ap", "inc_year_known": "yes",
        "inc_year": "1992", "phone": "012 345 678"}  # fmt: skip
DARA_AGAIN = {**DARA, "name": "Sok Dara", "phone": "+855 12 345 678"}
SOPHEA = {"name": "ចាន់ សុភា", "sex": "female", "age_known": "exact", "age": "34",
          "victim_type": "not_victim"}  # fmt: skip
VANNA = {"name": "ហេង វណ្ណា", "sex": "female", "age_known": "exact", "age": "40",
         "victim_type": "not_victim"}  # fmt: skip


def a_visiting_phone(client: FlaskClient) -> Phone:
    """A phone of a project with the reference form of needs assessment."""
    made = a_phone(client)
    publish(made.project_id)
    return made


def publish(project_id: int) -> None:
    """The reference form of needs assessment."""
    with unit_of_work() as session:
        xml = reference_forms.converted(FORM_ID)[0].decode()
        a_form(session, project_id, FORM_ID, VERSION, xml=xml)


def visit(
    instance_id: str,
    *persons: dict[str, str],
    edits: str = "",
    at: dict[str, str] | None = None,
    **more: str,
) -> bytes:
    """A household with these people in it, or an edit of one."""
    answers: dict[str, Any] = {
        "today": "2026-11-20", "c_store": "yes", "c_contact": "yes", "c_share_case": "no",
        "c_stats": "yes", "c_method": "signature", "c_proxy": "no", **(at or VILLAGE),
        "hh_size": "5", "hh_head_sex": "male", **more, "person": list(persons),
    }  # fmt: skip
    filled = Filled(form_id=FORM_ID, instance_id=instance_id, answers=answers)
    deprecated = f"<deprecatedID>{edits}</deprecatedID>" if edits else ""
    xml = phone_xml.instance(filled, VERSION).decode()
    return xml.replace("</instanceID>", f"</instanceID>{deprecated}").encode()


def version_of(instance_id: str) -> uuid.UUID:
    with reading() as session:
        query = sa.select(Submission.submission_pk).where(Submission.instance_id == instance_id)
        return session.scalars(query).one()


def erase(app: Flask, project_id: int, instance_id: str, *, expires: bool = False) -> None:
    """Somebody takes a record back; or its period is over."""
    order = Order(
        project_id=project_id,
        withdrawal_pk=ids.new_uuid(),
        channel="coordinator",
        reason=Reason.PERIOD if expires else Reason.OTHER,
        asked_at=clock.now(),
        expires=expires,
    )
    carry_out(order, [version_of(instance_id)], app.extensions["samleng.blobs"])


def mentions(*, here: bool = True) -> list[Any]:
    """Rows of those that are here, or of the others, in the order of keys."""
    with reading() as session:
        query = sa.select(Mention).where(Mention.is_here.is_(here)).order_by(Mention.mention_pk)
        return list(session.scalars(query))


def pairs() -> list[Any]:
    with reading() as session:
        return list(session.scalars(sa.select(Pair).order_by(Pair.pair_pk)))


def log() -> list[str]:
    """Every word that was said of pairs, in order."""
    with reading() as session:
        query = sa.select(Decision.verdict).order_by(Decision.decision_pk)
        return [one.value for one in session.scalars(query)]


def found_by() -> dict[Any, set[int]]:
    """Of each mention."""
    with reading() as session:
        found: dict[Any, set[int]] = {}
        for row in session.execute(sa.select(MentionKey.mention_pk, MentionKey.key)):
            found.setdefault(row.mention_pk, set()).add(row.key)
        return found
