"""Lists of what is reported: breaches of rights, clearance concerns, testimonies."""

from __future__ import annotations

from service.facts.codes.words import NO_ANSWER_ROW, OTHER_ROW, UNKNOWN_ROW, listed

YES_NO_LATER = listed(
    ("yes", "Yes", "បាទ/ចាស"),
    ("no", "No", "ទេ"),
    ("later", "Not now, later", "ពេលក្រោយ"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
YES_NO_PARTLY = listed(
    ("yes", "Yes", "បាទ/ចាស"),
    ("partly", "Partly", "ខ្លះ"),
    ("no", "No", "ទេ"),
    UNKNOWN_ROW,
)

# --- rights: see also facts/issues.py -----------------------------------------------------------
REPORTER_KIND = listed(
    ("self", "The person", "សាមីខ្លួន"),
    ("family", "Family", "គ្រួសារ"),
    ("opd", "Organisation of persons with disabilities", "អង្គការជនមានពិការភាព"),
    ("staff", "Our staff", "បុគ្គលិករបស់យើង"),
    OTHER_ROW,
)
PLACE_TYPE = listed(
    ("home", "Home", "ផ្ទះ"),
    ("commune_hall", "Commune hall", "សាលាឃុំ"),
    ("school", "School", "សាលារៀន"),
    ("health_facility", "Health facility", "មូលដ្ឋានសុខាភិបាល"),
    ("workplace", "Workplace", "កន្លែងធ្វើការ"),
    ("pagoda", "Pagoda or other place of worship", "វត្ត ឬទីសក្ការៈផ្សេង"),
    ("market", "Market", "ផ្សារ"),
    ("road_transport", "Road or transport", "ផ្លូវ ឬមធ្យោបាយធ្វើដំណើរ"),
    ("police_court", "Police or court", "នគរបាល ឬតុលាការ"),
    ("polling", "Polling station", "ការិយាល័យបោះឆ្នោត"),
    ("shelter", "Shelter or camp", "ទីជម្រក ឬជំរំ"),
    OTHER_ROW,
    UNKNOWN_ROW,
)
DUTY_BEARER = listed(
    ("village", "Village", "ភូមិ"),
    ("commune", "Commune", "ឃុំ/សង្កាត់"),
    ("district", "District", "ក្រុង/ស្រុក/ខណ្ឌ"),
    ("province", "Province", "ខេត្ត"),
    ("ministry", "Ministry", "ក្រសួង"),
    ("health_facility", "Health facility", "មូលដ្ឋានសុខាភិបាល"),
    ("school", "School", "សាលារៀន"),
    ("police_court", "Police or court", "នគរបាល ឬតុលាការ"),
    ("employer", "Employer", "និយោជក"),
    OTHER_ROW,
    UNKNOWN_ROW,
)
ISSUE_STATUS = listed(
    ("reported", "Reported", "បានរាយការណ៍"),
    ("verified", "Verified", "បានផ្ទៀងផ្ទាត់"),
    ("raised_with_duty_bearer", "Raised with whoever is responsible", "បានលើកឡើងជាមួយអ្នកទទួលខុសត្រូវ"),
    ("answered", "Answered", "បានឆ្លើយតប"),
    ("resolved", "Resolved", "បានដោះស្រាយ"),
    ("not_upheld", "Not upheld", "មិនត្រូវបានទទួលយក"),
    ("closed", "Closed", "បានបិទ"),
)

# --- clearance concerns -------------------------------------------------------------------------
SEEN = listed(
    ("seen", "Seen by the person", "បានឃើញផ្ទាល់"),
    ("told", "Told by others", "ឮគេប្រាប់"),
    UNKNOWN_ROW,
)
LAND_USE = listed(
    ("house", "House", "ផ្ទះ"),
    ("field", "Field", "ស្រែចម្ការ"),
    ("forest", "Forest", "ព្រៃ"),
    ("path", "Path or road", "ផ្លូវ"),
    ("school", "School", "សាលារៀន"),
    ("water", "Water", "ទឹក"),
    ("pagoda", "Pagoda", "វត្ត"),
    OTHER_ROW,
    UNKNOWN_ROW,
)
HECTARES_RANGE = listed(
    ("under_1", "Less than 1 hectare", "តិចជាង ១ ហិកតា"),
    ("1_5", "1 to 5 hectares", "១ ដល់ ៥ ហិកតា"),
    ("5_20", "5 to 20 hectares", "៥ ដល់ ២០ ហិកតា"),
    ("over_20", "More than 20 hectares", "លើសពី ២០ ហិកតា"),
    UNKNOWN_ROW,
)
REPORTED_TO = listed(
    ("village", "Village chief", "មេភូមិ"),
    ("police", "Police", "នគរបាល"),
    ("mapu", "Mine Action Planning Unit (MAPU)", "អង្គភាពផែនការសកម្មភាពមីន (MAPU)"),
    ("cmac", "CMAC", "ស៊ីម៉ាក់ (CMAC)"),
    OTHER_ROW,
    ("none", "Nobody yet", "មិនទាន់បានរាយការណ៍"),
    UNKNOWN_ROW,
)
ANSWER = listed(
    ("none", "No answer yet", "មិនទាន់មានចម្លើយ"),
    ("acknowledged", "Acknowledged", "បានទទួលដំណឹង"),
    ("surveyed", "Surveyed", "បានអង្កេត"),
    ("planned", "Clearance planned", "មានផែនការបោសសម្អាត"),
    ("cleared", "Cleared", "បានបោសសម្អាត"),
    ("refused", "Refused", "បានបដិសេធ"),
    UNKNOWN_ROW,
)

# --- testimonies --------------------------------------------------------------------------------
TESTIMONY_KIND = listed(
    ("incident_story", "What happened", "រឿងគ្រោះថ្នាក់"),
    ("life_after", "Life afterwards", "ជីវិតក្រោយមក"),
    ("service_experience", "Experience with services", "បទពិសោធន៍ជាមួយសេវា"),
    ("rights_violation", "Rights denied", "ការរំលោភសិទ្ធិ"),
    ("family_of_killed", "Family of somebody killed", "គ្រួសារអ្នកស្លាប់"),
    ("community_impact", "What it does to the community", "ផលប៉ះពាល់លើសហគមន៍"),
    ("deminer_or_responder", "Deminer or first responder", "អ្នកបោសសម្អាតមីន ឬអ្នកសង្គ្រោះ"),
    ("advocate_message", "Message of an advocate", "សារពីអ្នកតស៊ូមតិ"),
    ("hope_message", "Message of hope", "សារនៃក្តីសង្ឃឹម"),
)
TESTIMONY_FORM = listed(
    ("text", "Text", "អត្ថបទ"),
    ("audio", "Voice", "សំឡេង"),
    ("video", "Video", "វីដេអូ"),
    ("photo_story", "Story in pictures", "រឿងជារូបភាព"),
    ("drawing", "Drawing", "គំនូរ"),
)
ATTRIBUTION = listed(
    ("full_name", "With the whole name", "ដោយឈ្មោះពេញ"),
    ("first_name", "With the first name alone", "ដោយនាមខ្លួនតែម្យ៉ាង"),
    (
        "province",
        "As a survivor from the province, without a name",
        "ជាអ្នករស់រានមានជីវិតមកពីខេត្ត ដោយគ្មានឈ្មោះ",
    ),
    ("none", "Without saying who", "ដោយមិននិយាយថានរណា"),
)
DISTRESS = listed(
    ("none", "None", "គ្មាន"),
    ("paused", "Paused", "បានផ្អាក"),
    ("stopped", "Stopped", "បានបញ្ឈប់"),
    ("referred_psy", "Referred to counselling", "បានបញ្ជូនទៅអ្នកប្រឹក្សា"),
)
