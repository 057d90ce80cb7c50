"""A project of which much was told: visits, releases for partners and the public, a meeting with
questions and promises, and narrators who allow different things."""

from __future__ import annotations

import io
import random
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Actor
from service.consent import actions as consent
from service.dialogue.promises import Status
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import RELEASE_TOO_CLOSE, Problem
from service.persons.actions import today
from service.products.actions import listing, packing, recommending
from service.products.actions.listing import PackTold
from service.products.actions.packing import Papers, Wanted, WantedQuote
from service.web.pages import product_paper
from tests.factories import a_phone
from tests.integration.dialogue.conftest import Log
from tests.integration.indicators.villages import Village
from tests.integration.testimonies.conftest import Stories, stories_of

PROVINCES = ("02", "03", "06", "17", "24")
NEEDS = ("reh_prosthesis", "reh_wheelchair", "psy_peer", "sei_livelihood", "sei_food", "med_pain")
TABLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("I01", ()), ("I01", ("province",)), ("I01", ("sex",)), ("I01", ("province", "sex")),
    ("I01", ("year",)), ("I01", ("quarter",)), ("I01", ("sex", "age")), ("I08", ()),
    ("I08", ("province",)), ("I11", ()), ("I11", ("province",)), ("I11", ("remoteness",)),
    ("I11", ("province", "remoteness")), ("I11", ("victim",)), ("I12", ("need",)),
    ("I12", ("need", "province")), ("I49", ("province",)), ("I20", ()), ("I20", ("victim",)),
    ("I24", ()), ("I24", ("need",)), ("I22", ("need",)), ("I06", ("sex",)), ("I44", ()),
)  # fmt: skip
ALLOWS = ("c_quote_anon", "c_advocacy_intl", "c_share_gov")


@dataclass
class World:
    """`told`: text -> what was sent and what its narrator answered; `back`: records taken back."""

    log: Log
    stories: Stories
    village: Village
    told: dict[uuid.UUID, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    back: set[uuid.UUID] = field(default_factory=set)

    @property
    def project_id(self) -> int:
        return self.log.project_id

    @property
    def chanthou(self) -> Actor:
        return self.log.chanthou

    def visits(self, count: int, dice: random.Random) -> None:
        with unit_of_work() as session:
            self.village.session = session
            for at in range(count):
                needs = tuple(one for one in NEEDS if dice.random() < 0.3)
                person = {
                    "sex": dice.choice(("female", "male")),
                    "age_band": dice.choice(("0511", "1859", "60p")),
                    "victim_type": dice.choice(("direct_injured", "not_victim")),
                    "needs": needs,
                }
                where = {
                    "province": dice.choice(PROVINCES),
                    "remoteness": dice.choice(("r0", "r1", "r3")),
                    "submitter_id": 1 + at % 4,
                }
                self.village.household(person, **where)

    def narrator(self, **answers: str) -> uuid.UUID:
        """A text that may be used as they answered."""
        instance_id = f"uuid:{uuid.uuid4()}"
        version = self.stories.text(self.stories.tell(instance_id, **answers))
        self.told[version] = (instance_id, answers)
        return version

    def take_back(self, version: uuid.UUID) -> None:
        sent, _ = self.told[version]
        consent.withdraw_record(
            SYSTEM, self.project_id, sent, "person_asked", blobs=self.stories.blobs
        )
        self.back.add(version)

    def release(self, tables: Sequence[tuple[str, tuple[str, ...]]], **more: Any) -> int | None:
        """None where too few came since an earlier one."""
        try:
            return self.log.release(*tables, **more)
        except Problem as problem:
            if problem.kind is not RELEASE_TOO_CLOSE:
                raise
            return None

    # --- products ---------------------------------------------------------------------------------
    def usable(self, partner: str) -> list[tuple[uuid.UUID, str]]:
        with reading() as session:
            found = listing.list_usable(session, self.chanthou, self.project_id, partner)
        return [(one.version_pk, one.digest) for one in found]

    def make(
        self,
        product: str,
        by: Actor | None = None,
        papers: Papers = product_paper.papers,
        quotes: Sequence[tuple[uuid.UUID, str]] = (),
        beside: str = "",
        **more: Any,
    ) -> uuid.UUID:
        texts = [WantedQuote(text=key, seen=seen, beside=beside) for key, seen in quotes]
        wanted = Wanted(product=product, quotes=texts, **{"language": "en", **more})
        return packing.make(by or self.chanthou, self.project_id, wanted, papers)

    def take(
        self, pack_pk: uuid.UUID, by: Actor | None = None, papers: Papers = product_paper.papers
    ) -> dict[str, bytes]:
        """The files of a pack."""
        file = packing.hand_out(by or self.chanthou, self.project_id, pack_pk, papers)
        held = b"".join(file.pieces)
        assert file.is_as_made
        with zipfile.ZipFile(io.BytesIO(held)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def recommend(self, article: str, en: str, km: str) -> int:
        with unit_of_work() as session:
            at = (session, self.chanthou, self.project_id, article)
            return recommending.write(*at, en, km)

    def packs(self, by: Actor | None = None) -> list[PackTold]:
        with reading() as session:
            return listing.list_packs(session, by or self.chanthou, self.project_id, None, 100)


def a_world(app: Flask, client: FlaskClient, *, people: int = 240, seed: int = 7) -> World:
    stories = stories_of(app, a_phone(client))
    with unit_of_work() as session:
        village = Village(session, project_id=stories.project_id)
    log = Log(stories.project_id, village)
    world = World(log=log, stories=stories, village=village)
    world.visits(people, random.Random(seed))
    last_year = today().replace(year=today().year - 1, day=1)
    met = log.meet("PDAC", "CMAA", held_on=last_year)
    kept = log.promise(met, place="02", indicator="I11", due_on=today())
    log.say(kept, Status.KEPT)
    log.promise(met, partner="CMAA", due_on=today())
    log.ask(met, place="02")
    return world


@pytest.fixture
def world(app: Flask, client: FlaskClient) -> World:
    return a_world(app, client)
