"""The form of which casualties are records that others counted: published by their first import.

Phones are not offered it. Its consent says what it is: an institution's word, no person's yes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from service.facts import codes
from service.facts.codes import Labels

FORM_ID = "historical_casualty"
VERSIONS = ("2026112701",)
"""All that there were, oldest first."""
TITLE = {"en": "Historical casualty", "km": "ជនរងគ្រោះក្នុងប្រវត្តិ"}
_ROOT = "data"
_Question = tuple[str, str, str, str, Labels | None, str]
_QUESTIONS: tuple[_Question, ...] = (
    ("source", "casualty.source", "Counted by", "រាប់ដោយ", codes.CASUALTY_SOURCE, "select1"),
    ("reported_on", "meta.date", "Reported on", "ថ្ងៃរាយការណ៍", None, "date"),
    ("sex", "person.sex", "Sex", "ភេទ", codes.SEX, "select1"),
    ("age_years", "incident.age", "Age at the time, years", "អាយុនៅពេលនោះ (ឆ្នាំ)", None, "int"),
    ("age_group", "incident.age_band", "Age group at the time", "ក្រុមអាយុនៅពេលនោះ",
     codes.AGE_BAND5, "select1"),
    ("victim_type", "victim.type", "Kind of victim", "ប្រភេទជនរងគ្រោះ", codes.VICTIM_TYPE, "select1"),
    ("outcome", "incident.outcome", "Outcome", "លទ្ធផល", codes.INCIDENT_OUTCOME, "select1"),
    ("injury", "injury.kind", "Injuries", "របួស", codes.INJURY, "select"),
    ("injury_side", "injury.side", "Side of the body", "ខាងនៃរាងកាយ", codes.SIDE, "select1"),
    ("device", "incident.device", "What exploded", "អ្វីដែលបានផ្ទុះ", codes.DEVICE, "select1"),
    ("submunition", "incident.submunition", "Kind of submunition", "ប្រភេទគ្រាប់បែកចង្កោម",
     codes.SUBMUNITION_KIND, "select1"),
    ("incident_date", "incident.date", "Day, month or year of the incident",
     "ថ្ងៃ ខែ ឬឆ្នាំកើតហេតុ", None, "string"),
    ("prov", "incident.adm1", "Province (code)", "ខេត្ត (លេខកូដ)", None, "string"),
    ("dist", "incident.adm2", "District (code)", "ក្រុង/ស្រុក/ខណ្ឌ (លេខកូដ)", None, "string"),
    ("comm", "incident.adm3", "Commune (code)", "ឃុំ/សង្កាត់ (លេខកូដ)", None, "string"),
    ("vill", "incident.adm4", "Village (code)", "ភូមិ (លេខកូដ)", None, "string"),
    ("activity", "incident.activity", "Activity at the time", "សកម្មភាពនៅពេលនោះ", codes.ACTIVITY,
     "select1"),
    ("civil_status", "incident.civil_status", "Status at the time", "ឋានៈនៅពេលនោះ",
     codes.CIVIL_STATUS, "select1"),
    ("marked", "incident.marked", "Was the area marked", "តំបន់មានស្លាកសញ្ញាឬទេ", codes.MARKED_AREA,
     "select1"),
    ("c_store", "consent.store", "The institution hands it over to be kept",
     "ស្ថាប័នប្រគល់ឱ្យរក្សាទុក", codes.YES_NO, "select1"),
    ("c_stats", "consent.stats", "The institution hands it over to be counted",
     "ស្ថាប័នប្រគល់ឱ្យរាប់", codes.YES_NO, "select1"),
    ("c_method", "consent.method", "How it was allowed", "របៀបអនុញ្ញាត", codes.CONSENT_GIVEN,
     "select1"),
)  # fmt: skip
_ORDER = tuple(name for name, *_ in _QUESTIONS)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"'
    ' xmlns:orx="http://openrosa.org/xforms" xmlns:samleng="https://samleng.org/xforms">\n'
)


@cache
def xform() -> bytes:
    """The same bytes each time: a version never changes."""
    texts = {lang: "".join(_texts(lang)) for lang in ("en", "km")}
    itext = "".join(
        f'<translation lang="{lang}"{default}>{texts[lang]}</translation>'
        for lang, default in (("en", ' default="true()"'), ("km", ""))
    )
    nodes = "".join(f"<{name}/>" for name in _ORDER)
    binds = "".join(
        f'<bind nodeset="/{_ROOT}/{name}" type="{_TYPES.get(kind, kind)}" samleng:tag="{tag}"'
        ' samleng:class="coded"/>\n'
        for name, tag, _, _, _, kind in _QUESTIONS
    )
    return (
        f"{_HEAD}<h:head><h:title>{TITLE['en']}</h:title><model>"
        f"<itext>{itext}</itext><instance>"
        f'<{_ROOT} id="{FORM_ID}" version="{VERSIONS[-1]}">{nodes}'
        f"<orx:meta><orx:instanceID/></orx:meta></{_ROOT}></instance>\n{binds}"
        f'<bind nodeset="/{_ROOT}/orx:meta/orx:instanceID" type="string" preload="uid"/>'
        f"</model></h:head><h:body>{''.join(map(_control, _QUESTIONS))}</h:body></h:html>\n"
    ).encode()


_TYPES = {"select1": "string", "select": "string"}


def _texts(lang: str) -> list[str]:
    found = []
    for name, _, en, km, labels, _ in _QUESTIONS:
        found.append(_text(f"/{_ROOT}/{name}:label", en if lang == "en" else km))
        for code, label in (labels or {}).items():
            found.append(_text(f"/{_ROOT}/{name}/{code}:label", label[lang]))
    return found


def _text(key: str, words: str) -> str:
    return f"<text id={quoteattr(key)}><value>{escape(words)}</value></text>"


def _control(question: _Question) -> str:
    name, _, _, _, labels, kind = question
    tag = kind if kind in _TYPES else "input"
    ref = f"/{_ROOT}/{name}"
    items = "".join(
        f"<item><label ref=\"jr:itext('{ref}/{code}:label')\"/><value>{code}</value></item>"
        for code in labels or ()
    )
    return f'<{tag} ref="{ref}"><label ref="jr:itext(\'{ref}:label\')"/>{items}</{tag}>\n'


def instance(instance_id: str, answers: Mapping[str, str]) -> bytes:
    """A record, as a phone would have sent it. Answers are codes, numbers and days."""
    told = "".join(
        f"<{name}>{escape(answers[name])}</{name}>" for name in _ORDER if name in answers
    )
    return (
        f'<{_ROOT} id="{FORM_ID}" version="{VERSIONS[-1]}">{told}'
        f"<meta><instanceID>{escape(instance_id)}</instanceID></meta></{_ROOT}>"
    ).encode()
