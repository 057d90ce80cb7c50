"""Papers, cards, and breaches of rights."""

from __future__ import annotations

from service.disclosure.restated import Restated, among
from service.indicators.catalogue.shape import (
    TOLD,
    Indicator,
    Missing,
    Statistic,
    grid,
    of_visits,
    words,
)
from service.indicators.measures import Count, Kind, either, has, known, lacks

_PEOPLE = Count.ASSESSED
_HOMES = Count(Kind.VISIT)
_DUE = _PEOPLE.and_(has("card_due", "yes"))
_HOLDERS = _PEOPLE.and_(has("card", "yes"))
_APPLICANTS = _PEOPLE.and_(either(has("card", "yes", "applied"), has("cash", "yes", "applied")))
RESTRICTED_ISSUES = ("violence_abuse",)
"""Told under the rules of restricted topics alone, and in no other figure."""
_ISSUES = Count(Kind.ISSUE, (lacks("issue", *RESTRICTED_ISSUES),))
_RAISED_STATUS = ("raised_with_duty_bearer", "answered", "resolved", "not_upheld", "closed")
_RAISED = _ISSUES.and_(has("status", *_RAISED_STATUS))
_AT_PUBLIC_PLACES = _ISSUES.and_(lacks("public_place", "none"))

ENTRIES = (
    Indicator(
        id="I34",
        pillar="rights",
        title=words("Households without identity papers", "គ្រួសារគ្មានឯកសារអត្តសញ្ញាណ"),
        unit="households",
        numerator=_HOMES.and_(has("identity", "no")),
        denominator=_HOMES.and_(has("identity", "yes", "no")),
        unknown=_HOMES.and_(has("identity", "unknown")),
        grid=grid(),
        frameworks=("CRPD-12", "CRPD-18"),
        source="Households that hold neither a national ID card nor a birth certificate, of those "
        "asked; form F1 asks households, not each person.",
        completeness="Households that were not asked, or did not say, are told beside.",
        note=words(
            "Papers are asked of the household: who in it has them is not known.",
            "ឯកសារត្រូវបានសួរជាគ្រួសារ៖ មិនដឹងថានរណាក្នុងគ្រួសារមានទេ។",
        ),
    ),
    Indicator(
        id="I35",
        pillar="rights",
        title=words("Holding the disability card", "មានបណ្ណសម្គាល់ជនមានពិការភាព"),
        unit="persons",
        numerator=_DUE.and_(has("card", "yes")),
        denominator=_DUE.and_(known("card")),
        unknown=_DUE.and_(has("card", "unknown", "no_answer", "not_asked")),
        grid=grid("sex", "age", "victim", "remoteness"),
        frameworks=("KH-CARD", "CRPD-28"),
        source="People with disability by the Washington Group, and survivors with an impairment.",
        completeness="People who were not asked are told beside.",
        note=of_visits(
            "Who applied and waits does not hold it.", "អ្នកដែលដាក់ពាក្យ ហើយកំពុងរង់ចាំ មិនរាប់ថាមានទេ។"
        ),
    ),
    Indicator(
        id="I36",
        pillar="rights",
        title=words("Receiving cash support", "ទទួលឧបត្ថម្ភសាច់ប្រាក់"),
        unit="persons",
        numerator=_HOLDERS.and_(has("cash", "yes")),
        denominator=_HOLDERS.and_(known("cash")),
        unknown=_HOLDERS.and_(has("cash", "unknown", "no_answer", "not_asked")),
        grid=grid("sex", "age", "victim", "remoteness"),
        frameworks=("KH-FP", "CRPD-28"),
        source="People who receive cash support or the Family Package, of holders of the card.",
        completeness="Holders who were not asked are told beside.",
        note=of_visits(
            "Of people who hold the disability card.", "ក្នុងចំណោមអ្នកដែលមានបណ្ណសម្គាល់ជនមានពិការភាព។"
        ),
    ),
    Indicator(
        id="I37",
        pillar="rights",
        title=words("Trouble with card or cash", "បញ្ហាជាមួយបណ្ណ ឬសាច់ប្រាក់"),
        unit="persons",
        numerator=_APPLICANTS.and_(has("cash_problem", "yes")),
        denominator=_APPLICANTS.and_(has("cash_problem", "yes", "no")),
        unknown=_APPLICANTS.and_(has("cash_problem", "unknown", "no_answer", "not_asked")),
        grid=grid("sex"),
        frameworks=("CRPD-28", "CRPD-33"),
        source="People whose card or cash was refused, delayed or cut, of people who have or asked "
        "for either.",
        completeness="What the reason was is not asked.",
        note=of_visits("Refused, delayed or cut, whichever it was.", "ត្រូវបានបដិសេធ យឺតយ៉ាវ ឬកាត់បន្ថយ។"),
    ),
    Indicator(
        id="I38",
        pillar="rights",
        title=words("Rights issues by article of the CRPD", "បញ្ហាសិទ្ធិ តាមមាត្រានៃអនុសញ្ញា CRPD"),
        unit="issues",
        numerator=Count(Kind.ARTICLE, (lacks("issue", *RESTRICTED_ISSUES),)),
        once=_ISSUES,
        overlapping=frozenset({"article"}),
        grid=(
            ("article",),
            ("article", "status"),
            ("article", "province"),
            ("article", "sex"),
            ("article", "age"),
            ("article", "wg"),
            ("article", "year"),
            ("status",),
            ("province",),
            (),
        ),
        frameworks=("CRPD-33",),
        source="Rights issues reported (form F2), by the articles that the issue is about.",
        completeness=TOLD,
        note=words(
            "An issue about several articles is in several rows and once in the totals. "
            "Violence and abuse are told apart, by stricter rules (I42).",
            "បញ្ហាដែលពាក់ព័ន្ធមាត្រាច្រើន ស្ថិតក្នុងជួរច្រើន តែរាប់ម្តងក្នុងចំនួនសរុប។ អំពើហិង្សា និងការរំលោភបំពាន "
            "បង្ហាញដោយឡែក តាមវិធានតឹងរ៉ឹងជាង (I42)។",
        ),
    ),
    Indicator(
        id="I39",
        pillar="rights",
        title=words("Rights issues resolved", "បញ្ហាសិទ្ធិដែលបានដោះស្រាយ"),
        unit="issues",
        numerator=_RAISED.and_(has("status", "resolved")),
        denominator=_RAISED,
        grid=(("duty_bearer",), ("province",), (), ("year",)),
        restates=Restated(
            figure="I38", n=among("status", "resolved"), d=among("status", *_RAISED_STATUS)
        ),
        frameworks=("CRPD-33",),
        source="Issues resolved, of issues raised with whoever is responsible; form F2.",
        completeness=TOLD,
        note=words("Violence and abuse are not in it.", "អំពើហិង្សា និងការរំលោភបំពាន មិនរាប់ក្នុងនេះទេ។"),
    ),
    Indicator(
        id="I39B",
        pillar="rights",
        title=words("Time until a rights issue is answered", "រយៈពេលដល់បញ្ហាសិទ្ធិត្រូវបានឆ្លើយតប"),
        unit="issues",
        numerator=_RAISED.and_(lacks("answer_days", "")),
        denominator=_RAISED,
        statistic=Statistic(field="answer_days", names=("median",), unit="days", step=5),
        grid=(("duty_bearer",), ("province",), (), ("year",)),
        restates=Restated(figure="I38", d=among("status", *_RAISED_STATUS)),
        frameworks=("CRPD-33",),
        source="Days from the day on which it happened (the last that it can be; else of the "
        "report) to the answer, of issues raised.",
        completeness="Issues without an answer stand beside, as the rest of the denominator.",
        note=words(
            "Issues that still wait are not in the median.", "បញ្ហាដែលនៅរង់ចាំ មិនរាប់ក្នុងមេដ្យានទេ។"
        ),
    ),
    Indicator(
        id="I40",
        pillar="rights",
        title=words("Public places reported as not accessible", "ទីសាធារណៈដែលមិនអាចចូលប្រើបាន"),
        unit="issues",
        numerator=_AT_PUBLIC_PLACES.and_(has("issue", "access_building")),
        denominator=_AT_PUBLIC_PLACES,
        grid=(("public_place",), ("province",), ()),
        frameworks=("CRPD-9",),
        source="Reports that a building is not accessible, of all rights issues reported at public "
        "places; form F2.",
        completeness="Reports, not places: one place may be reported more than once.",
        note=words("Of reports about public places.", "ក្នុងចំណោមរបាយការណ៍អំពីទីសាធារណៈ។"),
    ),
    Indicator(
        id="I41",
        pillar="rights",
        title=words("Refused work", "ការបដិសេធមិនឱ្យធ្វើការ"),
        unit="issues",
        numerator=_ISSUES.and_(has("issue", "work_refused")),
        grid=(("province",), ("sex",), ("wg",), (), ("year",)),
        frameworks=("CRPD-27", "KH-QUOTA"),
        source="Rights issues of the code work_refused; form F2.",
        completeness="The sector is not asked, and employers are never named in figures.",
        note=words(
            "Refused hire, unequal pay, or no adjustment.",
            "មិនទទួលឱ្យធ្វើការ ប្រាក់ឈ្នួលមិនស្មើគ្នា ឬគ្មានការសម្រួល។",
        ),
    ),
    Indicator(
        id="I42",
        pillar="rights",
        title=words("Violence and abuse reported", "អំពើហិង្សា និងការរំលោភបំពានដែលបានរាយការណ៍"),
        unit="issues",
        numerator=Count(Kind.ISSUE, (has("issue", *RESTRICTED_ISSUES),)),
        grid=(("province",), ("sex",), ("age",), (), ("year",)),
        frameworks=("CRPD-16",),
        source="Rights issues of the code violence_abuse; form F2.",
        completeness=TOLD,
        note=words(
            "A restricted topic: provinces alone, at least ten, from five reports.",
            "ប្រធានបទមានកម្រិត៖ តែតាមខេត្ត យ៉ាងតិចដប់ ពីរបាយការណ៍យ៉ាងតិចប្រាំ។",
        ),
        restricted=True,
    ),
)

MISSING = (
    Missing(
        id="I43",
        pillar="rights",
        title=words("Knowing the law", "ការស្គាល់ច្បាប់"),
        needs=words(
            "A question in the assessment whether the person knows of the law of 2009 or of the "
            "disability card.",
            "សំណួរក្នុងការវាយតម្លៃ ថាតើសាមីខ្លួនស្គាល់ច្បាប់ឆ្នាំ ២០០៩ ឬបណ្ណសម្គាល់ជនមានពិការភាពឬទេ។",
        ),
        frameworks=("CRPD-8",),
    ),
)
