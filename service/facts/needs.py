"""The needs a person can tell: stable codes, pillar of victim assistance, CRPD articles."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from service.facts.codes import NO_ANSWER, UNKNOWN, Label, Labels


@dataclass(frozen=True, kw_only=True)
class NeedKind:
    """`pillar` as in PILLARS ("" for other); `crpd` holds article numbers of the Convention."""

    code: str
    en: str
    km: str
    pillar: str
    crpd: tuple[int, ...]


class StandsNow(NamedTuple):
    """How a need stands by now, as visits and the office say."""

    status: str
    """List need_status."""
    served_on: dt.date | None = None
    met_on: dt.date | None = None


PILLARS: Labels = {
    "DATA": {
        "en": "Data collection and needs assessment",
        "km": "ការប្រមូលទិន្នន័យ និងតម្រូវការ",
    },
    "MED": {
        "en": "Emergency and continuing medical care",
        "km": "ការថែទាំសុខភាព និងវេជ្ជសាស្ត្រ",
    },
    "REHAB": {"en": "Physical and functional rehabilitation", "km": "ការស្តារនីតិសម្បទា"},
    "PSY": {"en": "Psychological and psychosocial support", "km": "ការគាំទ្រផ្លូវចិត្ត"},
    "SEI": {"en": "Social and economic inclusion", "km": "បរិយាបន្នសង្គម និងសេដ្ឋកិច្ច"},
    "LAW": {"en": "Laws, policies, coordination", "km": "ច្បាប់ និងគោលនយោបាយ"},
}


def _label(kind: NeedKind) -> Label:
    return {"en": kind.en, "km": kind.km}


_ROWS: tuple[tuple[str, str, str, str, tuple[int, ...]], ...] = (
    ("med_emergency", "Emergency / trauma care", "ការសង្គ្រោះបន្ទាន់", "MED", (25,)),
    ("med_surgery", "Surgery, stump revision, fragments", "ការវះកាត់", "MED", (25,)),
    ("med_ongoing", "Continuing medical care, medicine", "ការថែទាំសុខភាព", "MED", (25,)),
    ("med_pain", "Pain management (phantom limb included)", "ការព្យាបាលការឈឺចាប់", "MED", (25,)),
    ("med_eye_ear", "Eye or ear care", "ថែទាំភ្នែក ត្រចៀក", "MED", (25,)),
    ("reh_prosthesis", "Prosthesis: new, repair, replace", "អវយវៈសិប្បនិម្មិត", "REHAB", (20, 26)),
    ("reh_orthosis", "Orthosis, special footwear", "ឧបករណ៍ទ្រ", "REHAB", (20, 26)),
    ("reh_wheelchair", "Wheelchair or tricycle", "រទេះរុញ", "REHAB", (20,)),
    ("reh_walking_aid", "Crutches, frame, white cane", "ឈើច្រត់", "REHAB", (20,)),
    (
        "reh_assistive_other",
        "Hearing aid, glasses, other assistive product",
        "ឧបករណ៍ជំនួយ",
        "REHAB",
        (20, 26),
    ),
    ("reh_physio", "Physio / occupational therapy", "ការព្យាបាលដោយចលនា", "REHAB", (26,)),
    (
        "reh_transport",
        "Transport/lodging to reach a rehabilitation centre",
        "ថ្លៃធ្វើដំណើរ",
        "REHAB",
        (9, 20),
    ),
    ("psy_counselling", "Counselling, mental health care", "ការប្រឹក្សា", "PSY", (25,)),
    ("psy_peer", "Peer-to-peer support", "ការគាំទ្រពីមិត្តរួមវាសនា", "PSY", (26,)),
    (
        "psy_family",
        "Support for family of killed/injured, caregiver respite",
        "ការគាំទ្រគ្រួសារ",
        "PSY",
        (23, 28),
    ),
    ("sei_education", "School access, materials, scholarship", "ការសិក្សា", "SEI", (24,)),
    ("sei_voctraining", "Vocational training", "បណ្តុះបណ្តាលវិជ្ជាជីវៈ", "SEI", (27,)),
    ("sei_job", "Employment, job placement", "ការងារ", "SEI", (27,)),
    ("sei_livelihood", "Animals, seed, tools, small business", "មុខរបរ", "SEI", (27, 28)),
    ("sei_microcredit", "Fair credit, debt relief", "ឥណទានខ្នាតតូច", "SEI", (27, 28)),
    ("sei_food", "Food security", "ស្បៀង", "SEI", (28,)),
    ("sei_housing", "House, repair, accessible adaptation", "ជម្រក", "SEI", (28,)),
    ("sei_wash", "Water, accessible latrine, hygiene", "ទឹកស្អាត និងអនាម័យ", "SEI", (9, 28)),
    ("sei_land", "Farm land, land title, safe land", "ដីធ្លី", "SEI", (28,)),
    ("sei_transport", "Everyday transport", "មធ្យោបាយធ្វើដំណើរ", "SEI", (9, 20)),
    ("sei_social_life", "Sport, culture, pagoda/community life", "ជីវភាពសង្គម", "SEI", (30,)),
    ("sp_disability_card", "Disability ID card", "បណ្ណសម្គាល់ជនមានពិការភាព", "SEI", (28,)),
    ("sp_equity_card", "IDPoor / equity card", "ប័ណ្ណសមធម៌", "SEI", (28,)),
    ("sp_cash", "Cash support / Family Package", "ឧបត្ថម្ភសាច់ប្រាក់", "SEI", (28,)),
    ("sp_veteran", "Veteran/invalidity pension", "សោធន", "SEI", (28,)),
    ("law_id_papers", "Birth certificate, NID, family book", "ឯកសារអត្តសញ្ញាណ", "LAW", (12, 18)),
    ("law_legal_aid", "Legal advice/representation", "កិច្ចគាំពារផ្លូវច្បាប់", "LAW", (13,)),
    ("law_information", "Information on rights and services", "ព័ត៌មានអំពីសិទ្ធិ", "LAW", (8, 21)),
    ("law_representation", "Voice in committees, survivor group", "ការចូលរួម", "LAW", (29,)),
    ("risk_clearance", "Clearance/marking near home or land", "ការកម្ចាត់មីន", "LAW", (11,)),
    ("risk_education", "Explosive ordnance risk education", "ការអប់រំពីគ្រោះថ្នាក់មីន", "LAW", (11,)),
    ("other", "Other", "ផ្សេងៗ", "", ()),
)


NEED_KINDS = {
    code: NeedKind(code=code, en=en, km=km, pillar=pillar, crpd=crpd)
    for code, en, km, pillar, crpd in _ROWS
}
NEED: Labels = {code: _label(kind) for code, kind in NEED_KINDS.items()} | UNKNOWN | NO_ANSWER
"""What a form offers: whoever does not know, or would not say, is no need and is counted as none.
"""
