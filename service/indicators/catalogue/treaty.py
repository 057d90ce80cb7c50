"""The People's Treaty: who signed, and how well it was gathered."""

from __future__ import annotations

from service.disclosure.restated import Restated, among
from service.indicators.catalogue.shape import (
    CONSENT,
    TOLD,
    Indicator,
    Missing,
    full_grid,
    grid,
    words,
)
from service.indicators.measures import Count, Kind, has

_LINES = Count(Kind.SIGNATURE)
_LEADERS = ("leader_faith", "leader_commune_village", "mp_official", "monk_nun", "organisation_rep")
_SHEETS = Count(Kind.SHEET)

ENTRIES = (
    Indicator(
        id="I49",
        pillar="treaty",
        title=words("People’s Treaty signatures", "ហត្ថលេខាលើសន្ធិសញ្ញាប្រជាជន"),
        unit="signatures",
        numerator=Count.VALID_SIGNATURE,
        grid=full_grid(("sex", "age", "kind")),
        frameworks=("CCM-21",),
        source="Valid lines of adults; minors are counted beside.",
        completeness=CONSENT,
        note=words(
            "Valid signatures of adults; those of people under 18 are counted apart.",
            "ហត្ថលេខាត្រឹមត្រូវរបស់មនុស្សពេញវ័យ; ហត្ថលេខារបស់អ្នកអាយុក្រោម ១៨ ឆ្នាំ រាប់ដោយឡែក។",
        ),
    ),
    Indicator(
        id="I50",
        pillar="treaty",
        title=words("Lines that do not count", "ជួរដែលមិនរាប់"),
        unit="lines",
        numerator=_LINES.and_(
            has("line", "duplicate_confirmed", "duplicate_suspected", "illegible", "no_mark")
        ),
        denominator=_LINES,
        beside=Count.VALID_SIGNATURE,
        grid=grid(),
        frameworks=("CCM-21",),
        source="Lines that are duplicate, illegible or without a mark, of all lines keyed.",
        completeness="As lines were keyed; what a steward decided since is in the tally.",
        note=words("Duplicates as they were keyed from paper.", "ជួរស្ទួនតាមដែលបានវាយបញ្ចូលពីក្រដាស។"),
    ),
    Indicator(
        id="I50B",
        pillar="treaty",
        title=words("Sheets that do not add up", "សន្លឹកដែលផលបូកមិនត្រូវ"),
        unit="sheets",
        numerator=_SHEETS.and_(has("reconciled", "no")),
        denominator=_SHEETS,
        grid=(("province",), (), ("year",)),
        frameworks=("CCM-21",),
        source="Sheets whose declared lines are not the sum of their tallies, of all sheets keyed.",
        completeness=TOLD,
        note=words(
            "Lines of these sheets are in no published total.",
            "ជួរនៃសន្លឹកទាំងនេះ មិនរាប់ក្នុងចំនួនសរុបដែលផ្សព្វផ្សាយទេ។",
        ),
    ),
    Indicator(
        id="I51",
        pillar="treaty",
        title=words("Signatures of leaders", "ហត្ថលេខារបស់អ្នកដឹកនាំ"),
        unit="signatures",
        numerator=Count.VALID_SIGNATURE.and_(has("kind", *_LEADERS)),
        grid=(("kind",), ("province",), ("province", "kind"), (), ("year",)),
        restates=Restated(figure="I49", n=among("kind", *_LEADERS)),
        frameworks=("CCM-21",),
        source="Valid lines of faith leaders, commune and village leaders, members of parliament "
        "and officials, monks and nuns, and representatives of organisations.",
        completeness=CONSENT,
        note=words(
            "A leader counts as one person, whatever the size of the group.",
            "អ្នកដឹកនាំម្នាក់រាប់ជាមនុស្សម្នាក់ ទោះក្រុមធំប៉ុណ្ណាក៏ដោយ។",
        ),
    ),
)

MISSING = (
    Missing(
        id="I52",
        pillar="treaty",
        title=words("Signatures per 10,000 adults", "ហត្ថលេខាក្នុងមនុស្សពេញវ័យ ១០,០០០ នាក់"),
        needs=words(
            "The number of adults of each province, from a census.",
            "ចំនួនមនុស្សពេញវ័យក្នុងខេត្តនីមួយៗ ពីជំរឿន។",
        ),
        frameworks=("CCM-21",),
    ),
)
