"""What the demonstration's team asked of offices, what those promised, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from service.accounts.actor import Actor, Role
from service.dialogue.actions import feeding, meeting, promising, showing
from service.dialogue.actions.meeting import Asked, Met
from service.dialogue.actions.promising import Given, Said
from service.dialogue.promises import Status
from service.disclosure.rules import Audience
from service.foundation.db import unit_of_work
from service.foundation.sealing import Signer
from service.persons.actions import today
from service.products.actions import packing, recommending
from service.products.actions.packing import Papers
from service.products.actions.packing import Wanted as Pack
from service.releases import actions as releases
from service.releases.actions import Wanted
from service.releases.standing import Standing

TABLES = (
    ("I01", ("province",)), ("I11", ("province",)), ("I12", ("need", "province")),
    ("I01", ("sex", "age")), ("I01", ("quarter",)), ("I01", ("province", "sex")),
    ("I08", ("province",)), ("I11", ("province", "remoteness")), ("I12", ("need",)),
    ("I02", ("sex",)), ("I03", ("sex",)), ("I32", ("reach", "province")),
)  # fmt: skip
INSIDE = (
    ("I12", ("need", "province")), ("I38", ("article",)), ("I38", ("article", "sex")),
    ("I38", ("article", "province")), ("I24", ("need",)), ("I22", ("need",)),
)  # fmt: skip
"""For partners."""
DAY = dt.timedelta(days=1)


def hold(project_id: int, reviewer: Actor, coordinator: Actor, signer: Signer) -> int:
    """A release, which a second person publishes, and three meetings; answers how many promises.
    The demonstration has one coordinator: its reviewer stands in for the second."""
    second = replace(reviewer, roles={project_id: frozenset({Role.COORDINATOR})})
    at = (coordinator, project_id)
    public = Wanted(title="អ្វីដែលយើងបានដឹង", audience=Audience.PUBLIC, tables=TABLES)
    inside = Wanted(title="សម្រាប់ដៃគូ", audience=Audience.PARTNER, tables=INSIDE)
    numbers = []
    for wanted in (public, inside):
        with unit_of_work() as session:
            frozen, _ = releases.freeze(session, *at, wanted, signer)
        with unit_of_work() as session:
            releases.decide(session, second, project_id, frozen.number, Standing.PUBLISHED)
        numbers.append(frozen.number)
    with unit_of_work() as session:
        met = Met(
            held_on=dt.date(today().year - 1, 11, 12),
            partners=("PDAC", "MAPU"),
            place="02",
            ours="សុភា, ចន្ធូ",
            venue="សាលាខេត្ត",
            notes="ពួកគេសុំតួលេខតាមឃុំ។ យើងបានពន្យល់ថាតួលេខតូចៗអាចបង្ហាញថាជានរណា។",
        )
        last_year = meeting.write_meeting(session, *at, met)
        asked = Asked(
            partner="PDAC",
            framework="CRPD-9",
            text={
                "km": "តើសាលាឃុំនឹងមានជម្រាលសម្រាប់រទេះរុញនៅពេលណា?",
                "en": "When will commune halls have ramps for wheelchairs?",
            },
        )
        question = meeting.ask(session, *at, last_year, asked)
        said = {"km": "យើងចាប់ផ្តើមពីស្រុកពីរ។", "en": "We begin with two districts."}
        meeting.answer(session, *at, question, met.held_on, said)
        ramps = Given(
            partner="PDAC",
            owner="មន្ទីរសាធារណការ",
            question_pk=question,
            due_on=dt.date(today().year, 6, 30),
            text={"km": "ជម្រាលនៅសាលាឃុំដប់", "en": "Ramps at ten commune halls"},
        )
        promise = promising.promise(session, *at, last_year, ramps)
        four = Said(
            status=Status.PARTLY,
            said_on=dt.date(today().year, 7, 4),
            reason="មានតែបួនក្នុងចំណោមដប់។ ថវិកាឆ្នាំក្រោយសម្រាប់នៅសល់។",
        )
        promising.say(session, *at, promise, four)
    _this_year(at, numbers[0])
    with unit_of_work() as session:
        feeding.put_on_phones(session, *at)
    with unit_of_work() as session:
        recommending.write(
            session, *at, "CRPD-9",
            "Build a ramp at every commune hall and health centre, and keep it in repair.",
            "សូមសាងសង់ជម្រាលនៅសាលាឃុំ និងមណ្ឌលសុខភាពនីមួយៗ ហើយថែទាំវា។",
        )  # fmt: skip
    return 3


def make_products(project_id: int, coordinator: Actor, papers: Papers) -> None:
    """A brief for a partner, and what anybody may have."""
    for wanted in (
        Pack(product="province_brief", language="both", place="02", partner="PDAC"),
        Pack(product="commune_page", language="km", place="020401"),
        Pack(product="crpd", language="en", partner="CRPDC"),
        Pack(product="open_data", language="en"),
    ):
        packing.make(coordinator, project_id, wanted, papers)


def _this_year(at: tuple[Actor, int], release: int) -> None:
    with unit_of_work() as session:
        met = Met(held_on=today() - 50 * DAY, partners=("MOSVY",), place="")
        capital = meeting.write_meeting(session, *at, met)
        cards = Given(
            partner="MOSVY",
            owner="នាយកដ្ឋានសុខុមាលភាពជនពិការ",
            due_on=today() - 5 * DAY,
            indicator="I11",
            place="02",
            text={
                "km": "ក្រុមចល័តចេញបណ្ណសម្គាល់ជនមានពិការភាពនៅស្រុកដាច់ស្រយាល",
                "en": "A mobile team issues disability cards in remote districts",
            },
        )
        promising.promise(session, *at, capital, cards)
        met = Met(held_on=today() - 9 * DAY, partners=("MAPU",), place="02")
        here = meeting.write_meeting(session, *at, met)
        showing.show_release(session, *at, here, release)
        fields = Given(
            partner="MAPU",
            owner="អង្គភាពរៀបចំផែនការ",
            due_on=today() + 20 * DAY,
            text={"km": "ពិនិត្យផ្លូវទៅសាលារៀន", "en": "Look at the way to the school"},
        )
        promising.promise(session, *at, here, fields)
