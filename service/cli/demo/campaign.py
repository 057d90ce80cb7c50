"""The demonstration's campaign: a text, a goal, a total of others, and paper that went out."""

from __future__ import annotations

import datetime as dt

from service.accounts.actor import Actor
from service.foundation.db import unit_of_work
from service.persons.actions import today
from service.treaty.actions import managing, papering
from service.treaty.custody import number_of
from service.treaty.queries.campaigns import CampaignTold

CODE, VERSION = "pt2026", "km-1"
"""As the demonstration's forms have them."""
SHEETS, LINES = 3, 15
TEXT = {
    "km": "គ្រាប់បែកចង្កោមបង្កគ្រោះថ្នាក់ដែលមិនអាចទទួលយកបានដល់ប្រជាជនស៊ីវិល។ "
    "យើងគាំទ្រសន្ធិសញ្ញាដែលហាមការប្រើប្រាស់ ការស្តុកទុក ការផលិត និងការផ្ទេរវា "
    "ហើយសុំឱ្យកម្ពុជាចូលជាភាគីនៃសន្ធិសញ្ញានេះ។",
    "en": "Cluster munitions do unacceptable harm to civilians. We support the treaty that bans "
    "their use, stockpiling, production and transfer, and ask Cambodia to join it.",
}


def begin(project_id: int, coordinator: Actor) -> None:
    """The last of its sheets came back and waits for two people to key it."""
    at = (coordinator, project_id)
    said = CampaignTold(
        code=CODE,
        title_en="People's Treaty 2026",
        title_km="សន្ធិសញ្ញាប្រជាជន ២០២៦",
        goal=1_000,
        begins_on=dt.date(today().year - 1, 1, 1),
        ends_on=None,
        delivered_on=None,
        names_until=None,
    )
    with unit_of_work() as session:
        managing.set_campaign(session, *at, said)
        managing.add_statement(session, *at, VERSION, TEXT["en"], TEXT["km"])
        managing.add_reported(
            session,
            *at,
            source="ឧទាហរណ៍ · an invented example",
            reported_on=dt.date(2008, 7, 31),
            scope="កម្ពុជា · Cambodia",
            count=10_000,
        )
        papering.issue(session, *at, count=SHEETS, rows=LINES, holder="TEAM-1")
        papering.give_back(
            session,
            *at,
            number_of(CODE, SHEETS),
            lines=8,
            signed_on=today() - dt.timedelta(days=3),
            commune="020101",
        )
