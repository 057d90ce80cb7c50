"""The form that brings back what came of it: it asks nobody, and holds no word of anybody."""

from __future__ import annotations

import re
from pathlib import Path

from pyxform.validators.odk_validate import check_xform

from service.dialogue.actions import feeding
from service.forms import entity_lists
from service.forms.schema import Sensitivity
from tests import programs
from tests.golden import form_text, reference_forms
from tests.golden.form_text import ENGLISH, KHMER

FORM = "feedback"
KHMER_LETTERS = re.compile(r"[\u1780-\u17ff]")


def test_it_reads_the_list_that_the_server_keeps() -> None:
    xml, warnings = reference_forms.converted(FORM)
    schema = reference_forms.schema(FORM)
    assert (warnings, schema.warnings) == ((), ())
    assert set(schema.attachments) == {f"{feeding.LIST}.csv"}
    asked = set(re.findall(r"/root/item\[[^]]+\]/(\w+)", xml.decode()))
    assert asked == {"text_en", "text_km"} <= set(feeding.PROPERTIES)
    assert not [one for one in feeding.PROPERTIES if entity_lists.property_fault(one)]
    assert entity_lists.list_name_fault(feeding.LIST) is None


def test_nothing_in_it_names_anybody() -> None:
    schema = reference_forms.schema(FORM)
    classes = {field.name: field.sensitivity for field in schema.fields}
    for name in ("commune", "told_en", "told_km", "read_aloud", "women", "men"):
        assert classes[name] is Sensitivity.CODED, name
    typed = {row.path for row in form_text.rows(reference_forms.converted(FORM)[0])
             if row.type in ("input string", "upload binary")}  # fmt: skip
    assert typed <= {"what_for", "told"}, "notes: nobody types words"
    assert not [row.tag for row in form_text.rows(reference_forms.converted(FORM)[0])
                if row.tag and not row.tag.startswith("meta.")]  # fmt: skip
    assert schema.auto_delete == "true"


def test_it_speaks_both_languages() -> None:
    for row in form_text.rows(reference_forms.converted(FORM)[0]):
        if row.is_shown:
            assert row.labels.keys() == {ENGLISH, KHMER}, row.path
        for texts in filter(None, (row.labels, row.hints, row.constraint_messages)):
            assert KHMER_LETTERS.search(texts[KHMER]), row.path


def test_odk_validate_accepts_it(tmp_path: Path) -> None:
    programs.need("java", "default-jre-headless")
    path = tmp_path / "feedback.xml"
    path.write_bytes(reference_forms.converted(FORM)[0])
    assert check_xform(str(path)) == []
