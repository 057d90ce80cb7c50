"""How good our own figures are."""

from __future__ import annotations

from service.indicators.catalogue.shape import TOLD, Indicator, Missing, Statistic, of_visits, words
from service.indicators.measures import Count, Kind, lacks

_VISITS = Count(Kind.VISIT)

ENTRIES = (
    Indicator(
        id="I08",
        pillar="quality",
        title=words("Disaggregation completeness", "ភាពពេញលេញនៃទិន្នន័យតាមភេទ អាយុ និងពិការភាព"),
        unit="persons",
        numerator=Count.COMPLETE,
        denominator=Count.ASSESSED,
        grid=(("province",), (), ("month",), ("quarter",), ("year",), ("province", "quarter")),
        frameworks=("CRPD-31", "LAP-31"),
        source="SADDD rule: at least 90 % before calling a figure disaggregated.",
        completeness="Known: not unknown, refused, indeterminate or not asked; the device only "
        "of people injured or killed by one.",
        note=of_visits(
            "People whose sex, age, disability status and, for victims, device are all "
            "known, of all people assessed.",
            "មនុស្សដែលគេដឹងភេទ អាយុ ស្ថានភាពពិការភាព និងប្រភេទគ្រាប់ (ចំពោះជនរងគ្រោះ) "
            "ទាំងអស់ ក្នុងចំណោមមនុស្សដែលបានវាយតម្លៃ។",
        ),
    ),
    Indicator(
        id="I57",
        pillar="quality",
        title=words("Days until a visit arrives here", "ចំនួនថ្ងៃដល់ការចុះសួរមកដល់ទីនេះ"),
        unit="households",
        numerator=_VISITS.and_(lacks("late_days", "")),
        statistic=Statistic(field="late_days", names=("median", "p90"), unit="days", step=1),
        grid=((), ("province",), ("month",), ("quarter",), ("year",)),
        frameworks=("CRPD-31",),
        source="Days from the visit to a household to its arrival on the server.",
        completeness=TOLD,
        note=words(
            "Visits that a phone dated after their arrival are not in it.",
            "ការចុះសួរដែលទូរសព្ទដាក់កាលបរិច្ឆេទក្រោយពេលមកដល់ មិនរាប់ទេ។",
        ),
    ),
)

MISSING = (
    Missing(
        id="I58",
        pillar="quality",
        title=words("Withdrawals honoured in time", "ការដកការអនុញ្ញាតដែលបានអនុវត្តទាន់ពេល"),
        needs=words(
            "Withdrawals as facts: figures read facts, and who took something back is kept in "
            "none. The page of withdrawals lists them.",
            "ការដកការអនុញ្ញាតជាទិន្នន័យ៖ តួលេខអានតែទិន្នន័យ ហើយអ្នកដែលបានដកវិញ មិនរក្សាទុកក្នុងនោះទេ។ "
            "ទំព័រនៃការដកការអនុញ្ញាតរាយបញ្ជីវា។",
        ),
        frameworks=("CRPD-31",),
    ),
)
