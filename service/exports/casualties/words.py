"""Words that stand in other systems' cells, and the codes that they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from service.facts import codes
from service.facts.codes import Labels

CHILD, ADULT = "unk_child", "unk_adult"
GROUPS: Labels = {
    "men": {"en": "Men", "km": "បុរស"},
    "boys": {"en": "Boys", "km": "ក្មេងប្រុស"},
    "women": {"en": "Women", "km": "ស្ត្រី"},
    "girls": {"en": "Girls", "km": "ក្មេងស្រី"},
    "unknown": {"en": "Unknown", "km": "មិនដឹង"},
}
"""Sex and age in one, as casualties are published."""
OF_GROUP = {
    "men": ("male", ADULT),
    "boys": ("male", CHILD),
    "women": ("female", ADULT),
    "girls": ("female", CHILD),
}

_NOT_KNOWN = ("n/a", "na", "not known", "unidentified", "undetermined", "unspecified", "?", "-",
              "មិនស្គាល់", "មិនច្បាស់")  # fmt: skip
SYNONYMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sex": {
        "male": ("m", "man", "men", "boy", "boys", "ប", "បុរស", "ក្មេងប្រុស"),
        "female": ("f", "woman", "women", "girl", "girls", "ស", "ស្ត្រី", "នារី", "ក្មេងស្រី"),
    },
    "sex_age": {
        "men": ("man", "adult male", "male adult"),
        "boys": ("boy", "male child", "child male"),
        "women": ("woman", "adult female", "female adult", "នារី"),
        "girls": ("girl", "female child", "child female"),
    },
    "age_group": {
        CHILD: (
            "child",
            "children",
            "minor",
            "boy",
            "girl",
            "under 18",
            "<18",
            "0-17",
            "កុមារ",
            "ក្មេង",
            "ក្រោម១៨",
        ),
        ADULT: (
            "adult",
            "adults",
            "man",
            "woman",
            "over 18",
            "18+",
            "18 and over",
            ">=18",
            "មនុស្សពេញវ័យ",
            "ពេញវ័យ",
            "លើស១៨",
        ),
    },
    "outcome": {
        "killed": ("dead", "died", "death", "deceased", "fatal", "fatality", "k", "បានស្លាប់"),
        "amputation": ("amputated", "amputee", "amp", "amputations", "កាត់អវយវៈ", "ពិការកាត់អវយវៈ"),
        "injured_other": (
            "injured",
            "injury",
            "other injury",
            "other injuries",
            "wounded",
            "alive",
            "survived",
            "survivor",
            "non-fatal",
            "រងរបួស",
            "របួស",
            "របួសផ្សេងៗ",
        ),
        "uninjured": ("no injury", "unhurt", "none", "មិនរបួស"),
    },
    "device": {
        "mine_ap": (
            "ap mine",
            "ap",
            "apm",
            "anti-personnel mine",
            "anti personnel mine",
            "antipersonnel",
            "anti-personnel",
        ),
        "mine_av": (
            "at mine",
            "at",
            "atm",
            "av mine",
            "anti-tank mine",
            "anti tank mine",
            "anti-vehicle mine",
            "antitank mine",
            "antivehicle",
            "anti-vehicle",
            "anti-tank",
            "មីនតោន",
            "មីនប្រឆាំងរថក្រោះ",
            "គ្រាប់មីនប្រឆាំងរថក្រោះ",
        ),
        "mine_unspecified": (
            "mine",
            "landmine",
            "land mine",
            "mines",
            "undefined mine",
            "unspecified mine",
            "unknown mine",
            "គ្រាប់មីន",
            "មីន",
        ),
        "mine_improvised": ("improvised mine", "victim-activated ied"),
        "submunition": (
            "cluster",
            "cluster munition",
            "cluster munitions",
            "cluster munition remnant",
            "cmr",
            "submunition",
            "submunitions",
            "unexploded submunition",
            "bomblet",
            "bombie",
            "blu",
            "គ្រាប់បែកចង្កោម",
            "គ្រាប់ចង្កោម",
        ),
        "erw_other": (
            "erw",
            "uxo",
            "axo",
            "uxo/axo",
            "uxo axo",
            "unexploded ordnance",
            "abandoned ordnance",
            "explosive remnant of war",
            "explosive remnants of war",
            "យុទ្ធភណ្ឌមិនទាន់ផ្ទុះ",
            "សជផ",
            "សំណល់ជាតិផ្ទុះ",
        ),
        "ied": ("improvised explosive device", "booby trap", "booby-trap"),
        "stored_ammo": ("stored ammunition", "ammunition storage", "depot"),
    },
    "submunition": {
        "blu": ("blu-26", "blu-24", "blu-61", "blu-63"),
        "m46": ("m 46", "m42/m46"),
        "m85": ("m 85",),
    },
    "activity": {
        "farming": (
            "farm",
            "agriculture",
            "ploughing",
            "plowing",
            "cultivation",
            "rice farming",
            "ធ្វើស្រែ",
            "ធ្វើចម្ការ",
            "កសិកម្ម",
        ),
        "clearing_land": ("land clearing", "clearing new land", "bush clearing", "រានដី"),
        "livestock": ("herding", "tending livestock", "tending cattle", "herding cattle"),
        "collecting_forest": (
            "collecting wood",
            "collecting firewood",
            "wood",
            "firewood",
            "collecting food",
            "hunting",
            "collecting food wood",
            "logging",
            "forest",
            "រកអុស",
            "ចូលព្រៃ",
        ),
        "travel_foot": (
            "walking",
            "travel on foot",
            "traveling on foot",
            "travelling",
            "traveling",
            "ដើរផ្លូវ",
        ),
        "travel_vehicle": ("driving", "vehicle", "travel by vehicle", "passenger"),
        "tampering": (
            "handling",
            "scrap",
            "scrap metal",
            "scrap metal collection",
            "dismantling",
            "making",
            "tampering with device",
            "លេងគ្រាប់",
            "រុះរើ",
        ),
        "bystander": ("standing nearby", "passing", "passing by", "near"),
        "playing": ("play", "play/recreation", "recreation"),
        "burning": ("burning bush", "burning rubbish", "fire"),
        "construction": ("building", "digging"),
        "military_duty": ("military", "military activity", "fighting", "patrol", "combat"),
        "demining": ("clearance", "mine clearance", "village demining"),
        "household": ("housework", "household work", "at home"),
    },
    "civil_status": {
        "civilian": ("civil", "ស៊ីវិល", "ប្រជាពលរដ្ឋ"),
        "military": ("soldier", "army", "rcaf", "ទាហាន", "កងទ័ព"),
        "security_police": ("police", "security forces", "security", "នគរបាល", "ប៉ូលិស"),
        "deminer": ("deminers", "clearance personnel", "អ្នកដោះមីន"),
        "other_armed": ("armed group", "guerrilla", "non-state armed group"),
    },
    "injury": {
        "amp_leg_above_knee": ("above knee amputation", "leg above knee", "ak"),
        "amp_leg_below_knee": ("below knee amputation", "leg below knee", "bk"),
        "amp_foot_toes": ("foot amputation", "foot", "toes"),
        "amp_arm_above_elbow": ("above elbow amputation", "arm above elbow", "ae"),
        "amp_arm_below_elbow": ("below elbow amputation", "arm below elbow", "be"),
        "amp_hand_fingers": ("hand amputation", "hand", "fingers"),
        "eye_one": ("one eye", "loss of one eye"),
        "eye_both": ("both eyes", "blind", "blindness", "loss of sight"),
        "hearing_loss": ("hearing", "deaf", "loss of hearing"),
        "head_neck": ("head", "neck", "face"),
        "chest_abdomen": ("chest", "abdomen", "upper body"),
        "back_spine": ("back", "spine"),
        "burns": ("burn",),
        "fragments_retained": ("fragments", "shrapnel", "fragmentation"),
        "fracture": ("fractures", "broken bone"),
        "internal": ("internal injuries",),
        "psych_trauma": ("trauma", "psychological"),
        "none": ("no injury",),
    },
    "side": {"left": ("l",), "right": ("r",), "both": ("bilateral", "b"), "na": ()},
    "marked": {"marked": ("yes", "y", "មាន"), "unmarked": ("no", "n", "គ្មាន")},
    "source": {
        "cmvis": ("cmvis",),
        "cmaa": ("imsma", "cmaa database"),
        "red_cross": ("crc", "cambodian red cross", "icrc"),
        "operator": ("cmac", "halo", "the halo trust", "mag"),
        "health": ("hospital", "health centre", "health center"),
        "ngo": ("hi", "handicap international", "humanity & inclusion", "jrs"),
    },
}
"""By field, then by code; besides the codes themselves and their labels in both languages."""


def plain(text: str) -> str:
    """Letters, marks and digits alone, as many people write the same word: case, spaces, dashes and
    signs of no width make no difference."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_KHMER_DIGITS)
    return "".join(
        c for c in text if c.isalnum() or unicodedata.category(c) in _MARKS or c in "<>+?"
    )


_MARKS = frozenset({"Mn", "Mc"})
_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


def lists() -> dict[str, Labels]:
    """Field -> the codes that its cells may mean."""
    return {
        "source": codes.CASUALTY_SOURCE,
        "sex": codes.SEX,
        "sex_age": GROUPS,
        "age_group": codes.AGE_BAND5,
        "outcome": codes.INCIDENT_OUTCOME,
        "device": codes.DEVICE,
        "submunition": codes.SUBMUNITION_KIND,
        "activity": codes.ACTIVITY,
        "civil_status": codes.CIVIL_STATUS,
        "injury": codes.INJURY,
        "side": codes.SIDE,
        "marked": codes.MARKED_AREA,
    }


@cache
def known(field: str) -> Mapping[str, str]:
    """Word, made plain, -> code. A word of a code of its own stands before a synonym of another."""
    labels = lists()[field]
    found: dict[str, str] = {}
    for code, label in labels.items():
        _add(found, (code, label["en"], label["km"]), code)
    for code, words in SYNONYMS.get(field, {}).items():
        _add(found, words, code)
    if "unknown" in labels:
        _add(found, _NOT_KNOWN, "unknown")
    return found


def _add(found: dict[str, str], words: Iterable[str], code: str) -> None:
    for word in words:
        found.setdefault(plain(word) or word, code)


def code_of(field: str, cell: str, told: Mapping[str, str]) -> str | None:
    """The code of a cell; `told`: what the person who imports said of this field's words. None:
    nobody knows what it means."""
    word = plain(cell) or cell.strip()
    return told.get(word) or known(field).get(word)
