"""What each column of a fact is called, in both languages, and of which list its codes are.

Read by people: the data dictionary (`docs/data-dictionary.md`), headings of exports. What a column
means in full stands beside it in `facts/kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.facts import codes
from service.facts.codes import Label, Labels
from service.facts.issues import ISSUE
from service.facts.needs import NEED


@dataclass(frozen=True, kw_only=True)
class Column:
    """`values`: the list whose codes it holds, beside those of NO_CODE; None: no code."""

    label: Label
    values: Labels | None = None


Row = tuple[str, str, str] | tuple[str, str, str, Labels]


def _columns(*rows: Row) -> dict[str, Column]:
    return {
        row[0]: Column(label={"en": row[1], "km": row[2]}, values=row[3] if len(row) == 4 else None)
        for row in rows
    }


KINDS: dict[str, Label] = {
    "households": {"en": "Households", "km": "គ្រួសារ"},
    "consents": {"en": "Consents", "km": "ការយល់ព្រម"},
    "persons": {"en": "People assessed", "km": "មនុស្សដែលបានវាយតម្លៃ"},
    "incidents": {"en": "Incidents", "km": "គ្រោះថ្នាក់"},
    "needs": {"en": "Needs", "km": "តម្រូវការ"},
    "visits": {"en": "Visits to cases", "km": "ការចុះតាមដានករណី"},
    "follow_ups": {"en": "Follow-ups of needs", "km": "ការតាមដានតម្រូវការ"},
    "rights_issues": {"en": "Rights issues", "km": "បញ្ហាសិទ្ធិ"},
    "clearance_concerns": {"en": "Clearance concerns", "km": "កង្វល់អំពីការបោសសម្អាតមីន"},
    "testimonies": {"en": "Testimonies", "km": "សក្ខីកម្ម"},
    "signatures": {"en": "Signatures", "km": "ហត្ថលេខា"},
    "sheets": {"en": "Sheets of signatures", "km": "សន្លឹកហត្ថលេខា"},
    "providers": {"en": "Service directory", "km": "បញ្ជីអ្នកផ្តល់សេវា"},
}
_STANDING: Labels = {
    "received": {"en": "Received", "km": "បានទទួល"},
    "approved": {"en": "Approved", "km": "បានអនុម័ត"},
    "rejected": {"en": "Rejected", "km": "បានបដិសេធ"},
}
_PRECISION: Labels = {
    "province": {"en": "Province", "km": "ខេត្ត"},
    "district": {"en": "District", "km": "ក្រុង/ស្រុក/ខណ្ឌ"},
    "commune": {"en": "Commune", "km": "ឃុំ/សង្កាត់"},
    "village": {"en": "Village", "km": "ភូមិ"},
}

SHARED = _columns(
    ("project_id", "Project", "គម្រោង"),
    ("submission_pk", "Record", "កំណត់ត្រា"),
    ("happened_on", "Day of the interview", "ថ្ងៃសម្ភាស"),
    ("month", "Month of the interview", "ខែសម្ភាស"),
    ("adm1", "Province of the interview", "ខេត្តដែលសម្ភាស"),
    ("adm2", "District of the interview", "ក្រុង/ស្រុក/ខណ្ឌដែលសម្ភាស"),
    ("adm3", "Commune of the interview", "ឃុំ/សង្កាត់ដែលសម្ភាស"),
    ("adm4", "Village of the interview", "ភូមិដែលសម្ភាស"),
    ("submitter_id", "Who sent it", "អ្នកផ្ញើ"),
    ("stats", "May be counted", "អាចរាប់បាន"),
    ("stats_until", "May be counted until", "អាចរាប់បានរហូតដល់"),
    ("scopes", "What is allowed", "អ្វីដែលអនុញ្ញាត"),
    ("scopes_until", "Allowed until", "អនុញ្ញាតរហូតដល់"),
    ("standing", "Review", "ការពិនិត្យ", _STANDING),
)
_PERSON = _columns(
    ("household_key", "Same household", "គ្រួសារតែមួយ"),
    ("sex", "Sex", "ភេទ", codes.SEX),
    ("age_band", "Age band", "ក្រុមអាយុ", codes.AGE_BAND5),
    ("disability", "Disability (Washington Group)", "ពិការភាព (Washington Group)", codes.DISABILITY),
    ("victim_type", "Kind of victim", "ប្រភេទជនរងគ្រោះ", codes.VICTIM_TYPE),
    ("device", "What exploded", "អ្វីដែលបានផ្ទុះ", codes.DEVICE),
    ("remoteness", "Remoteness", "ភាពដាច់ស្រយាល", codes.REMOTENESS),
)
COLUMNS: dict[str, dict[str, Column]] = {
    "households": _columns(
        ("household_key", "Same household", "គ្រួសារតែមួយ"),
        ("size", "People in the household", "ចំនួនមនុស្សក្នុងគ្រួសារ"),
        ("head_sex", "Sex of the head", "ភេទមេគ្រួសារ", codes.SEX),
        ("id_docs", "Papers held", "ឯកសារដែលមាន", codes.ID_DOC),
        ("remoteness", "Remoteness", "ភាពដាច់ស្រយាល", codes.REMOTENESS),
        ("remoteness_rule", "Rule of remoteness", "វិធានភាពដាច់ស្រយាល"),
        ("minutes_health_centre", "Minutes to the health centre", "នាទីទៅមណ្ឌលសុខភាព"),
        ("minutes_town", "Minutes to the district town", "នាទីទៅទីរួមស្រុក"),
        ("minutes_rehabilitation", "Minutes to a rehabilitation centre",
         "នាទីទៅមជ្ឈមណ្ឌលស្តារនីតិសម្បទា"),
        ("cost_khr", "Cost of the way, riel", "ថ្លៃធ្វើដំណើរ (រៀល)"),
        ("wet_season_passable", "Passable in the rains", "ធ្វើដំណើរបាននៅរដូវវស្សា"),
        ("phone_signal", "Phone signal", "សេវាទូរសព្ទ", codes.PHONE_SIGNAL),
    ),
    "consents": _columns(
        ("ordinal", "Number", "លេខរៀង"),
        ("granted", "Allowed", "អនុញ្ញាត", codes.CONSENT_SCOPE),
        ("refused", "Refused", "បដិសេធ", codes.CONSENT_SCOPE),
        ("method", "How it was given", "របៀបផ្តល់", codes.CONSENT_GIVEN),
        ("language", "Language", "ភាសា", codes.CONSENT_LANGUAGE),
        ("text_version", "Version of the text", "កំណែអត្ថបទ"),
        ("is_proxy", "Somebody else answered", "មានអ្នកឆ្លើយជំនួស"),
        ("is_witnessed", "Witnessed", "មានសាក្សី"),
        ("guardian", "The guardian agrees", "អាណាព្យាបាលយល់ព្រម"),
        ("assent", "The child agrees", "កុមារយល់ព្រម"),
        ("given_on", "Given on", "ថ្ងៃផ្តល់"),
        ("review_by", "Holds until", "មានសុពលភាពដល់"),
        ("code_digest", "Code on the paper, as a digest", "លេខកូដលើក្រដាស (សម្ងាត់)"),
    ),
    "persons": _PERSON | _columns(
        ("ordinal", "Number", "លេខរៀង"),
        ("age_years", "Age in years", "អាយុគិតជាឆ្នាំ"),
        ("age_known", "How well the age is known", "ដឹងអាយុច្បាស់ប៉ុណ្ណា", codes.AGE_KNOWN),
        ("age_from", "Youngest", "អាយុតិចបំផុត"),
        ("age_to", "Oldest", "អាយុច្រើនបំផុត"),
        ("born_from", "Born not before", "កើតមិនមុនឆ្នាំ"),
        ("born_to", "Born not after", "កើតមិនក្រោយឆ្នាំ"),
        ("home", "Where the person lives", "កន្លែងរស់នៅ"),
        ("home_precision", "How exact that is", "ភាពច្បាស់លាស់នៃកន្លែងរស់នៅ", _PRECISION),
        ("relation", "Relationship to the victim", "ត្រូវជាអ្វីនឹងជនរងគ្រោះ", codes.RELATIONSHIP),
        ("impairments", "Impairments, self-declared", "ពិការភាពដែលសាមីខ្លួនប្រាប់", codes.IMPAIRMENT),
        ("wg_see", "Seeing (1–4)", "ការមើល (១–៤)"),
        ("wg_hear", "Hearing (1–4)", "ការស្តាប់ (១–៤)"),
        ("wg_walk", "Walking (1–4)", "ការដើរ (១–៤)"),
        ("wg_remember", "Remembering (1–4)", "ការចងចាំ (១–៤)"),
        ("wg_selfcare", "Self-care (1–4)", "ការថែទាំខ្លួន (១–៤)"),
        ("wg_communicate", "Communicating (1–4)", "ការប្រាស្រ័យទាក់ទង (១–៤)"),
        ("wg_max", "Highest difficulty", "ការលំបាកខ្ពស់បំផុត"),
        ("open_needs", "Open needs", "តម្រូវការមិនទាន់បំពេញ"),
        ("is_proxy", "Somebody else answered", "មានអ្នកឆ្លើយជំនួស"),
        ("cfm", "Child Functioning Module", "ម៉ូឌុល Child Functioning", codes.CFM),
        ("device_in_use", "Assistive device in use", "កំពុងប្រើឧបករណ៍ជំនួយ", codes.YES_NO),
        ("device_years", "Age of the device, years", "អាយុឧបករណ៍ (ឆ្នាំ)"),
        ("school", "Attends school", "ទៅរៀន", codes.YES_NO),
        ("work", "Works", "ធ្វើការ", codes.YES_NO),
        ("income_source", "Main source of income", "ប្រភពចំណូលសំខាន់", codes.OCCUPATION),
        ("land_title", "Holds a land title", "មានប័ណ្ណកម្មសិទ្ធិដី", codes.YES_NO),
        ("latrine_usable", "Latrine that can be used", "មានបង្គន់ដែលប្រើបាន", codes.YES_NO),
        ("disability_card", "Disability ID card", "បណ្ណសម្គាល់ជនមានពិការភាព", codes.YES_NO_APPLIED),
        ("equity_card", "Equity card", "ប័ណ្ណសមធម៌", codes.YES_NO_APPLIED),
        ("cash_received", "Cash support", "ឧបត្ថម្ភសាច់ប្រាក់", codes.YES_NO_APPLIED),
        ("cash_problem", "Problem with card or cash", "បញ្ហាប័ណ្ណ ឬសាច់ប្រាក់", codes.YES_NO),
        ("in_group", "Member of a group", "ជាសមាជិកក្រុម", codes.YES_NO),
        ("consulted", "Consulted in 12 months", "បានពិគ្រោះក្នុង ១២ ខែ", codes.YES_NO),
        ("view_changed", "Their view changed something", "យោបល់នាំឱ្យមានការផ្លាស់ប្តូរ", codes.YES_NO),
        ("has_seat", "Holds a seat", "មានអាសនៈ", codes.YES_NO),
    ),
    "incidents": _columns(
        ("ordinal", "Number of the person", "លេខរៀងមនុស្ស"),
        ("victim_type", "Kind of victim", "ប្រភេទជនរងគ្រោះ", codes.VICTIM_TYPE),
        ("device", "What exploded", "អ្វីដែលបានផ្ទុះ", codes.DEVICE),
        ("era", "Period", "សម័យកាល", codes.INCIDENT_ERA),
        ("submunition", "Kind of submunition", "ប្រភេទគ្រាប់បែកចង្កោម", codes.SUBMUNITION_KIND),
        ("incident_from", "Not before", "មិនមុនថ្ងៃ"),
        ("incident_to", "Not after", "មិនក្រោយថ្ងៃ"),
        ("place", "Where it happened", "កន្លែងកើតហេតុ"),
        ("place_precision", "How exact that is", "ភាពច្បាស់លាស់នៃកន្លែង", _PRECISION),
        ("activity", "Activity", "សកម្មភាព", codes.ACTIVITY),
        ("civil_status", "Status at the time", "ឋានៈនៅពេលនោះ", codes.CIVIL_STATUS),
        ("off_duty", "Off duty", "មិនបំពេញភារកិច្ច"),
        ("outcome", "Outcome", "លទ្ធផល", codes.INCIDENT_OUTCOME),
        ("marked_area", "Marked", "មានស្លាកសញ្ញា", codes.MARKED_AREA),
        ("age_from", "Youngest at the time", "អាយុតិចបំផុតនៅពេលនោះ"),
        ("age_to", "Oldest at the time", "អាយុច្រើនបំផុតនៅពេលនោះ"),
        ("was_child", "Under 18 at the time", "អាយុក្រោម ១៨ ឆ្នាំនៅពេលនោះ", codes.YES_NO),
        ("injuries", "Injuries", "របួស", codes.INJURY),
        ("side", "Side of the body", "ខាងនៃរាងកាយ", codes.SIDE),
        ("sex", "Sex of the casualty", "ភេទជនរងគ្រោះ", codes.SEX),
        ("reported_by", "Counted by", "រាប់ដោយ", codes.CASUALTY_SOURCE),
    ),
    "needs": _PERSON | _columns(
        ("person_ordinal", "Number of the person", "លេខរៀងមនុស្ស"),
        ("need_code", "Need", "តម្រូវការ", NEED),
        ("status", "How far it is met", "កម្រិតនៃការបំពេញ", codes.NEED_STATUS),
        ("told_status", "As it was told", "ដូចដែលបានប្រាប់", codes.NEED_STATUS),
        ("is_open", "Open", "មិនទាន់បិទ"),
        ("priority", "Urgency", "ភាពបន្ទាន់", codes.PRIORITY),
        ("barriers", "What is in the way", "ឧបសគ្គ", codes.BARRIER),
        ("since_year", "Since", "តាំងពីឆ្នាំ"),
        ("referral_to", "Referred to", "បញ្ជូនទៅ"),
        ("referral_agreed", "Agrees to the referral", "យល់ព្រមនឹងការបញ្ជូន"),
        ("served_on", "First service", "សេវាលើកដំបូង"),
        ("met_on", "Met since", "បានបំពេញតាំងពី"),
    ),
    "visits": _columns(
        ("case_id", "Case", "ករណី"),
        ("visit_no", "Number of the visit", "លើកទី"),
        ("found", "Found", "បានជួប", codes.FOUND),
        ("next_visit", "Next visit", "ចុះលើកក្រោយ"),
    ),
    "follow_ups": _columns(
        ("ordinal", "Number", "លេខរៀង"),
        ("case_id", "Case", "ករណី"),
        ("need_id", "Which need", "តម្រូវការណា"),
        ("need_code", "Need", "តម្រូវការ", NEED),
        ("is_new", "New need", "តម្រូវការថ្មី"),
        ("status", "How far it is met", "កម្រិតនៃការបំពេញ", codes.NEED_STATUS),
        ("told_status", "As it was filled in", "ដូចដែលបានបំពេញ", codes.NEED_STATUS),
        ("confirmed", "The person confirms", "សាមីខ្លួនបញ្ជាក់", codes.CONFIRMED),
        ("priority", "Urgency", "ភាពបន្ទាន់", codes.PRIORITY),
        ("barriers", "What is in the way", "ឧបសគ្គ", codes.BARRIER),
        ("referral_outcome", "What became of the referral", "លទ្ធផលនៃការបញ្ជូន",
         codes.REFERRAL_OUTCOME),
        ("provider", "Who served", "អ្នកផ្តល់សេវា"),
        ("service_on", "Day of the service", "ថ្ងៃទទួលសេវា"),
        ("cost_khr", "Paid by the person, riel", "ប្រាក់ដែលសាមីខ្លួនបង់ (រៀល)"),
        ("minutes", "Minutes on the way", "នាទីធ្វើដំណើរ"),
        ("quality", "How good (1–5)", "គុណភាព (១–៥)"),
    ),
    "rights_issues": _columns(
        ("ordinal", "Number", "លេខរៀង"),
        ("person_ordinal", "Number of the person", "លេខរៀងមនុស្ស"),
        ("issue_code", "Issue", "បញ្ហា", ISSUE),
        ("crpd", "Articles of the CRPD", "មាត្រានៃអនុសញ្ញា CRPD"),
        ("is_restricted", "Shown to few", "បង្ហាញដល់មនុស្សតិច"),
        ("reporter", "Who reports", "អ្នករាយការណ៍", codes.REPORTER_KIND),
        ("issue_from", "Not before", "មិនមុនថ្ងៃ"),
        ("issue_to", "Not after", "មិនក្រោយថ្ងៃ"),
        ("place_type", "Kind of place", "ប្រភេទកន្លែង", codes.PLACE_TYPE),
        ("duty_bearer", "Whose duty", "អ្នកមានកាតព្វកិច្ច", codes.DUTY_BEARER),
        ("affected", "People affected", "ចំនួនអ្នករងផលប៉ះពាល់"),
        ("sex", "Sex", "ភេទ", codes.SEX),
        ("age_band", "Age band", "ក្រុមអាយុ", codes.AGE_BAND5),
        ("disability", "Disability (Washington Group)", "ពិការភាព (Washington Group)",
         codes.DISABILITY),
        ("safe_to_raise", "Safe to raise", "មានសុវត្ថិភាពក្នុងការលើកឡើង", codes.YES_NO_LATER),
        ("wants_action", "Wants action", "ចង់ឱ្យចាត់វិធានការ", codes.YES_NO_LATER),
        ("status", "How far it is", "ដំណាក់កាល", codes.ISSUE_STATUS),
        ("raised_with", "Raised with", "បានលើកឡើងជាមួយ", codes.DUTY_BEARER),
        ("answered_on", "Answered on", "ថ្ងៃឆ្លើយតប"),
    ),
    "clearance_concerns": _columns(
        ("device", "Suspected", "សង្ស័យថា", codes.DEVICE),
        ("seen", "Seen or told", "បានឃើញ ឬឮគេប្រាប់", codes.SEEN),
        ("land_use", "Use of the land", "ការប្រើប្រាស់ដី", codes.LAND_USE),
        ("hectares", "Size", "ទំហំ", codes.HECTARES_RANGE),
        ("households", "Households kept off", "គ្រួសារដែលមិនអាចប្រើដី"),
        ("incident_before", "Incident before", "ធ្លាប់មានគ្រោះថ្នាក់", codes.YES_NO),
        ("people_hurt", "People hurt", "ចំនួនអ្នករងគ្រោះ"),
        ("marked", "Marked", "មានស្លាកសញ្ញា", codes.MARKED_AREA),
        ("reported_to", "Reported to", "បានរាយការណ៍ទៅ", codes.REPORTED_TO),
        ("reported_on", "Reported on", "ថ្ងៃរាយការណ៍"),
        ("answer", "What came of it", "លទ្ធផល", codes.ANSWER),
        ("answered_on", "Answered on", "ថ្ងៃឆ្លើយតប"),
        ("is_urgent", "Urgent", "បន្ទាន់"),
        ("women_asked", "Women were asked", "បានសួរស្ត្រី", codes.YES_NO),
        ("persons_dis_asked", "Persons with disabilities were asked", "បានសួរជនមានពិការភាព",
         codes.YES_NO),
    ),
    "testimonies": _columns(
        ("kind", "What it tells of", "និយាយអំពីអ្វី", codes.TESTIMONY_KIND),
        ("form", "Form", "ទម្រង់", codes.TESTIMONY_FORM),
        ("language", "Language", "ភាសា", codes.CONSENT_LANGUAGE),
        ("sex", "Sex", "ភេទ", codes.SEX),
        ("age_band", "Age band", "ក្រុមអាយុ", codes.AGE_BAND5),
        ("distress", "Distress", "ភាពតានតឹងផ្លូវចិត្ត", codes.DISTRESS),
        ("read_back", "Read back and found right", "បានអានឱ្យស្តាប់ និងត្រឹមត្រូវ", codes.YES_NO_LATER),
        ("has_media", "With a recording or picture", "មានសំឡេង ឬរូបភាព"),
        ("attribution", "How who told it may be named", "របៀបដែលអាចនិយាយឈ្មោះអ្នកប្រាប់",
         codes.ATTRIBUTION),
    ),
    "signatures": _columns(
        ("ordinal", "Line", "បន្ទាត់"),
        ("line_status", "State of the line", "ស្ថានភាពបន្ទាត់", codes.LINE_STATUS),
        ("kind", "Who signs", "អ្នកចុះហត្ថលេខា", codes.SIGNATORY_KIND),
        ("mark", "Mark", "សញ្ញា", codes.MARK_TYPE),
        ("sex", "Sex", "ភេទ", codes.SEX),
        ("age_band", "Age band", "ក្រុមអាយុ", codes.AGE_BAND5),
    ),
    "sheets": _columns(
        ("number", "Number of the sheet", "លេខសន្លឹក"),
        ("campaign", "Campaign", "យុទ្ធនាការ"),
        ("statement", "Version of the text", "កំណែអត្ថបទ"),
        ("declared_lines", "Lines declared", "បន្ទាត់ដែលបានប្រកាស"),
        ("tallies", "Lines by state", "បន្ទាត់តាមស្ថានភាព", codes.LINE_STATUS),
        ("is_reconciled", "All lines found again", "រកឃើញបន្ទាត់ទាំងអស់វិញ"),
    ),
    "providers": _columns(
        ("code", "Code", "លេខកូដ"),
        ("name_en", "Name, English", "ឈ្មោះជាភាសាអង់គ្លេស"),
        ("name_km", "Name, Khmer", "ឈ្មោះជាភាសាខ្មែរ"),
        ("kind", "Kind", "ប្រភេទ", codes.PROVIDER_KIND),
        ("serves", "Serves", "ផ្តល់សេវា", NEED),
        ("opening", "Open on", "ថ្ងៃបើក", codes.OPENING),
        ("cost_khr", "Cost, riel", "ថ្លៃ (រៀល)"),
        ("is_accessible", "Accessible", "អាចចូលប្រើបាន", codes.YES_NO_PARTLY),
        ("takes_equity_card", "Takes the equity card", "ទទួលប័ណ្ណសមធម៌", codes.YES_NO_PARTLY),
        ("is_open", "Works", "ដំណើរការ", codes.YES_NO_PARTLY),
        ("checked_on", "Checked on", "ថ្ងៃពិនិត្យ"),
    ),
}  # fmt: skip
"""Table to its own columns; those of SHARED come besides."""


def list_of(table: str, column: str) -> Labels | None:
    """The list whose codes a column holds; None for a number, a date, a key, yes or no."""
    return (SHARED | COLUMNS[table])[column].values
