"""What is told in the reference forms F2 to F7, by the words that people see."""

from __future__ import annotations

import datetime as dt
from functools import cache

from openpyxl import load_workbook

from service.facts.circumstances import PHNOM_PENH
from tests.clients.engines.answers import CONSENT, PLACE, Told
from tests.golden.form_text import ENGLISH, KHMER
from tests.golden.reference_forms import DIRECTORY

CASE, PROSTHESIS, PEER = (
    "3f0a5f5c-1d0e-4c4e-9b4e-0f8f3a6c0001",
    "3f0a5f5c-1d0e-4c4e-9b4e-0f8f3a6c0002",
    "3f0a5f5c-1d0e-4c4e-9b4e-0f8f3a6c0003",
)
"""A case and two open needs of it, as the lists on the phone have them."""
CASE_LABEL, PROSTHESIS_LABEL, PEER_LABEL = "សុខ · bt-0007", "អវយវៈសិប្បនិម្មិត", "ការគាំទ្រពីមិត្ត"
DAY = "2025-03-05"
IN_A_MONTH = (dt.datetime.now(PHNOM_PENH).date() + dt.timedelta(days=30)).isoformat()
YES, NO = "Yes", "No"
AGAIN = "Now that it is told: may we"

RIGHTS: tuple[Told, ...] = (
    *CONSENT,
    *PLACE,
    ("choose", "Who reports?", "Family"),
    ("look_up", "Which right was not respected?", "Violence, exploitation, abandonment"),
    ("choose", "Is the day known on which it happened?", YES),
    ("day", "Day on which it happened", DAY),
    ("choose", "Where did it happen?", "Home"),
    ("choose", "Who is responsible?", "Commune"),
    ("write", "How many people are affected?", "1"),
    ("choose", "Sex of the person affected", "Female"),
    ("choose", "Age group of the person affected", "12–17"),
    (
        "choose",
        "Does the guardian agree that what is told of this child is used as you explained?",
        YES,
    ),
    ("choose", "Does the child agree too?", YES),
    ("write", "What happened?", "គេរារាំងមិនឱ្យចេញពីផ្ទះ"),
    ("choose", "Is it safe for the person if we raise it?", NO),
    ("choose", "Does the person want us to do something?", "Not now, later"),
)
SHEET: tuple[Told, ...] = (
    ("write", "Your team code", "bt-7"),
    (
        "choose",
        "Does the sheet carry the printed consent text, and was it read to those who signed?",
        YES,
    ),
    ("choose", "How was consent given?", "Thumbprint on paper"),
    ("write", "Number of the sheet", "KH-2026-0042"),
    ("write", "Code of the campaign", "pt2026"),
    ("write", "Version of the text on the sheet", "km-1"),
    ("day", "Day on which it was signed", DAY),
    *PLACE,
    ("write", "Code of who collected the sheet", "bt-9"),
    ("write", "Witness named on the sheet", "លោក ហេង"),
    ("write", "How many lines are filled in on the sheet?", "2"),
)
LINES: tuple[Told, ...] = (
    ("choose", "How do you key it in?", "Line by line, with names"),
    ("write", "Number of the line", "1"),
    ("write", "Name as written", "សុខ ម៉ារី"),
    ("choose", "Sex (may be left out)", "Female"),
    ("choose", "Which mark stands there?", "Thumbprint on paper"),
)
SECOND_LINE: tuple[Told, ...] = (
    ("add", "Line", ""),
    ("write", "Number of the line", "2"),
    ("choose", "State of the line", "Under 18"),
    ("choose", "Which mark stands there?", "Signature"),
)
TELLING: tuple[Told, ...] = (
    *CONSENT,
    *PLACE,
    (
        "choose",
        "Did you prepare this telling with the person, on another day or with time to think?",
        YES,
    ),
    ("choose", "Is somebody there whom the person trusts?", YES),
    ("choose", "Did you give a contact for psychological support?", YES),
    ("write", "Service that the person can call, and its phone", "មន្ទីរពេទ្យ 012 000 000"),
    (
        "acknowledge",
        "The text on consent was read or played in the person's own language.",
        "",
    ),
    ("choose", "Sex", "Female"),
    ("choose", "Age group", "18–59"),
    ("choose", "May we quote your words, without name or village?", YES),
    ("choose", "May we publish your name?", NO),
    ("choose", "May we publish a photo of you?", YES),
    ("choose", "May we publish your voice?", NO),
    ("choose", "May we publish a film of you?", NO),
    ("choose", "May we use it outside Cambodia?", YES),
    (
        "choose",
        "May we give your record, with your name, to a government body that we name to you?",
        NO,
    ),
    ("choose", "What is told?", "Life afterwards"),
    ("choose", "In which form?", "Text"),
    ("choose", "In which language?", "Khmer"),
    ("write", "What was told, word by word", "ខ្ញុំដើរបានម្តងទៀត"),
)
AFTERWARDS: tuple[Told, ...] = (
    ("choose", "Did the person become distressed?", "None"),
    ("choose", "After the telling: may we keep what was told?", YES),
    ("choose", f"{AGAIN} quote your words, without name or village?", YES),
    ("choose", f"{AGAIN} publish your name?", NO),
    ("choose", f"{AGAIN} publish a photo of you?", NO),
    ("choose", f"{AGAIN} use it outside Cambodia?", NO),
    (
        "choose",
        f"{AGAIN} give your record, with your name, to a government body that we name to you?",
        NO,
    ),
    (
        "choose",
        "Where it is used: how may we say who told it?",
        "As a survivor from the province, without a name",
    ),
    (
        "write",
        "What must be left out, so that nobody knows who told it?",
        "ឈ្មោះភូមិ",
    ),
    ("choose", "Was it read or played back, and is it right?", YES),
    ("day", "Until which day may it be used?", IN_A_MONTH),
    ("choose", "Does the person hold the paper that says how to take it back?", YES),
)
MAY_CALL: Told = ("choose", "May we contact you again?", YES)
"""Of others no phone holds the case."""
VISIT: tuple[Told, ...] = (
    *(MAY_CALL if one[1] == MAY_CALL[1] else one for one in CONSENT),
    *PLACE,
    ("look_up", "Whom do you visit?", CASE_LABEL),
    ("choose", "Did you find the person?", "Found"),
    ("choose", "Which need of the list?", PROSTHESIS_LABEL),
    ("choose", "How far is the need met now?", "Met"),
    ("choose", "Ask the person: is this need met?", YES),
    ("choose", "What came of the referral?", "Served"),
    ("choose", "Did the person get a service for it since the last visit?", YES),
    ("write", "Code of the provider", "prc-bt"),
    ("day", "Day of the service", DAY),
    ("write", "What did the person pay, in riel?", "20000"),
    ("write", "Minutes to get there, one way", "150"),
    ("choose", "How good was it, says the person?", "4 – good"),
)
ANOTHER_NEED: tuple[Told, ...] = (
    ("add", "Need on the list", ""),
    ("choose", "Which need of the list?", PEER_LABEL),
    ("choose", "How far is the need met now?", "Met"),
    ("choose", "Ask the person: is this need met?", "Partly"),
    ("choose", "Did the person get a service for it since the last visit?", NO),
    ("choose", "What stands in the way?", "Distance"),
)
LEAVING: tuple[Told, ...] = (
    ("choose", "Is there a need that is not on the list?", YES),
    ("look_up", "Which new need?", "Wheelchair or tricycle"),
    ("choose", "How urgent?", "Within 30 days"),
    ("choose", "Does the person want to take back anything that was allowed?", YES),
    ("choose", "What does the person take back?", "Use outside Cambodia"),
    ("day", "Day of the next visit", IN_A_MONTH),
)
CONCERN: tuple[Told, ...] = (
    *CONSENT,
    *PLACE,
    ("choose", "What is suspected there?", "Cluster submunition"),
    ("choose", "Did the person see it, or was it told?", "Told by others"),
    ("choose", "Did anybody touch or move it?", NO),
    ("write", "Where is it?", "ខាងជើងវាលស្រែ ក្បែរដើមត្នោតពីរ"),
    (
        "choose",
        "Are you both in a safe place now, and may its position be noted?",
        YES,
    ),
    ("choose", "What is the land used for, and what is near?", "Field"),
    ("choose", "What is the land used for, and what is near?", "School"),
    ("choose", "How large is it?", "1 to 5 hectares"),
    ("write", "How many households use it or pass by?", "12"),
    ("choose", "Did anything explode there before?", YES),
    ("write", "How many people were hurt or killed?", "1"),
    ("choose", "Is the place marked?", "Not marked"),
    ("choose", "To whom was it reported?", "Police"),
    ("day", "Day of that report", DAY),
    ("choose", "What was answered?", "No answer yet"),
    ("choose", "Were women asked too?", YES),
    ("choose", "Were persons with disabilities asked too?", NO),
)
OFFICE: tuple[Told, ...] = (
    ("write", "Your team code", "bt-7"),
    ("choose", "Does the office agree to stand in the directory?", YES),
    ("write", "Code of the provider", "prc-bt"),
    ("write", "Name of the office in Khmer", "មជ្ឈមណ្ឌលស្តារនីតិសម្បទាបាត់ដំបង"),
    ("choose", "What kind of office?", "Physical rehabilitation centre"),
    ("choose", "Which needs does it serve?", "Prosthesis: new, repair, replace"),
    ("choose", "Which needs does it serve?", "Wheelchair or tricycle"),
    *PLACE,
    ("choose", "On which days is it open?", "Monday"),
    ("choose", "On which days is it open?", "Tuesday"),
    ("write", "From when to when?", "07:30-17:00"),
    ("write", "Phone of the office", "053000000"),
    ("write", "What does a visit cost, in riel?", "0"),
    ("choose", "Can somebody in a wheelchair get in and be served?", YES),
    ("choose", "Is the IDPoor or equity card accepted?", YES),
    ("choose", "Is the office working?", YES),
    ("day", "Day on which you asked there", DAY),
)


def in_khmer(form_id: str, told: tuple[Told, ...]) -> tuple[Told, ...]:
    """The same told by somebody who reads the form in Khmer. Lists beside the form hold one label
    for both languages."""
    return tuple(
        (verb, asked := khmer(form_id, label), _choices(form_id).get((asked, answer), answer))
        for verb, label, answer in told
    )


def khmer(form_id: str, label: str) -> str:
    [found] = {
        row[f"label::{KHMER}"]
        for row in _sheet(form_id, "survey")
        if row.get(f"label::{ENGLISH}") == label
    }
    return found


@cache
def _choices(form_id: str) -> dict[tuple[str, str], str]:
    """(question in Khmer, choice in English) to the choice in Khmer."""
    lists: dict[str, dict[str, str]] = {}
    for row in _sheet(form_id, "choices"):
        words = lists.setdefault(row["list_name"], {})
        words[row[f"label::{ENGLISH}"]] = row[f"label::{KHMER}"]
    return {
        (row[f"label::{KHMER}"], english): in_khmer_too
        for row in _sheet(form_id, "survey")
        if row["type"].startswith(("select_one ", "select_multiple "))
        for english, in_khmer_too in lists[row["type"].split()[1]].items()
    }


@cache
def _sheet(form_id: str, name: str) -> tuple[dict[str, str], ...]:
    book = load_workbook(DIRECTORY / f"{form_id}.xlsx", read_only=True)
    header, *cells = book[name].iter_rows(values_only=True)
    rows = (dict(zip(map(str, header), (str(c or "") for c in row), strict=True)) for row in cells)
    return tuple(row for row in rows if any(row.values()))
