"""With whom we speak: actors of victim assistance in Cambodia under stable codes, and those that a
project adds. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.disclosure.rules import Audience
from service.testimonies.terms import Audience as Quoted

LONGEST_NAME = 120
_CODE = re.compile(r"[A-Z][A-Z0-9]{1,23}")


class Stands(enum.StrEnum):
    """Where a partner stands: which consent a quote needs before it."""

    GOVERNMENT = "government"
    CAMBODIA = "cambodia"
    ABROAD = "abroad"


@dataclass(frozen=True, kw_only=True)
class Partner:
    """`sees`: public releases, or those for partners as well, which wants an agreement on sharing
    information (docs/dialogue.md)."""

    code: str
    name: Mapping[str, str]
    stands: Stands
    sees: Audience = Audience.PUBLIC
    is_own: bool = False
    """Added by the project."""


def _known(code: str, en: str, km: str, stands: Stands) -> Partner:
    return Partner(code=code, name={"en": en, "km": km}, stands=stands)


KNOWN: Mapping[str, Partner] = {
    one.code: one
    for one in (
        _known(
            "CMAA",
            "Cambodian Mine Action and Victim Assistance Authority",
            "អាជ្ញាធរកម្ពុជាគ្រប់គ្រងសកម្មភាពកម្ចាត់មីន និងសង្គ្រោះជនពិការដោយសារមីន",
            Stands.GOVERNMENT,
        ),
        _known(
            "MOSVY",
            "Ministry of Social Affairs, Veterans and Youth Rehabilitation",
            "ក្រសួងសង្គមកិច្ច អតីតយុទ្ធជន និងយុវនីតិសម្បទា",
            Stands.GOVERNMENT,
        ),
        _known(
            "DAC",
            "Disability Action Council",
            "ក្រុមប្រឹក្សាសកម្មភាពជនពិការ",
            Stands.GOVERNMENT,
        ),
        _known(
            "PDAC",
            "Provincial Disability Action Council",
            "ក្រុមប្រឹក្សាសកម្មភាពជនពិការរាជធានី-ខេត្ត",
            Stands.GOVERNMENT,
        ),
        _known("PWDF", "Persons with Disabilities Foundation", "មូលនិធិជនពិការ", Stands.GOVERNMENT),
        _known(
            "ICRC",
            "International Committee of the Red Cross",
            "គណៈកម្មាធិការអន្តរជាតិកាកបាទក្រហម",
            Stands.CAMBODIA,
        ),
        _known(
            "CMVIS",
            "Cambodia Mine/ERW Victim Information System",
            "ប្រព័ន្ធព័ត៌មានជនរងគ្រោះដោយសារមីន និងសំណល់ជាតិផ្ទុះពីសង្គ្រាមនៅកម្ពុជា",
            Stands.GOVERNMENT,
        ),
        _known(
            "CMAC",
            "Cambodian Mine Action Centre",
            "មជ្ឈមណ្ឌលសកម្មភាពកម្ចាត់មីនកម្ពុជា",
            Stands.GOVERNMENT,
        ),
        _known(
            "PMAC",
            "Provincial Mine Action Committee",
            "គណៈកម្មាធិការសកម្មភាពកម្ចាត់មីនខេត្ត",
            Stands.GOVERNMENT,
        ),
        _known(
            "MAPU",
            "Mine Action Planning Unit",
            "អង្គភាពរៀបចំផែនការសកម្មភាពកម្ចាត់មីន",
            Stands.GOVERNMENT,
        ),
        _known(
            "PARL",
            "Commissions of the National Assembly and the Senate",
            "គណៈកម្មការរដ្ឋសភា និងព្រឹទ្ធសភា",
            Stands.GOVERNMENT,
        ),
        _known(
            "MONITOR",
            "Landmine and Cluster Munition Monitor",
            "របាយការណ៍ឃ្លាំមើលមីន និងគ្រាប់បែកចង្កោម",
            Stands.ABROAD,
        ),
        _known(
            "CCM",
            "Convention on Cluster Munitions: meetings and coordinators",
            "អនុសញ្ញាស្តីពីគ្រាប់បែកចង្កោម៖ កិច្ចប្រជុំ និងអ្នកសម្របសម្រួល",
            Stands.ABROAD,
        ),
        _known(
            "MBT",
            "Mine Ban Treaty: meetings and the Committee on Victim Assistance",
            "សន្ធិសញ្ញាហាមមីន៖ កិច្ចប្រជុំ និងគណៈកម្មាធិការជំនួយជនរងគ្រោះ",
            Stands.ABROAD,
        ),
        _known(
            "CRPDC",
            "UN Committee on the Rights of Persons with Disabilities",
            "គណៈកម្មាធិការអង្គការសហប្រជាជាតិស្តីពីសិទ្ធិជនពិការ",
            Stands.ABROAD,
        ),
        _known(
            "CDPO",
            "Cambodian Disabled People’s Organisation",
            "អង្គការជនពិការកម្ពុជា",
            Stands.CAMBODIA,
        ),
        _known(
            "OPD",
            "Provincial organisation of persons with disabilities",
            "អង្គការជនពិការថ្នាក់ខេត្ត",
            Stands.CAMBODIA,
        ),
        _known(
            "CCBL",
            "Cambodia Campaign to Ban Landmines and Cluster Munitions",
            "យុទ្ធនាការកម្ពុជាហាមមីន និងគ្រាប់បែកចង្កោម",
            Stands.CAMBODIA,
        ),
        _known("JRS", "Jesuit Refugee Service Cambodia", "អង្គការ JRS កម្ពុជា", Stands.CAMBODIA),
    )
}
"""In the order in which they are offered; codes are never renamed."""


def is_code(text: str) -> bool:
    """2 to 24 capital letters and digits, a letter first."""
    return _CODE.fullmatch(text) is not None


def may_see(partner: Partner, audience: Audience) -> bool:
    """Whether a release for this audience may be shown to the partner."""
    return audience is Audience.PUBLIC or partner.sees is audience


def quoted_to(partner: Partner) -> Quoted:
    """For whom a text of a testimony goes out that is used before the partner: the library has the
    same three."""
    return Quoted(partner.stands.value)
