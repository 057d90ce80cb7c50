"""Whom we reached, and whom we missed."""

from __future__ import annotations

from service.disclosure.restated import Restated, among, besides
from service.indicators.catalogue.shape import (
    CONSENT,
    PERSON,
    TOLD,
    VISITS,
    Indicator,
    full_grid,
    grid,
    of_visits,
    words,
)
from service.indicators.measures import UNKNOWN, Count, Kind, has, known, lacks

_PEOPLE = Count.ASSESSED
_SURVIVORS = _PEOPLE.and_(has("victim", "direct_injured"))
_CASUALTIES = Count(Kind.INCIDENT, (has("outcome", "killed", "amputation", "injured_other"),))
_VILLAGES = Count(Kind.VISIT, distinct="village")

ENTRIES = (
    Indicator(
        id="I01",
        pillar="people",
        title=words("People assessed", "មនុស្សដែលបានវាយតម្លៃតម្រូវការ"),
        unit="persons",
        numerator=Count.ASSESSED,
        grid=full_grid(PERSON),
        frameworks=("CCM-5.2a", "LAP-31", "CRPD-31"),
        source="Count of persons assessed; form F1.",
        completeness=CONSENT,
        note=VISITS,
    ),
    Indicator(
        id="I02",
        pillar="people",
        title=words("Survivors known", "អ្នករស់រានមានជីវិតដែលយើងស្គាល់"),
        unit="persons",
        numerator=_SURVIVORS,
        grid=grid("sex", "age", "device"),
        restates=Restated(figure="I01", n=among("victim", "direct_injured")),
        frameworks=("SRAAP-DATA", "CCM-7.1k"),
        source="People assessed whose victim type is direct_injured; form F1.",
        completeness=CONSENT,
        note=of_visits(
            "People who were injured by explosive ordnance and live.",
            "មនុស្សដែលរងរបួសដោយគ្រាប់យុទ្ធភណ្ឌ ហើយរស់រានមានជីវិត។",
        ),
    ),
    Indicator(
        id="I03",
        pillar="people",
        title=words("Families of people killed or injured", "គ្រួសាររបស់អ្នកស្លាប់ ឬរងរបួស"),
        unit="persons",
        numerator=_PEOPLE.and_(has("victim", "indirect_family")),
        grid=grid("sex", "age"),
        restates=Restated(figure="I01", n=among("victim", "indirect_family")),
        frameworks=("CCM-2.1",),
        source="People assessed whose victim type is indirect_family; form F1.",
        completeness=CONSENT,
        note=of_visits(
            "Family members of people killed or injured by explosive ordnance.",
            "សមាជិកគ្រួសាររបស់អ្នកដែលស្លាប់ ឬរងរបួសដោយគ្រាប់យុទ្ធភណ្ឌ។",
        ),
    ),
    Indicator(
        id="I04",
        pillar="people",
        title=words("Casualties reported to us", "ជនរងគ្រោះដែលបានរាយការណ៍មកយើង"),
        unit="casualties",
        numerator=_CASUALTIES,
        grid=(
            ("outcome", "device"),
            ("outcome",),
            ("device",),
            ("incident_year",),
            ("province",),
            ("province", "outcome"),
            ("sex",),
            ("age",),
            (),
        ),
        frameworks=("SRAAP-DATA",),
        source="Incidents told in form F1 or counted by others, whose outcome is killed, "
        "amputation or another injury. Incidents of one day, place and device are one source.",
        completeness=TOLD,
        note=words(
            "Not a national total. Whoever was hurt may be told of by several relatives, and is "
            "then counted more than once.",
            "មិនមែនជាចំនួនសរុបទូទាំងប្រទេសទេ។ មនុស្សម្នាក់អាចត្រូវបានសាច់ញាតិច្រើននាក់រាយការណ៍ ហើយត្រូវរាប់លើសពីម្តង។",
        ),
    ),
    Indicator(
        id="I05",
        pillar="people",
        title=words("Children among casualties", "កុមារក្នុងចំណោមជនរងគ្រោះ"),
        unit="casualties",
        numerator=_CASUALTIES.and_(has("age", "child")),
        denominator=_CASUALTIES.and_(has("age", "child", "adult")),
        unknown=_CASUALTIES.and_(lacks("age", "child", "adult")),
        grid=(("device",), ("sex",), ("province",), ("incident_year",), ()),
        restates=Restated(
            figure="I04",
            n=among("age", "child"),
            d=among("age", "child", "adult"),
            unknown=besides("age", "child", "adult"),
        ),
        frameworks=("CRPD-7",),
        source="Casualties under 18 at the incident, of those whose age then is known.",
        completeness="Casualties whose age at the incident is not known are told beside.",
        note=words(
            "People who were under 18 when it happened. Not a national total.",
            "មនុស្សដែលមានអាយុក្រោម ១៨ ឆ្នាំ នៅពេលកើតហេតុ។ មិនមែនជាចំនួនសរុបទូទាំងប្រទេសទេ។",
        ),
    ),
    Indicator(
        id="I06",
        pillar="people",
        title=words("Disability among survivors", "ពិការភាពក្នុងចំណោមអ្នករស់រានមានជីវិត"),
        unit="persons",
        numerator=_SURVIVORS.and_(has("wg", "yes")),
        denominator=_SURVIVORS.and_(has("wg", "yes", "no")),
        unknown=_SURVIVORS.and_(lacks("wg", "yes", "no")),
        grid=grid("sex", "age", "remoteness"),
        frameworks=("CRPD-31",),
        source="Washington Group Short Set: at least one of six answers 3 or 4.",
        completeness="Survivors whose six answers are not complete are told beside.",
        note=of_visits(
            "Survivors with disability by the Washington Group, of survivors with all six answers.",
            "អ្នករស់រានមានជីវិតដែលមានពិការភាព (WG-SS) ក្នុងចំណោមអ្នកដែលឆ្លើយគ្រប់សំណួរទាំងប្រាំមួយ។",
        ),
    ),
    Indicator(
        id="I07",
        pillar="people",
        title=words("Women and girls among people reached", "ស្ត្រី និងក្មេងស្រីក្នុងចំណោមអ្នកដែលបានជួប"),
        unit="persons",
        numerator=_PEOPLE.and_(has("sex", "female")),
        denominator=_PEOPLE.and_(known("sex")),
        unknown=_PEOPLE.and_(has("sex", "unknown", "no_answer", "not_asked")),
        grid=grid("age", "remoteness"),
        restates=Restated(
            figure="I01",
            n=among("sex", "female"),
            d=besides("sex", *UNKNOWN),
            unknown=among("sex", *UNKNOWN),
        ),
        frameworks=("CRPD-6",),
        source="Women and girls, of people assessed whose sex is known; form F1.",
        completeness="People whose sex is not known are told beside.",
        note=of_visits(
            "To be read beside the share of women and girls among casualties (I04 by sex).",
            "សូមអានរួមជាមួយសមាមាត្រស្ត្រីក្នុងចំណោមជនរងគ្រោះ (I04 តាមភេទ)។",
        ),
    ),
    Indicator(
        id="I09",
        pillar="people",
        title=words("Reached in remote places", "អ្នកដែលបានជួបនៅទីដាច់ស្រយាល"),
        unit="persons",
        numerator=_PEOPLE.and_(has("remoteness", "r3", "r4")),
        denominator=_PEOPLE.and_(known("remoteness")),
        unknown=_PEOPLE.and_(has("remoteness", "unknown", "no_answer", "not_asked")),
        grid=grid("sex", "wg"),
        restates=Restated(
            figure="I01",
            n=among("remoteness", "r3", "r4"),
            d=besides("remoteness", *UNKNOWN),
            unknown=among("remoteness", *UNKNOWN),
        ),
        frameworks=("SRAAP-REHAB",),
        source="Remoteness bands r3 and r4 by the rule kept with each household.",
        completeness="People whose distance is not known are told beside.",
        note=of_visits(
            "Remote: more than two hours from a health centre, or cut off in the rains.",
            "ដាច់ស្រយាល៖ លើសពីពីរម៉ោងពីមណ្ឌលសុខភាព ឬដាច់ផ្លូវនៅរដូវវស្សា។",
        ),
    ),
    Indicator(
        id="I10",
        pillar="people",
        title=words("Villages reached", "ភូមិដែលបានទៅដល់"),
        unit="villages",
        numerator=_VILLAGES,
        of_gazetteer=True,
        grid=(("province",), ("province", "district"), ()),
        frameworks=("CCM-5.2a",),
        source="Villages in which a household was visited, of the villages of the gazetteer.",
        completeness="Visits whose village is not known are in none.",
        note=words(
            "Of all villages in the gazetteer: a list of villages in which survivors live is not "
            "loaded.",
            "ក្នុងចំណោមភូមិទាំងអស់ក្នុងបញ្ជីភូមិសាស្ត្រ៖ មិនទាន់មានបញ្ជីភូមិដែលអ្នករស់រានមានជីវិតរស់នៅទេ។",
        ),
    ),
)
