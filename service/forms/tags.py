"""Semantic tags: what a tagged question means, and how sensitive its answer is by default.

A form says `bind::samleng:tag` = one of these names and is aggregated without code. An unknown
tag is no error: the answer is kept, never counted, and publishing warns. Names and meanings:
`docs/forms.md`. To add a tag: a row here, and the reading of it in `facts/projection.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.forms.schema import Sensitivity


@dataclass(frozen=True, kw_only=True)
class Tag:
    """`kind` names the fact it feeds: household, person, need, signature, consent, … or record."""

    name: str
    kind: str
    meaning: str
    sensitivity: Sensitivity = Sensitivity.CODED
    is_multiple: bool = False
    """Several codes may be given, separated by spaces, in one question or in several."""


_IDENTITY, _TESTIMONY = Sensitivity.IDENTITY, Sensitivity.TESTIMONY


def _tags(kind: str, prefix: str, /, **meanings: str) -> list[Tag]:
    return [
        Tag(name=f"{prefix}.{name}", kind=kind, meaning=meaning)
        for name, meaning in meanings.items()
    ]


def _tag(name: str, kind: str, meaning: str, sensitivity: Sensitivity) -> Tag:
    return Tag(name=name, kind=kind, meaning=meaning, sensitivity=sensitivity)


_RECORD = [
    *_tags(
        "record",
        "meta",
        date="Day of the interview or signature; decides the period of figures",
        time="When the record was begun or ended, by the phone's clock",
        collector="Code of the person who collected, never a name",
    ),
    *_tags(
        "record",
        "record",
        corrects="Which returned record this one takes the place of: chosen from returned.csv",
    ),
    _tag("meta.device", "record", "Identifier of the phone", _IDENTITY),
    *_tags(
        "record",
        "geo",
        adm1="Province, code of 2 digits",
        adm2="District, code of 4 digits",
        adm3="Commune, code of 6 digits",
        adm4="Village, code of the gazetteer",
    ),
    _tag("geo.adm4_text", "record", "Name of a village that is not in the list", _IDENTITY),
]

_HOUSEHOLD = [
    *_tags(
        "household",
        "household",
        id="Code of the household, given by the team",
        size="Number of people living in the household",
        head_sex="Sex of the head of household, list sex",
    ),
    Tag(
        name="household.id_docs",
        kind="household",
        is_multiple=True,
        meaning="Papers held in the household, list id_doc",
    ),
    *_tags(
        "household",
        "remote",
        wet_pass="Can the road be passed in the wet season, yes or no",  # noqa: S106 - a road
        min_hc="Minutes to the nearest health centre, one way",
        min_town="Minutes to the district town, one way",
        min_prc="Minutes to the nearest rehabilitation centre, one way",
        cost_khr="Cost of that journey in riel, one way",
        signal="Phone signal, list phone_signal",
    ),
]

_PERSON = [
    _tag("person.name", "person", "Name of the person", _IDENTITY),
    _tag("person.phone", "person", "Phone number of the person", _IDENTITY),
    *_tags(
        "record",
        "person",
        id="What the form made for the person once, such as once(uuid()): edits keep it",
    ),
    *_tags(
        "person",
        "person",
        sex="Sex, list sex",
        age="Age in completed years at the interview",
        age_known="How well the age is known, list age_known",
        age_band="Age band, list age_band5, where no age in years is asked",
    ),
    *_tags(
        "person",
        "home",
        adm1="Province where the person lives, where it is not the place that was visited",
        adm2="District where the person lives",
        adm3="Commune where the person lives",
        adm4="Village where the person lives",
    ),
    Tag(
        name="impairment.kind",
        kind="person",
        is_multiple=True,
        meaning="What the person says is impaired, list impairment; to plan services by",
    ),
    *_tags(
        "person",
        "victim",
        type="Kind of victim, list victim_type",
        relation="Relationship to the person killed or injured, list relationship",
    ),
    *_tags(
        "person",
        "incident",
        device="What exploded, list device",
        date="Day of the incident; also a month or a year, such as 2024-03",
        year="Year of the incident",
        month="Month of the incident",
        era="Period of the incident, list incident_era, where no year is known",
        adm1="Province of the incident",
        adm2="District of the incident",
        adm3="Commune of the incident",
        adm4="Village of the incident",
        submunition="Kind of submunition, filled in by an expert, list submunition_kind",
        off_duty="Of soldiers and police: off duty, yes or no",
        marked="Was the place marked, list marked_area",
        activity="Activity at the time, list activity",
        civil_status="Status at the time, list civil_status",
        outcome="Outcome for the person, list incident_outcome",
        age="Age at the incident, calculated",
        age_band="Age band at the incident, list age_band5, where its years are not known",
    ),
    _tag("incident.place", "person", "Place of the incident in words", _TESTIMONY),
    Tag(name="injury.kind", kind="person", meaning="Injuries, list injury", is_multiple=True),
    *_tags("person", "injury", side="Side of the body, list side"),
    *_tags(
        "person",
        "device",
        in_use="Is a prosthesis, orthosis, wheelchair or other device in use, yes or no",
        age="Age of that device in years",
    ),
    *_tags(
        "person",
        "wg",
        see="Washington Group Short Set: seeing, 1–4, 7, 9",
        hear="Washington Group Short Set: hearing",
        walk="Washington Group Short Set: walking",
        remember="Washington Group Short Set: remembering",
        selfcare="Washington Group Short Set: self-care",
        communicate="Washington Group Short Set: communicating",
        cfm="Was the UNICEF/WG Child Functioning Module used, done or not",
    ),
    *_tags(
        "person",
        "socio",
        school="Attends school",
        work="Works for pay or for the family",
        income_src="Main source of income, list occupation",
        land_title="Holds a land title",
        latrine_usable="Has a latrine the person can use",
    ),
    *_tags(
        "person",
        "sp",
        disability_card="Holds the disability ID card: yes, no, applied",
        equity_card="Holds the IDPoor or equity card: yes, no, applied",
        cash_received="Receives cash support: yes, no, applied",
        cash_problem="Had a problem with card or cash",
    ),
    *_tags(
        "person",
        "part",
        member_group="Member of a survivor group or organisation",
        consulted_12m="Consulted in the last 12 months",
        view_changed="Did the view given change something",
        seat="Holds a seat in a committee",
    ),
    _tag("note.wish", "person", "The person's own wish in words; never published raw", _TESTIMONY),
]

_NEED = [
    Tag(name="need.code", kind="need", meaning="The need, list need", is_multiple=True),
    *_tags(
        "need",
        "need",
        status="How far it is met, list need_status",
        priority="Urgency, list priority",
        since="Year since when",
    ),
    Tag(
        name="need.barrier",
        kind="need",
        meaning="What is in the way, list barrier",
        is_multiple=True,
    ),
    _tag("need.text", "need", "The need in words, where the code is other", _TESTIMONY),
    _tag("referral.provider_tried", "need", "Provider already tried, in words", _TESTIMONY),
    *_tags("need", "referral", to="Provider referred to", ok="Does the person agree to it"),
]

_FOLLOW_UP = [
    *_tags(
        "case",
        "case",
        id="The case, as the list on the phone has it",
        visit_no="Number of the visit",
        found="Was the person found, list found",
        next_visit="Day on which to come again",
    ),
    *_tags("service", "need", id="The need, as the list on the phone has it"),
    *_tags("service", "referral", outcome="What became of a referral, list referral_outcome"),
    *_tags(
        "service",
        "service",
        provider="Code of who served, from the service directory",
        date="Day of the service",
        cost_khr="What the person paid, in riel",
        minutes="Minutes on the way, one way",
        quality="How good it was, 1 to 5, by the person",
        confirmed="Does the person confirm that the need is met, list confirmed",
    ),
]

_RIGHTS = [
    *_tags(
        "rights_issue",
        "issue",
        reporter="Who reports, list reporter_kind",
        code="The breach, list issue",
        crpd="Article of the Convention, calculated",
        date="Day of the breach; also a month or a year, such as 2024-03",
        place_type="Where, list place_type",
        duty_bearer="Whose duty it was, list duty_bearer",
        persons="How many people are affected",
        safe_to_raise="Does raising it put nobody in danger: yes, no, later",
        wants_action="Does the person want something done: yes, no, later",
        status="How far it is, list issue_status",
        raised_with="With whom it was raised, list duty_bearer",
        answer_date="Day of an answer",
    ),
    _tag("issue.text", "rights_issue", "The story, in words or as a recording", _TESTIMONY),
    _tag("issue.outcome", "rights_issue", "What came of it, in words", _TESTIMONY),
    *_tags("rights_issue", "class", restricted="To be shown to few: yes, calculated"),
]

_CONCERN = [
    *_tags(
        "concern",
        "concern",
        device="What is suspected, list device",
        seen="Seen or told, list seen",
        land_use="What the land is for, list land_use",
        hectares="How large, list hectares_range",
        households="How many households are kept off",
        incident_before="Did something happen there before",
        people_hurt="How many people were hurt there",
        marked="Is it marked, list marked_area",
        reported_to="Whom it was reported to, list reported_to",
        report_date="Day of that report",
        answer="What came of it, list answer",
        answer_date="Day of that answer",
        urgent="Near a house or school, or touched: yes, calculated",
        women_asked="Were women asked",
        persons_dis_asked="Were persons with disabilities asked",
    ),
    _tag("concern.place", "concern", "The place in words", _TESTIMONY),
    _tag("concern.gps", "concern", "A point taken from a safe place", _TESTIMONY),
]

_DIRECTORY = [
    *_tags(
        "provider",
        "directory",
        code="Code of the provider, by which referrals name it",
        name_en="Name over the door, in English",
        name_km="Name over the door, in Khmer",
        kind="List provider_kind",
        opening_hours="Hours, such as 08:00-11:30",
        phone="Telephone of the office",
        cost_khr="What a visit costs, in riel",
        accessible="Can it be entered and used with a wheelchair: yes, partly, no",
        equity_card="Does it take the equity card: yes, partly, no",
        is_open="Does it work: yes, partly, no",
        checked_on="Day on which somebody saw that this holds",
    ),
    Tag(name="directory.needs", kind="provider", is_multiple=True, meaning="Serves, list need"),
    Tag(
        name="directory.opening",
        kind="provider",
        is_multiple=True,
        meaning="Days on which it is open, list opening",
    ),
]

_CONSENT = [
    *_tags(
        "consent",
        "consent",
        store="Scope: keep this record. No ends the form; only the refusal is counted",
        contact="Scope: contact me again",
        share_case="Scope: share my file with a named provider",
        stats="Scope: use in counts without my name",
        quote_anon="Scope: quote my words without name or village",
        publish_name="Scope: publish my name",
        publish_media="Scope: publish photo, voice or video",
        advocacy_intl="Scope: use outside Cambodia",
        share_gov="Scope: give my identified record to a government body",
        method="How consent was given, list consent_method",
        proxy="Did somebody else answer for the person, yes or no",
        proxy_relation="Relationship of that proxy, list relationship",
        refused="The note that ends a form after refusal",
        publish_photo="Scope: publish a photo of me; without it consent.publish_media decides",
        publish_voice="Scope: publish my voice",
        publish_video="Scope: publish a video of me",
        explained="The text was read or played in the person's own language",
        language="Language in which it was explained, list consent_language",
        guardian="Does the guardian of a child agree, yes or no",
        assent="Does the child agree too, yes or no",
        date="Day on which consent was asked again; with a method it may widen an earlier one",
        review="Last day on which this consent holds",
    ),
    Tag(
        name="consent.change",
        kind="consent",
        is_multiple=True,
        meaning="Scopes taken back at this visit, list consent_scope",
    ),
    _tag("consent.witness", "consent", "Who witnessed", _IDENTITY),
    _tag("consent.code", "consent", "Code on the person's paper, for withdrawal", _IDENTITY),
]

_CASUALTY = [
    *_tags(
        "casualty",
        "casualty",
        source="Which institution counted the casualty, list casualty_source",
    ),
]
"""A form with this tag tells of somebody who was not asked: an incident, and nobody assessed."""

_TREATY = [
    *_tags(
        "signature",
        "petition",
        statement="The statement was shown or read; holds the version of the text",
        minor="Is the signer 18 or over, list adult",
        kind="Who signs, list signatory_kind",
        mark="The mark made, list mark_type",
        agree="The act of agreeing; also allows counting unless consent.stats says no",
        date="Day of the signature, where it is not the day of the record",
        line_no="Line number on a paper sheet",
        line_status="State of the line, list line_status",
    ),
    *_tags(
        "sheet",
        "petition",
        sheet="Number of a paper sheet, as printed",
        campaign="Code of the campaign",
        collector="Code of whoever collected",
        declared="Number of lines that the sheet declares",
        **{
            f"tally_{status}": f"Lines of a sheet that are {status}, where they are not keyed"
            for status in (
                "valid",
                "duplicate_confirmed",
                "duplicate_suspected",
                "illegible",
                "no_mark",
                "minor",
                "withdrawn",
                "out_of_scope",
            )
        },
    ),
    _tag("petition.witness", "sheet", "Who witnessed", _IDENTITY),
    _tag("petition.scan", "sheet", "Picture of the sheet", _IDENTITY),
    _tag("petition.name", "signature", "Name of the signer", _IDENTITY),
    _tag("petition.line_name", "signature", "Name on a line of a paper sheet", _IDENTITY),
    _tag("petition.org", "signature", "Organisation a leader signs for", _IDENTITY),
    _tag("petition.title", "signature", "Title of a leader", _IDENTITY),
    *_tags(
        "testimony",
        "testimony",
        prepared="Was the person prepared, yes or no",
        support_person="Was somebody of their choice there, yes or no",
        psy_contact="Was a contact for counselling given, yes or no",
        kind="What it tells of, list testimony_kind",
        form="List testimony_form",
        language="Language in which it was told, list consent_language",
        distress="List distress",
        stopped_at="Where the telling was stopped",
        read_back="Was it read back and found right: yes, no, later",
        attribution="How who told it may be named, list attribution",
    ),
    _tag("testimony.transcript", "testimony", "The words", _TESTIMONY),
    _tag("testimony.summary", "testimony", "What was told, in short", _TESTIMONY),
    _tag("testimony.mask", "testimony", "What must be masked where it is quoted", _TESTIMONY),
    _tag("testimony.quote", "testimony", "A quote in the signer's words", _TESTIMONY),
    _tag("testimony.media", "testimony", "Photo, voice or video", _TESTIMONY),
]

TAGS: dict[str, Tag] = {
    tag.name: tag
    for tag in (
        *_RECORD,
        *_HOUSEHOLD,
        *_PERSON,
        *_NEED,
        *_FOLLOW_UP,
        *_RIGHTS,
        *_CONCERN,
        *_DIRECTORY,
        *_CASUALTY,
        *_CONSENT,
        *_TREATY,
    )
}
