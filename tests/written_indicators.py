"""docs/indicators.md and docs/indicators-km.md: the catalogue of figures, as it is declared."""

from __future__ import annotations

from collections.abc import Iterator

from service.indicators.catalogue import INDICATORS, MISSING, PILLARS, Indicator, Statistic
from service.indicators.measures import AtMost, Before, Count, Either, Is, Test
from service.web.pages import wording
from service.web.pages.texts import text

INTRO = {
    "en": "How tables are protected: [disclosure](disclosure.md), what stands beside them: "
    "[decision 0079](decisions/0079-the-whole-catalogue.md). In Khmer: [តួលេខ](indicators-km.md).",
    "km": "របៀបការពារតារាង៖ [disclosure](disclosure.md)។ ជាភាសាអង់គ្លេស៖ [Figures](indicators.md)។",
}
TITLE = {"en": "# Figures", "km": "# តួលេខ"}
WORDS = {
    "counted": {"en": "Counted", "km": "រាប់"},
    "of": {"en": "Of", "km": "ក្នុងចំណោម"},
    "once": {"en": "Once each in totals", "km": "រាប់ម្តងក្នុងចំនួនសរុប"},
    "beside": {
        "en": "Told beside, not asked or not answered",
        "km": "បង្ហាញដោយឡែក មិនបានសួរ ឬមិនបានឆ្លើយ",
    },
    "statistic": {"en": "Beside its rows", "km": "នៅក្បែរជួរ"},
    "unit": {"en": "Unit", "km": "ឯកតា"},
    "frameworks": {"en": "Frameworks", "km": "ក្របខ័ណ្ឌ"},
    "breakdowns": {"en": "Breakdowns", "km": "ការបែងចែក"},
    "definition": {"en": "Definition", "km": "និយមន័យ"},
    "completeness": {"en": "Completeness", "km": "ភាពពេញលេញ"},
    "needs": {"en": "Not computed yet. It needs", "km": "មិនទាន់គណនាបាន។ ត្រូវការ"},
    "restates": {
        "en": "Shown where it is shown: its numbers are rows, or sums of rows, of",
        "km": "បង្ហាញនៅពេលជួរនោះបង្ហាញ៖ ចំនួនរបស់វាជាជួរ ឬផលបូកជួរនៃ",
    },
    "restricted": {"en": "A restricted topic.", "km": "ប្រធានបទមានកម្រិត។"},
    "gazetteer": {"en": "all in the gazetteer", "km": "ទាំងអស់ក្នុងបញ្ជីភូមិសាស្ត្រ"},
}


def page(language: str, note: str) -> str:
    lines = [f"{TITLE[language]}\n", note, f"{INTRO[language]}\n"]
    for pillar in PILLARS:
        lines.append(f"## {text(f'pillar.{pillar}', language)}\n")
        for one in INDICATORS.values():
            if one.pillar == pillar:
                lines += _entry(one, language)
        for lacking in MISSING.values():
            if lacking.pillar == pillar:
                needs = f"- {WORDS['needs'][language]}: {lacking.needs[language]}"
                lines += [f"### {lacking.id} {lacking.title[language]}\n", f"{needs}\n"]
    return "\n".join(lines)


def _entry(one: Indicator, language: str) -> Iterator[str]:
    def line(name: str, said: str) -> str:
        return f"- {WORDS[name][language]}: {said}"

    yield f"### {one.id} {one.title[language]}\n"
    yield f"{one.note[language].rstrip('.')}{'.' if language == 'en' else ''}\n"
    yield from _told_to(one, language)
    yield line("counted", counted(one.numerator))
    if one.denominator is not None:
        yield line("of", counted(one.denominator))
    if one.of_gazetteer:
        yield line("of", WORDS["gazetteer"][language])
    if one.once is not None:
        yield line("once", counted(one.once))
    if one.unknown is not None:
        yield line("beside", counted(one.unknown))
    if one.statistic is not None:
        yield line("statistic", _statistic(one.statistic, language))
    if one.ratio is not None:
        ends = [wording.code(one.ratio.dimension, end, language)
                for end in (one.ratio.over, one.ratio.under)]  # fmt: skip
        yield line("statistic", f"{text('statistic.ratio', language)}: {' / '.join(ends)}")
    if language == "en":
        yield line("definition", one.source)
        yield line("completeness", one.completeness)
    yield line("unit", one.unit) + f". {WORDS['frameworks'][language]}: {', '.join(one.frameworks)}"
    yield line("breakdowns", _breakdowns(one, language)) + "\n"


def _told_to(one: Indicator, language: str) -> Iterator[str]:
    if one.restricted:
        yield f"- {WORDS['restricted'][language]}"
    if one.restates:
        yield f"- {WORDS['restates'][language]}: {one.restates.figure}"


def _breakdowns(one: Indicator, language: str) -> str:
    named = (
        " × ".join(text(f"by.{name}", language) for name in by)
        or text("figures.total_only", language)
        for by in one.grid
    )
    return "; ".join(named)


def _statistic(said: Statistic, language: str) -> str:
    names = ", ".join(text(f"statistic.{name}", language) for name in said.names)
    return f"{names} (`{said.field}`)"


def counted(count: Count) -> str:
    """The declaration, as it is: `persons where sex is female`."""
    what = f"different `{count.distinct}` of {count.kind.value}" if count.distinct else ""
    told = " and ".join(_test(test) for test in count.tests)
    return (what or count.kind.value) + (f" where {told}" if told else "")


def _test(test: Test) -> str:
    if isinstance(test, Is):
        said = " or ".join(f"`{code}`" if code else "nothing" for code in sorted(test.codes))
        return f"{test.field} is {'not ' if test.but else ''}{said}"
    if isinstance(test, AtMost):
        return f"{test.field} is at most {test.most}"
    if isinstance(test, Before):
        return f"{test.field} is at least {test.days} days"
    assert isinstance(test, Either)
    return "(" + ", or ".join(" and ".join(_test(one) for one in each) for each in test.of) + ")"
