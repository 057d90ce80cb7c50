"""An XForm under another ID or version is otherwise the same form."""

from __future__ import annotations

from service.forms import xform
from service.forms.rewriting import rewritten
from tests.factories import FORM_XML

XML = FORM_XML.format(form_id="visit", version="1").encode()


def test_the_version_changes_and_nothing_else() -> None:
    found = xform.read(rewritten(XML, version="២ <&>"))
    before = xform.read(XML)
    assert found.version == "២ <&>"
    assert (found.form_id, found.fields, found.title) == ("visit", before.fields, before.title)


def test_a_version_in_the_other_namespace_gives_way() -> None:
    other = XML.replace(b'version="1"', b'orx:version="1"')
    text = rewritten(other, version="2")
    assert xform.read(text).version == "2"
    assert b"orx:version" not in text


def test_white_space_between_outputs_stays() -> None:
    label = "<label>ភូមិ <output value='/data/village'/> <output value='/data/sound'/></label>"
    xml = XML.decode().replace("<label>ភូមិ</label>", label).encode()
    assert b"/> <output" in rewritten(xml, version="2")


def test_the_id_changes() -> None:
    assert xform.read(rewritten(XML, form_id="ទម្រង់")).form_id == "ទម្រង់"
