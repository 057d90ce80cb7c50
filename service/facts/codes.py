"""Code lists: the words that facts, forms and figures share, in English and Khmer.

Codes are lowercase ASCII, never reused or renamed. `unknown`, `no_answer` (the person does not
want to say) and `not_asked` (no such question, or none was due) are three different things and
are never merged into each other, into zero or into the largest class. Khmer labels that a native
reviewer has not confirmed yet are listed in `docs/forms.md`.
"""

from __future__ import annotations

from typing import TypeAlias

Label: TypeAlias = dict[str, str]
"""{"en": …, "km": …}"""
Labels: TypeAlias = dict[str, Label]
"""Code to label, in the order in which people should see them."""


def _list(*rows: tuple[str, str, str]) -> Labels:
    return {code: {"en": en, "km": km} for code, en, km in rows}


_UNKNOWN = ("unknown", "Unknown", "មិនដឹង")
_NO_ANSWER = ("no_answer", "Prefers not to answer", "មិនចង់ឆ្លើយ")
_OTHER = ("other", "Other", "ផ្សេងៗ")

NOT_ASKED = _list(("not_asked", "Not asked", "មិនបានសួរ"))
UNKNOWN = _list(_UNKNOWN)
NO_ANSWER = _list(_NO_ANSWER)
NO_CODE = UNKNOWN | NO_ANSWER | NOT_ASKED
"""What a fact may hold in any coded column instead of a code of its list."""

YES_NO = _list(("yes", "Yes", "បាទ/ចាស"), ("no", "No", "ទេ"))
YES_NO_UNKNOWN = YES_NO | _list(_UNKNOWN, _NO_ANSWER)
YES_NO_APPLIED = _list(
    ("yes", "Yes", "បាទ/ចាស"),
    ("no", "No", "ទេ"),
    ("applied", "Applied, no decision yet", "បានដាក់ពាក្យ កំពុងរង់ចាំ"),
    _UNKNOWN,
    _NO_ANSWER,
)

# --- person -------------------------------------------------------------------------------------
SEX = _list(
    ("female", "Female", "ស្រី"),
    ("male", "Male", "ប្រុស"),
    ("other", "Another / self-described", "ផ្សេងៗ"),
    _UNKNOWN,
    _NO_ANSWER,
)
AGE_BAND5 = _list(
    ("0004", "0–4", "០–៤ ឆ្នាំ"),
    ("0511", "5–11", "៥–១១ ឆ្នាំ"),
    ("1217", "12–17", "១២–១៧ ឆ្នាំ"),
    ("1859", "18–59", "១៨–៥៩ ឆ្នាំ"),
    ("60p", "60 and over", "៦០ ឆ្នាំឡើងទៅ"),
    ("unk_child", "Child, age not known", "កុមារ មិនដឹងអាយុ"),
    ("unk_adult", "Adult, age not known", "មនុស្សពេញវ័យ មិនដឹងអាយុ"),
    _UNKNOWN,
    _NO_ANSWER,
)
AGE_KNOWN = _list(
    ("exact", "Exact age", "អាយុពិតប្រាកដ"),
    ("estimated", "Estimated age", "អាយុប៉ាន់ស្មាន"),
    ("unk_child", "Not known, a child (under 18)", "មិនដឹង ជាកុមារ (ក្រោម ១៨ ឆ្នាំ)"),
    ("unk_adult", "Not known, an adult", "មិនដឹង ជាមនុស្សពេញវ័យ"),
    _UNKNOWN,
    _NO_ANSWER,
)
ADULT = _list(
    ("adult", "18 or over", "អាយុ ១៨ ឆ្នាំឡើងទៅ"),
    ("under18", "Under 18", "អាយុក្រោម ១៨ ឆ្នាំ"),
)
VICTIM_TYPE = _list(
    ("direct_injured", "Injured by explosive ordnance", "រងរបួសដោយគ្រាប់យុទ្ធភណ្ឌ"),
    ("direct_killed", "Killed by explosive ordnance", "ស្លាប់ដោយគ្រាប់យុទ្ធភណ្ឌ"),
    ("indirect_family", "Family of a person killed or injured", "គ្រួសាររបស់ជនរងគ្រោះ"),
    ("indirect_community", "Affected community member", "សមាជិកសហគមន៍ដែលរងផលប៉ះពាល់"),
    ("not_victim", "Other person with disability, not a victim", "មិនមែនជាជនរងគ្រោះដោយគ្រាប់"),
    _UNKNOWN,
    _NO_ANSWER,
)
RELATIONSHIP = _list(
    ("self", "The person themself", "ខ្លួនឯង"),
    ("spouse", "Spouse", "ប្តី/ប្រពន្ធ"),
    ("parent", "Parent", "ឪពុក/ម្តាយ"),
    ("child", "Child", "កូន"),
    ("sibling", "Brother or sister", "បងប្អូន"),
    ("caregiver", "Caregiver", "អ្នកថែទាំ"),
    ("village_chief", "Village chief", "មេភូមិ"),
    _OTHER,
    _UNKNOWN,
    _NO_ANSWER,
)
ID_DOC = _list(
    ("nid", "National ID card", "អត្តសញ្ញាណប័ណ្ណ"),
    ("birth_cert", "Birth certificate", "សំបុត្រកំណើត"),
    ("family_book", "Family book", "សៀវភៅគ្រួសារ"),
    ("residence_book", "Residence book", "សៀវភៅស្នាក់នៅ"),
    ("disability_card", "Disability ID card", "បណ្ណសម្គាល់ជនមានពិការភាព"),
    ("equity_card", "IDPoor / equity card", "ប័ណ្ណសមធម៌"),
    ("veteran_card", "Veteran card", "ប័ណ្ណអតីតយុទ្ធជន"),
    ("none", "None", "គ្មាន"),
    _UNKNOWN,
    _NO_ANSWER,
)
OCCUPATION = _list(
    ("farmer", "Farming own land", "កសិករ"),
    ("forest_collection", "Collecting from the forest", "ប្រមូលអនុផលព្រៃឈើ"),
    ("fishing", "Fishing", "នេសាទ"),
    ("daily_labour", "Daily labour", "កម្មករស៊ីឈ្នួលប្រចាំថ្ងៃ"),
    ("trade", "Trade", "លក់ដូរ"),
    ("salaried", "Salaried work", "ធ្វើការមានប្រាក់ខែ"),
    ("soldier", "Soldier", "ទាហាន"),
    ("student", "Student", "សិស្ស/និស្សិត"),
    ("home_care", "Work and care at home", "ការងារផ្ទះ និងថែទាំ"),
    ("none", "None", "គ្មាន"),
    _OTHER,
    _UNKNOWN,
    _NO_ANSWER,
)

# --- injury and incident ------------------------------------------------------------------------
INJURY = _list(
    ("amp_leg_above_knee", "Amputation above the knee", "កាត់ជើងលើជង្គង់"),
    ("amp_leg_below_knee", "Amputation below the knee", "កាត់ជើងក្រោមជង្គង់"),
    ("amp_foot_toes", "Amputation of foot or toes", "កាត់ប្រអប់ជើង ឬម្រាមជើង"),
    ("amp_arm_above_elbow", "Amputation above the elbow", "កាត់ដៃលើកែងដៃ"),
    ("amp_arm_below_elbow", "Amputation below the elbow", "កាត់ដៃក្រោមកែងដៃ"),
    ("amp_hand_fingers", "Amputation of hand or fingers", "កាត់ប្រអប់ដៃ ឬម្រាមដៃ"),
    ("eye_one", "Sight lost in one eye", "ខូចភ្នែកម្ខាង"),
    ("eye_both", "Sight lost in both eyes", "ខូចភ្នែកទាំងសងខាង"),
    ("hearing_loss", "Hearing loss", "បាត់បង់ការស្តាប់"),
    ("head_neck", "Head or neck", "ក្បាល ឬក"),
    ("chest_abdomen", "Chest or abdomen", "ទ្រូង ឬពោះ"),
    ("back_spine", "Back or spine", "ខ្នង ឬឆ្អឹងខ្នង"),
    ("burns", "Burns", "រលាក"),
    ("fragments_retained", "Fragments left in the body", "មានបំណែកក្នុងខ្លួន"),
    ("fracture", "Fracture", "បាក់ឆ្អឹង"),
    ("internal", "Internal injury", "របួសខាងក្នុង"),
    ("psych_trauma", "Psychological trauma", "ប៉ះទង្គិចផ្លូវចិត្ត"),
    _OTHER,
    ("none", "None", "គ្មាន"),
    _UNKNOWN,
    _NO_ANSWER,
)
SIDE = _list(
    ("left", "Left", "ឆ្វេង"),
    ("right", "Right", "ស្តាំ"),
    ("both", "Both", "ទាំងសងខាង"),
    ("na", "Does not apply", "មិនពាក់ព័ន្ធ"),
    _UNKNOWN,
)
DEVICE = _list(
    ("mine_ap", "Antipersonnel mine", "គ្រាប់មីនប្រឆាំងមនុស្ស"),
    ("mine_av", "Antivehicle mine", "គ្រាប់មីនតោន"),
    ("mine_unspecified", "Mine, kind not known", "គ្រាប់មីន មិនដឹងប្រភេទ"),
    ("mine_improvised", "Improvised mine", "គ្រាប់មីនកែច្នៃ"),
    ("submunition", "Cluster submunition", "គ្រាប់បែកចង្កោម"),
    ("cluster_strike", "Hit during a cluster munition attack", "ការវាយប្រហារដោយគ្រាប់បែកចង្កោម"),
    ("erw_other", "Other explosive remnant of war", "សំណល់ជាតិផ្ទុះពីសង្គ្រាម"),
    ("ied", "Improvised explosive device", "គ្រឿងផ្ទុះកែច្នៃ"),
    ("stored_ammo", "Stored ammunition", "គ្រាប់រំសេវក្នុងឃ្លាំង"),
    _UNKNOWN,
    _NO_ANSWER,
)
ACTIVITY = _list(
    ("farming", "Farming", "ធ្វើស្រែចម្ការ"),
    ("clearing_land", "Clearing land", "ឆ្ការដី"),
    ("livestock", "Tending animals", "ឃ្វាលសត្វ"),
    ("collecting_forest", "Collecting wood or food", "ប្រមូលអុស ឬអាហារក្នុងព្រៃ"),
    ("fishing", "Fishing", "នេសាទ"),
    ("travel_foot", "Travelling on foot", "ដើរ"),
    ("travel_vehicle", "Travelling by vehicle", "ធ្វើដំណើរតាមយានយន្ត"),
    ("tampering", "Handling ordnance, scrap", "កាន់ ឬរុះរើគ្រាប់ អេតចាយ"),
    ("bystander", "Bystander", "នៅក្បែរនោះ"),
    ("playing", "Playing", "លេង"),
    ("burning", "Burning", "ដុត"),
    ("construction", "Construction", "សាងសង់"),
    ("military_duty", "Military duty", "បំពេញភារកិច្ចយោធា"),
    ("demining", "Demining", "បោសសម្អាតមីន"),
    ("household", "Household work", "ការងារផ្ទះ"),
    _OTHER,
    _UNKNOWN,
    _NO_ANSWER,
)
CIVIL_STATUS = _list(
    ("civilian", "Civilian", "ជនស៊ីវិល"),
    ("military", "Military", "យោធា"),
    ("security_police", "Security or police", "សន្តិសុខ ឬនគរបាល"),
    ("deminer", "Deminer", "អ្នកបោសសម្អាតមីន"),
    ("other_armed", "Other armed person", "កម្លាំងប្រដាប់អាវុធផ្សេង"),
    _UNKNOWN,
    _NO_ANSWER,
)
INCIDENT_OUTCOME = _list(
    ("killed", "Killed", "ស្លាប់"),
    ("amputation", "Amputation", "ត្រូវកាត់អវយវៈ"),
    ("injured_other", "Other injury", "រងរបួសផ្សេង"),
    ("uninjured", "Not injured", "មិនរងរបួស"),
    _UNKNOWN,
    _NO_ANSWER,
)

# --- needs: see also facts/needs.py -------------------------------------------------------------
NEED_STATUS = _list(
    ("unmet", "Unmet", "មិនទាន់បានបំពេញ"),
    ("referred", "Referred", "បានបញ្ជូន"),
    ("in_progress", "In progress", "កំពុងដំណើរការ"),
    ("partly_met", "Partly met", "បានបំពេញមួយផ្នែក"),
    ("met", "Met", "បានបញ្ចប់"),
    ("declined", "Declined by the person", "សាមីខ្លួនមិនទទួល"),
    ("not_feasible", "Not feasible", "មិនអាចធ្វើបាន"),
    ("closed_deceased", "Closed: the person died", "បិទ៖ សាមីខ្លួនស្លាប់"),
    ("closed_lost", "Closed: contact lost", "បិទ៖ បាត់ទំនាក់ទំនង"),
    _UNKNOWN,
)
OPEN_STATUSES = frozenset({"unmet", "referred", "in_progress", "partly_met"})
PRIORITY = _list(
    ("p1", "Life or safety: within 72 hours", "អាយុជីវិត ឬសុវត្ថិភាព៖ ក្នុង ៧២ ម៉ោង"),
    ("p2", "Within 30 days", "ក្នុង ៣០ ថ្ងៃ"),
    ("p3", "Within 90 days", "ក្នុង ៩០ ថ្ងៃ"),
    ("p4", "Planned", "តាមផែនការ"),
    _UNKNOWN,
)
BARRIER = _list(
    ("distance", "Distance", "ឆ្ងាយ"),
    ("transport_cost", "Cost of transport", "ថ្លៃធ្វើដំណើរ"),
    ("service_cost", "Cost of the service", "ថ្លៃសេវា"),
    ("road_condition", "Bad road", "ផ្លូវមិនល្អ"),
    ("no_provider", "No provider", "គ្មានអ្នកផ្តល់សេវា"),
    ("not_accessible", "Not accessible", "មិនអាចចូលប្រើបាន"),
    ("no_information", "No information", "គ្មានព័ត៌មាន"),
    ("attitude", "Attitude of others", "អាកប្បកិរិយាអ្នកដទៃ"),
    ("no_documents", "No documents", "គ្មានឯកសារ"),
    ("no_companion", "Nobody to go with", "គ្មានអ្នកទៅជាមួយ"),
    ("language", "Language", "ភាសា"),
    ("safety_contamination", "Danger of mines or ordnance", "គ្រោះថ្នាក់ពីមីន ឬគ្រាប់"),
    ("waiting_time", "Waiting time", "រង់ចាំយូរ"),
    ("poor_quality", "Poor quality", "គុណភាពមិនល្អ"),
    _OTHER,
    _UNKNOWN,
    _NO_ANSWER,
)
REMOTENESS = _list(
    ("r0", "30 minutes or less", "៣០ នាទី ឬតិចជាង"),
    ("r1", "31–60 minutes", "៣១–៦០ នាទី"),
    ("r2", "61–120 minutes", "៦១–១២០ នាទី"),
    ("r3", "121–240 minutes", "១២១–២៤០ នាទី"),
    ("r4", "More than 240 minutes, or cut off in the rains", "លើសពី ២៤០ នាទី ឬដាច់ផ្លូវនៅរដូវវស្សា"),
    _UNKNOWN,
)
REMOTE_BANDS = frozenset({"r3", "r4"})
PHONE_SIGNAL = _list(
    ("none", "No signal", "គ្មានសេវា"),
    ("voice", "Calls only", "តែការហៅ"),
    ("data", "Internet", "មានអ៊ីនធឺណិត"),
    _UNKNOWN,
)

# --- Washington Group ---------------------------------------------------------------------------
DISABILITY = _list(
    ("yes", "With disability (WG-SS)", "មានពិការភាព (WG-SS)"),
    ("no", "Without disability (WG-SS)", "គ្មានពិការភាព (WG-SS)"),
    ("indeterminate", "Answers incomplete", "ចម្លើយមិនគ្រប់"),
    ("not_asked", "Not asked", "មិនបានសួរ"),
)
# The official Khmer text of the Washington Group is due; ours is forbidden, so English stays.
WG = _list(
    ("1", "No – no difficulty", "[WG-SS] No – no difficulty"),
    ("2", "Yes – some difficulty", "[WG-SS] Yes – some difficulty"),
    ("3", "Yes – a lot of difficulty", "[WG-SS] Yes – a lot of difficulty"),
    ("4", "Cannot do at all", "[WG-SS] Cannot do at all"),
    ("7", "Refused", "មិនចង់ឆ្លើយ"),
    ("9", "Don't know", "មិនដឹង"),
)

# --- consent and treaty -------------------------------------------------------------------------
CONSENT_SCOPE = _list(
    ("store", "Keep this record", "រក្សាទុកព័ត៌មាន"),
    ("contact", "Contact me again", "ទាក់ទងមកវិញ"),
    ("share_case", "Share my file with a named service provider", "ចែករំលែកដើម្បីទទួលសេវា"),
    ("stats", "Use in counts without my name", "ប្រើក្នុងស្ថិតិ"),
    ("quote_anon", "Quote my words without name or village", "ដកស្រង់ដោយមិនបញ្ចេញឈ្មោះ"),
    ("publish_name", "Publish my name", "ផ្សព្វផ្សាយឈ្មោះ"),
    ("publish_media", "Publish photo, voice or video", "ផ្សព្វផ្សាយរូបថត/សំឡេង"),
    ("advocacy_intl", "Use outside Cambodia", "ប្រើក្នុងវេទិកាអន្តរជាតិ"),
    ("share_gov", "Give my identified record to a government body", "ចែករំលែកជាមួយរដ្ឋាភិបាល"),
    ("publish_photo", "Publish a photo of me", "ផ្សព្វផ្សាយរូបថត"),
    ("publish_voice", "Publish my voice", "ផ្សព្វផ្សាយសំឡេង"),
    ("publish_video", "Publish a video of me", "ផ្សព្វផ្សាយវីដេអូ"),
)
"""Facts keep scopes by their place in this list: new ones go to its end, none ever leaves."""
CONSENT_LANGUAGE = _list(
    ("khmer", "Khmer", "ភាសាខ្មែរ"),
    ("cham", "Cham", "ភាសាចាម"),
    ("lao", "Lao", "ភាសាលាវ"),
    ("thai", "Thai", "ភាសាថៃ"),
    ("vietnamese", "Vietnamese", "ភាសាវៀតណាម"),
    ("kuy", "Kuy", "ភាសាកួយ"),
    ("bunong", "Bunong", "ភាសាព្នង"),
    ("jarai", "Jarai", "ភាសាចារ៉ាយ"),
    ("tampuan", "Tampuan", "ភាសាទំពួន"),
    ("sign_language", "Sign language", "ភាសាសញ្ញា"),
    ("english", "English", "ភាសាអង់គ្លេស"),
    _OTHER,
    _UNKNOWN,
)
CONSENT_METHOD = _list(
    ("signature", "Signature", "ហត្ថលេខា"),
    ("thumb_on_paper", "Thumbprint on paper", "ផ្តិតមេដៃលើក្រដាស"),
    ("verbal_witnessed", "Spoken, with a witness", "ដោយផ្ទាល់មាត់ មានសាក្សី"),
    ("audio", "Recorded voice", "ថតសំឡេង"),
    _UNKNOWN,
)
SIGNATORY_KIND = _list(
    ("citizen", "Citizen", "ពលរដ្ឋ"),
    ("survivor", "Survivor", "អ្នករស់រានមានជីវិត"),
    ("leader_faith", "Faith leader", "អ្នកដឹកនាំសាសនា"),
    ("leader_commune_village", "Commune or village leader", "អ្នកដឹកនាំឃុំ ឬភូមិ"),
    ("mp_official", "Member of parliament or official", "តំណាងរាស្ត្រ ឬមន្ត្រី"),
    ("school_university", "School or university", "សាលារៀន ឬសាកលវិទ្យាល័យ"),
    ("monk_nun", "Monk or nun", "ព្រះសង្ឃ ឬដូនជី"),
    ("organisation_rep", "Organisation representative", "តំណាងអង្គការ"),
    ("security_force", "Security force", "កម្លាំងសន្តិសុខ"),
    ("foreign_visitor", "Foreign visitor", "ភ្ញៀវបរទេស"),
    _UNKNOWN,
)
MARK_TYPE = _list(
    ("signature", "Signature", "ហត្ថលេខា"),
    ("thumbprint_on_paper", "Thumbprint on paper", "ផ្តិតមេដៃលើក្រដាស"),
    ("tick_digital", "Tick on the phone", "គូសក្នុងទូរសព្ទ"),
    ("none", "No mark", "គ្មានសញ្ញា"),
    _UNKNOWN,
)
MARKS_THAT_COUNT = frozenset({"signature", "thumbprint_on_paper", "tick_digital"})
LINE_STATUS = _list(
    ("valid", "Valid", "ត្រឹមត្រូវ"),
    ("duplicate_confirmed", "Duplicate, confirmed", "ស្ទួន បានបញ្ជាក់"),
    ("duplicate_suspected", "Duplicate, suspected", "សង្ស័យថាស្ទួន"),
    ("illegible", "Illegible", "អានមិនដាច់"),
    ("no_mark", "No mark", "គ្មានសញ្ញា"),
    ("minor", "Under 18", "អាយុក្រោម ១៨ ឆ្នាំ"),
    ("withdrawn", "Withdrawn", "បានដកវិញ"),
    ("out_of_scope", "Out of scope", "ក្រៅវិសាលភាព"),
)


def as_dimension(labels: Labels) -> Labels:
    """Every value a fact can hold for this list: its codes, then those of NO_CODE."""
    return labels | NO_CODE
