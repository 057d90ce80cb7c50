"""The rehearsal of trustees as a button: who by number, when, whether it opened; never a word."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.forms.queries import rehearsals
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from tests import sealed_world
from tests.sealed_world import KEYS
from tests.web.pages_world import World, a_world, sign_in, text_of

YEAR_AND_MORE = dt.timedelta(days=380)


@pytest.fixture
def world(client: FlaskClient) -> World:
    made = a_world()
    with clock.frozen(clock.now() - YEAR_AND_MORE):
        xml = sealed_world.sealed_form("2", KEYS.public)
        sealed_world.publish(client.application, made.project_id, xml, KEYS.fingerprint)
    sign_in(client, made.coordinator)
    return made


def is_due(world: World) -> bool:
    with reading() as session:
        (key,) = rehearsals.list_keys(session, world.project_id)
    return key.is_due(clock.now())


def test_a_rehearsal_is_remembered_and_ends_the_demand(world: World, client: FlaskClient) -> None:
    page = f"{world.path}/trustees?lang=en"
    assert "a rehearsal is due" in text_of(client.get(page))
    form = {"key": KEYS.fingerprint, "took_part": "5, 1,3", "opened": "no"}
    assert client.post(page, data=form).status_code == 303
    assert is_due(world), "that it did not open is no proof"
    assert client.post(page, data={**form, "opened": "yes"}).status_code == 303
    assert not is_due(world)
    shown = text_of(client.get(page))
    assert "it opened, with sheets 1, 3, 5" in shown
    assert "it did not open" in shown
    with reading() as session:
        entries = session.scalars(
            sa.select(AuditEntry.details).where(AuditEntry.action == "sealed.rehearse")
        ).all()
    assert sorted(one["opened"] for one in entries) == [False, True]
    with clock.frozen(clock.now() + dt.timedelta(days=366)):
        assert is_due(world)


@pytest.mark.parametrize(
    "wrong",
    [
        {"took_part": "academic acid acrobat"}, {"took_part": ""}, {"took_part": "0, 1"},
        {"took_part": "17"}, {"opened": ""}, {"opened": "perhaps"},
    ],
)  # fmt: skip
def test_words_of_a_sheet_are_refused_and_kept_nowhere(
    world: World, client: FlaskClient, wrong: dict[str, str]
) -> None:
    form = {"key": KEYS.fingerprint, "took_part": "1, 2, 3", "opened": "yes", **wrong}
    answer = client.post(f"{world.path}/trustees?lang=en", data=form)
    assert answer.status_code == 400
    assert "academic" not in answer.get_data(as_text=True)
    assert is_due(world)


def test_only_a_key_of_a_form_here_can_be_rehearsed(world: World, client: FlaskClient) -> None:
    form = {"key": "0" * 64, "took_part": "1, 2, 3", "opened": "yes"}
    assert client.post(f"{world.path}/trustees", data=form).status_code == 404
