"""Every product, declared once: which figures it asks for, how they are drawn, for whom it is.

A product names indicators by their stable codes. What no release has is named as not released; it
is never counted for a product.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.products.blocks import (
    Ask,
    Draw,
    Evidence,
    Figure,
    Level,
    Paper,
    Part,
    Product,
    Section,
    Words,
)
from service.products.law import ARTICLES


def _w(en: str, km: str) -> Words:
    return {"en": en, "km": km}


def _f(
    name: Words,
    asks: str,
    draw: Draw,
    *,
    most: int = 0,
    of_country: bool = False,
    framework: str = "",
) -> Figure:
    """`asks`: "I12 need | I11" – the first that a release has; dimensions after the indicator."""
    wanted = [one.split() for one in asks.split("|")]
    return Figure(
        name=name,
        asks=tuple(
            Ask(indicator=one[0], by=tuple(part for by in one[1:] for part in by.split(",")))
            for one in wanted
        ),
        draw=draw,
        most=most,
        of_country=of_country,
        framework=framework,
    )


NOT_STATE = _w(
    "This is what was reported to us. It is no national total, and it does not speak for Cambodia.",
    "នេះជាអ្វីដែលគេបានរាយការណ៍មកយើង។ វាមិនមែនជាចំនួនសរុបថ្នាក់ជាតិ ហើយមិននិយាយជំនួសប្រទេសកម្ពុជាទេ។",
)
REACHED = _w("Whom we reached", "អ្នកដែលយើងបានជួប")
EVERYWHERE = _w("Here and in the other provinces", "នៅទីនេះ និងនៅខេត្តផ្សេងទៀត")
BY_SEX = _w("Women and men among them", "ស្រី និងប្រុស ក្នុងចំណោមពួកគេ")
COMPLETE = _w("How complete the answers are", "ភាពពេញលេញនៃចម្លើយ")
NEEDS = _w("What is lacking most", "អ្វីដែលខ្វះច្រើនជាងគេ")
WAIT = _w("How long people wait for a service", "រយៈពេលដែលគេរង់ចាំសេវា")
REMOTE = _w("Far from services", "ឆ្ងាយពីសេវា")
RIGHTS = _w("Rights that were not respected", "សិទ្ធិដែលមិនត្រូវបានគោរព")
SEATS = _w("Who has a seat where things are decided", "អ្នកមានអាសនៈក្នុងការសម្រេចចិត្ត")
CONCERNS = _w("Clearance concerns that are open", "កង្វល់អំពីការបោសសម្អាតមីនដែលនៅមាន")
EQUAL = _w("Survivors and other persons with disabilities", "អ្នករស់រានមានជីវិត និងជនមានពិការភាពផ្សេងទៀត")
SURVIVORS = _w("Survivors known to us", "អ្នករស់រានមានជីវិតដែលយើងស្គាល់")
INDIRECT = _w("Families of victims known to us", "គ្រួសារជនរងគ្រោះដែលយើងស្គាល់")
CASUALTIES = _w("Casualties reported to us", "ជនរងគ្រោះដែលគេរាយការណ៍មកយើង")
CHILDREN = _w("Children among casualties", "កុមារក្នុងចំណោមជនរងគ្រោះ")
DISABILITY = _w("Disability among survivors", "ពិការភាពក្នុងចំណោមអ្នករស់រានមានជីវិត")
REFERRED = _w("Needs that were referred", "តម្រូវការដែលបានបញ្ជូន")
SERVED = _w("Referrals that led to a service", "ការបញ្ជូនដែលបានទទួលសេវា")
OPEN_FOR = _w("How old open needs are", "អាយុកាលនៃតម្រូវការមិនទាន់បានបំពេញ")
IN_TIME = _w("Needs met within 180 days", "តម្រូវការដែលបានបំពេញក្នុង ១៨០ ថ្ងៃ")
HEARD = _w("Consulted and heard", "បានពិគ្រោះយោបល់ និងស្តាប់")
BARRIERS = _w("What stands in the way", "ឧបសគ្គ")
ANY_NEED = _w("People with any unmet need", "មនុស្សដែលមានតម្រូវការមិនទាន់បានបំពេញ")
SIGNED = _w("People’s Treaty signatures", "ហត្ថលេខាលើសន្ធិសញ្ញាប្រជាជន")
PROSTHESES = _w("Prostheses and orthoses lacking", "អវយវៈសិប្បនិម្មិត និងឧបករណ៍ទ្រដែលខ្វះ")
MOBILITY = _w("Mobility devices lacking", "ឧបករណ៍ធ្វើដំណើរដែលខ្វះ")
PSYCHOSOCIAL = _w("Psychosocial support lacking", "ការគាំទ្រផ្លូវចិត្តដែលខ្វះ")
LIVELIHOOD = _w("Livelihoods lacking", "មុខរបរដែលខ្វះ")
_ARTICLES: Mapping[str, tuple[str, Words]] = {
    "I34": ("CRPD-18", _w("Without identity papers", "គ្មានឯកសារអត្តសញ្ញាណ")),
    "I35": ("CRPD-28", _w("Holding the disability card", "មានបណ្ណសម្គាល់ជនមានពិការភាព")),
    "I36": ("CRPD-28", _w("Receiving the Family Package or cash", "ទទួលបានឧបត្ថម្ភសាច់ប្រាក់")),
    "I37": ("CRPD-28", _w("Problems with card or cash", "បញ្ហាបណ្ណ ឬឧបត្ថម្ភសាច់ប្រាក់")),
    "I39": ("CRPD-33", _w("Issues that were resolved", "បញ្ហាដែលបានដោះស្រាយ")),
    "I40": ("CRPD-9", _w("Public places not accessible", "ទីសាធារណៈដែលចូលមិនបាន")),
    "I41": ("CRPD-27", _w("Work refused", "ការងារដែលត្រូវបានបដិសេធ")),
    "I42": ("CRPD-16", _w("Violence and abuse", "ហិង្សា និងការរំលោភបំពាន")),
    "I43": ("CRPD-8", _w("Knowing the law", "ស្គាល់ច្បាប់")),
    "I44": ("CRPD-29", SEATS),
    "I45": ("CRPD-4", HEARD),
    "I46": ("CRPD-29", _w("In a group of survivors", "ក្នុងក្រុមអ្នករស់រានមានជីវិត")),
}
"""Figures beside issues: under which article, and their names."""
_THEMES = (
    ("SRAAP-DATA", SURVIVORS, "I02"),
    ("SRAAP-DATA", CASUALTIES, "I04"),
    ("SRAAP-MULTI", ANY_NEED, "I11"),
    ("SRAAP-MED", WAIT, "I24"),
    ("SRAAP-REF", REFERRED, "I22"),
    ("SRAAP-REF", SERVED, "I23"),
    ("SRAAP-REHAB", PROSTHESES, "I13"),
    ("SRAAP-REHAB", PSYCHOSOCIAL, "I15"),
    ("SRAAP-SEI", LIVELIHOOD, "I16"),
    ("SRAAP-PART", SEATS, "I44"),
    ("SRAAP-PART", HEARD, "I45"),
)
_NO_NAME = _w("", "")

PROVINCE_BRIEF = Product(
    id="province_brief",
    name=_w("Province brief", "សង្ខេបខេត្ត"),
    level=Level.PROVINCE,
    sections=(
        Section(
            name=REACHED,
            blocks=(
                _f(REACHED, "I01", Draw.NUMBER),
                _f(EVERYWHERE, "I01 province", Draw.TILES, of_country=True),
                _f(BY_SEX, "I01 sex", Draw.BARS),
                _f(COMPLETE, "I08", Draw.NUMBER),
            ),
        ),
        Section(
            name=NEEDS,
            blocks=(
                _f(NEEDS, "I12 need", Draw.BARS, most=5),
                _f(WAIT, "I24 need | I24", Draw.TABLE, most=3),
                _f(REMOTE, "I32 reach | I11 remoteness", Draw.TABLE),
            ),
        ),
        Section(
            name=RIGHTS,
            blocks=(
                _f(RIGHTS, "I38 article", Draw.BARS, most=3),
                _f(SEATS, "I44", Draw.NUMBER),
                _f(CONCERNS, "I53", Draw.NUMBER),
                Part.QUOTES,
                Part.LEADERS,
            ),
        ),
        Section(name=_NO_NAME, blocks=(Part.SERVICES, Part.REQUESTS, Part.PROMISES)),
    ),
)

FORM_H = Product(
    id="form_h",
    name=_w("Article 7 Form H-style annex", "ឧបសម្ព័ន្ធតាមទម្រង់ H នៃមាត្រា ៧"),
    level=Level.COUNTRY,
    told=NOT_STATE,
    sections=(
        Section(name=_w("H1 Laws and institutions", "H1 ច្បាប់ និងស្ថាប័ន"), blocks=(Part.CHANGED,)),
        Section(
            name=_w("H2 Victims known to us", "H2 ជនរងគ្រោះដែលយើងស្គាល់"),
            blocks=(
                _f(SURVIVORS, "I02 sex,age | I02 sex | I02", Draw.MULTIPLES),
                _f(INDIRECT, "I03 sex | I03", Draw.BARS),
                _f(CASUALTIES, "I04 device | I04", Draw.BARS),
                _f(CHILDREN, "I05", Draw.NUMBER),
                _f(DISABILITY, "I06 sex | I06", Draw.DOTS),
                Part.CHANGED,
            ),
        ),
        Section(
            name=_w("H3 Needs", "H3 តម្រូវការ"),
            blocks=(_f(NEEDS, "I12 need", Draw.BARS), Part.CHANGED),
        ),
        Section(
            name=_w("H4 Services", "H4 សេវា"),
            blocks=(
                _f(REFERRED, "I22 need | I22", Draw.BARS, most=8),
                _f(SERVED, "I23 need | I23", Draw.BARS, most=8),
                _f(WAIT, "I24 need | I24", Draw.BARS, most=8),
                _f(OPEN_FOR, "I25", Draw.BARS),
                _f(IN_TIME, "I26", Draw.NUMBER),
                Part.CHANGED,
            ),
        ),
        Section(
            name=_w("H5 Participation", "H5 ការចូលរួម"),
            blocks=(_f(SEATS, "I44", Draw.NUMBER), _f(HEARD, "I45", Draw.NUMBER), Part.CHANGED),
        ),
        Section(
            name=_w("H6 Gaps, and assistance sought", "H6 ចន្លោះខ្វះខាត និងជំនួយដែលស្វែងរក"),
            blocks=(
                _f(ANY_NEED, "I11 province", Draw.OUTLINE, of_country=True),
                Part.PROMISES,
                Part.CHANGED,
            ),
        ),
    ),
)

MONITOR = Product(
    id="monitor",
    name=_w("Contribution to the Monitor", "ការរួមចំណែកជូនរបាយការណ៍ឃ្លាំមើល"),
    level=Level.COUNTRY,
    told=NOT_STATE,
    sections=(
        Section(
            name=_w("Casualties", "ជនរងគ្រោះ"),
            blocks=(
                _f(CASUALTIES, "I04 device | I04", Draw.BARS),
                _f(CASUALTIES, "I04 year", Draw.SERIES),
                _f(CASUALTIES, "I04 sex,age", Draw.MULTIPLES),
                _f(CHILDREN, "I05", Draw.NUMBER),
            ),
        ),
        Section(
            name=_w("Victim assistance", "ជំនួយជនរងគ្រោះ"),
            blocks=(
                _f(NEEDS, "I12 need", Draw.BARS),
                _f(PROSTHESES, "I13 sex | I13", Draw.DOTS),
                _f(MOBILITY, "I14 sex | I14", Draw.DOTS),
                _f(PSYCHOSOCIAL, "I15 sex | I15", Draw.DOTS),
                _f(LIVELIHOOD, "I16 sex | I16", Draw.DOTS),
                _f(BARRIERS, "I29 barrier | I29", Draw.BARS),
                _f(SEATS, "I44", Draw.NUMBER),
            ),
        ),
        Section(name=_NO_NAME, blocks=(Part.PROMISES, Part.QUOTES, Part.LEADERS)),
    ),
)


def _evidence(key: str, name: Words) -> Evidence:
    """Issues reported about an article: how many, where, about whom; and figures beside them."""
    article = key.removeprefix("CRPD-")
    only = {"article": article}
    issues = tuple(
        Figure(name=name, asks=(Ask(indicator="I38", by=by, only=only),), draw=Draw.TABLE,
               is_more=True)
        for by in ((), ("province",), ("sex",), ("age",), ("wg",))
    )  # fmt: skip
    beside = tuple(
        _f(said, f"{code} sex | {code}", Draw.TABLE)
        for code, (theirs, said) in _ARTICLES.items()
        if theirs == key
    )
    return Evidence(article=article, name=name, figures=(*issues, *beside, *_MORE.get(key, ())))


_MORE: Mapping[str, tuple[Figure, ...]] = {
    "CRPD-5": (_f(EQUAL, "I33 cause | I11 victim", Draw.TABLE),),
    "CRPD-25": (_f(NEEDS, "I12 need", Draw.TABLE),),
}

CRPD = Product(
    id="crpd",
    name=_w("Evidence by articles of the CRPD", "ភស្តុតាងតាមមាត្រានៃអនុសញ្ញាស្តីពីសិទ្ធិជនមានពិការភាព"),
    level=Level.COUNTRY,
    told=NOT_STATE,
    sections=(
        Section(name=RIGHTS, blocks=(_f(RIGHTS, "I38 article", Draw.BARS),)),
        Section(
            name=_w("Article by article", "តាមមាត្រានីមួយៗ"),
            blocks=tuple(_evidence(key, name) for key, name in ARTICLES.items()),
        ),
        Section(name=_NO_NAME, blocks=(Part.QUOTES,)),
    ),
)

MBT = Product(
    id="mbt",
    name=_w("Mine Ban Treaty sheet", "សន្លឹកសន្ធិសញ្ញាហាមមីន"),
    level=Level.COUNTRY,
    told=NOT_STATE,
    sections=(
        Section(
            name=_w("By theme of the action plan", "តាមប្រធានបទនៃផែនការសកម្មភាព"),
            blocks=tuple(
                _f(name, code, Draw.NUMBER, framework=theme) for theme, name, code in _THEMES
            ),
        ),
        Section(name=_NO_NAME, blocks=(Part.PROMISES,)),
    ),
)

COMMUNE_PAGE = Product(
    id="commune_page",
    name=_w("Page for a commune", "ទំព័រសម្រាប់ឃុំ"),
    level=Level.COMMUNE,
    paper=Paper.EASY,
    public_only=True,
    sections=(
        Section(
            name=_NO_NAME,
            blocks=(
                _f(REACHED, "I01", Draw.NUMBER),
                _f(ANY_NEED, "I11", Draw.NUMBER),
                _f(NEEDS, "I12 need", Draw.BARS, most=3),
                _f(CONCERNS, "I53", Draw.NUMBER),
                Part.SERVICES,
                Part.PROMISES,
            ),
        ),
    ),
)

OPEN_DATA = Product(
    id="open_data",
    name=_w("Open data (HXL)", "ទិន្នន័យបើក (HXL)"),
    level=Level.COUNTRY,
    paper=Paper.NONE,
    public_only=True,
    sections=(
        Section(
            name=_NO_NAME,
            blocks=tuple(
                _f(name, asks, Draw.TABLE, of_country=True)
                for name, asks in (
                    (REACHED, "I01 province"),
                    (COMPLETE, "I08 province"),
                    (ANY_NEED, "I11 province"),
                    (NEEDS, "I12 need,province"),
                    (RIGHTS, "I38 article,province"),
                    (SIGNED, "I49 province"),
                    (CONCERNS, "I53 province"),
                )
            ),
        ),
    ),
)

TIME_SERIES = Product(
    id="time_series",
    name=_w("Figures over time", "តួលេខតាមពេលវេលា"),
    level=Level.COUNTRY,
    sections=(
        Section(
            name=_NO_NAME,
            blocks=(
                _f(REACHED, "I01 quarter | I01 year", Draw.SERIES),
                _f(ANY_NEED, "I11 quarter | I11 year", Draw.SERIES),
                _f(NEEDS, "I12 need,quarter | I12 need,year", Draw.TABLE),
                _f(WAIT, "I24 quarter | I24 year", Draw.SERIES),
                _f(RIGHTS, "I38 quarter | I38 year", Draw.SERIES),
                _f(SIGNED, "I49 quarter | I49 year", Draw.SERIES),
                _f(CONCERNS, "I53 quarter | I53 year", Draw.SERIES),
            ),
        ),
    ),
)

PRODUCTS: Mapping[str, Product] = {
    one.id: one
    for one in (
        PROVINCE_BRIEF,
        FORM_H,
        MONITOR,
        CRPD,
        MBT,
        COMMUNE_PAGE,
        OPEN_DATA,
        TIME_SERIES,
    )
}
"""In the order in which they are offered."""
