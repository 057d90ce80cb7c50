"""Places that communities fear."""

from __future__ import annotations

from service.disclosure.restated import Restated, among
from service.indicators.catalogue.shape import TOLD, Indicator, Statistic, words
from service.indicators.measures import Count, Kind, has, lacks

_CONCERNS = Count(Kind.CONCERN)
_ANSWERS = ("acknowledged", "surveyed", "planned", "cleared", "refused")

ENTRIES = (
    Indicator(
        id="I53",
        pillar="clearance",
        title=words("Clearance concerns", "ការព្រួយបារម្ភអំពីគ្រាប់"),
        unit="concerns",
        numerator=Count(Kind.LAND),
        once=_CONCERNS,
        overlapping=frozenset({"land"}),
        grid=(
            ("device", "status"),
            ("land", "status"),
            ("land", "device"),
            ("land", "device", "status"),
            ("province",),
            ("province", "district"),
            ("province", "status"),
            ("device",),
            ("land",),
            ("status",),
            ("quarter",),
            ("year",),
            (),
        ),
        frameworks=("CRPD-11", "MBT-5"),
        source="Places reported with form F6, by suspected device, use of the land and the answer "
        "that was had.",
        completeness=TOLD,
        note=words(
            "What communities told us, not a survey. A place used in several ways is in several "
            "rows and once in the totals.",
            "អ្វីដែលសហគមន៍បានប្រាប់យើង មិនមែនជាការអង្កេតទេ។ ទីកន្លែងដែលប្រើច្រើនយ៉ាង ស្ថិតក្នុងជួរច្រើន "
            "តែរាប់ម្តងក្នុងចំនួនសរុប។",
        ),
    ),
    Indicator(
        id="I54",
        pillar="clearance",
        title=words("Time until a concern is answered", "រយៈពេលដល់ការព្រួយបារម្ភត្រូវបានឆ្លើយតប"),
        unit="concerns",
        numerator=_CONCERNS.and_(lacks("answer_days", ""), has("status", *_ANSWERS)),
        denominator=_CONCERNS,
        statistic=Statistic(field="answer_days", names=("median",), unit="days", step=5),
        grid=(("province",), (), ("device",), ("year",)),
        frameworks=("MBT-5",),
        source="Days from the report to an authority to its last answer: acknowledged, surveyed, "
        "planned, cleared or refused; form F6.",
        completeness="Concerns without an answer stand beside, as the rest of the denominator.",
        note=words(
            "Concerns that still wait are not in the median.",
            "ការព្រួយបារម្ភដែលនៅរង់ចាំ មិនរាប់ក្នុងមេដ្យានទេ។",
        ),
    ),
    Indicator(
        id="I55",
        pillar="clearance",
        title=words("Land and people blocked", "ដី និងមនុស្សដែលរងការរារាំង"),
        unit="concerns",
        numerator=_CONCERNS.and_(lacks("households", "")),
        denominator=_CONCERNS,
        statistic=Statistic(field="households", names=("sum",), unit="households"),
        grid=(("hectares",), ("province",), ("device",), ()),
        frameworks=("MBT-5",),
        source="Households that cannot use the place, as told with form F6, added up; by hectares.",
        completeness="Concerns that name no number of households are the rest of the denominator.",
        note=words(
            "Households may be told of with more than one place.",
            "គ្រួសារមួយអាចត្រូវបានប្រាប់ជាមួយទីកន្លែងលើសពីមួយ។",
        ),
    ),
    Indicator(
        id="I56",
        pillar="clearance",
        title=words("Sightings of submunitions", "ការឃើញគ្រាប់បែកចង្កោម"),
        unit="concerns",
        numerator=_CONCERNS.and_(has("device", "submunition")),
        grid=(("province",), ("status",), ("quarter",), ("year",), ()),
        restates=Restated(figure="I53", n=among("device", "submunition")),
        frameworks=("CCM-21",),
        source="Concerns whose suspected device is a submunition; form F6.",
        completeness=TOLD,
        note=words(
            "Suspected by whoever reported it, and confirmed by nobody.",
            "សង្ស័យដោយអ្នករាយការណ៍ ហើយមិនទាន់មាននរណាបញ្ជាក់ទេ។",
        ),
    ),
)
