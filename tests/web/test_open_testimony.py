"""S-61: whoever publishes a form that asks testimony, and does not seal it, says so."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.forms.tables import FormVersion
from service.foundation import keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.keys import recovery
from service.foundation.settings import Settings
from tests import kept_copy, sealed_world, survivors
from tests.factories import a_form
from tests.survivors import FORM_ID
from tests.web.pages_world import World, text_of
from tests.web.people import bearer

OPEN, SEALED = (
    survivors.form_xml().replace("</model>", f'<submission{key} orx:auto-delete="true"/></model>')
    for key in ("", f' base64RsaPublicKey="{sealed_world.KEYS.public}"')
)


def posted(app: Flask, settings: Settings, world: World, xml: str, more: str = "") -> Any:
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.project_id)
    address = f"/v1/projects/{world.project_id}/forms?publish=true{more}"
    kind = {"Content-Type": "application/xml"}
    return app.test_client().post(address, data=xml.encode(), headers={**by, **kind})


def warned(answer: Any) -> dict[str, Any]:
    assert (answer.status_code, answer.json["code"]) == (400, "400.16")
    told = answer.json["details"]["warnings"]["workflowWarnings"]
    return {one["type"]: one["details"] for one in told}


def test_s61_testimony_that_nothing_seals_is_published_only_by_somebody_who_says_so(
    app: Flask, settings: Settings, world: World
) -> None:
    told = warned(posted(app, settings, world, OPEN))
    assert "is not sealed" in told["testimonyNotSealed"]["en"]
    assert "មិនបានចាក់សោ" in told["testimonyNotSealed"]["km"]
    assert told["testimonyNotSealed"]["question"]
    assert posted(app, settings, world, OPEN, "&ignoreWarnings=true").status_code == 200
    with reading() as session:
        entry = sa.select(AuditEntry.details).where(AuditEntry.action == "form.publish")
        assert session.scalars(entry).all()[-1]["testimony"] == "not_sealed", "and who said so"
        stored = session.scalars(sa.select(FormVersion.warnings)).all()
    assert any("is not sealed" in one for warnings in stored for one in warnings)


def test_s41_a_form_that_asks_names_is_held_by_a_recovery_key_that_nobody_read_back(
    app: Flask, settings: Settings, world: World
) -> None:
    assert "prove" in warned(posted(app, settings, world, OPEN))["recoveryKeyNotProven"]["en"]
    assert kept_copy.prove(keys.current(), recovery.make(keys.current()))
    assert set(warned(posted(app, settings, world, OPEN))) == {"testimonyNotSealed"}


def test_a_sealed_form_is_no_news(app: Flask, settings: Settings, world: World) -> None:
    assert kept_copy.prove(keys.current(), recovery.make(keys.current()))
    assert posted(app, settings, world, SEALED).status_code == 200


@pytest.mark.parametrize(
    ("language", "tag", "why"),
    [("en", "Testimony, not sealed", "Decide whether"), ("km", "សក្ខីកម្ម មិនបានចាក់សោ", "សូមសម្រេចថា")],
)
def test_s61_the_page_of_forms_says_which(
    client: FlaskClient, world: World, language: str, tag: str, why: str
) -> None:
    page = f"{world.path}/forms?lang={language}"
    assert why not in text_of(client.get(page))
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=OPEN)
    told = text_of(client.get(page))
    assert why in told
    assert tag in told
