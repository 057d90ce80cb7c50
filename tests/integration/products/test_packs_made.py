"""A pack holds what releases say and what narrators allow, and is gone when they take it back."""

from __future__ import annotations

import json
import random
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts.actor import Role
from service.dialogue.actions import meeting, promising
from service.dialogue.promises import Status
from service.disclosure.rules import Audience
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    CONSENT_MISSING,
    INVALID_PARAMETER,
    NOT_ALLOWED,
    NOT_FOUND,
    STORY_GONE,
    Problem,
)
from service.products.actions.listing import State
from service.testimonies.tables import ToldUse
from tests import packs
from tests.integration.products.conftest import TABLES, World
from tests.integration.testimonies.conftest import WORDS
from tests.pdf_words import words_of


def entries(action: str) -> list[dict[str, object]]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        return [json.loads(one) if isinstance(one, str) else one for one in session.scalars(query)]


def test_a_brief_cites_releases_promises_and_words_of_narrators(world: World) -> None:
    world.release(TABLES[:12])
    world.narrator(c_share_gov="yes")
    quote = world.usable("PDAC")
    assert len(quote) == 1
    made = world.make("province_brief", place="02", partner="PDAC", language="km", quotes=quote)
    files = world.take(made)
    assert packs.mismatches(files, world.project_id) == []
    told = json.loads(files["manifest.json"])
    assert {one["release"] for one in told["numbers"]} == {1}
    assert {one["indicator"] for one in told["numbers"]} >= {"I01", "I08", "I11"}
    assert "I24 need" in [ask for one in told["not_released"] for ask in one["asked"]]
    assert [one["consent"] for one in told["quotes"]] == [["government", "quote"]]
    words = words_of(files["province_brief-km.pdf"])
    assert WORDS.replace(" ", "") in words
    assert "ជម្រាលនៅសាលាឃុំ" in words
    assert "តើសាលាឃុំអាចចូលបានពេលណា?" in words
    assert "មនុស្សដែលបានវាយតម្លៃតម្រូវការ" in words
    taken = [one for one in entries("product.make") if one.get("what") == "taken"]
    assert [one["as_made"] for one in taken] == [True]
    [line] = world.packs()
    assert (line.taken, line.quotes, line.state) == (1, 1, State.STANDS)


def test_words_that_are_taken_back_end_the_pack(world: World) -> None:
    world.release(TABLES[:3])
    version = world.narrator(c_share_gov="yes")
    made = world.make("province_brief", place="02", partner="PDAC", quotes=world.usable("PDAC"))
    without = world.make("province_brief", place="02", partner="PDAC")
    assert world.take(made)
    with reading() as session:
        [use] = session.scalars(sa.select(ToldUse)).all()
        assert (use.means, "PDAC" in use.whither) == ("print", True)
    world.take_back(version)
    with pytest.raises(Problem) as refused:
        world.take(made)
    assert refused.value.kind is STORY_GONE
    states = {one.pack_pk: one.state for one in world.packs()}
    assert states == {made: State.TAKEN_BACK, without: State.STANDS}
    assert world.take(without)
    assert world.usable("PDAC") == []


def test_words_stand_there_alone_where_their_narrator_allows(world: World) -> None:
    """Before a ministry, abroad and before anybody another consent is needed each time."""
    here, ministry, abroad = (
        world.narrator(),
        world.narrator(c_share_gov="yes"),
        world.narrator(c_advocacy_intl="yes"),
    )
    silent = world.narrator(c_quote_anon="no", c_share_gov="yes", c_advocacy_intl="yes")
    offered = {
        partner: {key for key, _ in world.usable(partner)}
        for partner in ("OPD", "PDAC", "MONITOR", "")
    }
    assert offered == {
        "OPD": {here, ministry, abroad},
        "PDAC": {ministry},
        "MONITOR": {abroad},
        "": {abroad},
    }
    seen = {key: world.stories.shown(key) for key in (here, ministry, silent)}
    for partner, key in (("PDAC", here), ("MONITOR", ministry), ("OPD", silent), ("", here)):
        with pytest.raises(Problem) as refused:
            world.make("province_brief", place="02", partner=partner, quotes=[(key, seen[key])])
        assert refused.value.kind is CONSENT_MISSING
    assert world.packs() == []


def test_numbers_for_partners_stand_in_packs_for_partners_alone(world: World) -> None:
    world.log.partners("OPD")
    public = world.release((("I01", ("province",)),))
    inside = world.release((("I11", ("province", "remoteness")),), audience=Audience.PARTNER)
    for partner, cited in (("PDAC", {public}), ("OPD", {public, inside}), ("", {public})):
        files = world.take(world.make("province_brief", place="02", partner=partner))
        told = json.loads(files["manifest.json"])
        assert {one["number"] for one in told["releases"]} == cited
        assert packs.mismatches(files, world.project_id) == []
    page = world.take(world.make("commune_page", place="020401", partner="OPD"))
    assert json.loads(page["manifest.json"])["audience"] == "public"


def test_a_corrected_release_is_cited_no_more_and_older_packs_say_so(world: World) -> None:
    world.release((("I01", ("province",)),))
    before = world.make("province_brief", place="02")
    world.visits(60, random.Random(1))
    second = world.release((("I01", ("province",)),), corrects=1)
    assert second == 2
    after = world.make("province_brief", place="02")
    corrected = {one.pack_pk: one.corrected for one in world.packs()}
    assert corrected == {before: (1,), after: ()}
    for pack, number in ((before, 1), (after, 2)):
        told = json.loads(world.take(pack)["manifest.json"])
        assert [one["number"] for one in told["releases"]] == [number]


def test_the_past_of_a_promise_is_kept_and_a_removed_meeting_ends_the_pack(world: World) -> None:
    made = world.make("province_brief", place="02", partner="CMAA", language="en")
    before = world.take(made)
    with reading() as session:
        [one] = [
            told
            for told in promising.list_promises(session, world.chanthou, world.project_id)
            if told.partner == "CMAA"
        ]
    world.log.say(one.promise_pk, Status.BROKEN, "nobody came")
    assert world.take(made) == before
    with unit_of_work() as session:
        meeting.remove_meeting(session, world.chanthou, world.project_id, one.meeting_pk)
    with pytest.raises(Problem) as refused:
        world.take(made)
    assert refused.value.kind is STORY_GONE
    assert [told.state for told in world.packs()] == [State.REMOVED]


NO_PRODUCT: tuple[dict[str, Any], ...] = (
    {"product": "novel"},
    {"product": "province_brief", "place": ""},
    {"product": "province_brief", "place": "0201"},
    {"product": "form_h", "place": "02"},
    {"product": "province_brief", "place": "02", "partner": "NOBODY"},
    {"product": "province_brief", "place": "02", "language": "fr"},
    {"product": "province_brief", "place": "02", "year": 3000},
    {"product": "form_h", "quotes": [(uuid.uuid4(), "")]},
)


def test_what_no_product_is_of_is_refused(world: World) -> None:
    for wanted in NO_PRODUCT:
        with pytest.raises(Problem) as refused:
            world.make(**wanted)
        assert refused.value.kind is INVALID_PARAMETER, wanted
    assert world.packs() == []


def test_nobody_else_makes_lists_or_takes_them(world: World) -> None:
    made = world.make("province_brief", place="02")
    for role in (Role.ANALYST, Role.ADVOCATE, Role.REVIEWER, Role.FIELD_WORKER):
        dara = world.log.somebody(role)
        for act in (
            lambda who: world.make("province_brief", by=who, place="02"),
            lambda who: world.take(made, by=who),
            lambda who: world.packs(by=who),
        ):
            with pytest.raises(Problem) as refused:
                act(dara)
            assert refused.value.kind is NOT_ALLOWED
    with pytest.raises(Problem) as refused:
        world.take(uuid.uuid4())
    assert refused.value.kind is NOT_FOUND


def test_survivors_and_the_gap_of_remote_places_stand_in_products(world: World) -> None:
    """Figures that are rows of others (I02 of I01, I32 and I33 of I12) are released beside them."""
    tables = (
        ("I01", ("province",)), ("I01", ("victim",)), ("I11", ("province", "remoteness")),
        ("I12", ("need",)), ("I02", ("sex",)), ("I32", ("reach", "province")),
        ("I33", ("cause",)),
    )  # fmt: skip
    world.release(tables)
    found = {}
    for product, more in (("province_brief", {"place": "02"}), ("form_h", {}), ("crpd", {})):
        told = json.loads(world.take(world.make(product, **more))["manifest.json"])
        found[product] = {one["indicator"] for one in told["numbers"]}
    assert "I32" in found["province_brief"]
    assert "I02" in found["form_h"]
    assert "I33" in found["crpd"]
