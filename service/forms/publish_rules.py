"""What must hold, and what is worth a word, before a form goes out to phones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from service.forms import entity_lists, sealed_forms
from service.forms.entity_lists import EntitySpec
from service.forms.mistakes import Mistake, Words, mistake
from service.forms.returned_file import FILE as RETURNED_FILE
from service.forms.schema import Field, FormSchema, Sensitivity
from service.forms.sheets import Sheets
from service.forms.tags import TAGS

_SENSITIVE = frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY})
_RETOLD = frozenset({"instance", "pulldata"})
"""Functions by which a label repeats what another list says."""


def mistakes_of(schema: FormSchema, sheets: Sheets | None = None) -> Iterator[Mistake]:
    """Why the form is not published. `sheets`: of the workbook it was made from.

    A phone keeps sent records, readable by whoever seizes it, unless form or settings say
    otherwise, and the form's word stands before the settings of our QR code. So a form that names
    its sensitive questions must say "true", and one that merely asks text may say nothing, but
    not "false".
    """
    yield from sealed_forms.mistakes_of(schema, sheets)
    yield from entity_lists.mistakes_of(schema.entities, dict(schema.saved))
    yield from (
        mistake(_PLACE_SHOWN, _SAY_WHOSE, text="/".join(field.path))
        for field in schema.fields
        if field.says_where and field.sensitivity not in _SENSITIVE
    )
    place = {} if sheets is None else sheets.setting("auto_delete")
    named = [field for field in schema.fields if is_named_sensitive(field)]
    unnamed = [field for field in schema.fields if _is_sensitive(field)]
    if named and not _deletes_itself(schema):
        yield mistake(_STAYS, _SET_AUTO_DELETE, text="/".join(named[0].path), **place)
    elif unnamed and schema.auto_delete is not None and not _deletes_itself(schema):
        yield mistake(_KEEPS, _SET_AUTO_DELETE, text="/".join(unnamed[0].path), **place)


def warnings_of(schema: FormSchema, files: Mapping[str, str]) -> Iterator[str]:
    """`files`: name to SHA-256 of what came with the form."""
    yield from schema.warnings
    if any(map(_is_sensitive, schema.fields)) and not _deletes_itself(schema):
        yield (
            "Records stay readable on the phone after sending: set auto_delete to true on the "
            "settings sheet."
        )
    if (told := open_testimony(schema)) is not None:
        yield f"{TESTIMONY_OPEN.en} (The first such question: {'/'.join(told.path)}.)"
    if not schema.version:
        yield "The form has no version: the next change cannot be published under the same name."
    own = {f"{spec.list_name}.csv" for spec in schema.entities}
    """Lists that publishing makes."""
    yield from (
        f"The form refers to {name}, which did not come with it."
        for name in schema.attachments
        if name not in files and name not in own and name != RETURNED_FILE
    )
    yield from _twins(files)
    unknown = sorted({f.tag for f in schema.fields if f.tag and f.tag not in TAGS})
    if unknown:
        yield f"Tags that mean nothing here and are not counted: {', '.join(unknown)}."


def open_testimony(schema: FormSchema) -> Field | None:
    """The first question that the form itself calls testimony, where nothing seals the answers on
    the phone."""
    if schema.public_key is not None:
        return None
    return next((field for field in schema.fields if _is_testimony(field)), None)


def asks_of_people(schema: FormSchema) -> bool:
    """Whether the form itself asks for a name, a contact or testimony."""
    return any(map(is_named_sensitive, schema.fields))


def _is_testimony(field: Field) -> bool:
    tag = TAGS.get(field.tag or "")
    is_called_so = field.is_classed or (tag is not None and tag.sensitivity is field.sensitivity)
    return field.sensitivity is Sensitivity.TESTIMONY and is_called_so


def people_now(lists: Collection[str]) -> str:
    """Of lists that were declared to tell of nobody, before this form."""
    return (
        f"The form saves what may name people into {', '.join(lists)}, declared to tell of nobody: "
        "from now on it tells of people, and goes to phones that a coordinator allows alone."
    )


def _twins(files: Mapping[str, str]) -> Iterator[str]:
    """Collect may not notice a second name of the same content (collect #7395)."""
    seen: dict[str, str] = {}
    for name, sha256 in files.items():
        if sha256 in seen:
            yield f"{name} has the same content as {seen[sha256]}; phones may leave one out."
        seen.setdefault(sha256, name)


def _is_sensitive(field: Field) -> bool:
    return field.sensitivity in _SENSITIVE and field.path[0] != "meta"


def is_named_sensitive(field: Field) -> bool:
    """The form itself says that the answer is a name, a contact or testimony."""
    tag = TAGS.get(field.tag or "")
    is_identity_tag = tag is not None and tag.sensitivity is Sensitivity.IDENTITY
    return is_identity_tag or (field.is_classed and field.sensitivity in _SENSITIVE)


TESTIMONY_OPEN = Words(
    en="The form asks for testimony and is not sealed: it lies on the phone in clear until it is "
    "sent, and whoever has this server and its keys reads it. To seal it, give the column "
    "public_key of the settings sheet a key whose other half is kept offline "
    "(docs/for-coordinators.md).",
    km="ទម្រង់នេះសួរសក្ខីកម្ម តែមិនបានចាក់សោទេ៖ វានៅក្នុងទូរសព្ទដោយអានបាន រហូតដល់ផ្ញើ ហើយអ្នកណាមានម៉ាស៊ីនមេនេះ "
    "និងកូនសោរបស់វា អានវាបាន។ ដើម្បីចាក់សោ សូមដាក់ក្នុងជួរឈរ public_key នៃសន្លឹក settings "
    "នូវសោដែលពាក់កណ្តាលទៀតរក្សាទុកក្រៅបណ្តាញ (docs/for-coordinators.md)។",
)
PAPER_UNREAD = Words(
    en="The form asks for names, contacts or testimony, and nobody has shown yet that the recovery "
    "key on paper works: if this machine breaks, they may be lost for good. Until then collect "
    "nobody's name (flask keys recovery prove --copy FILE).",
    km="ទម្រង់នេះសួរឈ្មោះ ទំនាក់ទំនង ឬសក្ខីកម្ម ហើយមិនទាន់មាននរណាបានសាកល្បងថាកូនសោសង្គ្រោះលើក្រដាសប្រើបានទេ៖ "
    "បើម៉ាស៊ីននេះខូច វាអាចបាត់ជារៀងរហូត។ មុននោះ សូមកុំប្រមូលឈ្មោះនរណាឡើយ "
    "(flask keys recovery prove --copy FILE)។",
)


def may_name_people(schema: FormSchema, spec: EntitySpec) -> bool:
    """Whether anything goes into the entity list that may name somebody: an answer that the schema
    classes as a name, contact or testimony, be it because nobody classed it, or a value that is
    made of one."""
    return _RETOLD & spec.label_from != frozenset() or any(
        field.sensitivity in _SENSITIVE for field in _given(schema, spec)
    )


def names_people(schema: FormSchema, spec: EntitySpec) -> bool:
    """Whether an answer that the form itself calls a name, a contact or testimony, or an exact
    place of somebody, goes into the entity list, by way of calculations too."""
    return any(is_named_sensitive(one) or one.says_where for one in _given(schema, spec))


def _given(schema: FormSchema, spec: EntitySpec) -> Iterator[Field]:
    """Questions and calculated values that the list is told of."""
    saved = {path for path, _ in spec.saves}
    names = spec.label_from | spec.made_from
    return (one for one in schema.fields if one.path in saved or one.name in names)


def _deletes_itself(schema: FormSchema) -> bool:
    return (schema.auto_delete or "").strip().lower() == "true"


_PLACE_SHOWN = Words(
    en="The form asks for an exact place and classes it as if anybody might see it. Where somebody "
    "lives says who it is.",
    km="ទម្រង់នេះសួរទីតាំងជាក់លាក់ ហើយចាត់ថ្នាក់ឱ្យអ្នកណាក៏មើលឃើញ។ កន្លែងដែលនរណាម្នាក់រស់នៅ ប្រាប់ថាជាអ្នកណា។",
)
_SAY_WHOSE = Words(
    en="Take the class away or write identity; or, if it is nobody's place (a contaminated field, "
    "a well), write nobody in the column bind::samleng:place.",
    km="សូមដកថ្នាក់ចេញ ឬសរសេរ identity។ ប្រសិនបើវាមិនមែនជាកន្លែងរបស់នរណា (ដីមានមីន អណ្តូង) "
    "សូមសរសេរ nobody ក្នុងជួរឈរ bind::samleng:place។",
)
_STAYS = Words(
    en="The form asks for names, contacts or testimony and lets them stay on the phone once sent.",
    km="ទម្រង់នេះសួរឈ្មោះ ទំនាក់ទំនង ឬសក្ខីកម្ម ហើយទុកវាក្នុងទូរសព្ទក្រោយពេលផ្ញើ។",
)
_KEEPS = Words(
    en="The form lets what was sent stay on the phone, whatever the phone's own settings say.",
    km="ទម្រង់នេះទុកអ្វីដែលបានផ្ញើក្នុងទូរសព្ទ ទោះបីការកំណត់របស់ទូរសព្ទយ៉ាងណាក៏ដោយ។",
)
_SET_AUTO_DELETE = Words(
    en="Give the column auto_delete of the settings sheet the value true (in an XForm: "
    'orx:auto-delete="true" on its submission element).',
    km="សូមដាក់តម្លៃ true ក្នុងជួរឈរ auto_delete នៃសន្លឹក settings (ក្នុង XForm៖ "
    'orx:auto-delete="true" លើធាតុ submission)។',
)
