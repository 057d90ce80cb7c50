"""Synthetic records of the other reference forms: rights, sheets, testimony, visits, concerns,
services. The same seed and number, the same answers; nobody and no office in them is real."""

from __future__ import annotations

import datetime as dt
import random
import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.cli.demo.people import Filled, consent, filled_in, header, name, place
from service.facts import codes
from service.facts.issues import ISSUE_KINDS
from service.facts.needs import NEED_KINDS
from service.foundation import clock

STORIES = (
    "មន្ត្រីប្រាប់ឱ្យត្រឡប់មកវិញ ហើយមិនទទួលពាក្យ",
    "គេមិនឱ្យចូលក្នុងអគារ ព្រោះគ្មានផ្លូវរទេះរុញ",
    "គេបង់ប្រាក់ឱ្យតិចជាងអ្នកដទៃ",
    "ប័ណ្ណត្រូវបានបដិសេធពីរដង",
)
TELLINGS = (
    "ខ្ញុំទៅកាប់អុស ហើយឮសំឡេងផ្ទុះ។ បន្ទាប់មកខ្ញុំភ្ញាក់នៅមន្ទីរពេទ្យ។",
    "ក្រោយមានជើងសិប្បនិម្មិត ខ្ញុំដើរទៅស្រែបានម្តងទៀត។",
    "កូនខ្ញុំឈប់រៀន ដើម្បីជួយការងារផ្ទះ។ ខ្ញុំចង់ឱ្យគាត់ទៅរៀនវិញ។",
    "សូមកុំឱ្យមាននរណារងគ្រោះដូចខ្ញុំទៀត។",
)
PLACES = (
    "ខាងជើងវាលស្រែ ក្បែរដើមត្នោតពីរ",
    "តាមផ្លូវទៅអូរ ក្រោយវត្តចាស់",
    "ក្នុងព្រៃ ខាងកើតអណ្តូងទឹក",
)
DEVICES = ("mine_ap", "submunition", "erw_other", "unknown")
ABROAD = "13.74633 100.53491 0 8.0"
"""What a phone held from before, which had no reception."""
OFFICES = (
    ("rehab_centre", "មជ្ឈមណ្ឌលស្តារនីតិសម្បទា", "Rehabilitation centre", "reh"),
    ("hospital", "មន្ទីរពេទ្យបង្អែក", "Referral hospital", "med"),
    ("health_centre", "មណ្ឌលសុខភាព", "Health centre", "med"),
    ("psychosocial", "ក្រុមគាំទ្រផ្លូវចិត្ត", "Counselling group", "psy"),
    ("training", "មជ្ឈមណ្ឌលបណ្តុះបណ្តាលវិជ្ជាជីវៈ", "Vocational training", "sei"),
    ("social_office", "ការិយាល័យសង្គមកិច្ច", "Office of social affairs", "sp"),
)
_LINES = {"valid": 84, "illegible": 4, "minor": 4, "no_mark": 4, "duplicate_suspected": 4}
_STATUSES = {"unmet": 25, "in_progress": 30, "referred": 15, "met": 25, "declined": 5}
_WG = ("wg_see", "wg_hear", "wg_walk", "wg_remember", "wg_selfcare", "wg_communicate")


def _begin(kind: str, seed: int, number: int) -> tuple[random.Random, dict[str, Any], dt.date]:
    chance = random.Random(f"{kind} {seed} {number}")  # noqa: S311 - repeatable on purpose
    answers = header(chance, seed)
    return chance, answers, dt.date.fromisoformat(answers["today"])


def rights_issue(seed: int, number: int) -> Filled:
    """F2: one right that was not respected. One in eight is violence, which few are shown."""
    chance, answers, day = _begin("rights issue", seed, number)
    open_ones = [code for code, kind in ISSUE_KINDS.items() if not kind.is_restricted]
    is_violence = chance.random() < 0.125
    issue = "violence_abuse" if is_violence else chance.choice(open_ones)
    answers |= consent(chance) | {"c_language": "khmer"} | place(chance)
    articles = ISSUE_KINDS[issue].crpd
    answers |= {
        "reporter_kind": chance.choice(("self", "self", "family", "opd", "staff")),
        "issue": issue,
        "crpd_article": " ".join(map(str, articles)),
        "restricted": "yes" if is_violence else "no",
        "happened_known": "yes",
        "happened_on": str(day - dt.timedelta(days=chance.randint(3, 500))),
        "place_type": chance.choice(tuple(codes.PLACE_TYPE)[:8]),
        "duty_bearer": chance.choice(tuple(codes.DUTY_BEARER)[:9]),
        "affected_n": "1",
        "affected_sex": chance.choice(("female", "male")),
        "affected_age": chance.choices(("1859", "60p"), (75, 25))[0],
        "wg": {one: chance.choices("1234", (50, 25, 20, 5))[0] for one in _WG},
        "story": chance.choice(STORIES),
        "safe_to_raise": "no" if is_violence else chance.choice(("yes", "yes", "later")),
        "wants_action": chance.choice(("yes", "yes", "later", "no")),
    }
    status = "reported" if is_violence else chance.choice(tuple(codes.ISSUE_STATUS)[:5])
    answers["status"] = status
    if status in ("raised_with_duty_bearer", "answered", "resolved"):
        answers["raised_with"] = answers["duty_bearer"]
    if status in ("answered", "resolved"):
        answers["answer_date"] = answers["today"]
    return filled_in("rights_issue", chance, answers)


def sheet(seed: int, number: int) -> Filled:
    """F3b: a paper sheet, line by line; every third as sums."""
    chance, answers, day = _begin("sheet", seed, number)
    lines = chance.randint(8, 20)
    told = chance.choices(tuple(_LINES), tuple(_LINES.values()), k=lines)
    answers |= {"c_method": "signature", "c_language": "khmer"}
    answers |= {
        "sheet_no": f"D{seed}-{number:04d}",
        "campaign": "pt2026",
        "statement_version": "km-1",
        "sign_date": str(day),
    }
    answers |= place(chance) | {
        "collector": f"TEAM-{chance.randint(1, 9)}",
        "witness": name(chance),
        "declared_lines": str(lines),
    }
    if number % 3 == 2:
        answers["quick_mode"] = "tallies"
        answers["tally"] = {f"tally_{status}": str(told.count(status)) for status in _LINES}
    else:
        answers["quick_mode"] = "lines"
        answers["line"] = [_line(chance, at, status) for at, status in enumerate(told, start=1)]
    return filled_in("treaty_sheet", chance, answers | {"keyed": str(lines), "sum_check": "OK"})


def _line(chance: random.Random, number: int, status: str) -> dict[str, str]:
    line = {"line_no": str(number), "line_status": status}
    if status not in ("illegible", "minor"):
        line["name_norm"] = name(chance)
    return line | {
        "sex": chance.choice(("female", "male")),
        "kind": chance.choices(("citizen", "survivor"), (85, 15))[0],
        "mark_type": "none" if status == "no_mark" else chance.choice(
            ("signature", "thumbprint_on_paper")
        ),
    }  # fmt: skip


def testimony(seed: int, number: int) -> Filled:
    """F4: what one person tells, and what may be done with it: each says otherwise."""
    chance, answers, day = _begin("testimony", seed, number)
    if number % 9 == 8:
        return filled_in("testimony", chance, {**answers, "c_store": "no"})
    answers |= consent(chance) | {"c_language": "khmer"} | place(chance)
    says = {one: chance.choice(("yes", "no")) for one in ("quote_anon", "photo", "share_gov")}
    says |= {"publish_name": chance.choices(("yes", "no"), (25, 75))[0]}
    says |= {"advocacy_intl": chance.choices(("yes", "no"), (40, 60))[0]}
    says |= dict.fromkeys(("voice", "video"), "no")
    answers |= {
        "prepared": "yes", "support_person": "yes", "psy_contact_given": "yes", "explained": "OK",
        "sex": chance.choice(("female", "male")),
        "age_band": chance.choices(("1859", "60p"), (70, 30))[0],
        "may_tell": "yes",
        "before": {f"b_{one}": answer for one, answer in says.items()},
    }  # fmt: skip
    telling = {
        "kind": chance.choice(tuple(codes.TESTIMONY_KIND)),
        "form": "photo_story" if says["photo"] == "yes" else "text",
        "language": "khmer",
    }
    files = {}
    if says["photo"] == "yes":
        telling["photo"] = f"{chance.getrandbits(48):012x}.png"
        if number % 5:  # one in five is still on the phone
            files[telling["photo"]] = picture(chance)
    answers["telling"] = telling | {"transcript": chance.choice(TELLINGS)}
    answers |= {"distress_flag": chance.choices(("none", "paused"), (80, 20))[0], "c_keep": "yes"}
    after = {f"c_{one}": says[one] for one in says if one not in ("voice", "video")}
    if says["publish_name"] == "yes":
        after["narrator_name"] = name(chance)
    if "yes" in (says["publish_name"], says["quote_anon"]):
        named = says["publish_name"] == "yes"
        after["attribution"] = chance.choice(
            tuple(codes.ATTRIBUTION) if named else ("province", "none")
        )
    if says["quote_anon"] == "yes":
        after["identifiers_to_mask"] = "ឈ្មោះភូមិ"
    after |= {"read_back_ok": "yes", "review_by": str(day + dt.timedelta(days=730))}
    answers["after"] = after | {"withdraw_info_given": "yes"}
    made = filled_in("testimony", chance, answers)
    return Filled(
        form_id=made.form_id, instance_id=made.instance_id, answers=made.answers, files=files
    )


def picture(chance: random.Random) -> bytes:
    """A small PNG: a sky, a field, and nobody."""
    wide, high = 160, 120
    sky, field = (
        bytes((150, 190, chance.randint(200, 250))),
        bytes((90, chance.randint(130, 190), 70)),
    )
    rows = b"".join(b"\0" + (sky if row < high // 2 else field) * wide for row in range(high))

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    size = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@dataclass(frozen=True, kw_only=True)
class Known:
    """A case, as the lists on a phone tell of it."""

    case_id: uuid.UUID
    code: str
    place: str
    told_on: dt.date | None
    """When its needs were told: it is visited afterwards."""
    visit_no: int
    needs: list[tuple[str, str]]
    """Open ones: code, and what the list calls it."""


def visit(seed: int, number: int, known: Known | None = None) -> Filled:
    """F5: one visit, to this case; else to an invented one, of which two of three visits are the
    second one."""
    chance, answers, day = _begin("visit", seed, number)
    same = random.Random(f"case {seed} {number * 2 // 3}")  # noqa: S311 - repeatable on purpose
    case = known or _invented(same, number)
    where = {
        name: case.place[:long]
        for name, long in (("prov", 2), ("dist", 4), ("comm", 6), ("vill", 8))
        if len(case.place) >= long
    }
    if case.told_on is not None and day <= case.told_on:
        day = _move(answers, case.told_on + dt.timedelta(days=chance.randint(7, 30)))
    answers |= consent(chance) | {"c_contact": "yes", "c_language": "khmer"} | where
    found = chance.choices(tuple(codes.FOUND), (84, 6, 3, 4, 3))[0]
    answers |= {
        "case_id": str(case.case_id),
        "case_code": case.code,
        "visit_no": str(case.visit_no),
        "found": found,
    }
    if found == "found":
        answers["visited"] = [_visited(chance, day, one) for one in case.needs]
        answers["has_new"] = "no"
        if chance.random() < 0.2:
            new = {"new_need": chance.choice(tuple(NEED_KINDS)[:-1]), "priority": "p3"}
            answers |= {"has_new": "yes", "added": [new]}
        answers["consent_recheck"] = "no"
    if found != "deceased":
        answers["next_visit"] = str(day + dt.timedelta(days=chance.choice((30, 60, 90))))
    return filled_in("follow_up", chance, answers)


def _move(answers: dict[str, Any], day: dt.date) -> dt.date:
    """The visit to another day, at the same hour; none is to come."""
    moved = min(day, clock.now().date() - dt.timedelta(days=1))
    for each in ("start", "end"):
        answers[each] = f"{moved}{answers[each][10:]}"
    answers["today"] = str(moved)
    return moved


def _invented(chance: random.Random, number: int) -> Known:
    case_id = uuid.UUID(int=chance.getrandbits(128), version=4)
    where = [*place(chance).values()][-1]
    kinds = chance.sample(tuple(NEED_KINDS)[:-1], k=chance.randint(1, 3))
    return Known(
        case_id=case_id,
        code=f"bt-{number * 2 // 3:04d}",
        place=where,
        told_on=None,
        visit_no=1 + number % 3,
        needs=[(code, str(uuid.UUID(int=chance.getrandbits(128), version=4))) for code in kinds],
    )


def _visited(chance: random.Random, day: dt.date, need: tuple[str, str]) -> dict[str, str]:
    status = chance.choices(tuple(_STATUSES), tuple(_STATUSES.values()))[0]
    told = {"open_need": need[1], "need_code": need[0], "new_status": status}
    if status == "met":
        told["person_confirms"] = chance.choices(("yes", "partly", "no"), (70, 20, 10))[0]
        after = {"yes": "met", "partly": "partly_met", "no": "in_progress"}
        status = after[told["person_confirms"]]
    told |= {"need_status": status, "got_service": "no"}
    if status in ("met", "partly_met", "in_progress"):
        told |= {
            "referral_outcome": chance.choice(("served", "partly_served", "accepted")),
            "got_service": "yes",
            "provider": f"demo-{chance.randrange(len(OFFICES)):02d}",
            "service_date": str(day - dt.timedelta(days=chance.randint(1, 40))),
            "cost_khr": str(chance.randrange(0, 40_000, 1000)),
            "travel_min": str(chance.randint(10, 240)),
            "quality": str(chance.randint(2, 5)),
        }
    if status != "met":
        told["barrier"] = chance.choice(tuple(codes.BARRIER)[:8])
    return told


def concern(seed: int, number: int) -> Filled:
    """F6: a place that people fear; where it was told of, never where it lies."""
    chance, answers, day = _begin("concern", seed, number)
    answers |= consent(chance) | {"c_language": "khmer"} | place(chance)
    land = chance.sample(("field", "forest", "path", "school", "house", "water"), k=2)
    happened = chance.choices(("yes", "no"), (30, 70))[0]
    touched = chance.choices(("yes", "no"), (10, 90))[0]
    answers |= {
        "suspected_device": chance.choice(DEVICES),
        "seen_or_told": chance.choice(("seen", "told")),
        "touched": touched,
        "place_words": chance.choice(PLACES),
        "safe_here": "yes",
        "gps_from_safe_point": near(answers.get("vill", answers["comm"]), chance)
        if number % 30 != 3
        else ABROAD,
        "land_use": " ".join(sorted(land)),
        "ha_range": chance.choice(("under_1", "1_5", "5_20")),
        "hh_affected": str(chance.randint(1, 60)),
        "incident_before": happened,
        "marked": chance.choice(("marked", "unmarked", "unmarked", "unknown")),
    }
    if happened == "yes":
        answers["people_hurt"] = str(chance.randint(1, 4))
    answers["reported_to"] = chance.choice(("none", "village", "police", "cmac"))
    if answers["reported_to"] != "none":
        answers["report_date"] = str(day - dt.timedelta(days=chance.randint(0, 90)))
        answers["answer"] = chance.choice(("none", "acknowledged", "surveyed", "planned"))
        if answers["answer"] != "none":
            answers["answer_date"] = answers["today"]
    is_near = touched == "yes" or not {"house", "school"}.isdisjoint(land)
    answers |= {"urgent": "yes" if is_near else "no", "women_asked": "yes"}
    answers["persons_dis_asked"] = chance.choice(("yes", "no"))
    return filled_in("clearance_concern", chance, answers)


def near(village: str, chance: random.Random) -> str:
    """A position within two kilometres of a place that is invented for this village."""
    somewhere = random.Random(f"village {village}")  # noqa: S311 - the same each time
    latitude, longitude = somewhere.uniform(11.5, 13.8), somewhere.uniform(102.8, 105.8)
    aside = [chance.uniform(-0.015, 0.015) for _ in range(2)]
    return f"{latitude + aside[0]:.5f} {longitude + aside[1]:.5f} 0 8.0"


def provider(seed: int, number: int) -> Filled:
    """F7: an office of the service directory; its name says that it is an example."""
    chance, answers, _ = _begin("provider", seed, number)
    del answers["c_store"]
    kind, km, en, serves = OFFICES[number % len(OFFICES)]
    answers |= {
        "c_listed": "yes",
        "code": f"demo-{number:02d}",
        "name_km": f"{km} (គំរូ {number + 1})",
        "name_en": f"{en} (example {number + 1})",
        "kind": kind,
        "needs": " ".join(code for code in NEED_KINDS if code.startswith(f"{serves}_")),
    }
    answers |= place(chance) | {
        "opening": "mon tue wed thu fri",
        "hours": "07:30-16:30",
        "phone": "000 000 000",
        "cost_khr": str(chance.choice((0, 0, 5000, 20_000))),
        "accessible": chance.choice(("yes", "partly", "no")),
        "equity_card": chance.choice(("yes", "partly", "no")),
        "is_open": chance.choices(("yes", "partly", "no"), (80, 15, 5))[0],
        "checked_on": answers["today"],
    }
    return filled_in("service_directory", chance, answers)


OTHERS: dict[str, tuple[int, Callable[[int, int], Filled]]] = {
    "rights_issue": (50, rights_issue),
    "follow_up": (60, visit),
    "testimony": (25, testimony),
    "clearance_concern": (40, concern),
    "treaty_sheet": (10, sheet),
    "service_directory": (15, provider),
}
"""Form to how many of its records there are to a thousand of the others, and how they are made."""
