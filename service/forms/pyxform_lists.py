"""Further messages of pyxform 4.5: of choice lists, files, ranges, entities and `save_to`."""

from __future__ import annotations

from service.forms.mistakes import Words
from service.forms.pyxform_messages import Known

_SELECTS = ("select_one ", "select_multiple ", "rank ", "select one ", "select multiple ")

OF_LISTS = (
    Known(
        pattern=r"There should be a choices sheet",
        column="type",
        starts=_SELECTS,
        says=Words(
            en="This question uses a choice list, and the choices sheet is missing or empty.",
            km="សំណួរនេះប្រើបញ្ជីចម្លើយ តែសន្លឹក choices មិនមាន ឬទទេ។",
        ),
        fix=Words(
            en="Add a sheet “choices” with the columns list_name, name and label, and a row for "
            "each choice.",
            km="សូមបន្ថែមសន្លឹក “choices” ដែលមានជួរឈរ list_name, name និង label ហើយជួរមួយសម្រាប់ចម្លើយនីមួយៗ។",
        ),
    ),
    Known(
        pattern=r"File name for '(?P<value>[^']*)' should end with",
        column="type",
        says=Words(
            en="“{value}” names a file of a kind that phones do not read.",
            km="“{value}” សំដៅលើឯកសារប្រភេទដែលទូរសព្ទមិនអាចអានបាន។",
        ),
        fix=Words(
            en="Give the list as a file that ends in .csv, .xml or .geojson.",
            km="សូមដាក់បញ្ជីជាឯកសារដែលបញ្ចប់ដោយ .csv, .xml ឬ .geojson។",
        ),
    ),
    Known(
        pattern=r"'range' question type, the parameter '(?P<value>\w+)' must",
        says=Words(
            en="The “{value}” of this range does not fit.",
            km="“{value}” នៃចន្លោះ (range) នេះមិនត្រឹមត្រូវ។",
        ),
        fix=Words(
            en="Write numbers, such as start=0 end=10 step=1: the step is not 0, and not larger "
            "than from start to end.",
            km="សូមសរសេរលេខ ដូចជា start=0 end=10 step=1៖ step មិនមែន 0 និងមិនធំជាងពី start ដល់ end។",
        ),
    ),
    Known(
        pattern=r"invalid parameter key\(s\): '(?P<value>[^']*)'",
        says=Words(
            en="This type of question knows no parameter “{value}”.",
            km="ប្រភេទសំណួរនេះមិនស្គាល់ប៉ារ៉ាម៉ែត្រ “{value}” ទេ។",
        ),
        fix=Words(
            en="Correct the spelling, or remove it; a range knows start, end and step.",
            km="សូមកែអក្ខរាវិរុទ្ធ ឬលុបវា។ range ស្គាល់ start, end និង step។",
        ),
    ),
    Known(
        pattern=r"Parameters must be in the form",
        says=Words(en="The parameters cannot be read.", km="ប៉ារ៉ាម៉ែត្រមិនអាចអានបានទេ។"),
        fix=Words(
            en="Write each as name=value with a space between them, such as start=0 end=10.",
            km="សូមសរសេរជា name=value ដោយមានដកឃ្លាចន្លោះគ្នា ដូចជា start=0 end=10។",
        ),
    ),
    Known(
        pattern=r"add an entities sheet and declare an entity",
        says=Words(
            en="save_to is filled in, and the workbook has no entities sheet.",
            km="save_to ត្រូវបានបំពេញ តែសៀវភៅគ្មានសន្លឹក entities ទេ។",
        ),
        fix=Words(
            en="Add a sheet “entities” with the columns list_name and label and one row, or empty "
            "the cell.",
            km="សូមបន្ថែមសន្លឹក “entities” ដែលមានជួរឈរ list_name និង label ជាមួយជួរមួយ ឬលុបអ្វីក្នុងក្រឡានេះ។",
        ),
    ),
    Known(
        pattern=r"Names used here must not be 'name' or 'label'|must not begin with two underscores"
        r"|Names used here must not contain a period",
        says=Words(
            en="This name is one that lists of entities may not use.",
            km="ឈ្មោះនេះបញ្ជី entities មិនអាចប្រើបានទេ។",
        ),
        fix=Words(
            en="Not name or label, no “__” in front and no full stop: choose another.",
            km="មិនមែន name ឬ label គ្មាន “__” នៅខាងមុខ និងគ្មានចំណុច៖ សូមជ្រើសឈ្មោះផ្សេង។",
        ),
    ),
    Known(
        pattern=r"The save_to property '(?P<value>[^']*)' is already assigned by row '\d+'",
        says=Words(en="Two questions are saved as “{value}”.", km="សំណួរពីរត្រូវបានរក្សាទុកជា “{value}”។"),
        fix=Words(
            en="Give one of them another save_to, or empty it.",
            km="សូមដាក់ save_to ផ្សេងឱ្យមួយ ឬលុបវា។",
        ),
    ),
    Known(
        pattern=r"Groups and repeats can't be saved",
        says=Words(
            en="A group cannot be saved into a list, only a question can.",
            km="ក្រុមមិនអាចរក្សាទុកក្នុងបញ្ជីបានទេ មានតែសំណួរប៉ុណ្ណោះ។",
        ),
        fix=Words(
            en="Move the save_to to the row of a question.", km="សូមផ្លាស់ save_to ទៅជួររបស់សំណួរមួយ។"
        ),
    ),
    Known(
        pattern=r"The entity list name '(?P<value>[^']*)' was not found on the entities sheet",
        says=Words(
            en="The entities sheet has no list “{value}”.", km="សន្លឹក entities គ្មានបញ្ជី “{value}” ទេ។"
        ),
        fix=Words(
            en="Correct the spelling before the “#”, or add the list to the entities sheet.",
            km="សូមកែអក្ខរាវិរុទ្ធមុខ “#” ឬបន្ថែមជួរសម្រាប់បញ្ជីនោះក្នុងសន្លឹក entities។",
        ),
    ),
    Known(
        pattern=r"must have at most one '#'|'save_to' names must be prefixed",
        says=Words(
            en="It cannot be told into which list this is saved.",
            km="មិនដឹងថាចម្លើយនេះត្រូវរក្សាទុកក្នុងបញ្ជីណាទេ។",
        ),
        fix=Words(
            en="Write list#property, such as people#age, with one “#”.",
            km="សូមសរសេរ list#property ដូចជា people#age ដោយមានសញ្ញា “#” តែមួយ។",
        ),
    ),
    Known(
        pattern=r"The entity list name '(?P<value>[^']*)' does not have a label",
        sheet="entities",
        column="label",
        says=Words(
            en="The list “{value}” makes entities without a label.",
            km="បញ្ជី “{value}” បង្កើត entity ដោយគ្មានស្លាក (label)។",
        ),
        fix=Words(
            en="Fill in the label: what phones show to choose by, such as ${{code}}.",
            km="សូមបំពេញ label៖ អ្វីដែលទូរសព្ទបង្ហាញសម្រាប់ជ្រើស ដូចជា ${{code}}។",
        ),
    ),
    Known(
        pattern=r"The entity list name '(?P<value>[^']*)' does not have an 'entity_id'",
        sheet="entities",
        column="entity_id",
        says=Words(
            en="The list “{value}” is to be changed, and which entity is not said.",
            km="បញ្ជី “{value}” ត្រូវកែ តែមិនបានប្រាប់ថា entity ណាទេ។",
        ),
        fix=Words(
            en="Fill in entity_id, such as ${{person}}; to make new ones only, use create_if.",
            km="សូមបំពេញ entity_id ដូចជា ${{person}}។ បើគ្រាន់តែបង្កើតថ្មី សូមប្រើ create_if។",
        ),
    ),
    Known(
        pattern=r"The entity list name '(?P<value>[^']*)' does not have an 'update_if'",
        sheet="entities",
        column="update_if",
        says=Words(
            en="The list “{value}” makes and changes entities, and when to change is not said.",
            km="បញ្ជី “{value}” បង្កើត និងកែ entity តែមិនបានប្រាប់ថាពេលណាត្រូវកែទេ។",
        ),
        fix=Words(
            en="Fill in update_if; to make new ones only, empty entity_id.",
            km="សូមបំពេញ update_if។ បើគ្រាន់តែបង្កើតថ្មី សូមលុប entity_id។",
        ),
    ),
    Known(
        pattern=r"'list_name' column must not have any duplicate|Entity lists must have a name",
        sheet="entities",
        column="list_name",
        says=Words(
            en="A row of the entities sheet has no list_name, or one that stands twice.",
            km="ជួរមួយនៃសន្លឹក entities គ្មាន list_name ឬមានឈ្មោះដដែលពីរដង។",
        ),
        fix=Words(
            en="Give each list one row and a name of its own.",
            km="សូមដាក់បញ្ជីនីមួយៗក្នុងជួរមួយ ដោយមានឈ្មោះផ្ទាល់ខ្លួន។",
        ),
    ),
)
