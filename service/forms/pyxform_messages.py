"""Messages of pyxform 4.5 that we know, what they mean, and how to mend what they tell of."""

from __future__ import annotations

from dataclasses import dataclass

from service.forms.mistakes import Words


@dataclass(frozen=True, kw_only=True)
class Known:
    """A kind of message. Its pattern may name `value`, which the words may show as {value}."""

    pattern: str
    says: Words
    fix: Words
    sheet: str = "survey"
    column: str = "name"
    find: str | None = None
    """Where no row is given: the column in which to look for `value`."""
    starts: tuple[str, ...] = ()
    """Where no row is given: how the first cell of `column` begins that it is about."""


KNOWN = (
    Known(
        pattern=r"Unknown question type '(?P<value>select_(?:one|multiple))'",
        column="type",
        find="type",
        says=Words(
            en="“{value}” does not say which choice list it uses.",
            km="“{value}” មិនបញ្ជាក់ថាប្រើបញ្ជីចម្លើយណាទេ។",
        ),
        fix=Words(
            en="Write the list's name after it, such as “{value} yes_no”.",
            km="សូមសរសេរឈ្មោះបញ្ជីនៅខាងក្រោយ ដូចជា “{value} yes_no”។",
        ),
    ),
    Known(
        pattern=r"Unknown question type '(?P<value>[^']*)'",
        column="type",
        find="type",
        says=Words(en="There is no question type “{value}”.", km="គ្មានប្រភេទសំណួរ “{value}” ទេ។"),
        fix=Words(
            en="Use text, integer, date, select_one LIST, …; a list's name holds no space.",
            km="សូមប្រើ text, integer, date, select_one LIST, …; ឈ្មោះបញ្ជីគ្មានដកឃ្លាទេ។",
        ),
    ),
    Known(
        pattern=r"'name' value '(?P<value>[^']*)' is invalid\. Questions, groups, and repeats must",
        says=Words(
            en="The name “{value}” is used twice in the same group.",
            km="ឈ្មោះ “{value}” ត្រូវបានប្រើពីរដងក្នុងក្រុមតែមួយ។",
        ),
        fix=Words(en="Give one of the two another name.", km="សូមដាក់ឈ្មោះផ្សេងឱ្យមួយក្នុងចំណោមពីរ។"),
    ),
    Known(
        pattern=r"Question or group with no name",
        says=Words(en="The row has a type but no name.", km="ជួរនេះមានប្រភេទ តែគ្មានឈ្មោះ (name)។"),
        fix=Words(
            en="Fill in the name: Latin letters, digits and underscores.",
            km="សូមបំពេញ name៖ អក្សរឡាតាំង លេខ និងសញ្ញា _។",
        ),
    ),
    Known(
        pattern=r"Question with no type",
        column="type",
        says=Words(en="The row has a name but no type.", km="ជួរនេះមានឈ្មោះ តែគ្មានប្រភេទ (type)។"),
        fix=Words(
            en="Fill in the type, such as text or integer.", km="សូមបំពេញ type ដូចជា text ឬ integer។"
        ),
    ),
    Known(
        pattern=r"The survey element named '(?P<value>[^']*)' has no label or hint",
        column="label",
        find="name",
        says=Words(
            en="The question “{value}” has no label: the phone would show nothing.",
            km="សំណួរ “{value}” គ្មានស្លាក (label) ទេ៖ ទូរសព្ទនឹងមិនបង្ហាញអ្វីឡើយ។",
        ),
        fix=Words(en="Write the label, in every language.", km="សូមសរសេរ label គ្រប់ភាសា។"),
    ),
    Known(
        pattern=r"List name not in choices sheet: (?P<value>\S+)",
        column="type",
        says=Words(
            en="The choices sheet has no list “{value}”.", km="សន្លឹក choices គ្មានបញ្ជី “{value}” ទេ។"
        ),
        fix=Words(
            en="Correct the spelling, or add rows with list_name “{value}” to the choices sheet.",
            km="សូមកែអក្ខរាវិរុទ្ធ ឬបន្ថែមជួរដែលមាន list_name “{value}” ក្នុងសន្លឹក choices។",
        ),
    ),
    Known(
        pattern=r"Could not find the name '(?P<value>[^']*)'",
        says=Words(
            en="${{{value}}} names a question that does not exist.",
            km="${{{value}}} សំដៅលើសំណួរដែលគ្មាន។",
        ),
        fix=Words(
            en="Correct the spelling: it must be a name of the survey sheet.",
            km="សូមកែអក្ខរាវិរុទ្ធ៖ ត្រូវជាឈ្មោះ (name) នៅសន្លឹក survey។",
        ),
    ),
    Known(
        pattern=r"The name '(?P<value>[^']*)' appears more than once",
        says=Words(
            en="${{{value}}} could mean several questions of that name.",
            km="${{{value}}} អាចសំដៅលើសំណួរច្រើនដែលមានឈ្មោះនោះ។",
        ),
        fix=Words(en="Give the questions different names.", km="សូមដាក់ឈ្មោះសំណួរទាំងនោះខុសៗគ្នា។"),
    ),
    Known(
        pattern=r"Reference variables must start with",
        says=Words(
            en="A reference to a question is written wrongly.",
            km="ការយោងទៅសំណួរមួយសរសេរមិនត្រឹមត្រូវ។",
        ),
        fix=Words(
            en="Write it as ${{name}}, with both braces.",
            km="សូមសរសេរជា ${{name}} ដោយមានសញ្ញាទាំងពីរ។",
        ),
    ),
    Known(
        pattern=r"Unmatched 'begin_(?P<value>\w+)'",
        column="type",
        says=Words(
            en="This {value} begins and never ends.", km="{value} នេះចាប់ផ្តើម តែមិនដែលបញ្ចប់ទេ។"
        ),
        fix=Words(
            en="Add a row “end {value}” after its last question.",
            km="សូមបន្ថែមជួរ “end {value}” ក្រោយសំណួរចុងក្រោយរបស់វា។",
        ),
    ),
    Known(
        pattern=r"Unmatched 'end_(?P<value>\w+)'",
        column="type",
        says=Words(
            en="A {value} ends here that did not begin.",
            km="{value} មួយបញ្ចប់នៅទីនេះ ដោយមិនបានចាប់ផ្តើម។",
        ),
        fix=Words(
            en="Remove this row, or add “begin {value}” where it starts.",
            km="សូមលុបជួរនេះ ឬបន្ថែម “begin {value}” នៅកន្លែងដែលវាចាប់ផ្តើម។",
        ),
    ),
    Known(
        pattern=r"must have a sheet named '(?P<value>\w+)'",
        says=Words(en="The workbook has no sheet “{value}”.", km="សៀវភៅនេះគ្មានសន្លឹក “{value}” ទេ។"),
        fix=Words(
            en="Name the sheet with the questions “{value}”, in small letters.",
            km="សូមដាក់ឈ្មោះសន្លឹកសំណួរថា “{value}” ជាអក្សរតូច។",
        ),
    ),
    Known(
        pattern=r"Choice names must be unique",
        sheet="choices",
        says=Words(
            en="The same choice name stands twice in one list.",
            km="ឈ្មោះចម្លើយដដែលមានពីរដងក្នុងបញ្ជីតែមួយ។",
        ),
        fix=Words(
            en="Give one of the two another name, or remove it.",
            km="សូមដាក់ឈ្មោះផ្សេង ឬលុបមួយចេញ។",
        ),
    ),
    Known(
        pattern=r"Choices must have a name",
        sheet="choices",
        says=Words(en="A choice has no name.", km="ចម្លើយមួយគ្មានឈ្មោះ (name)។"),
        fix=Words(
            en="Fill in the name: the short code that is stored.",
            km="សូមបំពេញ name៖ កូដខ្លីដែលត្រូវរក្សាទុក។",
        ),
    ),
    Known(
        pattern=r"Choice names with spaces cannot .* See \[(?P<value>[^\]]*)\]",
        sheet="choices",
        find="name",
        says=Words(
            en="The choice name “{value}” holds a space; select_multiple could not tell it apart.",
            km="ឈ្មោះចម្លើយ “{value}” មានដកឃ្លា ដែល select_multiple មិនអាចបែងចែកបានទេ។",
        ),
        fix=Words(en="Write an underscore instead of the space.", km="សូមប្រើសញ្ញា _ ជំនួសដកឃ្លា។"),
    ),
    Known(
        pattern=r"Names must begin with a letter or underscore",
        says=Words(
            en="This name holds characters that a name cannot have.",
            km="ឈ្មោះនេះមានតួអក្សរដែលមិនអនុញ្ញាត។",
        ),
        fix=Words(
            en="Begin with a letter; then letters, digits, “_”, “-” or “.”, and no space.",
            km="សូមចាប់ផ្តើមដោយអក្សរ បន្ទាប់មកអក្សរ លេខ “_” “-” ឬ “.” ដោយគ្មានដកឃ្លា។",
        ),
    ),
    Known(
        pattern=r"sheet: '(?P<sheet>\w+)'\. One or more required column headers were not found: "
        r"(?P<value>.+?)\. ",
        column="type",
        says=Words(en="The column {value} is missing.", km="ខ្វះជួរឈរ {value}។"),
        fix=Words(
            en="The first row must hold the column names: type, name, label.",
            km="ជួរទីមួយត្រូវមានឈ្មោះជួរឈរ៖ type, name, label។",
        ),
    ),
    Known(
        pattern=r"Duplicate column header: (?P<value>.+)",
        says=Words(en="The column “{value}” stands twice.", km="ជួរឈរ “{value}” មានពីរដង។"),
        fix=Words(en="Remove or rename one of the two.", km="សូមលុប ឬប្តូរឈ្មោះមួយក្នុងចំណោមពីរ។"),
    ),
    Known(
        pattern=r"Missing calculation",
        column="calculation",
        says=Words(
            en="A calculate row has no calculation.", km="ជួរ calculate គ្មានរូបមន្ត (calculation) ទេ។"
        ),
        fix=Words(en="Fill in the calculation.", km="សូមបំពេញ calculation។"),
    ),
    Known(
        pattern=r"The name 'meta' is reserved|Repeat names must not be the same as the survey root",
        says=Words(en="This name is reserved for the form itself.", km="ឈ្មោះនេះទុកសម្រាប់ទម្រង់ផ្ទាល់។"),
        fix=Words(en="Choose another name.", km="សូមជ្រើសឈ្មោះផ្សេង។"),
    ),
    Known(
        pattern=r"external_choices sheet",
        sheet="external_choices",
        says=Words(
            en="The workbook has no sheet “external_choices”.",
            km="សៀវភៅនេះគ្មានសន្លឹក “external_choices” ទេ។",
        ),
        fix=Words(
            en="Use select_one, or add that sheet with the columns list_name and name.",
            km="សូមប្រើ select_one ឬបន្ថែមសន្លឹកនោះ ជាមួយជួរឈរ list_name និង name។",
        ),
    ),
)
OTHER = Known(
    pattern="",
    says=Words(en="pyxform says: {value}", km="pyxform (កម្មវិធីបំប្លែង) ប្រាប់ថា៖ {value}"),
    fix=Words(
        en="See xlsform.org, or ask your coordinator.", km="សូមមើល xlsform.org ឬសួរអ្នកសម្របសម្រួល។"
    ),
)
