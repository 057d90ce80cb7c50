"""What must hold, and what is worth a word, before a form goes out to phones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.forms.mistakes import Mistake, Words, mistake
from service.forms.schema import Field, FormSchema, Sensitivity
from service.forms.tags import TAGS

_SENSITIVE = frozenset({Sensitivity.IDENTITY, Sensitivity.TESTIMONY})


def mistakes_of(schema: FormSchema) -> Iterator[Mistake]:
    """Why the form is not published.

    A phone keeps sent records, readable by whoever seizes it, unless the form says otherwise. A
    form that names its sensitive questions must say so.
    """
    named = [field for field in schema.fields if _is_named_sensitive(field)]
    if named and not _deletes_itself(schema):
        yield mistake(_STAYS, _SET_AUTO_DELETE, text="/".join(named[0].path))


def warnings_of(schema: FormSchema, files: Mapping[str, str]) -> Iterator[str]:
    """`files`: name to SHA-256 of what came with the form."""
    yield from schema.warnings
    unnamed = [f for f in schema.fields if f.sensitivity in _SENSITIVE and f.path[0] != "meta"]
    if unnamed and not _deletes_itself(schema):
        yield (
            "Records stay readable on the phone after sending: set auto_delete to true on the "
            "settings sheet."
        )
    if not schema.version:
        yield "The form has no version: the next change cannot be published under the same name."
    yield from (
        f"The form refers to {name}, which did not come with it."
        for name in schema.attachments
        if name not in files
    )
    yield from _twins(files)
    unknown = sorted({f.tag for f in schema.fields if f.tag and f.tag not in TAGS})
    if unknown:
        yield f"Tags that mean nothing here and are not counted: {', '.join(unknown)}."


def _twins(files: Mapping[str, str]) -> Iterator[str]:
    """Collect may not notice a second name of the same content (collect #7395)."""
    seen: dict[str, str] = {}
    for name, sha256 in files.items():
        if sha256 in seen:
            yield f"{name} has the same content as {seen[sha256]}; phones may leave one out."
        seen.setdefault(sha256, name)


def _is_named_sensitive(field: Field) -> bool:
    tag = TAGS.get(field.tag or "")
    is_identity_tag = tag is not None and tag.sensitivity is Sensitivity.IDENTITY
    return is_identity_tag or (field.is_classed and field.sensitivity in _SENSITIVE)


def _deletes_itself(schema: FormSchema) -> bool:
    return (schema.auto_delete or "").strip().lower() == "true"


_STAYS = Words(
    en="The form asks for names, contacts or testimony and lets them stay on the phone once sent.",
    km="ទម្រង់នេះសួរឈ្មោះ ទំនាក់ទំនង ឬសក្ខីកម្ម ហើយទុកវាក្នុងទូរសព្ទក្រោយពេលផ្ញើ។",
)
_SET_AUTO_DELETE = Words(
    en="Add the column auto_delete with the value true to the settings sheet.",
    km="សូមបន្ថែមជួរឈរ auto_delete ដែលមានតម្លៃ true ក្នុងសន្លឹក settings។",
)
