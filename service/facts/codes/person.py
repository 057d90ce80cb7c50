"""Lists about people."""

from __future__ import annotations

from service.facts.codes.words import NO_ANSWER_ROW, OTHER_ROW, UNKNOWN_ROW, listed

SEX = listed(
    ("female", "Female", "ស្រី"),
    ("male", "Male", "ប្រុស"),
    ("other", "Another / self-described", "ផ្សេងៗ"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
AGE_BAND5 = listed(
    ("0004", "0–4", "០–៤ ឆ្នាំ"),
    ("0511", "5–11", "៥–១១ ឆ្នាំ"),
    ("1217", "12–17", "១២–១៧ ឆ្នាំ"),
    ("1859", "18–59", "១៨–៥៩ ឆ្នាំ"),
    ("60p", "60 and over", "៦០ ឆ្នាំឡើងទៅ"),
    ("unk_child", "Child, age not known", "កុមារ មិនដឹងអាយុ"),
    ("unk_adult", "Adult, age not known", "មនុស្សពេញវ័យ មិនដឹងអាយុ"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
AGE_KNOWN = listed(
    ("exact", "Exact age", "អាយុពិតប្រាកដ"),
    ("estimated", "Estimated age", "អាយុប៉ាន់ស្មាន"),
    ("unk_child", "Not known, a child (under 18)", "មិនដឹង ជាកុមារ (ក្រោម ១៨ ឆ្នាំ)"),
    ("unk_adult", "Not known, an adult", "មិនដឹង ជាមនុស្សពេញវ័យ"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
ADULT = listed(
    ("adult", "18 or over", "អាយុ ១៨ ឆ្នាំឡើងទៅ"),
    ("under18", "Under 18", "អាយុក្រោម ១៨ ឆ្នាំ"),
)
VICTIM_TYPE = listed(
    ("direct_injured", "Injured by explosive ordnance", "រងរបួសដោយគ្រាប់យុទ្ធភណ្ឌ"),
    ("direct_killed", "Killed by explosive ordnance", "ស្លាប់ដោយគ្រាប់យុទ្ធភណ្ឌ"),
    ("indirect_family", "Family of a person killed or injured", "គ្រួសាររបស់ជនរងគ្រោះ"),
    ("indirect_community", "Affected community member", "សមាជិកសហគមន៍ដែលរងផលប៉ះពាល់"),
    ("not_victim", "Other person with disability, not a victim", "មិនមែនជាជនរងគ្រោះដោយគ្រាប់"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
RELATIONSHIP = listed(
    ("self", "The person themself", "ខ្លួនឯង"),
    ("spouse", "Spouse", "ប្តី/ប្រពន្ធ"),
    ("parent", "Parent", "ឪពុក/ម្តាយ"),
    ("child", "Child", "កូន"),
    ("sibling", "Brother or sister", "បងប្អូន"),
    ("caregiver", "Caregiver", "អ្នកថែទាំ"),
    ("village_chief", "Village chief", "មេភូមិ"),
    OTHER_ROW,
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
ID_DOC = listed(
    ("nid", "National ID card", "អត្តសញ្ញាណប័ណ្ណ"),
    ("birth_cert", "Birth certificate", "សំបុត្រកំណើត"),
    ("family_book", "Family book", "សៀវភៅគ្រួសារ"),
    ("residence_book", "Residence book", "សៀវភៅស្នាក់នៅ"),
    ("disability_card", "Disability ID card", "បណ្ណសម្គាល់ជនមានពិការភាព"),
    ("equity_card", "IDPoor / equity card", "ប័ណ្ណសមធម៌"),
    ("veteran_card", "Veteran card", "ប័ណ្ណអតីតយុទ្ធជន"),
    ("none", "None", "គ្មាន"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
OCCUPATION = listed(
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
    OTHER_ROW,
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
DISABILITY = listed(
    ("yes", "With disability (WG-SS)", "មានពិការភាព (WG-SS)"),
    ("no", "Without disability (WG-SS)", "គ្មានពិការភាព (WG-SS)"),
    ("indeterminate", "Answers incomplete", "ចម្លើយមិនគ្រប់"),
    ("not_asked", "Not asked", "មិនបានសួរ"),
)
# The official Khmer text of the Washington Group is due; ours is forbidden, so English stays.
WG = listed(
    ("1", "No – no difficulty", "[WG-SS] No – no difficulty"),
    ("2", "Yes – some difficulty", "[WG-SS] Yes – some difficulty"),
    ("3", "Yes – a lot of difficulty", "[WG-SS] Yes – a lot of difficulty"),
    ("4", "Cannot do at all", "[WG-SS] Cannot do at all"),
    ("7", "Refused", "មិនចង់ឆ្លើយ"),
    ("9", "Don't know", "មិនដឹង"),
)
IMPAIRMENT = listed(
    ("mobility", "Moving", "ការធ្វើចលនា"),
    ("upper_limb", "Arms or hands", "ដៃ"),
    ("seeing", "Seeing", "ការមើល"),
    ("hearing", "Hearing", "ការស្តាប់"),
    ("speech", "Speaking", "ការនិយាយ"),
    ("intellectual", "Learning and understanding", "បញ្ញា"),
    ("psychosocial", "Feelings and mind", "ផ្លូវចិត្ត"),
    ("multiple", "Several", "ច្រើនប្រភេទ"),
    OTHER_ROW,
    ("none", "None", "គ្មាន"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
"""Said by the person, to plan services by; never a count of disability."""
CFM = listed(("done", "Done", "បានធ្វើ"), ("not", "Not done", "មិនបានធ្វើ"))
"""Child Functioning Module of UNICEF and the Washington Group."""
