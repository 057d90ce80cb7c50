"""Random packs while narrators take back what they said: every number stands in its release, every
quote is covered by a consent that holds at that moment. `python -m tests.packs` makes many."""

from __future__ import annotations

import json
import os
import random
import time
import uuid
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.dialogue.partners import KNOWN, Stands
from service.disclosure.rules import Audience
from service.foundation.db import unit_of_work
from service.foundation.problems import STORY_GONE, Problem
from service.products.blocks import Level
from service.products.declared import PRODUCTS
from tests import packs
from tests.integration.products.conftest import ALLOWS, PROVINCES, TABLES, World, a_world

COUNT = int(os.environ.get(packs.COUNT, "8"))
SECONDS_A_PACK = 10.0
NEEDED = {
    Stands.CAMBODIA: {"c_quote_anon"},
    Stands.GOVERNMENT: {"c_quote_anon", "c_share_gov"},
    Stands.ABROAD: {"c_quote_anon", "c_advocacy_intl"},
}
"""By docs/dialogue.md; nobody's own code."""


ISSUES = tuple(("I38", ("article", *by)) for by in ((), ("sex",), ("province",)))


@dataclass
class Seen:
    """What was found out on the way."""

    wrong: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    numbers: int = 0
    quotes: int = 0
    gone: int = 0
    seconds: list[float] = field(default_factory=list)
    made: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    """Pack -> texts in it."""


def test_no_number_and_no_quote_stands_in_a_pack_without_its_source(
    app: Flask, client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(COUNT)
    world = a_world(app, client, people=min(400, 120 + COUNT), seed=COUNT)
    world.log.partners("OPD", "ICRC", "MONITOR")
    with unit_of_work() as session:
        world.village.session = session
        for at in range(80):
            crpd = dice.sample(("9", "27", "28", "24"), dice.randint(1, 2))
            sex, where = dice.choice(("female", "male")), dice.choice(PROVINCES)
            world.village.issue(issue_code="access_building", crpd=crpd, sex=sex,
                                province=where, submitter_id=1 + at % 4)  # fmt: skip
        for at in range(6):
            world.village.provider(
                code=f"p-{at}", name_en="Centre", province=dice.choice(PROVINCES)
            )
    world.recommend("CRPD-9", "Ramps at each hall.", "ជម្រាលនៅសាលាឃុំ។")
    world.release(ISSUES)
    narrators = 4 if COUNT < 100 else 24
    for _ in range(narrators):
        world.narrator(**{one: dice.choice(("yes", "no")) for one in ALLOWS})
    world.release(TABLES)
    for _ in range(1 if COUNT < 100 else 5):
        world.visits(dice.choice((5, 60)), dice)
        tables = dice.sample(TABLES, 9)
        world.release(tables, audience=dice.choice((Audience.PUBLIC, Audience.PARTNER)))
    seen = Seen()
    for at in range(COUNT):
        if at % max(2, COUNT // narrators) == 1:
            take_one_back(world, dice)
        make_one(world, dice, seen)
    for pack, quotes in dice.sample(sorted(seen.made.items()), min(COUNT, 200)):
        check_again(world, pack, quotes, seen)
    with capsys.disabled():
        print(
            f"\n{COUNT} packs, {seen.numbers} numbers: {len(seen.wrong)} mismatches; "
            f"{seen.quotes} quotes: {len(seen.violations)} violations; {seen.gone} packs gone; "
            f"{sum(seen.seconds) / COUNT:.2f} s a pack, {max(seen.seconds):.2f} s the longest"
        )
    assert (seen.wrong, seen.violations) == ([], [])
    assert seen.numbers > 10 * COUNT
    assert max(seen.seconds) < SECONDS_A_PACK


def take_one_back(world: World, dice: random.Random) -> None:
    left = sorted(set(world.told) - world.back)
    if len(left) > 1:
        world.take_back(dice.choice(left))


def make_one(world: World, dice: random.Random, seen: Seen) -> None:
    product = PRODUCTS[dice.choice([*PRODUCTS])]
    partner = dice.choice(["", *KNOWN])
    place = {
        Level.COUNTRY: "",
        Level.PROVINCE: dice.choice(PROVINCES),
        Level.COMMUNE: "020401",
    }[product.level]
    language = dice.choice(("en", "en", "km", "both"))
    usable = world.usable(partner) if product.id in ("province_brief", "monitor", "crpd") else []
    quotes = dice.sample(usable, min(len(usable), dice.randint(0, 2)))
    begun = time.monotonic()
    beside = dice.choice(["", *(one.key for one in product.evidence)])
    made = world.make(
        product.id, place=place, partner=partner, language=language, quotes=quotes, beside=beside
    )
    files = world.take(made)
    seen.seconds.append(time.monotonic() - begun)
    seen.made[made] = [key for key, _ in quotes]
    told = json.loads(files[packs.MANIFEST])
    seen.numbers += len(told["numbers"])
    seen.wrong += packs.mismatches(files, world.project_id)
    seen.quotes += len(quotes)
    if len(told["quotes"]) != len(quotes):
        seen.violations.append(f"{len(told['quotes'])} quotes where {len(quotes)} were chosen")
    for key, _ in quotes:
        seen.violations += uncovered(world, key, partner)


def uncovered(world: World, version: uuid.UUID, partner: str) -> list[str]:
    """Why the narrator's answers, as they were given, do not cover the quote."""
    _, answers = world.told[version]
    stands = KNOWN[partner].stands if partner else Stands.ABROAD
    stands = Stands.CAMBODIA if partner in ("OPD", "ICRC", "MONITOR") else stands  # `partners()`
    lacking = [one for one in NEEDED[stands] if answers[one] != "yes"]
    if version in world.back:
        lacking.append("taken back")
    return [f"{version} for {partner or 'anybody'}: {one}" for one in lacking]


def check_again(world: World, pack: uuid.UUID, quotes: list[uuid.UUID], seen: Seen) -> None:
    """Taken later on: gone exactly where somebody took back what stands in it."""
    is_gone = bool(world.back.intersection(quotes))
    try:
        world.take(pack)
    except Problem as problem:
        if problem.kind is not STORY_GONE or not is_gone:
            seen.violations.append(f"{pack} is gone, and nobody took back: {problem.kind}")
        seen.gone += 1
        return
    if is_gone:
        seen.violations.append(f"{pack} stands, with words that were taken back")


def test_the_check_finds_a_number_that_was_changed(app: Flask, client: FlaskClient) -> None:
    """In the manifest, in the CSV, on paper, and in the release itself."""
    world = a_world(app, client, people=120)
    world.release(TABLES[:6])
    files = world.take(world.make("province_brief", place="02"))
    assert packs.mismatches(files, world.project_id) == []
    told = json.loads(files[packs.MANIFEST])
    first = next(one for one in told["numbers"] if one["n"] and one["n"] > 9)
    other = {**first, "n": first["n"] + 1}
    for changed in (
        {**told, "numbers": [other if one is first else one for one in told["numbers"]]},
        {**told, "numbers": [one for one in told["numbers"] if one["n"] != first["n"]]},
        {**told, "numbers": [{**one, "cell": {"sex": "male"}} for one in told["numbers"]]},
    ):
        held = {**files, packs.MANIFEST: json.dumps(changed).encode()}
        found = [one for one in packs.mismatches(held, world.project_id) if "hash" not in one]
        assert found
    release = files["releases/release-1.json"]
    held = {**files, "releases/release-1.json": release.replace(b'"n":', b'"n":1', 1)}
    with pytest.raises(ValueError, match="SHA-256"):
        packs.mismatches(held, world.project_id)
