"""An XForm read: paths, types, repeats, tags, classes, labels, files; and what phones refuse."""

from __future__ import annotations

import pytest

from service.forms import publish_rules, xform
from service.forms.nearest import nearest
from service.forms.schema import Field, FormSchema, Sensitivity
from service.foundation.problems import Problem
from tests.sealed_world import KEYS

FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
 xmlns:o="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa"
 xmlns:odk="http://www.opendatakit.org/xforms" xmlns:s="https://samleng.org/xforms">
<h:head><h:title>តម្រូវការ</h:title><model>
 <submission o:auto-delete="true"/>
 <itext>
  <translation lang="English (en)"><text id="n"><value>Name <output value="/data/g/sex"/></value>
   <value form="image">jr://images/name.png</value></text></translation>
  <translation lang="ខ្មែរ (km)" default="true()"><text id="n">
   <value>ឈ្មោះ</value></text></translation>
 </itext>
 <instance><data id="needs" o:version="3">
  <g><sex/><name s:class="identity"/><voice/></g>
  <need jr:template=""><code>x</code><note/></need>
  <need><code/><note/></need>
  <photo>jr://images/default.jpg</photo><born/><where/>
  <o:meta><o:instanceID/><o:audit/></o:meta></data></instance>
 <instance id="codes"><root><item><name>a</name></item><item><name>b</name></item></root></instance>
 <instance id="v" src="jr://file-csv/villages.csv"/>
 <instance id="__last-saved" src="jr://instance/last-saved"/>
 <bind nodeset="/data/g/sex" type="xsd:string" s:tag="person.sex"/>
 <bind nodeset="/data/g/name" type="string" s:tag="person.name"/>
 <bind nodeset="/data/g/voice" type="binary" s:class="open"/>
 <bind nodeset="/data/need/code" type="string" calculate="pulldata('lookup', 'a', 'b', 'c')"/>
 <bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/born" type="date"/>
 <bind nodeset="/data/where" type="geopoint"/>
 <bind nodeset="/data/o:meta/o:instanceID" jr:preload="uid"/>
 <bind nodeset="/data/o:meta/o:audit" type="binary"/>
</model></h:head>
<h:body>
 <group ref="/data/g">
  <select1 ref="sex"><label>ភេទ</label><item><label>ប្រុស</label><value>male</value></item></select1>
  <input ref="/data/g/name"><label ref="jr:itext('n')"/></input>
  <upload ref="/data/g/voice" mediatype="audio/*"><label>សំឡេង</label></upload></group>
 <group ref="/data/need"><repeat nodeset="/data/need">
  <select ref="/data/need/code"><label>កូដ</label>
   <itemset nodeset="instance('codes')/root/item[name != '']"><value ref="name"/><label ref="name"/>
   </itemset></select>
  <input ref="/data/need/note" appearance="search('extra')"><label>ចំណាំ</label></input>
 </repeat></group>
</h:body></h:html>"""


@pytest.fixture(scope="module")
def schema() -> FormSchema:
    return xform.read(FORM.encode())


def field(schema: FormSchema, name: str) -> Field:
    return next(each for each in schema.fields if each.name == name)


def test_questions_come_in_order_and_a_repeats_template_counts_once(schema: FormSchema) -> None:
    names = ["sex", "name", "voice", "code", "note", "photo", "born", "where"]
    assert [each.name for each in schema.fields] == [*names, "instanceID", "audit"]
    assert schema.repeats == {("need",)}
    assert field(schema, "code").repeats == {1}
    assert (schema.form_id, schema.version, schema.root) == ("needs", "3", "data")


def test_the_control_decides_the_type_of_text(schema: FormSchema) -> None:
    kinds = {each.name: each.type for each in schema.fields}
    assert (kinds["sex"], kinds["code"], kinds["note"]) == ("select1", "select", "string")
    assert field(schema, "sex").choices == ("male",)
    assert field(schema, "code").choices == ("a", "b")
    assert list(schema.binary_paths()) == [("g", "voice"), ("photo",), ("meta", "audit")]


def test_tags_and_classes_are_read_from_bind_or_node_and_default_by_type(
    schema: FormSchema,
) -> None:
    said = {each.name: (each.sensitivity, each.is_classed) for each in schema.fields}
    assert field(schema, "sex").tag == "person.sex"
    assert said["name"] == (Sensitivity.IDENTITY, True)
    assert said["voice"] == (Sensitivity.OPEN, True)
    assert said["where"] == (Sensitivity.IDENTITY, False)
    for name in ("note", "photo", "audit"):
        assert said[name] == (Sensitivity.TESTIMONY, False)
    for name in ("sex", "code", "born", "instanceID"):
        assert said[name] == (Sensitivity.CODED, False)


def test_labels_come_in_every_language_the_default_first(schema: FormSchema) -> None:
    assert field(schema, "name").label == {"": "ឈ្មោះ", "km": "ឈ្មោះ", "en": "Name …"}
    assert field(schema, "sex").label == {"": "ភេទ"}
    assert schema.languages == ("km", "en")


def test_c76_expected_files_are_named_once_and_the_last_record_is_none(schema: FormSchema) -> None:
    expected = {"villages.csv", "name.png", "default.jpg", "lookup.csv", "extra.csv"}
    assert set(schema.attachments) == expected
    assert len(schema.attachments) == len(expected)


REFUSED = {
    "no title": FORM.replace("<h:title>តម្រូវការ</h:title>", "<h:title> </h:title>"),
    "no body": FORM[: FORM.index("<h:body>")] + "</h:html>",
    "no instance": FORM.replace("<instance><data", "<instance/><instance><data"),
    "no id": FORM.replace(' id="needs"', ""),
    "bad action": FORM.replace("<submission ", '<submission action="ftp://x" '),
    "no head": FORM.replace("h:head>", "h:hat>"),
    "no model": FORM.replace("model>", "modell>"),
    "not XML": FORM[:-3],
    "DOCTYPE": "<!DOCTYPE x>" + FORM,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_collect_could_not_open_is_refused_with_the_fix(name: str) -> None:
    with pytest.raises(Problem) as refused:
        xform.read(REFUSED[name].encode())
    assert refused.value.kind.slug == "form-invalid"
    assert all(told["fix"] and told["fix_km"] for told in refused.value.context["details"])


def warnings(xml: str) -> str:
    return " ".join(publish_rules.warnings_of(xform.read(xml.encode()), {}))


def test_odd_things_that_work_are_published_with_a_warning() -> None:
    assert "instanceID" not in warnings(FORM)
    assert "villages.csv" in warnings(FORM)
    recalculated = FORM.replace('jr:preload="uid"', 'calculate="uuid()"')
    assert "calculated again" in warnings(recalculated)
    once = FORM.replace('jr:preload="uid"', 'calculate="once(uuid())"')
    assert "calculated again" not in warnings(once)
    assert "no meta/instanceID" in warnings(FORM.replace("o:instanceID", "o:other"))
    elsewhere = FORM.replace("<submission ", '<submission action="https://else.org/x" ')
    assert "else.org" in warnings(elsewhere)
    assert "secret" in warnings(FORM.replace('s:class="open"', 's:class="secret"'))
    assert "persn.sex" in warnings(FORM.replace("person.sex", "persn.sex"))


def test_s61_names_must_not_stay_on_the_phone() -> None:
    kept = FORM.replace('o:auto-delete="true"', "")
    assert list(publish_rules.mistakes_of(xform.read(FORM.encode()))) == []
    [told] = publish_rules.mistakes_of(xform.read(kept.encode()))
    assert "auto_delete" in told.fix
    unnamed = kept.replace(' s:class="identity"', "").replace(' s:tag="person.name"', "")
    assert list(publish_rules.mistakes_of(xform.read(unnamed.encode()))) == []
    assert "auto_delete" in warnings(unnamed)


WHERE = '<bind nodeset="/data/where" type="geopoint"/>'


@pytest.mark.parametrize("kind", ["geopoint", "geotrace", "geoshape"])
@pytest.mark.parametrize("said", ["coded", "open"])
def test_an_exact_place_is_somebodys_unless_the_form_says_otherwise(kind: str, said: str) -> None:
    shown = f'<bind nodeset="/data/where" type="{kind}" s:class="{said}"/>'
    [told] = publish_rules.mistakes_of(xform.read(FORM.replace(WHERE, shown).encode()))
    assert told.text == "where"
    assert "samleng:place" in told.fix
    assert "samleng:place" in told.fix_km
    declared = shown.replace("/>", ' s:place="nobody"/>')
    field_of_mines = xform.read(FORM.replace(WHERE, declared).encode())
    assert list(publish_rules.mistakes_of(field_of_mines)) == []
    assert field(field_of_mines, "where").sensitivity == said
    typo = xform.read(FORM.replace(WHERE, shown.replace("/>", ' s:place="noone"/>')).encode())
    assert len(list(publish_rules.mistakes_of(typo))) == 1
    unclassed = FORM.replace(WHERE, WHERE.replace("/>", ' s:place="nobody"/>'))
    assert field(xform.read(unclassed.encode()), "where").sensitivity is Sensitivity.CODED


def test_s61_a_form_that_merely_asks_text_may_not_order_phones_to_keep_it() -> None:
    """The form's word stands before the settings of the QR code, which delete what was sent."""
    plain = FORM.replace(' s:class="identity"', "").replace(' s:tag="person.name"', "")
    [told] = publish_rules.mistakes_of(
        xform.read(plain.replace('auto-delete="true"', 'auto-delete="false"').encode())
    )
    assert "auto_delete" in told.fix


def test_a_form_without_an_instance_id_cannot_be_sealed() -> None:
    """Collect would send it in clear, and say nothing."""
    sealed = FORM.replace("<submission ", f'<submission base64RsaPublicKey="{KEYS.public}" ')
    assert xform.read(sealed.encode()).public_key == KEYS.public
    assert list(publish_rules.mistakes_of(xform.read(sealed.encode()))) == []
    [told] = publish_rules.mistakes_of(
        xform.read(sealed.replace("o:instanceID", "o:other").encode())
    )
    assert "meta/instanceID" in told.message


@pytest.mark.parametrize(
    ("version", "expected"), [("9", "9"), ("10", "10"), ("11", "10"), ("9.5", "9"), ("1", "9")]
)
def test_an_unknown_version_is_read_with_the_one_before_it(version: str, expected: str) -> None:
    assert nearest(version, ["10", "9"]) == expected
