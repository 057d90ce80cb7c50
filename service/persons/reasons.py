"""Why two descriptions may be of one person, or not: codes, words for coordinators, and weights."""

from __future__ import annotations

from service.facts.codes import Labels


def _labels(*rows: tuple[str, str, str]) -> Labels:
    return {code: {"en": en, "km": km} for code, en, km in rows}


REASONS = _labels(
    ("name_same", "The same name", "ឈ្មោះដូចគ្នា"),
    ("name_spelled_otherwise", "The same name, spelled differently", "ឈ្មោះដូចគ្នា តែសរសេរខុសគ្នា"),
    ("name_other_order", "The same name in another order", "ឈ្មោះដូចគ្នា តែលំដាប់ខុសគ្នា"),
    ("name_part_missing", "The same name, one part is missing", "ឈ្មោះដូចគ្នា តែខ្វះផ្នែកមួយ"),
    ("name_given_only", "Only the given name is there, and it fits", "មានតែនាមខ្លួន ហើយត្រូវគ្នា"),
    ("name_last_syllable", "Called by the last syllable", "ហៅដោយព្យាង្គចុងក្រោយ"),
    ("name_family_only", "Only the family name fits", "ត្រូវគ្នាតែនាមត្រកូល"),
    ("number_differs", "Told apart by a number after the name", "មានលេខបន្ទាប់ពីឈ្មោះខុសគ្នា"),
    ("sex_same", "The same sex", "ភេទដូចគ្នា"),
    ("sex_differs", "Another sex", "ភេទខុសគ្នា"),
    ("birth_years_overlap", "Years of birth overlap", "ឆ្នាំកំណើតត្រូវគ្នា"),
    ("birth_years_near", "Years of birth are a little apart", "ឆ្នាំកំណើតខុសគ្នាបន្តិច"),
    ("birth_years_far", "Years of birth are far apart", "ឆ្នាំកំណើតខុសគ្នាឆ្ងាយ"),
    ("village_same", "The same village", "ភូមិតែមួយ"),
    ("commune_same", "The same commune", "ឃុំ/សង្កាត់តែមួយ"),
    ("province_differs", "Another province", "ខេត្តផ្សេងគ្នា"),
    ("household_same", "The same household code", "លេខកូដគ្រួសារតែមួយ"),
    ("phone_same", "The same phone number", "លេខទូរស័ព្ទតែមួយ"),
    ("incident_same", "The same kind of incident in the same years", "ឧប្បត្តិហេតុដូចគ្នា ក្នុងឆ្នាំដូចគ្នា"),
    ("incident_differs", "Incidents in other years", "ឧប្បត្តិហេតុក្នុងឆ្នាំផ្សេងគ្នា"),
    ("victim_differs", "One is a survivor, the other no victim", "ម្នាក់ជាជនរងគ្រោះ ម្នាក់ទៀតមិនមែន"),
    ("little_known", "Little else is known", "មិនសូវមានព័ត៌មានផ្សេងទៀត"),
)

BY_HAND = _labels(
    ("hand_told", "By hand: the person says so", "ដោយដៃ៖ សាមីខ្លួននិយាយដូច្នេះ"),
    ("hand_papers", "By hand: papers show it", "ដោយដៃ៖ ឯកសារបញ្ជាក់"),
    (
        "hand_known",
        "By hand: somebody of the team knows the person",
        "ដោយដៃ៖ មានអ្នកក្នុងក្រុមស្គាល់សាមីខ្លួន",
    ),
    ("hand_compared", "By hand: what both visits tell fits", "ដោយដៃ៖ អ្វីដែលការចុះជួបទាំងពីរប្រាប់ ត្រូវគ្នា"),
)
"""Why somebody put two visits beside each other that comparing did not find."""

LEVELS = _labels(
    ("likely", "Probably the same person", "ប្រហែលជាមនុស្សតែមួយ"),
    ("perhaps", "Perhaps the same person", "អាចជាមនុស្សតែមួយ"),
    ("unlikely", "Probably two people", "ប្រហែលជាមនុស្សពីរនាក់"),
)

SPEAKS_FOR = {
    "phone_same": 0.6,
    "household_same": 0.5,
    "incident_same": 0.4,
    "village_same": 0.35,
    "commune_same": 0.2,
    "birth_years_overlap": 0.2,
    "sex_same": 0.05,
}
"""The share of what a name leaves open that each closes. A phone is often a family's, a household
has many persons, so neither decides."""

SPEAKS_AGAINST = {
    "birth_years_far": 0.6,
    "sex_differs": 0.5,
    "incident_differs": 0.3,
    "victim_differs": 0.2,
    "province_differs": 0.2,
    "birth_years_near": 0.1,
}
"""The share of the score that each takes. People move, and mistakes are made: none takes all."""
