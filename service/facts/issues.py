"""Breaches of rights: stable codes, articles of the Convention, which are shown to few."""

from __future__ import annotations

from dataclasses import dataclass

from service.facts.codes import NO_ANSWER, UNKNOWN, Labels


@dataclass(frozen=True, kw_only=True)
class IssueKind:
    """`crpd` holds article numbers of the Convention on the Rights of Persons with Disabilities;
    `law` the national law or policy that speaks of it, "" for none."""

    code: str
    en: str
    km: str
    crpd: tuple[int, ...]
    law: str = ""
    is_restricted: bool = False


_ROWS: tuple[tuple[str, str, str, tuple[int, ...], str], ...] = (
    ("discr_denied_service", "Turned away because of disability",
     "ត្រូវបានបដិសេធសេវាដោយសារពិការភាព", (5, 25), "KH-LPPRPD"),
    ("discr_women", "Double discrimination of women or girls",
     "ការរើសអើងទ្វេដងលើស្ត្រី ឬក្មេងស្រី", (6,), "KH-NDSP-8"),
    ("child_excluded", "Child kept from school or play",
     "កុមារត្រូវបានរារាំងមិនឱ្យរៀន ឬលេង", (7, 24), "KH-LPPRPD"),
    ("stigma", "Insults, exclusion from ceremonies",
     "ការប្រមាថ ឬការមិនឱ្យចូលរួមពិធី", (8, 30), ""),
    ("access_building", "Building that cannot be entered or used",
     "អគារដែលមិនអាចចូល ឬប្រើបាន", (9,), "KH-NDSP-6"),
    ("access_transport", "No usable transport, road cut in the rains",
     "គ្មានមធ្យោបាយធ្វើដំណើរ ឬផ្លូវដាច់នៅរដូវវស្សា", (9, 20), ""),
    ("access_info", "No sign language, Braille or easy words",
     "គ្មានភាសាសញ្ញា អក្សរស្ទាប ឬពាក្យងាយៗ", (9, 21), ""),
    ("emergency_left", "No help in evacuation, shelter or fighting",
     "គ្មានជំនួយពេលជម្លៀស ជ្រកកោន ឬមានការប្រយុទ្ធ", (11,), ""),
    ("legal_capacity", "Others sign or decide without consent",
     "អ្នកដទៃចុះហត្ថលេខា ឬសម្រេចជំនួសដោយគ្មានការយល់ព្រម", (12,), ""),
    ("justice_access", "Police or court did not register or help",
     "នគរបាល ឬតុលាការមិនទទួលពាក្យ ឬមិនជួយ", (13,), ""),
    ("violence_abuse", "Violence, exploitation, abandonment",
     "អំពើហិង្សា ការកេងប្រវ័ញ្ច ការបោះបង់ចោល", (16,), "KH-LPPRPD"),
    ("independent_living", "Confined at home, no assistance",
     "នៅតែក្នុងផ្ទះ គ្មានអ្នកជួយ", (19,), ""),
    ("mobility_device", "No device or repair within reach",
     "គ្មានឧបករណ៍ ឬកន្លែងជួសជុលនៅជិត", (20, 26), ""),
    ("health_cost", "Fees despite the equity card",
     "ត្រូវបង់ថ្លៃទោះមានប័ណ្ណសមធម៌", (25, 28), "KH-FP"),
    ("work_refused", "Refused work, unequal pay, no adjustment",
     "មិនទទួលឱ្យធ្វើការ ប្រាក់ឈ្នួលមិនស្មើ ឬមិនសម្របសម្រួល", (27,), "KH-QUOTA"),
    ("social_protection", "Card or cash refused, delayed or cut",
     "ប័ណ្ណ ឬសាច់ប្រាក់ត្រូវបានបដិសេធ យឺតយ៉ាវ ឬកាត់", (28,), "KH-CARD"),
    ("land_housing", "Land taken, no title, eviction",
     "ដីត្រូវបានយក គ្មានប័ណ្ណកម្មសិទ្ធិ ឬការបណ្តេញចេញ", (28,), ""),
    ("vote_participation", "Could not vote, was not consulted",
     "មិនអាចបោះឆ្នោត ឬមិនត្រូវបានពិគ្រោះ", (29,), ""),
    ("data_invisible", "Not counted, not assessed, file lost",
     "មិនត្រូវបានរាប់ មិនត្រូវបានវាយតម្លៃ ឬបាត់សំណុំរឿង", (31,), ""),
    ("complaint_unanswered", "Complaint to an authority without answer",
     "បណ្តឹងទៅអាជ្ញាធរដោយគ្មានចម្លើយ", (33,), ""),
)  # fmt: skip
_RESTRICTED = frozenset({"violence_abuse"})

ISSUE_KINDS = {
    code: IssueKind(code=code, en=en, km=km, crpd=crpd, law=law, is_restricted=code in _RESTRICTED)
    for code, en, km, crpd, law in _ROWS
}
ISSUE: Labels = (
    {code: {"en": kind.en, "km": kind.km} for code, kind in ISSUE_KINDS.items()}
    | UNKNOWN
    | NO_ANSWER
)
