"""Lists about needs, referrals, services, and how far they are; see also `facts/needs.py`."""

from __future__ import annotations

from service.facts.codes.words import NO_ANSWER_ROW, OTHER_ROW, UNKNOWN_ROW, listed

NEED_STATUS = listed(
    ("unmet", "Unmet", "មិនទាន់បានបំពេញ"),
    ("referred", "Referred", "បានបញ្ជូន"),
    ("in_progress", "In progress", "កំពុងដំណើរការ"),
    ("partly_met", "Partly met", "បានបំពេញមួយផ្នែក"),
    ("met", "Met", "បានបញ្ចប់"),
    ("declined", "Declined by the person", "សាមីខ្លួនមិនទទួល"),
    ("not_feasible", "Not feasible", "មិនអាចធ្វើបាន"),
    ("closed_deceased", "Closed: the person died", "បិទ៖ សាមីខ្លួនស្លាប់"),
    ("closed_lost", "Closed: contact lost", "បិទ៖ បាត់ទំនាក់ទំនង"),
    UNKNOWN_ROW,
)
OPEN_STATUSES = frozenset({"unmet", "referred", "in_progress", "partly_met"})
PRIORITY = listed(
    ("p1", "Life or safety: within 72 hours", "អាយុជីវិត ឬសុវត្ថិភាព៖ ក្នុង ៧២ ម៉ោង"),
    ("p2", "Within 30 days", "ក្នុង ៣០ ថ្ងៃ"),
    ("p3", "Within 90 days", "ក្នុង ៩០ ថ្ងៃ"),
    ("p4", "Planned", "តាមផែនការ"),
    UNKNOWN_ROW,
)
BARRIER = listed(
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
    OTHER_ROW,
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
REMOTENESS = listed(
    ("r0", "30 minutes or less", "៣០ នាទី ឬតិចជាង"),
    ("r1", "31–60 minutes", "៣១–៦០ នាទី"),
    ("r2", "61–120 minutes", "៦១–១២០ នាទី"),
    ("r3", "121–240 minutes", "១២១–២៤០ នាទី"),
    ("r4", "More than 240 minutes, or cut off in the rains", "លើសពី ២៤០ នាទី ឬដាច់ផ្លូវនៅរដូវវស្សា"),
    UNKNOWN_ROW,
)
REMOTE_BANDS = frozenset({"r3", "r4"})
PHONE_SIGNAL = listed(
    ("none", "No signal", "គ្មានសេវា"),
    ("voice", "Calls only", "តែការហៅ"),
    ("data", "Internet", "មានអ៊ីនធឺណិត"),
    UNKNOWN_ROW,
)
REFERRAL_OUTCOME = listed(
    ("accepted", "Accepted", "បានទទួល"),
    ("served", "Served", "បានផ្តល់សេវា"),
    ("partly_served", "Partly served", "បានផ្តល់សេវាខ្លះ"),
    ("waitlisted", "On a waiting list", "នៅក្នុងបញ្ជីរង់ចាំ"),
    ("refused_eligibility", "Refused: not eligible", "បដិសេធ៖ មិនមានលក្ខខណ្ឌគ្រប់គ្រាន់"),
    ("refused_no_capacity", "Refused: no capacity", "បដិសេធ៖ គ្មានលទ្ធភាព"),
    ("no_show_transport", "Did not go: no transport", "មិនបានទៅ៖ គ្មានមធ្យោបាយធ្វើដំណើរ"),
    ("no_show_cost", "Did not go: too dear", "មិនបានទៅ៖ ថ្លៃពេក"),
    ("no_show_other", "Did not go: another reason", "មិនបានទៅ៖ មូលហេតុផ្សេង"),
    ("moved", "Has moved away", "បានផ្លាស់ទីលំនៅ"),
    ("deceased", "Has died", "បានស្លាប់"),
    ("declined_by_person", "The person said no", "សាមីខ្លួនបដិសេធ"),
    ("no_reply", "No reply from the provider", "អ្នកផ្តល់សេវាមិនឆ្លើយតប"),
)
FOUND = listed(
    ("found", "Found", "បានជួប"),
    ("moved", "Has moved away", "បានផ្លាស់ទីលំនៅ"),
    ("deceased", "Has died", "បានស្លាប់"),
    ("refused", "Did not want to speak", "មិនចង់និយាយ"),
    ("not_found", "Nobody there", "រកមិនឃើញ"),
)
CONFIRMED = listed(
    ("yes", "Yes", "បាទ/ចាស"),
    ("partly", "Partly", "ខ្លះ"),
    ("no", "No", "ទេ"),
)
"""Whether the person says that a need is met."""
PROVIDER_KIND = listed(
    ("rehab_centre", "Physical rehabilitation centre", "មជ្ឈមណ្ឌលស្តារនីតិសម្បទាកាយសម្បទា"),
    ("hospital", "Hospital", "មន្ទីរពេទ្យ"),
    ("health_centre", "Health centre", "មណ្ឌលសុខភាព"),
    ("psychosocial", "Psychosocial service", "សេវាផ្លូវចិត្តសង្គម"),
    ("school", "School", "សាលារៀន"),
    ("training", "Vocational training", "មជ្ឈមណ្ឌលបណ្តុះបណ្តាល"),
    ("social_office", "Office of social affairs", "ការិយាល័យសង្គមកិច្ច"),
    ("legal_aid", "Legal aid", "ជំនួយផ្លូវច្បាប់"),
    ("opd", "Organisation of persons with disabilities", "អង្គការជនមានពិការភាព"),
    ("ngo", "Other organisation", "អង្គការផ្សេង"),
    ("mine_action", "Mine action", "សកម្មភាពមីន"),
    OTHER_ROW,
)
OPENING = listed(
    ("mon", "Monday", "ច័ន្ទ"),
    ("tue", "Tuesday", "អង្គារ"),
    ("wed", "Wednesday", "ពុធ"),
    ("thu", "Thursday", "ព្រហស្បតិ៍"),
    ("fri", "Friday", "សុក្រ"),
    ("sat", "Saturday", "សៅរ៍"),
    ("sun", "Sunday", "អាទិត្យ"),
    ("by_appointment", "By appointment", "តាមការណាត់"),
)
