"""Lists about incidents and injuries."""

from __future__ import annotations

from service.facts.codes.words import NO_ANSWER_ROW, OTHER_ROW, UNKNOWN_ROW, listed

INJURY = listed(
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
    OTHER_ROW,
    ("none", "None", "គ្មាន"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
SIDE = listed(
    ("left", "Left", "ឆ្វេង"),
    ("right", "Right", "ស្តាំ"),
    ("both", "Both", "ទាំងសងខាង"),
    ("na", "Does not apply", "មិនពាក់ព័ន្ធ"),
    UNKNOWN_ROW,
)
DEVICE = listed(
    ("mine_ap", "Antipersonnel mine", "គ្រាប់មីនប្រឆាំងមនុស្ស"),
    ("mine_av", "Antivehicle mine", "គ្រាប់មីនតោន"),
    ("mine_unspecified", "Mine, kind not known", "គ្រាប់មីន មិនដឹងប្រភេទ"),
    ("mine_improvised", "Improvised mine", "គ្រាប់មីនកែច្នៃ"),
    ("submunition", "Cluster submunition", "គ្រាប់បែកចង្កោម"),
    ("cluster_strike", "Hit during a cluster munition attack", "ការវាយប្រហារដោយគ្រាប់បែកចង្កោម"),
    ("erw_other", "Other explosive remnant of war", "សំណល់ជាតិផ្ទុះពីសង្គ្រាម"),
    ("ied", "Improvised explosive device", "គ្រឿងផ្ទុះកែច្នៃ"),
    ("stored_ammo", "Stored ammunition", "គ្រាប់រំសេវក្នុងឃ្លាំង"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
ACTIVITY = listed(
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
    OTHER_ROW,
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
CIVIL_STATUS = listed(
    ("civilian", "Civilian", "ជនស៊ីវិល"),
    ("military", "Military", "យោធា"),
    ("security_police", "Security or police", "សន្តិសុខ ឬនគរបាល"),
    ("deminer", "Deminer", "អ្នកបោសសម្អាតមីន"),
    ("other_armed", "Other armed person", "កម្លាំងប្រដាប់អាវុធផ្សេង"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
CASUALTY_SOURCE = listed(
    (
        "cmvis",
        "Cambodia Mine/ERW Victim Information System",
        "ប្រព័ន្ធព័ត៌មានជនរងគ្រោះដោយគ្រាប់មីន/សជផ កម្ពុជា",
    ),
    ("cmaa", "Mine action authority (CMAA)", "អាជ្ញាធរមីន (CMAA)"),
    ("red_cross", "Red Cross", "កាកបាទក្រហម"),
    ("operator", "Clearance operator", "ប្រតិបត្តិករបោសសម្អាតមីន"),
    ("health", "Hospital or health centre", "មន្ទីរពេទ្យ ឬមណ្ឌលសុខភាព"),
    ("police", "Police", "នគរបាល"),
    ("ngo", "Another organisation", "អង្គការផ្សេង"),
    OTHER_ROW,
    UNKNOWN_ROW,
)
"""Who counted a casualty of whom nobody was asked; not_asked: the person or a relative told it."""
INCIDENT_OUTCOME = listed(
    ("killed", "Killed", "ស្លាប់"),
    ("amputation", "Amputation", "ត្រូវកាត់អវយវៈ"),
    ("injured_other", "Other injury", "រងរបួសផ្សេង"),
    ("uninjured", "Not injured", "មិនរងរបួស"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)
SUBMUNITION_KIND = listed(
    ("blu", "BLU series", "ប្រភេទ BLU"),
    ("m46", "M-46", "M-46"),
    ("m85", "M-85", "M-85"),
    OTHER_ROW,
    UNKNOWN_ROW,
)
"""Filled in by an expert, never asked of the person."""
INCIDENT_ERA = listed(
    ("pre1979", "Before 1979", "មុនឆ្នាំ ១៩៧៩"),
    ("1979_1998", "1979 to 1998", "១៩៧៩ ដល់ ១៩៩៨"),
    ("1999_2024", "1999 to 2024", "១៩៩៩ ដល់ ២០២៤"),
    ("2025_border", "Fighting at the border since 2025", "ការប្រយុទ្ធនៅព្រំដែនតាំងពីឆ្នាំ ២០២៥"),
    UNKNOWN_ROW,
)
MARKED_AREA = listed(
    ("marked", "Marked", "មានស្លាកសញ្ញា"),
    ("unmarked", "Not marked", "គ្មានស្លាកសញ្ញា"),
    UNKNOWN_ROW,
)
