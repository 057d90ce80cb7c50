"""Who is asked, who decides, and whose testimony may speak."""

from __future__ import annotations

from service.indicators.catalogue.shape import TOLD, Indicator, grid, of_visits, words
from service.indicators.measures import Count, Kind, either, has

_PEOPLE = Count.ASSESSED
_CONCERNED = _PEOPLE.and_(either(has("victim", "direct_injured"), has("wg", "yes")))
_SILENT = ("unknown", "no_answer", "not_asked")
_CONSULTED = _PEOPLE.and_(has("consulted", "yes"))
_TESTIMONIES = Count(Kind.TESTIMONY)
_IN_FORCE = has("in_force", "yes")

ENTRIES = (
    Indicator(
        id="I44",
        pillar="participation",
        title=words("Survivors in decision-making", "អ្នករស់រានមានជីវិតក្នុងការសម្រេចចិត្ត"),
        unit="persons",
        numerator=_CONCERNED.and_(has("has_seat", "yes")),
        denominator=_CONCERNED.and_(has("has_seat", "yes", "no")),
        unknown=_CONCERNED.and_(has("has_seat", *_SILENT)),
        grid=grid("sex", "age", "victim"),
        frameworks=("CCM-5.2f", "LAP-35", "CRPD-29"),
        source="Survivors and people with disability who hold a seat in a committee or council, of "
        "those asked; form F1.",
        completeness="Which body it is, and how many seats that has, is not asked.",
        note=of_visits(
            "Of survivors and people with disability who were asked, not of all seats there are.",
            "ក្នុងចំណោមអ្នករស់រានមានជីវិត និងជនមានពិការភាពដែលបានសួរ មិនមែនក្នុងចំណោមអាសនៈទាំងអស់ទេ។",
        ),
    ),
    Indicator(
        id="I45",
        pillar="participation",
        title=words("Asked for their views", "ត្រូវបានសួរយោបល់"),
        unit="persons",
        numerator=_CONSULTED,
        denominator=_PEOPLE.and_(has("consulted", "yes", "no")),
        unknown=_PEOPLE.and_(has("consulted", *_SILENT)),
        grid=grid("sex", "wg", "remoteness"),
        frameworks=("CRPD-4.3", "CCM-5.2f"),
        source="People whom an authority or organisation asked for their views in the last 12 "
        "months, of those of whom we know; form F1.",
        completeness="People who were not asked about it are told beside.",
        note=of_visits("In the 12 months before the visit.", "ក្នុងរយៈពេល ១២ ខែមុនការចុះសួរ។"),
    ),
    Indicator(
        id="I45B",
        pillar="participation",
        title=words("Asked, and heard", "ត្រូវបានសួរ ហើយស្តាប់"),
        unit="persons",
        numerator=_CONSULTED.and_(has("view_changed", "yes")),
        denominator=_CONSULTED.and_(has("view_changed", "yes", "no")),
        unknown=_CONSULTED.and_(has("view_changed", *_SILENT)),
        grid=grid("sex", "wg", "remoteness"),
        frameworks=("CRPD-4.3", "CCM-5.2f"),
        source="Of people asked for their views, those who say that it changed something.",
        completeness="People who did not say are told beside.",
        note=of_visits("Of people who were asked for their views.", "ក្នុងចំណោមអ្នកដែលត្រូវបានសួរយោបល់។"),
    ),
    Indicator(
        id="I46",
        pillar="participation",
        title=words("Members of a survivor group", "សមាជិកក្រុមអ្នករស់រានមានជីវិត"),
        unit="persons",
        numerator=_PEOPLE.and_(has("in_group", "yes")),
        denominator=_PEOPLE.and_(has("in_group", "yes", "no")),
        unknown=_PEOPLE.and_(has("in_group", *_SILENT)),
        grid=grid("sex", "victim"),
        frameworks=("SRAAP-PART",),
        source="Members of a survivor group or an organisation of persons with disabilities, of "
        "those asked; form F1.",
        completeness="People who were not asked are told beside.",
        note=of_visits(
            "A survivor group, or an organisation of persons with disabilities.",
            "ក្រុមអ្នករស់រានមានជីវិត ឬអង្គការជនមានពិការភាព។",
        ),
    ),
    Indicator(
        id="I47",
        pillar="participation",
        title=words("Testimonies by what they may be used for", "សក្ខីកម្ម តាមការអនុញ្ញាតឱ្យប្រើ"),
        unit="testimonies",
        numerator=Count(Kind.SCOPE, (_IN_FORCE,)),
        once=_TESTIMONIES.and_(_IN_FORCE),
        overlapping=frozenset({"scope"}),
        grid=(("scope",), ("scope", "testimony"), ("scope", "sex"), ("testimony",), ("year",), ()),
        frameworks=("CCM-5.2f",),
        source="Testimonies of which the narrator still allows each use; form F4. What was taken "
        "back is in none.",
        completeness=TOLD,
        note=words(
            "Testimonies are not told by place to anybody. One that allows several uses is in "
            "several rows and once in the totals.",
            "សក្ខីកម្មមិនបង្ហាញតាមទីកន្លែងទេ។ សក្ខីកម្មដែលអនុញ្ញាតការប្រើច្រើន ស្ថិតក្នុងជួរច្រើន តែរាប់ម្តងក្នុងចំនួនសរុប។",
        ),
    ),
    Indicator(
        id="I48",
        pillar="participation",
        title=words("Testimonies usable for advocacy", "សក្ខីកម្មដែលអាចប្រើសម្រាប់ការតស៊ូមតិ"),
        unit="testimonies",
        numerator=_TESTIMONIES.and_(
            has("abroad", "yes"),
            has("quotable", "yes"),
            has("read_back", "yes"),
            _IN_FORCE,
        ),
        denominator=_TESTIMONIES,
        grid=(("testimony",), ("sex",), (), ("year",)),
        frameworks=("CCM-5.2f",),
        source="Testimonies that were read back, and whose narrator allows their use outside "
        "Cambodia and a quote without a name, or the name; on the day of the table.",
        completeness=TOLD,
        note=words(
            "Allowed today: what was taken back or has ended is not in it. Not told by place.",
            "អនុញ្ញាតនៅថ្ងៃនេះ៖ អ្វីដែលបានដកវិញ ឬផុតកំណត់ មិនរាប់ទេ។ មិនបង្ហាញតាមទីកន្លែង។",
        ),
    ),
)
