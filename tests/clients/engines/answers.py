"""What is told in the tests of web clients, by the words that people see."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from tests.clients.engines.filling import Enketo, WebForms

Verb = Literal["write", "choose", "look_up", "acknowledge", "attach", "add", "day"]
Told = tuple[Verb, str, str]

CONSENT: tuple[Told, ...] = (
    ("write", "Your team code", "bt-7"),
    ("choose", "May we keep this record?", "Yes"),
    ("choose", "May we contact you again?", "No"),
    ("choose", "May we share your file with a service provider that we name to you?", "No"),
    ("choose", "May we count your answers in figures, without your name?", "Yes"),
    ("choose", "How was consent given?", "Signature"),
    ("choose", "Does somebody else answer for the person?", "No"),
)
PLACE: tuple[Told, ...] = (
    ("look_up", "Province or capital", "Battambang"),
    ("look_up", "District", "បវេល / Bavel"),
    ("look_up", "Commune", "បវេល / Bavel"),
)
STATEMENT = (
    "[Official text of the People's Treaty due from the campaign: show the printed sheet.] Its "
    "sense: cluster munitions cause harm that can be foreseen and cannot be accepted; they are "
    "morally unacceptable; I fully support the treaty that bans their use, stockpiling, transfer "
    "and production."
)
SIGNATURE: tuple[Told, ...] = (
    *CONSENT,
    ("acknowledge", STATEMENT, ""),
    *PLACE,
    ("choose", "Is the signer 18 or over?", "18 or over"),
    ("choose", "Who signs?", "Faith leader"),
    ("write", "Organisation", "វត្ត"),
    ("write", "Name of the signer", "សុខ ម៉ារី"),
    ("choose", "Which mark does the person make?", "Signature"),
    ("choose", "Ask: Do you agree with the text and put your name to it?", "Yes"),
    ("choose", "May we publish your name and title with it?", "Yes"),
)
HOUSEHOLD: tuple[Told, ...] = (
    *CONSENT,
    *PLACE,
    ("choose", "Can the road be passed in the wet season?", "No"),
    ("write", "Minutes to the nearest health centre", "90"),
    ("choose", "Phone signal at the house", "Calls only"),
    ("write", "Household code", "bt-7-01"),
    ("write", "How many people live in this household?", "3"),
    ("choose", "Sex of the head of household", "Female"),
    ("choose", "Which papers does the household hold?", "Family book"),
    ("choose", "Which papers does the household hold?", "National ID card"),
)
CARDS: tuple[Told, ...] = (
    ("choose", "Is there a latrine that the person can use?", "No"),
    ("choose", "Holds the disability ID card?", "Yes"),
    ("choose", "Holds the IDPoor or equity card?", "No"),
    ("choose", "Receives cash support or the Family Package?", "No"),
    ("choose", "Was card or cash refused, delayed or cut?", "No"),
)
SURVIVOR: tuple[Told, ...] = (
    ("choose", "Sex", "Female"),
    ("choose", "How well is the age known?", "Exact age"),
    ("write", "Age in completed years", "44"),
    ("choose", "What happened to this person?", "Injured by explosive ordnance"),
    ("choose", "What exploded?", "Cluster submunition"),
    ("choose", "Is the year of the incident known?", "Yes"),
    ("write", "Year of the incident", "2001"),
    ("choose", "Month of the incident", "May"),
    ("choose", "What was the person doing?", "Farming"),
    ("choose", "What was the person at that time?", "Civilian"),
    ("choose", "Outcome for the person injured or killed", "Amputation"),
    ("choose", "Injuries", "Amputation below the knee"),
    ("choose", "Which side?", "Left"),
    ("choose", "Is a prosthesis, orthosis, wheelchair or other device in use?", "No"),
    *(
        ("choose", f"Do you have difficulty {asked}?", answer)
        for asked, answer in (
            ("seeing, even if wearing glasses", "No – no difficulty"),
            ("hearing, even if using a hearing aid", "No – no difficulty"),
            ("walking or climbing steps", "Yes – a lot of difficulty"),
            ("remembering or concentrating", "No – no difficulty"),
            ("(with self-care such as) washing all over or dressing", "No – no difficulty"),
        )
    ),
    (
        "choose",
        (
            "Using your usual language, do you have difficulty communicating, for example "
            "understanding or being understood?"
        ),
        "No – no difficulty",
    ),
    ("choose", "Works, for pay or for the family?", "Yes"),
    ("choose", "Main source of income", "Farming own land"),
    ("choose", "Holds a land title?", "No"),
    *CARDS,
)
NEED: tuple[Told, ...] = (
    ("look_up", "Which need?", "Prosthesis: new, repair, replace"),
    ("choose", "How urgent?", "Within 30 days"),
    ("choose", "What stands in the way?", "Distance"),
    ("choose", "What stands in the way?", "Cost of transport"),
    ("choose", "How far is the need met?", "Unmet"),
)
PARTICIPATION: tuple[Told, ...] = (
    ("choose", "Was a right of this person not respected, that they want to tell of?", "No"),
    ("choose", "Member of a survivor group or organisation of persons with disabilities?", "No"),
    (
        "choose",
        "Asked for views by an authority or organisation in the last 12 months?",
        "No",
    ),
    ("choose", "Holds a seat in a committee or council?", "No"),
)


def tell(filling: Enketo | WebForms, told: tuple[Told, ...]) -> None:
    for verb, label, answer in told:
        if verb == "attach":
            filling.attach(label, Path(answer))
        elif verb == "day":
            filling.day(label, dt.date.fromisoformat(answer))
        elif verb in ("acknowledge", "add"):
            getattr(filling, verb)(label)
        else:
            getattr(filling, verb)(label, answer)
