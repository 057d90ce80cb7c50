"""Articles of the Convention, and what domestic law says to each: in our own words, each with its
source. Nobody prints a line of this as a quotation.

A provision stands here where a source that we read supports it, and under no other article. Until
somebody who knows the law has compared it with the official Khmer text, `reviewed_by` is empty, and
every page says so. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.products.blocks import Words

ARTICLES: Mapping[str, Words] = {
    f"CRPD-{number}": {"en": en, "km": km}
    for number, en, km in (
        (4, "General obligations", "កាតព្វកិច្ចទូទៅ"),
        (5, "Equality and non-discrimination", "សមភាព និងការមិនរើសអើង"),
        (6, "Women with disabilities", "ស្ត្រីមានពិការភាព"),
        (7, "Children with disabilities", "កុមារមានពិការភាព"),
        (8, "Awareness-raising", "ការលើកកម្ពស់ការយល់ដឹង"),
        (9, "Accessibility", "លទ្ធភាពចូលប្រើ"),
        (11, "Situations of risk and emergencies", "ស្ថានភាពគ្រោះថ្នាក់ និងគ្រាអាសន្ន"),
        (12, "Equal recognition before the law", "ការទទួលស្គាល់ស្មើគ្នាចំពោះមុខច្បាប់"),
        (13, "Access to justice", "ការទទួលបានយុត្តិធម៌"),
        (16, "Freedom from violence and abuse", "ការរួចផុតពីហិង្សា និងការរំលោភបំពាន"),
        (18, "Liberty of movement and nationality", "សេរីភាពធ្វើដំណើរ និងសញ្ជាតិ"),
        (19, "Living in the community", "ការរស់នៅក្នុងសហគមន៍"),
        (20, "Personal mobility", "ការធ្វើដំណើរផ្ទាល់ខ្លួន"),
        (21, "Expression and information", "ការបញ្ចេញមតិ និងព័ត៌មាន"),
        (23, "Home and family", "គេហដ្ឋាន និងគ្រួសារ"),
        (24, "Education", "ការសិក្សា"),
        (25, "Health", "សុខភាព"),
        (26, "Rehabilitation", "ការស្តារនីតិសម្បទា"),
        (27, "Work and employment", "ការងារ និងមុខរបរ"),
        (28, "Standard of living and social protection", "ជីវភាព និងកិច្ចគាំពារសង្គម"),
        (29, "Political and public life", "ជីវិតនយោបាយ និងសាធារណៈ"),
        (30, "Cultural life and sport", "វប្បធម៌ និងកីឡា"),
        (31, "Statistics and data", "ស្ថិតិ និងទិន្នន័យ"),
        (32, "International cooperation", "កិច្ចសហប្រតិបត្តិការអន្តរជាតិ"),
        (33, "Implementation and monitoring", "ការអនុវត្ត និងការតាមដាន"),
    )
}
"""By key, in the order of the Convention: our short names, not its headings."""


@dataclass(frozen=True, kw_only=True)
class Provision:
    """What a law, sub-decree or programme says, as far as the source tells."""

    key: str
    """Of `dialogue.frameworks`."""
    articles: tuple[str, ...]
    says: Words
    source: str
    reviewed_by: str = ""
    """Who compared it with the official text; "" for nobody yet."""


_LAW = "KH-LPPRPD"
PROVISIONS: tuple[Provision, ...] = (
    Provision(
        key=_LAW,
        articles=("CRPD-5",),
        says={
            "en": "The Law on the Protection and the Promotion of the Rights of Persons with "
            "Disabilities (2009) sets out to prevent discrimination.",
            "km": "ច្បាប់ស្តីពីកិច្ចការពារ និងការលើកកម្ពស់សិទ្ធិជនពិការ (២០០៩) មានគោលដៅទប់ស្កាត់ការរើសអើង។",
        },
        source="Phnom Penh Post, 1 June 2009; VOA Khmer, 29 May 2009",
    ),
    Provision(
        key=_LAW,
        articles=("CRPD-9",),
        says={
            "en": "Ramps at buildings are among what the Law of 2009 requires.",
            "km": "ការសាងសង់ជម្រាលនៅអគារ គឺជាចំណុចមួយដែលច្បាប់ឆ្នាំ ២០០៩ តម្រូវ។",
        },
        source="RFI Khmer, 6 May 2015",
    ),
    Provision(
        key=_LAW,
        articles=("CRPD-16",),
        says={
            "en": "The Law of 2009 punishes whoever abandons or exploits persons with "
            "disabilities: up to five years of prison and fines up to ten million riel.",
            "km": "ច្បាប់ឆ្នាំ ២០០៩ ដាក់ទោសអ្នកដែលបោះបង់ចោល ឬកេងប្រវ័ញ្ចជនមានពិការភាព៖ ពន្ធនាគាររហូតដល់ប្រាំឆ្នាំ "
            "និងពិន័យរហូតដល់ដប់លានរៀល។",
        },
        source="VOA Khmer, 17 July 2009",
    ),
    Provision(
        key=_LAW,
        articles=("CRPD-24",),
        says={
            "en": "The Law of 2009 is to ensure access to education.",
            "km": "ច្បាប់ឆ្នាំ ២០០៩ ត្រូវធានាការទទួលបានការសិក្សា។",
        },
        source="Phnom Penh Post, 1 June 2009",
    ),
    Provision(
        key=_LAW,
        articles=("CRPD-25",),
        says={
            "en": "The Law of 2009 is to ensure access to health care.",
            "km": "ច្បាប់ឆ្នាំ ២០០៩ ត្រូវធានាការទទួលបានការថែទាំសុខភាព។",
        },
        source="Phnom Penh Post, 1 June 2009",
    ),
    Provision(
        key="KH-QUOTA",
        articles=("CRPD-27",),
        says={
            "en": "A sub-decree of 2010 sets a quota of staff with disabilities: 2 % in public "
            "bodies, 1 % in private employers with 100 employees or more.",
            "km": "អនុក្រឹត្យឆ្នាំ ២០១០ កំណត់កូតាបុគ្គលិកមានពិការភាព៖ ២ % ក្នុងស្ថាប័នសាធារណៈ និង ១ % "
            "ក្នុងអង្គភាពឯកជនដែលមានបុគ្គលិកចាប់ពី ១០០ នាក់។",
        },
        source="Cambodia Daily, August 2010; press reports differ on how large a public body is",
    ),
    Provision(
        key=_LAW,
        articles=("CRPD-28",),
        says={
            "en": "The Law of 2009 provides for yearly financial support to persons with severe "
            "disabilities.",
            "km": "ច្បាប់ឆ្នាំ ២០០៩ ចែងអំពីការឧបត្ថម្ភសាច់ប្រាក់ប្រចាំឆ្នាំ ដល់ជនមានពិការភាពធ្ងន់ធ្ងរ។",
        },
        source="VOA Khmer, 17 July 2009",
    ),
    Provision(
        key="KH-CARD",
        articles=("CRPD-28",),
        says={
            "en": "The national disability card was launched in October 2023.",
            "km": "បណ្ណសម្គាល់ជនមានពិការភាព ត្រូវបានដាក់ឱ្យប្រើទូទាំងប្រទេស ក្នុងខែតុលា ឆ្នាំ ២០២៣។",
        },
        source="TVK, 30 October 2023; Phnom Penh Post, October 2023",
    ),
    Provision(
        key="KH-FP",
        articles=("CRPD-28",),
        says={
            "en": "The Family Package (from April 2024) supports persons with disabilities in poor "
            "households that hold the equity card.",
            "km": "កញ្ចប់គ្រួសារ (ចាប់ពីខែមេសា ឆ្នាំ ២០២៤) ឧបត្ថម្ភជនមានពិការភាព ក្នុងគ្រួសារក្រីក្រដែលមានប័ណ្ណសមធម៌។",
        },
        source="Phnom Penh Post, 2024; sub-decree of 31 December 2019 on cash support, as quoted",
    ),
)


def under(article: str) -> list[Provision]:
    """Provisions about an article, by its key."""
    return [one for one in PROVISIONS if article in one.articles]
