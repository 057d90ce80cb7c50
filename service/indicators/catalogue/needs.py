"""What people need, and do not get."""

from __future__ import annotations

from service.disclosure.restated import ITSELF, Restated, Some, among, besides
from service.disclosure.rules import AGE_GROUP
from service.indicators.catalogue.shape import (
    CONSENT,
    PERSON,
    VISITS,
    Gathers,
    Indicator,
    Ratio,
    Statistic,
    full_grid,
    grid,
    of_visits,
    words,
)
from service.indicators.measures import Count, Kind, either, has, known

_PEOPLE = Count.ASSESSED
_NEEDS = Count(Kind.NEED)
_OPEN = "Open: unmet, referred, in progress, partly met; as visits found it last."
_AMPUTEES = _PEOPLE.and_(has("amputee", "yes"))
_HARDLY_WALK = _PEOPLE.and_(has("walks", "hardly"))
_OF_WORKING_AGE = _PEOPLE.and_(has("age", "1859"))
_PUPILS = _PEOPLE.and_(
    has("of_school_age", "yes"),
    either(has("wg", "yes"), has("victim", "direct_injured", "indirect_family")),
)
_REHABILITATION = _PEOPLE.and_(has("rehab", "yes"))
_COMPARED = _PEOPLE.and_(
    either(has("victim", "direct_injured"), (has("victim", "not_victim"), has("wg", "yes")))
)
_URGENT = _NEEDS.and_(has("priority", "p1", "p2"))
_LIMBS = ("reh_prosthesis", "reh_orthosis")
_MOBILITY = ("reh_wheelchair", "reh_walking_aid")
_MIND = ("psy_counselling", "psy_peer", "psy_family")
_WORK = ("sei_livelihood", "sei_job", "sei_voctraining")
_REACH = {
    "near": among("remoteness", "r0", "r1", "r2"),
    "remote": among("remoteness", "r3", "r4"),
    "unknown": besides("remoteness", "r0", "r1", "r2", "r3", "r4"),
}
_SURVIVORS = {"victim": Some(frozenset({"direct_injured"}))}
_OTHERS = {"victim": Some(frozenset({"not_victim"})), "wg": Some(frozenset({"yes"}))}

ENTRIES = (
    Indicator(
        id="I11",
        pillar="needs",
        title=words("Any unmet need", "មនុស្សដែលមានតម្រូវការយ៉ាងហោចមួយមិនទាន់បានបំពេញ"),
        unit="persons",
        numerator=Count.ANY_OPEN_NEED,
        denominator=Count.ASSESSED,
        grid=full_grid(PERSON),
        frameworks=("CCM-5.1",),
        source=_OPEN,
        completeness=CONSENT,
        note=VISITS,
    ),
    Indicator(
        id="I12",
        pillar="needs",
        title=words("Unmet need by service and province", "តម្រូវការមិនទាន់បានបំពេញ តាមសេវា និងខេត្ត"),
        unit="persons",
        numerator=Count.OPEN_NEED,
        once=Count.ANY_OPEN_NEED,
        denominator=Count.ASSESSED,
        grid=full_grid(PERSON, also=("need",)),
        frameworks=("CCM-5.2a", "CRPD-25", "CRPD-26", "CRPD-27", "CRPD-28"),
        source=_OPEN,
        completeness=CONSENT,
        overlapping=frozenset({"need"}),
        note=of_visits(
            "A person with several needs is in several rows and once in the totals, "
            "so rows do not add up to totals.",
            "មនុស្សម្នាក់ដែលមានតម្រូវការច្រើន ស្ថិតក្នុងជួរច្រើន តែរាប់ម្តងក្នុងចំនួនសរុប ដូច្នេះជួរបូកគ្នាមិនស្មើចំនួនសរុបទេ។",
        ),
    ),
    Indicator(
        id="I13",
        pillar="needs",
        title=words("Amputees without the prosthesis they need", "អ្នកកាត់អវយវៈដែលខ្វះអវយវៈសិប្បនិម្មិត"),
        unit="persons",
        numerator=_AMPUTEES.and_(has("limb", "yes")),
        denominator=_AMPUTEES,
        grid=grid("sex", "age", "remoteness"),
        gathers=Gathers(_LIMBS),
        frameworks=("CRPD-20", "CRPD-26"),
        source="People with an amputation among their injuries who have an open need of a "
        "prosthesis or orthosis, of all people with an amputation. " + _OPEN,
        completeness="Who uses an orthosis without an amputation is not asked apart: not in it.",
        note=of_visits(
            "People with an amputation who need a prosthesis or orthosis, its repair or a new one.",
            "អ្នកកាត់អវយវៈដែលត្រូវការអវយវៈសិប្បនិម្មិត ឬឧបករណ៍ទ្រ ការជួសជុល ឬថ្មី។",
        ),
    ),
    Indicator(
        id="I14",
        pillar="needs",
        title=words("People who walk with difficulty and lack a device", "អ្នកពិបាកដើរដែលខ្វះឧបករណ៍"),
        unit="persons",
        numerator=_HARDLY_WALK.and_(has("mobility", "yes")),
        denominator=_HARDLY_WALK,
        grid=grid("sex", "age", "remoteness"),
        gathers=Gathers(_MOBILITY),
        frameworks=("CRPD-20",),
        source="Open need of a wheelchair or walking aid, of people whose answer to the Washington "
        "Group's question on walking is 3 or 4. " + _OPEN,
        completeness=CONSENT,
        note=of_visits(
            "People who have a lot of difficulty walking, or cannot, and need a wheelchair, "
            "crutches or the like.",
            "អ្នកដែលពិបាកដើរខ្លាំង ឬមិនអាចដើរ ហើយត្រូវការរទេះរុញ ឈើច្រត់ ឬឧបករណ៍ស្រដៀងគ្នា។",
        ),
    ),
    Indicator(
        id="I15",
        pillar="needs",
        title=words("Unmet need of psychosocial support", "តម្រូវការគាំទ្រផ្លូវចិត្តមិនទាន់បានបំពេញ"),
        unit="persons",
        numerator=_PEOPLE.and_(has("mind", "yes")),
        denominator=_PEOPLE,
        grid=grid("sex", "age", "victim"),
        gathers=Gathers(_MIND, is_all=True),
        frameworks=("SRAAP-REHAB", "CRPD-25"),
        source="Open need of counselling, peer support or support of the family. " + _OPEN,
        completeness=CONSENT,
        note=VISITS,
    ),
    Indicator(
        id="I16",
        pillar="needs",
        title=words("Unmet need of work or livelihood", "តម្រូវការការងារ ឬមុខរបរមិនទាន់បានបំពេញ"),
        unit="persons",
        numerator=_OF_WORKING_AGE.and_(has("work_gap", "yes")),
        denominator=_OF_WORKING_AGE,
        grid=grid("sex", "wg", "victim", "remoteness"),
        restates=Restated(figure="I01", d=among("age", "1859")),
        gathers=Gathers(_WORK, is_all=True, where=((AGE_GROUP, "adult"), ("age", "1859"))),
        frameworks=("SRAAP-SEI", "CRPD-27"),
        source="Open need of livelihood, a job or vocational training, of people aged 18 to 59. "
        + _OPEN,
        completeness="Adults whose age is not known are not in it.",
        note=of_visits("Of people aged 18 to 59.", "ក្នុងចំណោមមនុស្សអាយុ ១៨ ដល់ ៥៩ ឆ្នាំ។"),
    ),
    Indicator(
        id="I17",
        pillar="needs",
        title=words("Children out of school", "កុមារដែលមិនបានរៀន"),
        unit="persons",
        numerator=_PUPILS.and_(has("school", "no")),
        denominator=_PUPILS.and_(has("school", "yes", "no")),
        unknown=_PUPILS.and_(has("school", "unknown", "no_answer", "not_asked")),
        grid=grid("sex", "wg", "remoteness"),
        frameworks=("CRPD-24",),
        source="Children aged 6 to 17 with disability, injured, or of a family of somebody killed "
        "or injured, who do not attend school, of those asked.",
        completeness="Children of whom nobody said whether they attend are told beside.",
        note=of_visits(
            "Children aged 6 to 17 with disability or of families of victims.",
            "កុមារអាយុ ៦ ដល់ ១៧ ឆ្នាំ ដែលមានពិការភាព ឬក្នុងគ្រួសារជនរងគ្រោះ។",
        ),
    ),
    Indicator(
        id="I18",
        pillar="needs",
        title=words("No latrine that the person can use", "គ្មានបង្គន់ដែលអាចប្រើបាន"),
        unit="persons",
        numerator=_PEOPLE.and_(has("latrine", "no")),
        denominator=_PEOPLE.and_(has("latrine", "yes", "no")),
        unknown=_PEOPLE.and_(has("latrine", "unknown", "no_answer", "not_asked")),
        grid=grid("wg", "remoteness"),
        frameworks=("CRPD-28",),
        source="Form F1, latrine_usable, asked of each person.",
        completeness="People who were not asked are told beside. Water points are not asked.",
        note=of_visits(
            "People without a latrine that they can use.", "មនុស្សដែលគ្មានបង្គន់ដែលខ្លួនអាចប្រើបាន។"
        ),
    ),
    Indicator(
        id="I19",
        pillar="needs",
        title=words("Unmet need of housing", "តម្រូវការជម្រកមិនទាន់បានបំពេញ"),
        unit="persons",
        numerator=_PEOPLE.and_(has("house", "yes")),
        denominator=_PEOPLE,
        grid=grid("victim", "remoteness"),
        restates=Restated(figure="I12", n=among("need", "sei_housing"), d=ITSELF, of_base=True),
        frameworks=("CRPD-28",),
        source="Open need of a house, its repair or adaptation. " + _OPEN,
        completeness=CONSENT,
        note=VISITS,
    ),
    Indicator(
        id="I20",
        pillar="needs",
        title=words("Open needs of a person", "ចំនួនតម្រូវការមិនទាន់បានបំពេញក្នុងមនុស្សម្នាក់"),
        unit="persons",
        numerator=Count.ANY_OPEN_NEED,
        denominator=_PEOPLE,
        statistic=Statistic(field="load", names=("median",), unit="needs", of_base=True),
        grid=grid("wg", "victim", "remoteness"),
        frameworks=("CCM-5.2c",),
        source="Median number of open needs of all people assessed, those without any included. "
        + _OPEN,
        completeness=CONSENT,
        note=of_visits(
            "Beside the median stand the people with any open need.",
            "នៅក្បែរមេដ្យាន មានចំនួនមនុស្សដែលមានតម្រូវការយ៉ាងហោចមួយ។",
        ),
    ),
    Indicator(
        id="I21",
        pillar="needs",
        title=words("Urgent needs past their time", "តម្រូវការបន្ទាន់ដែលហួសពេល"),
        unit="needs",
        numerator=_URGENT.and_(has("open", "open"), has("overdue", "yes")),
        denominator=_URGENT,
        grid=grid(districts=False),
        frameworks=("CCM-5.1",),
        source="Needs of priority p1 open for more than 72 hours, or p2 for more than 30 days, of "
        "all of these priorities. Counted to the first day of the month.",
        completeness=CONSENT,
        note=words(
            "Time is counted from the visit to the first day of this month.",
            "រយៈពេលរាប់ពីថ្ងៃចុះសួរ ដល់ថ្ងៃទីមួយនៃខែនេះ។",
        ),
    ),
    Indicator(
        id="I25",
        pillar="needs",
        title=words("How long open needs have waited", "រយៈពេលរង់ចាំនៃតម្រូវការមិនទាន់បានបំពេញ"),
        unit="needs",
        numerator=Count.OPEN_NEED,
        grid=(
            ("waited",),
            ("waited", "province"),
            ("waited", "need"),
            ("waited", "remoteness"),
            ("province",),
            (),
        ),
        restates=Restated(figure="I12", n=besides("need"), own=frozenset({"waited"})),
        frameworks=("CCM-5.2c",),
        source="Open needs by the days from the visit on which they were told to the first day of "
        "the month in which they are counted.",
        completeness="Since when a person has had the need is asked by year alone, and not used.",
        note=words(
            "Time is counted from the visit to the first day of this month.",
            "រយៈពេលរាប់ពីថ្ងៃចុះសួរ ដល់ថ្ងៃទីមួយនៃខែនេះ។",
        ),
    ),
    Indicator(
        id="I29",
        pillar="needs",
        title=words("Barriers", "ឧបសគ្គ"),
        unit="persons",
        numerator=Count(Kind.BARRIER),
        once=Count.ANY_OPEN_NEED.and_(has("barred", "yes")),
        denominator=Count.ANY_OPEN_NEED,
        overlapping=frozenset({"barrier"}),
        grid=(
            ("barrier",),
            ("barrier", "province"),
            ("barrier", "sex"),
            ("barrier", "wg"),
            ("barrier", "remoteness"),
            ("province",),
            (),
        ),
        restates=Restated(figure="I11", d=ITSELF, own=frozenset({"barrier"})),
        frameworks=("CRPD-9",),
        source="People who named the barrier for one of their open needs, of people with one.",
        completeness="Open needs told at later visits have no barriers.",
        note=of_visits(
            "A person who names several barriers is in several rows and once in the totals.",
            "មនុស្សម្នាក់ដែលប្រាប់ឧបសគ្គច្រើន ស្ថិតក្នុងជួរច្រើន តែរាប់ម្តងក្នុងចំនួនសរុប។",
        ),
    ),
    Indicator(
        id="I28",
        pillar="needs",
        title=words("Far from rehabilitation", "ឆ្ងាយពីមជ្ឈមណ្ឌលស្តារនីតិសម្បទា"),
        unit="persons",
        numerator=_REHABILITATION.and_(has("far", "yes")),
        denominator=_REHABILITATION.and_(known("far")),
        unknown=_REHABILITATION.and_(has("far", "unknown")),
        grid=grid("sex", "remoteness"),
        frameworks=("CRPD-20", "LAP-32"),
        source="People with an open need of rehabilitation (reh_…) more than 120 minutes from a "
        "rehabilitation centre, of those whose way is known.",
        completeness="People whose way is not known are told beside.",
        note=of_visits(
            "More than two hours from the nearest rehabilitation centre.",
            "លើសពីពីរម៉ោងពីមជ្ឈមណ្ឌលស្តារនីតិសម្បទាដែលនៅជិតជាងគេ។",
        ),
    ),
    Indicator(
        id="I32",
        pillar="needs",
        title=words("Gap between remote and other places", "គម្លាតរវាងទីដាច់ស្រយាល និងទីផ្សេង"),
        unit="persons",
        numerator=Count.OPEN_NEED,
        once=Count.ANY_OPEN_NEED,
        denominator=_PEOPLE,
        overlapping=frozenset({"need"}),
        ratio=Ratio(dimension="reach", over="remote", under="near"),
        grid=(("reach",), ("reach", "province"), ("reach", "need"), ("reach", "sex")),
        restates=Restated(
            figure="I12", n=ITSELF, d=ITSELF, of_base=True, coarser={"reach": _REACH}
        ),
        frameworks=("CRPD-5", "CCM-5.2e"),
        source="Share with an unmet need in remote places (r3, r4) over that in all others whose "
        "distance is known. " + _OPEN,
        completeness="People whose distance is not known are a row of their own.",
        note=of_visits(
            "1 means no gap; 2 means twice the rate in remote places. It is told where both rates "
            "are shown.",
            "១ មានន័យថាគ្មានគម្លាត; ២ មានន័យថាអត្រានៅទីដាច់ស្រយាលខ្ពស់ជាងពីរដង។ "
            "បង្ហាញតែនៅពេលអត្រាទាំងពីរអាចបង្ហាញបាន។",
        ),
    ),
    Indicator(
        id="I33",
        pillar="needs",
        title=words(
            "Survivors and other people with disabilities",
            "អ្នករស់រានមានជីវិត និងជនមានពិការភាពផ្សេងទៀត",
        ),
        unit="persons",
        numerator=Count.OPEN_NEED.and_(*_COMPARED.tests),
        once=Count.ANY_OPEN_NEED.and_(*_COMPARED.tests),
        denominator=_COMPARED,
        overlapping=frozenset({"need"}),
        ratio=Ratio(dimension="cause", over="survivor", under="other_disability"),
        grid=(("cause",), ("cause", "province"), ("cause", "need"), ("cause", "sex")),
        restates=Restated(
            figure="I12",
            n=(_SURVIVORS, _OTHERS),
            d=(_SURVIVORS, _OTHERS),
            of_base=True,
            coarser={"cause": {"survivor": (_SURVIVORS,), "other_disability": (_OTHERS,)}},
        ),
        frameworks=("CCM-5.2e",),
        source="Share of survivors with an unmet need over that of other people with disability by "
        "the Washington Group. " + _OPEN,
        completeness="People who are neither are not in it.",
        note=of_visits(
            "1 means no difference; more than 1 means that survivors lack more. It is told where "
            "both rates are shown.",
            "១ មានន័យថាគ្មានភាពខុសគ្នា; លើសពី ១ មានន័យថាអ្នករស់រានមានជីវិតខ្វះខាតច្រើនជាង។ "
            "បង្ហាញតែនៅពេលអត្រាទាំងពីរអាចបង្ហាញបាន។",
        ),
    ),
)
