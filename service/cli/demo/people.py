"""Synthetic households and signers: the same seed and number, the same answers.

Plausible, not representative: more people where there are more mines, more men among the
injured, more open needs far from a road. Names are drawn from common Khmer names.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.facts import codes, places
from service.facts.issues import ISSUE_KINDS
from service.facts.needs import NEED_KINDS

FAMILY_NAMES = ("សុខ", "ចាន់", "ហេង", "លី", "កែវ", "ឈឹម", "ម៉ៅ", "នួន", "ផាន", "សេង", "អ៊ុក", "វ៉ន")
GIVEN_NAMES = (
    "ដារ៉ា", "សុភា", "បុប្ផា", "វិបុល", "ចន្ទា", "រតនា", "សុខា", "ពិសី",
    "មករា", "ស្រីមុំ", "វាសនា", "សំណាង", "ធីតា", "កុសល", "ច័ន្ទរ៉ា", "ភារុណ",
)  # fmt: skip
WISHES = (
    "ចង់បានជើងសិប្បនិម្មិតថ្មី ដើម្បីដើរទៅស្រែ",
    "ចង់ឱ្យកូនបានទៅរៀន",
    "ចង់បានផ្លូវល្អទៅមណ្ឌលសុខភាព",
    "ចង់ឱ្យគេស្តាប់សំឡេងរបស់យើង",
)
PROVINCES = {
    "02": 24, "01": 20, "24": 8, "22": 14, "17": 9, "13": 8, "15": 5, "06": 4, "03": 3, "10": 2,
    "19": 1, "05": 1, "25": 1,
}  # fmt: skip
"""Where the campaign works, and how much."""
DEVICES = {"mine_ap": 50, "erw_other": 22, "submunition": 15, "mine_av": 6, "unknown": 7}
MEN_NEEDS = ("reh_prosthesis", "sei_livelihood", "med_pain", "sp_disability_card")
GROWN = 18
_FIRST_DAY = dt.date(2026, 1, 5)
_DAYS = 300


@dataclass(frozen=True, kw_only=True)
class Filled:
    """One filled-in form: nested answers as `intake/instance.py` has them."""

    form_id: str
    instance_id: str
    answers: dict[str, Any]
    edits: str | None = None
    """The instance that this one corrects."""
    files: Mapping[str, bytes] = field(default_factory=dict)


def household(seed: int, number: int) -> Filled:
    """A needs assessment (F1) of one household."""
    chance = random.Random(f"household {seed} {number}")  # noqa: S311 - repeatable on purpose
    answers = header(chance, seed)
    if chance.random() < 0.02:
        return filled_in("needs_assessment", chance, {**answers, "c_store": "no"})
    answers |= consent(chance) | place(chance) | _distance(chance)
    answers |= {
        "hh_id": f"D{seed}-{number:06d}",
        "hh_size": str(chance.randint(1, 8)),
        "hh_head_sex": chance.choices(("male", "female"), (70, 30))[0],
        "id_docs": "nid family_book",
    }
    people = chance.choices((1, 2, 3, 4), (30, 40, 20, 10))[0]
    day = dt.date.fromisoformat(answers["today"])
    told = random.Random(f"rights {seed} {number}")  # noqa: S311 - invented people
    answers["person"] = [
        _person(chance, answers, day, n == 0) | _rights(told) for n in range(people)
    ]
    return filled_in("needs_assessment", chance, answers)


def signer(seed: int, number: int) -> Filled:
    """One signature of the People's Treaty (F3a)."""
    chance = random.Random(f"signer {seed} {number}")  # noqa: S311 - invented people
    minor = chance.random() < 0.03
    answers = header(chance, seed) | consent(chance) | {"statement_shown": "OK"}
    answers |= place(chance) | {
        "adult": "under18" if minor else "adult",
        "sex": chance.choices(("female", "male", "no_answer"), (52, 44, 4))[0],
        "age_band": "1217" if minor else chance.choices(("1859", "60p"), (80, 20))[0],
        "kind": chance.choices(("citizen", "survivor", "monk_nun"), (80, 12, 8))[0],
        "signer_name": name(chance),
        "mark_type": chance.choices(("signature", "thumbprint_on_paper"), (60, 40))[0],
        "agree": "yes",
    }
    return filled_in("treaty_signature", chance, answers)


def filled_in(form_id: str, chance: random.Random, answers: dict[str, Any]) -> Filled:
    """An interview takes 11 to 25 seconds for each answer."""
    made = uuid.UUID(int=chance.getrandbits(128), version=4)
    begun, ended = (dt.datetime.fromisoformat(answers[name]) for name in ("start", "end"))
    minutes = (ended - begun).total_seconds() / 60
    took = dt.timedelta(seconds=answered(answers) * (8 + 0.3 * minutes))
    answers["end"] = (begun + took).isoformat(timespec="milliseconds")
    return Filled(form_id=form_id, instance_id=f"uuid:{made}", answers=answers)


def answered(answers: Any) -> int:
    """How many answers there are."""
    if isinstance(answers, dict):
        return sum(map(answered, answers.values()))
    return sum(map(answered, answers)) if isinstance(answers, list) else 1


def header(chance: random.Random, seed: int) -> dict[str, Any]:
    day = _FIRST_DAY + dt.timedelta(days=chance.randrange(_DAYS))
    begun = dt.datetime.combine(
        day,
        dt.time(chance.randint(7, 16), chance.randrange(60)),
        dt.timezone(dt.timedelta(hours=7)),
    )
    ended = begun + dt.timedelta(minutes=chance.randint(9, 55))
    return {
        "start": begun.isoformat(timespec="milliseconds"),
        "end": ended.isoformat(timespec="milliseconds"),
        "today": day.isoformat(),
        "deviceid": f"collect:demo{seed}",
        "collector_id": f"TEAM-{chance.randint(1, 9)}",
        "c_store": "yes",
    }


def consent(chance: random.Random) -> dict[str, str]:
    return {
        "c_contact": chance.choices(("yes", "no"), (70, 30))[0],
        "c_share_case": chance.choices(("yes", "no"), (60, 40))[0],
        "c_stats": chance.choices(("yes", "no"), (96, 4))[0],
        "c_method": chance.choice(("signature", "thumb_on_paper", "audio")),
        "c_proxy": "no",
    }


def place(chance: random.Random) -> dict[str, str]:
    """A village: few communes in each province, so that tables have cells of every size."""
    gazetteer = places.load()
    code = chance.choices(tuple(PROVINCES), tuple(PROVINCES.values()))[0]
    chain = [code]
    for few in (3, 2, 4):
        children = gazetteer.children(chain[-1])[:few]
        if not children:
            break
        chain.append(chance.choice(children).code)
    return dict(zip(("prov", "dist", "comm", "vill"), chain, strict=False))


def _distance(chance: random.Random) -> dict[str, str]:
    minutes = int(chance.lognormvariate(3.7, 0.8)) + 5
    passes = chance.choices(("yes", "no", ""), (72, 22, 6))[0]
    return {
        **({"wet_pass": passes} if passes else {}),
        "min_hc": str(min(minutes, 480)),
        "min_town": str(min(minutes + 20, 600)),
        "min_prc": str(min(minutes * 3 + 60, 1400)),
        "cost_khr": str(chance.randrange(0, 60_000, 500)),
        "signal": chance.choice(tuple(codes.PHONE_SIGNAL)[:3]),
    }


def _person(
    chance: random.Random, asked: dict[str, Any], day: dt.date, is_first: bool
) -> dict[str, Any]:
    kinds = ("direct_injured", "indirect_family", "not_victim")
    victim = chance.choices(kinds, (70, 5, 25) if is_first else (8, 60, 32))[0]
    sex = chance.choices(("male", "female"), (82, 18) if victim == kinds[0] else (42, 58))[0]
    age = chance.randint(19, 78) if is_first else chance.randint(2, 80)
    person: dict[str, Any] = {}
    if "yes" in (asked["c_contact"], asked["c_share_case"]):
        person |= {"name": name(chance), "phone": f"012 {chance.randint(100000, 999999)}"}
    known = chance.choices(("exact", "estimated", "unknown"), (80, 17, 3))[0]
    person |= {"sex": sex, "age_known": known}
    if known != "unknown":
        person["age"] = str(age)
    person["victim_type"] = victim
    if victim != "not_victim":
        person |= _incident(chance, victim, age, day.year)
    person |= _washington(chance, victim, age)
    return person | _circumstances(chance, victim, age, sex)


def name(chance: random.Random) -> str:
    return f"{chance.choice(FAMILY_NAMES)} {chance.choice(GIVEN_NAMES)}"


def _incident(chance: random.Random, victim: str, age: int, year: int) -> dict[str, str]:
    happened = max(1979, year - chance.randint(0, max(1, min(age, 46))))
    told = {
        "device": chance.choices(tuple(DEVICES), tuple(DEVICES.values()))[0],
        "inc_year_known": "yes",
        "inc_year": str(happened),
        "inc_month": "unknown",
        "activity": chance.choice(("farming", "clearing_land", "collecting_forest", "tampering")),
        "civil_status": chance.choices(("civilian", "military"), (85, 15))[0],
        "inc_outcome": chance.choices(("amputation", "injured_other"), (45, 55))[0],
    }
    if victim == "direct_injured":
        told["injury"] = chance.choice(("amp_leg_below_knee", "fragments_retained", "eye_one"))
        told["side"] = chance.choice(("left", "right"))
    else:
        told["relation"] = chance.choice(("spouse", "child", "parent"))
        if age < GROWN:
            told["relation"] = "child"
    if age - (year - happened) < GROWN:
        told["civil_status"] = "civilian"
    return told


def _washington(chance: random.Random, victim: str, age: int) -> dict[str, Any]:
    """Difficulties; a person with a well-fitted prosthesis may say "some"."""
    if age < 5:
        return {}
    weights = (45, 30, 18, 4, 1, 2) if victim == "direct_injured" else (78, 15, 4, 1, 1, 1)
    names = ("wg_see", "wg_hear", "wg_walk", "wg_remember", "wg_selfcare", "wg_communicate")
    return {"wg": {name: chance.choices("123479", weights)[0] for name in names}}


def _circumstances(chance: random.Random, victim: str, age: int, sex: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "latrine_usable": chance.choice(("yes", "no")),
        "disability_card": chance.choice(("yes", "no", "applied")),
        "equity_card": chance.choice(("yes", "no")),
        "cash_received": chance.choice(("yes", "no")),
        "cash_problem": "no",
    }
    share = 0.9 if victim == "direct_injured" else 0.45
    if chance.random() < share:
        wanted = chance.sample(tuple(NEED_KINDS)[:-1], k=chance.randint(1, 3))
        if victim == "direct_injured" and sex == "male" and chance.random() < 0.6:
            wanted[0] = chance.choice(MEN_NEEDS)
        told["need"] = [_need(chance, code) for code in dict.fromkeys(wanted)]
    if age >= 15:
        told |= {
            "member_group": chance.choice(("yes", "no")),
            "consulted_12m": chance.choice(("yes", "no")),
            "seat": "no",
        }
    if chance.random() < 0.2:
        told["wish"] = chance.choice(WISHES)
    return told


def _rights(chance: random.Random) -> dict[str, Any]:
    """Rights that were not respected, of one in four."""
    if chance.random() >= 0.25:
        return {"has_issue": "no"}
    issues = chance.sample(tuple(ISSUE_KINDS), k=chance.choice((1, 1, 2)))
    return {
        "has_issue": "yes",
        "rights": [
            {
                "issue": code,
                "issue_day_known": "no",
                "duty_bearer": chance.choice(tuple(codes.DUTY_BEARER)[:9]),
                "safe_to_raise": chance.choices(("yes", "no", "later"), (70, 10, 20))[0],
                "wants_action": chance.choices(("yes", "no", "later"), (60, 15, 25))[0],
            }
            for code in issues
        ],
    }


def _need(chance: random.Random, code: str) -> dict[str, str]:
    statuses = ("unmet", "referred", "in_progress", "partly_met", "met")
    return {
        "need_code": code,
        "priority": chance.choices(("p1", "p2", "p3", "p4"), (3, 17, 40, 40))[0],
        "barrier": " ".join(chance.sample(tuple(codes.BARRIER)[:8], k=2)),
        "need_status": chance.choices(statuses, (62, 12, 8, 6, 12))[0],
    }
