"""Pages are drawn while nobody waits for the database, and nothing leaves that was taken back, or
became something else, in the meantime."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.dialogue.promises import Status
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    CONSENT_MISSING,
    NOT_FOUND,
    PRODUCT_CHANGED,
    STORY_GONE,
    Problem,
)
from service.persons.actions import today
from service.products.actions.listing import State
from service.products.actions.packing import TURNS, Papers
from service.products.pack import Composed
from service.testimonies.tables import ToldUse
from service.treaty.queries import quotes as leaders
from service.web.pages import product_paper
from tests import drawing
from tests.integration.dialogue.conftest import Log
from tests.integration.indicators.villages import Village
from tests.integration.products.conftest import TABLES, World
from tests.integration.testimonies.conftest import WORDS, stories_of
from tests.integration.treaty.conftest import NAMES, Treaty, treaty
from tests.pdf_words import words_of
from tests.web.test_treaty import LEADER

__all__ = ["treaty"]


def meanwhile(*does: Callable[[], object]) -> Papers:
    """Draws as the house does; something happens the first time, something else the second."""
    waiting = list(does)

    def papers(composed: Composed) -> Mapping[str, bytes]:
        if waiting:
            waiting.pop(0)()
        return product_paper.papers(composed)

    return papers


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Problem) as problem:
        act()
    return problem.value.kind.slug


def whats(action: str = "product.make") -> list[str]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        found = [json.loads(one) if isinstance(one, str) else one for one in session.scalars(query)]
    return [str(one["what"]) for one in found]


def looks() -> int:
    """Entries of words that were read to be quoted."""
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == "identity.read")
        found = [json.loads(one) if isinstance(one, str) else one for one in session.scalars(query)]
    return sum(one["purpose"] == "quote" for one in found)


def uses_of(world: World) -> int:
    with reading() as session:
        mine = ToldUse.project_id == world.project_id
        return session.scalar(sa.select(sa.func.count()).where(mine)) or 0


def test_no_transaction_is_open_while_pages_are_drawn(world: World) -> None:
    world.release(TABLES[:6])
    world.narrator(c_share_gov="yes")
    drawing.drawn.clear()
    before = looks()
    made = world.make("province_brief", place="02", partner="PDAC", quotes=world.usable("PDAC"))
    world.take(made)
    assert drawing.drawn == [0, 0]
    assert looks() - before == 2, "each time an entry"
    composed: list[Composed] = []

    def keeping(one: Composed) -> Mapping[str, bytes]:
        composed.append(one)
        return product_paper.papers(one)

    world.take(made, papers=keeping)
    for door in (reading, unit_of_work):
        with door() as session:
            session.execute(sa.select(1))
            with pytest.raises(AssertionError, match="transaction is open"):
                product_paper.papers(composed[0])


def test_words_taken_back_while_a_pack_is_drawn_stand_in_none(world: World) -> None:
    world.release(TABLES[:3])
    version = world.narrator(c_share_gov="yes")
    quotes = world.usable("PDAC")
    back = meanwhile(lambda: world.take_back(version))
    more = {"place": "02", "partner": "PDAC", "quotes": quotes}
    kind = refused(lambda: world.make("province_brief", papers=back, **more))
    assert kind in (CONSENT_MISSING.slug, NOT_FOUND.slug)
    assert (world.packs(), uses_of(world), whats()) == ([], 0, [])


def test_words_taken_back_while_a_pack_is_drawn_anew_do_not_leave(world: World) -> None:
    world.release(TABLES[:3])
    version = world.narrator(c_share_gov="yes")
    more = {"place": "02", "partner": "PDAC", "quotes": world.usable("PDAC")}
    made = world.make("province_brief", **more)
    back = meanwhile(lambda: world.take_back(version))
    assert refused(lambda: world.take(made, papers=back)) == STORY_GONE.slug
    [line] = world.packs()
    assert (line.taken, line.state) == (0, State.TAKEN_BACK)
    assert whats() == ["made"]


def test_a_release_of_meanwhile_is_cited_and_what_never_rests_is_refused(world: World) -> None:
    world.release((("I01", ("province",)),))
    news = meanwhile(lambda: world.release((("I11", ("province",)),)))
    told = json.loads(
        world.take(world.make("province_brief", place="02", papers=news))["manifest.json"]
    )
    assert {one["number"] for one in told["releases"]} == {1, 2}
    last_year = today().replace(year=today().year - 1, day=2)
    met = world.log.meet("PDAC", held_on=last_year)

    def again() -> None:
        world.log.promise(met, place="02")

    busy = meanwhile(*[again] * TURNS)
    kind = refused(lambda: world.make("province_brief", place="02", papers=busy))
    assert kind == PRODUCT_CHANGED.slug
    assert len(world.packs()) == 1
    rested = meanwhile(*[again] * (TURNS - 1))
    assert world.take(world.make("province_brief", place="02", papers=rested))


def test_a_word_on_a_promise_while_it_is_drawn_is_in_the_pack(world: World) -> None:
    last_year = today().replace(year=today().year - 1, day=2)
    kept = world.log.promise(world.log.meet("PDAC", held_on=last_year), place="02")
    said = meanwhile(lambda: world.log.say(kept, Status.BROKEN, "nobody came"))
    files = world.take(world.make("province_brief", place="02", partner="PDAC", papers=said))
    assert "notkept" in words_of(files["province_brief-en.pdf"])


# --- leaders --------------------------------------------------------------------------------------
def a_leaders_world(treaty: Treaty) -> World:
    with unit_of_work() as session:
        village = Village(session, project_id=treaty.project_id)
    log = Log(treaty.project_id, village)
    return World(log=log, stories=stories_of(treaty.app, treaty.phone), village=village)


def test_a_leaders_sentence_stands_under_the_name_until_it_is_taken_back(treaty: Treaty) -> None:
    sent = treaty.sign(NAMES[0], **LEADER)
    treaty.sign(NAMES[1], **{**LEADER, "c_publish_name": "no"})
    world = a_leaders_world(treaty)
    with reading() as session:
        [leader] = leaders.list_leaders(session, treaty.project_id, today(), limit=9)
    more = {"place": "02", "language": "km", "leaders": [leader.signer_pk]}
    asked = {"partner": "PARL", **more}
    assert refused(lambda: world.make("province_brief", **more)) == CONSENT_MISSING.slug
    made = world.make("province_brief", **asked)
    files = world.take(made)
    words = words_of(files["province_brief-km.pdf"])
    assert LEADER["quote"].replace(" ", "") in words
    assert f"{NAMES[0]}, ចៅអធិការ".replace(" ", "") in words
    assert NAMES[0].encode() not in files["manifest.json"]
    [told] = json.loads(files["manifest.json"])["quotes"]
    assert (told["naming"], told["consent"]) == ("full_name", ["name"])
    assert [one.quotes for one in world.packs()] == [1]

    def back() -> None:
        consent.withdraw_record(
            SYSTEM, treaty.project_id, sent, "person_asked", blobs=treaty.blobs,
            scopes=["publish_name"],
        )  # fmt: skip

    assert refused(lambda: world.take(made, papers=meanwhile(back))) == STORY_GONE.slug
    assert [one.state for one in world.packs()] == [State.TAKEN_BACK]
    assert refused(lambda: world.make("province_brief", **asked)) == NOT_FOUND.slug


# --- services, evidence and recommendations -------------------------------------------------------
def test_services_stand_as_they_were_when_the_pack_was_made(world: World) -> None:
    at = {"province": "02", "adm2": "0204", "adm3": "020401"}
    with unit_of_work() as session:
        world.village.session = session
        world.village.provider(code="open-1", name_en="Open centre", name_km="មណ្ឌលបើក", **at)
        world.village.provider(code="shut-1", name_en="Shut centre", is_open="no", **at)
        world.village.provider(code="far-1", name_en="Far centre", province="12")
    made = world.make("commune_page", place="020401")
    before = world.take(made)
    said = words_of(before["commune_page-en.pdf"])
    assert "Opencentre" in said
    assert "Shutcentre" not in said
    assert "Farcentre" not in said
    assert "Emergencyandcontinuingmedicalcare" not in said
    with unit_of_work() as session:
        world.village.session = session
        closed = {"is_open": "no", "happened_on": today(), **at}
        world.village.provider(code="open-1", name_en="Open centre", **closed)
    assert world.take(made) == before
    after = world.take(world.make("commune_page", place="020401"))
    assert "Opencentre" not in words_of(after["commune_page-en.pdf"])


def test_evidence_stands_by_articles_with_law_words_and_recommendation(world: World) -> None:
    with unit_of_work() as session:
        world.village.session = session
        for at in range(60):
            world.village.issue(
                issue_code="access_building", crpd=["9"] if at % 3 else ["27", "9"],
                sex="female" if at % 2 else "male", province="02", submitter_id=1 + at % 4,
            )  # fmt: skip
    world.release((("I38", ("article",)), ("I38", ("article", "sex"))))
    world.narrator(c_advocacy_intl="yes")
    quotes = world.usable("")
    world.recommend("CRPD-9", "Ramps at each of 24 halls.", "ជម្រាលនៅសាលាឃុំ។")
    made = world.make("crpd", quotes=quotes, beside="CRPD-9")
    files = world.take(made)
    said = words_of(files["crpd-en.pdf"])
    assert "Article9:Accessibility" in said
    assert "Issuesreported:60" in said
    assert "Rampsateachof24halls." in said
    assert "Rampsatbuildings" in said
    assert "Notyetcomparedwiththeofficialtext" in said
    nine, work = said.rindex("Article9:"), said.rindex("Article27:")
    assert nine < said.index(WORDS.replace(" ", "")[:20]) < work
    assert "Norecommendationwritten" in said[work:]
    assert "Article24" not in said
    told = json.loads(files["manifest.json"])
    assert [one["beside"] for one in told["quotes"]] == ["CRPD-9"]
    assert told["recommendations"] == [{"article": "CRPD-9", "version": 1}]
    world.recommend("CRPD-9", "Something else.", "អ្វីផ្សេងទៀត។")
    assert world.take(made) == files
    newer = world.take(world.make("crpd"))
    assert "Somethingelse." in words_of(newer["crpd-en.pdf"])
