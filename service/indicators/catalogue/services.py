"""What became of needs: referrals, services, devices."""

from __future__ import annotations

from service.indicators.catalogue.shape import (
    CONSENT,
    TOLD,
    Indicator,
    Missing,
    Statistic,
    grid,
    of_visits,
    words,
)
from service.indicators.measures import AtMost, Before, Count, Kind, has, lacks

_NEEDS = Count(Kind.NEED)
_SERVED = _NEEDS.and_(lacks("served_days", ""))
_REACHED_180 = _NEEDS.and_(Before("waiting", 180))
_REFERRALS = Count(Kind.FOLLOW_UP, (lacks("referral", "not_asked", "unknown", "no_answer"),))
_RATED = Count(Kind.FOLLOW_UP, (has("quality", "1", "2", "3", "4", "5"),))
_AIDS = Count.ASSESSED.and_(has("aid", "yes"))

ENTRIES = (
    Indicator(
        id="I22",
        pillar="services",
        title=words("Needs referred", "តម្រូវការដែលបានបញ្ជូន"),
        unit="needs",
        numerator=_NEEDS.and_(has("referred", "yes")),
        denominator=_NEEDS,
        grid=(("need",), ("need", "province"), *grid("sex", "remoteness")),
        frameworks=("SRAAP-REF",),
        source="Needs that are referred by now, or for which the person was told of a provider at "
        "the visit, of all needs told.",
        completeness=CONSENT,
        note=words(
            "A need that was referred and is met since counts where a provider was named.",
            "តម្រូវការដែលបានបញ្ជូន ហើយបានបំពេញរួច រាប់តែពេលមានឈ្មោះអ្នកផ្តល់សេវា។",
        ),
    ),
    Indicator(
        id="I23",
        pillar="services",
        title=words("Referrals that led to a service", "ការបញ្ជូនដែលទទួលបានសេវា"),
        unit="referrals",
        numerator=_REFERRALS.and_(has("referral", "served")),
        denominator=_REFERRALS,
        unknown=Count(Kind.FOLLOW_UP, (has("referral", "unknown", "no_answer"),)),
        grid=(("province",), ("need",), (), ("quarter",), ("year",)),
        frameworks=("SRAAP-REF", "LAP-32"),
        source="Outcomes of referrals that visits told (form F5): served, of all with a known "
        "outcome. Households behind a row are cases.",
        completeness="Referrals of which no visit told are not in it.",
        note=words(
            "What visits said of referrals; each visit that says so counts.",
            "អ្វីដែលការចុះសួរបានប្រាប់អំពីការបញ្ជូន; រាប់រាល់ការចុះសួរដែលបានប្រាប់។",
        ),
    ),
    Indicator(
        id="I24",
        pillar="services",
        title=words("Time from need to service", "រយៈពេលពីតម្រូវការដល់សេវា"),
        unit="needs",
        numerator=_SERVED,
        denominator=_NEEDS,
        statistic=Statistic(field="served_days", names=("median", "p90"), unit="days", step=5),
        grid=(
            ("province",),
            ("need",),
            ("need", "province"),
            (),
            ("quarter",),
            ("year",),
            ("sex",),
            ("wg",),
            ("remoteness",),
            ("province", "remoteness"),
        ),
        frameworks=("CCM-5.1", "LAP-32"),
        source="Days from the visit at which a need was told to the first service since, as the "
        "person told at a visit to the case (form F5).",
        completeness="Needs without a service so far have no days yet: they stand beside, as the "
        "rest of the denominator, and the median is of those that were served.",
        note=words(
            "The median says nothing of needs that still wait: see how many were served, of all.",
            "មេដ្យានមិននិយាយអំពីតម្រូវការដែលនៅរង់ចាំទេ៖ សូមមើលចំនួនដែលបានទទួលសេវា ក្នុងចំណោមទាំងអស់។",
        ),
    ),
    Indicator(
        id="I26",
        pillar="services",
        title=words("Met within 180 days", "បានបំពេញក្នុងរយៈពេល ១៨០ ថ្ងៃ"),
        unit="needs",
        numerator=_REACHED_180.and_(AtMost("met_days", 180)),
        denominator=_REACHED_180,
        grid=(("need",), *grid("sex", "remoteness")),
        frameworks=("SRAAP-REHAB",),
        source="Needs that the person called met within 180 days, of needs told 180 days or more "
        "before the first day of this month.",
        completeness=CONSENT,
        note=words(
            "Met is the person's own word, at a visit.", "«បានបំពេញ» គឺជាពាក្យរបស់សាមីខ្លួន នៅពេលចុះសួរ។"
        ),
    ),
    Indicator(
        id="I27",
        pillar="services",
        title=words("Devices that should have been renewed", "ឧបករណ៍ដែលគួរប្តូរថ្មី"),
        unit="persons",
        numerator=_AIDS.and_(has("aid_is_old", "yes")),
        denominator=_AIDS.and_(has("aid_is_old", "yes", "no")),
        unknown=_AIDS.and_(has("aid_is_old", "unknown")),
        grid=grid("sex", "age"),
        frameworks=("CRPD-26",),
        source="Assistive devices older than 3 years, of children older than 1 year; form F1. One "
        "device is asked of each person.",
        completeness="Devices whose age is not known are told beside.",
        note=of_visits(
            "Older than three years, or one year for children.", "ចាស់ជាងបីឆ្នាំ ឬមួយឆ្នាំសម្រាប់កុមារ។"
        ),
    ),
    Indicator(
        id="I30",
        pillar="services",
        title=words("Quality of services", "គុណភាពសេវា"),
        unit="ratings",
        numerator=_RATED.and_(has("quality", "1", "2")),
        denominator=_RATED,
        statistic=Statistic(field="quality", names=("median",), unit="stars", of_base=True),
        grid=(("province",), ("need",), (), ("year",)),
        frameworks=("CCM-5.2h",),
        source="Ratings from 1 (poor) to 5 that people gave at visits (form F5): poor ones (1, 2), "
        "of all, and the median.",
        completeness=TOLD,
        note=words("1 is poor, 5 is good.", "១ មានន័យថាមិនល្អ ៥ មានន័យថាល្អ។"),
    ),
)

MISSING = (
    Missing(
        id="I31",
        pillar="services",
        title=words("Communes without a service", "ឃុំដែលគ្មានសេវា"),
        needs=words(
            "Travel times from each commune to each provider: the directory tells where a provider "
            "is, and not how long the way there takes.",
            "រយៈពេលធ្វើដំណើរពីឃុំនីមួយៗទៅអ្នកផ្តល់សេវានីមួយៗ៖ បញ្ជីប្រាប់ថាអ្នកផ្តល់សេវានៅឯណា "
            "តែមិនប្រាប់ថាត្រូវធ្វើដំណើរយូរប៉ុណ្ណាទេ។",
        ),
        frameworks=("SRAAP-REF",),
    ),
)
