"""Joined, visited, corrected, removed, taken apart, in any order: at the end each has the case that
it would have had if nobody had ever joined anything; and at no time does a fold find another state.

HISTORIES=80 .venv/bin/python -m pytest tests/integration/cases -k histories --timeout 3600
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cases.actions import fold_again
from service.cases.tables import Case
from service.foundation import db
from service.foundation.db import reading, unit_of_work
from service.persons.tables import Decision, Pair
from service.persons.verdicts import Verdict
from service.review import actions as removing
from service.review.removing import Why
from tests import visited
from tests.integration.cases.conftest import Cases, person
from tests.integration.cases.test_joined_cases import everything, in_force, rows, say_of

HISTORIES = int(os.environ.get("HISTORIES", "3"))
RECORDS = 3
STEPS = 8
CODES = ("reh_prosthesis", "psy_peer", "sei_wash")


@dataclass(kw_only=True)
class World:
    """One man, assessed three times, and what is done with his records."""

    site: Cases
    chance: random.Random
    latest: list[str] = field(default_factory=list)
    """The version of each record that stands."""
    removed: set[int] = field(default_factory=set)

    def assess(self, number: int, edits: str = "") -> str:
        needs = [(code, "p2") for code in self.chance.sample(CODES, self.chance.randint(1, 3))]
        more: dict[str, Any] = {"meta": {"deprecatedID": edits}} if edits else {}
        return self.site.assess(
            person(*needs, phone="012 345 678"),
            today=f"2026-{9 + number:02d}-01", hh_id=f"H-{number}", **more,
        )  # fmt: skip


def join(world: World) -> None:
    _say(world, Verdict.SAME)


def part(world: World) -> None:
    _say(world, world.chance.choice((Verdict.APART, Verdict.DIFFERENT, Verdict.AGAIN)))


def _say(world: World, verdict: Verdict) -> None:
    is_join = verdict is Verdict.SAME
    those = [one for one in visited.pairs() if (one.verdict is not Verdict.SAME) is is_join]
    if those:
        say_of(world.site, world.chance.choice(those), verdict)


def come_by(world: World) -> None:
    """A visit that names any of the codes, whichever is in force."""
    chance = world.chance
    case = chance.choice(rows(Case))
    status = chance.choice(("met", "in_progress", "unmet"))
    told = {"need_code": chance.choice(CODES), "new_status": status, "need_status": status,
            "person_confirms": "yes", "open_need": str(uuid.uuid4())}  # fmt: skip
    refusal = chance.choice(({}, {}, {"c_stats": "no"}, {"c_contact": "no"}))
    world.site.send("follow_up", {
        "today": f"2026-{chance.randint(9, 12):02d}-{chance.randint(2, 28):02d}",
        "c_store": "yes", "c_contact": "yes", "c_share_case": "yes", "c_stats": "yes",
        "c_method": "signature", "prov": "02", "dist": "0204", "comm": "020401",
        "case_id": str(case["entity_id"]), "visit_no": 1, "found": "found", "visited": [told],
        **refusal,
    })  # fmt: skip


def correct(world: World) -> None:
    number = world.chance.randrange(RECORDS)
    if number not in world.removed:
        world.latest[number] = world.assess(number, edits=world.latest[number])


def remove_or_restore(world: World) -> None:
    number, site = world.chance.randrange(RECORDS), world.site
    key = site.key(world.latest[number])
    with unit_of_work() as session:
        if number in world.removed:
            removing.restore_record(session, SYSTEM, site.project_id, key)
        else:
            removing.remove_record(session, SYSTEM, site.project_id, key, Why.PRACTICE)
    world.removed ^= {number}
    site.work()


ACTS: tuple[Callable[[World], None], ...] = (
    join, join, part, come_by, come_by, correct, remove_or_restore,
)  # fmt: skip


def folded_again(site: Cases) -> dict[str, Any]:
    keys = [row["case_pk"] for row in rows(Case)]
    fold_again(site.project_id, keys, records={row["record_pk"] for row in rows(Case)})
    return everything(site)


def forget_joins() -> None:
    """As if nobody had ever said a word."""
    with unit_of_work() as session:
        session.execute(sa.delete(Decision))
        session.execute(sa.delete(Pair))


def hanging() -> int:
    """Of records that stand, walking along the joins: one of those that hang together, through a
    removed one, too."""
    standing = {one.record_pk for one in visited.mentions()}
    everybody = [*visited.mentions(), *visited.mentions(here=False)]
    mentions = {one.mention_pk: one.record_pk for one in everybody}
    with reading() as session:
        pairs = session.scalars(sa.select(Pair).where(Pair.verdict == Verdict.SAME)).all()
    groups = [{record} for record in set(mentions.values())]
    for one in pairs:
        legs = {mentions.get(leg) for leg in (one.first_pk, one.second_pk)}
        touched = [group for group in groups if group & legs]
        groups = [group for group in groups if not group & legs]
        if touched:
            groups.append(set().union(*touched))
    return sum(1 for group in groups if group & standing)


def test_random_histories_end_as_if_nobody_had_been_joined(site: Cases) -> None:
    unlimited = accounts.Quota(submissions=0, bytes=0)  # one phone sends them all
    site.app.extensions["samleng.device_watch"] = accounts.DeviceWatch(unlimited)
    many = HISTORIES if db.current().is_sqlite else -(-HISTORIES // 3)  # a third where each is dear
    for seed in range(many):
        world = World(site=site, chance=random.Random(f"joined cases {seed}"))
        world.latest = [world.assess(number) for number in range(RECORDS)]
        for _ in range(STEPS):
            world.chance.choice(ACTS)(world)
            now = everything(site)
            assert folded_again(site) == now, seed
            here = {one.record_pk for one in visited.mentions()}
            assert len([one for one in in_force() if one.record_pk in here]) == hanging(), seed
        for number in sorted(world.removed):
            with unit_of_work() as session:
                key = site.key(world.latest[number])
                removing.restore_record(session, SYSTEM, site.project_id, key)
        site.work()
        for one in visited.pairs():
            if one.verdict is Verdict.SAME:
                say_of(site, one, Verdict.APART)
        apart = everything(site)
        forget_joins()
        assert folded_again(site) == apart, seed
        for record in world.latest:
            visited.erase(site.app, site.project_id, record)
        site.work()
