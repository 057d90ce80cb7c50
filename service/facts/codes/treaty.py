"""Lists of the People's Treaty."""

from __future__ import annotations

from service.facts.codes.words import UNKNOWN_ROW, listed

SIGNATORY_KIND = listed(
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
    UNKNOWN_ROW,
)
MARK_TYPE = listed(
    ("signature", "Signature", "ហត្ថលេខា"),
    ("thumbprint_on_paper", "Thumbprint on paper", "ផ្តិតមេដៃលើក្រដាស"),
    ("tick_digital", "Tick on the phone", "គូសក្នុងទូរសព្ទ"),
    ("none", "No mark", "គ្មានសញ្ញា"),
    UNKNOWN_ROW,
)
MARKS_THAT_COUNT = frozenset({"signature", "thumbprint_on_paper", "tick_digital"})
LINE_STATUS = listed(
    ("valid", "Valid", "ត្រឹមត្រូវ"),
    ("duplicate_confirmed", "Duplicate, confirmed", "ស្ទួន បានបញ្ជាក់"),
    ("duplicate_suspected", "Duplicate, suspected", "សង្ស័យថាស្ទួន"),
    ("illegible", "Illegible", "អានមិនដាច់"),
    ("no_mark", "No mark", "គ្មានសញ្ញា"),
    ("minor", "Under 18", "អាយុក្រោម ១៨ ឆ្នាំ"),
    ("withdrawn", "Withdrawn", "បានដកវិញ"),
    ("out_of_scope", "Out of scope", "ក្រៅវិសាលភាព"),
)
