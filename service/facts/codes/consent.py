"""Lists about consent."""

from __future__ import annotations

from service.facts.codes.words import OTHER_ROW, UNKNOWN_ROW, listed

CONSENT_SCOPE = listed(
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
CONSENT_LANGUAGE = listed(
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
    OTHER_ROW,
    UNKNOWN_ROW,
)
CONSENT_METHOD = listed(
    ("signature", "Signature", "ហត្ថលេខា"),
    ("thumb_on_paper", "Thumbprint on paper", "ផ្តិតមេដៃលើក្រដាស"),
    ("verbal_witnessed", "Spoken, with a witness", "ដោយផ្ទាល់មាត់ មានសាក្សី"),
    ("audio", "Recorded voice", "ថតសំឡេង"),
    UNKNOWN_ROW,
)
BY_INSTITUTION = "institution"
CONSENT_GIVEN = CONSENT_METHOD | listed(
    (
        BY_INSTITUTION,
        "Nobody was asked: handed over by an institution",
        "គ្មាននរណាត្រូវបានសួរ៖ ប្រគល់ដោយស្ថាប័ន",
    ),
)
"""How a record came to be allowed. No form asks for the last: it is no consent, but the word of an
institution that somebody may be counted, and nothing else (decision 0057)."""
