"""A form with a question of every type that both engines have, and of those that one lacks."""

from __future__ import annotations

from functools import cache

from pyxform.xls2xform import convert

FORM_ID = "every_type"
LACKING = "every_gap"
LIST, REGISTERED = "people", "registered"
"""Whom one may choose, put there by hand; who is made by records, and goes to no phone unasked."""

SURVEY = """
| survey |
| | type | name | label::English (en) | label::ភាសាខ្មែរ (km) | relevant | constraint | constraint_message::English (en) | constraint_message::ភាសាខ្មែរ (km) | calculation | choice_filter | appearance | default | parameters | media::image::English (en) | media::image::ភាសាខ្មែរ (km) | save_to |
| | start | start | | | | | | | | | | | | | | |
| | end | end | | | | | | | | | | | | | | |
| | today | today | | | | | | | | | | | | | | |
| | deviceid | deviceid | | | | | | | | | | | | | | |
| | username | username | | | | | | | | | | | | | | |
| | hidden | team | | | | | | | | | | bt-7 | | | | |
| | note | hello | Hello & <welcome> | សួស្តី & <សូមស្វាគមន៍> | | | | | | | | | | map.png | map.png | |
| | text | who | Full name | ឈ្មោះពេញ | | | | | | | | | | | | full_name |
| | text | story | In their words | តាមពាក្យរបស់គាត់ | | | | | | | multiline | | | | | |
| | integer | age | Age | អាយុ | | . >= 0 and . <= 120 | From 0 to 120 | ពី 0 ដល់ 120 | | | | | | | | age |
| | decimal | weight | Weight | ទម្ងន់ | | | | | | | | | | | | |
| | select_one colour | colour | Colour | ពណ៌ | | | | | | | | | | | | |
| | select_multiple colour | colours | All colours | ពណ៌ទាំងអស់ | | | | | | | | | | | | |
| | select_one_from_file people.csv | person | Who was seen? | បានជួបអ្នកណា? | | | | | | | minimal autocomplete | | | | | |
| | calculate | seen_age | | | | | | | instance('people')/root/item[name = ${person}]/age | | | | | | | |
| | calculate | next_year | | | | | | | ${age} + 1 | | | | | | | |
| | date | day | Day | ថ្ងៃ | | | | | | | | | | | | |
| | time | hour | Hour | ម៉ោង | | | | | | | | | | | | |
| | geopoint | point | Place | ទីកន្លែង | | | | | | | | | | | | |
| | acknowledge | read | Read aloud? | បានអានឱ្យឮទេ? | | | | | | | | | | | | |
| | image | picture | Picture | រូបភាព | | | | | | | | | | | | |
| | begin_group | more | More | បន្ថែម | ${age} >= 18 | | | | | | | | | | | |
| | text | work | Work | ការងារ | | | | | | | | | | | | |
| | end_group | | | | | | | | | | | | | | | |
| | begin_repeat | visit | Visit | ដំណើរទស្សនកិច្ច | | | | | | | | | | | | |
| | text | place | Where was the visit? | ទៅទីណា? | | | | | | | | | | | | |
| | begin_repeat | met | Met | បានជួប | | | | | | | | | | | | |
| | text | met_name | Who was met? | បានជួបអ្នកណា? | | | | | | | | | | | | |
| | end_repeat | | | | | | | | | | | | | | | |
| | end_repeat | | | | | | | | | | | | | | | |
| choices |
| | list_name | name | label::English (en) | label::ភាសាខ្មែរ (km) |
| | colour | red | Red | ក្រហម |
| | colour | blue | Blue | ខៀវ |
| settings |
| | form_id | version | form_title | default_language | instance_name |
| | every_type | 1 | Every type – គ្រប់ប្រភេទ | ភាសាខ្មែរ (km) | concat(${who}, ' ', ${next_year}) |
| entities |
| | list_name | label |
| | registered | ${who} |
"""
GAPS = """
| survey |
| | type | name | label |
| | audit | audit | |
| | text | who | Who? |
| | dateTime | moment | Moment |
| | barcode | code | Barcode |
| | file | paper | Paper |
| | audio | voice | Voice |
| settings |
| | form_id | version | form_title |
| | every_gap | 1 | Every gap |
"""


@cache
def xform(survey: str) -> bytes:
    return convert(survey, file_type=".md").xform.encode()
