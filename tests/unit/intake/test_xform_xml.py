"""A record's XML as phones write it: ids, version, and which files it names."""

from __future__ import annotations

import pytest

from service.forms.schema import Field, FormSchema
from service.foundation.formats import safe_xml
from service.intake.instance import Instance
from service.intake.readers import xform_xml
from service.intake.readers.xform_xml import MAX_ID

ORX = 'xmlns:orx="http://openrosa.org/xforms"'
SCHEMA = FormSchema(
    form_id="visit",
    version="1",
    title="សម្ភាសន៍",
    root="data",
    fields=(
        Field(path=("photo",), type="binary"),
        Field(path=("member", "voice"), type="binary", repeats=frozenset({1})),
        Field(path=("village",), type="string"),
        Field(path=("meta", "audit"), type="binary"),
    ),
    repeats=frozenset({("member",)}),
)


def read(xml: str, schema: FormSchema | None = SCHEMA) -> tuple[Instance, bool]:
    raw = xml.encode()
    return xform_xml.read(safe_xml.parse(raw), raw, schema)


COLLECT = (
    f'<?xml version=\'1.0\' ?><data id="visit" version="3" {ORX}><village>អូរតាគាំ</village>'
    "<photo>1.jpg</photo><member><voice>2.m4a</voice></member><member><voice/></member>"
    "<member><voice>3.m4a</voice></member><orx:meta><orx:instanceID>uuid:2</orx:instanceID>"
    "<orx:deprecatedID>uuid:1</orx:deprecatedID><orx:audit>audit.csv</orx:audit></orx:meta></data>"
)


def test_what_collect_sends() -> None:
    instance, is_made = read(COLLECT)
    assert instance == Instance(
        form_id="visit",
        version="3",
        instance_id="uuid:2",
        deprecated_id="uuid:1",
        expected_files=("1.jpg", "2.m4a", "3.m4a", "audit.csv"),
    )
    assert not is_made


@pytest.mark.parametrize(
    "xml",
    [
        '<data id="visit" version="1"><meta><instanceID>uuid:2</instanceID></meta></data>',
        (
            f'<data id="visit" version="1" {ORX}><orx:meta><orx:instanceID> uuid:2\n'
            "</orx:instanceID></orx:meta></data>"
        ),
        (
            '<data id="visit" version="1" xmlns:x="http://openrosa.org/xforms"><x:meta>'
            "<x:instanceID>uuid:2</x:instanceID></x:meta></data>"
        ),
        '<data id="visit" version="1" instanceID="uuid:2"><village/></data>',
        (
            f'<!-- by hand --><data id="visit" orx:version="1" {ORX}><meta><instanceID>uuid:2'
            "</instanceID></meta></data>"
        ),
        '<data xmlns="visit" version="1"><meta><instanceID>uuid:2</instanceID></meta></data>',
        (
            '<data id=" visit " version=" 1 "><formhub><uuid>abc</uuid></formhub><__version__>v9'
            "</__version__><meta><instanceID>uuid:2</instanceID><rootUuid>uuid:9</rootUuid></meta>"
            "</data>"
        ),
        '\ufeff<data id="visit" version="1"><meta><instanceID>uuid:2</instanceID></meta></data>',
    ],
)
def test_ids_are_read_in_every_spelling(xml: str) -> None:
    instance, is_made = read(xml)
    assert (instance.form_id, instance.version, instance.instance_id) == ("visit", "1", "uuid:2")
    assert instance.deprecated_id is None
    assert not is_made


def test_a_meta_block_further_down_is_an_answer() -> None:
    xml = '<data id="visit"><group><meta><instanceID>uuid:9</instanceID></meta></group></data>'
    assert read(xml)[1]


@pytest.mark.parametrize("given", ["", "   ", "x" * (MAX_ID + 1)])
def test_a_record_without_an_id_gets_the_same_one_each_time(given: str) -> None:
    xml = f'<data id="visit" version="1"><meta><instanceID>{given}</instanceID></meta></data>'
    (first, is_made), (again, _) = read(xml), read(xml)
    other = read(xml.replace("<meta>", "<village>ថ្មី</village><meta>"))[0]
    assert is_made
    assert first.instance_id.startswith("uuid:")
    assert first.instance_id == again.instance_id != other.instance_id


def test_an_id_of_249_characters_is_one() -> None:
    given = "x" * MAX_ID
    xml = f'<data id="visit"><meta><instanceID>{given}</instanceID></meta></data>'
    assert read(xml)[0].instance_id == given


def test_no_version_and_an_empty_one_are_the_same() -> None:
    assert read('<data id="visit"/>')[0].version == read('<data id="visit" version=""/>')[0].version


def test_names_of_files_are_cleaned_as_those_that_arrive_are() -> None:
    xml = (
        '<data id="visit"><photo>../x/a.jpg</photo><member><voice>a.jpg</voice></member>'
        "<member><voice>..</voice></member><member><voice> </voice></member></data>"
    )
    assert read(xml)[0].expected_files == ("a.jpg",)


def test_a_form_that_nobody_knows_names_no_files() -> None:
    assert read(COLLECT, None)[0].expected_files == ()


def test_files_of_an_encrypted_record_stand_in_its_manifest_in_order() -> None:
    xml = (
        '<data xmlns="http://opendatakit.org/submissions" id="visit" version="1" encrypted="yes">'
        f"<base64EncryptedKey>abc</base64EncryptedKey><orx:meta {ORX}><orx:instanceID>uuid:2"
        "</orx:instanceID></orx:meta><encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        "<media><file>b.jpg.enc</file></media><media><file>a.jpg.enc</file></media></data>"
    )
    instance, _ = read(xml)
    assert instance.is_encrypted
    assert instance.expected_files == ("b.jpg.enc", "a.jpg.enc", "submission.xml.enc")


def test_answers_are_texts_groups_and_lists() -> None:
    root = safe_xml.parse(COLLECT.encode())
    answers = xform_xml.answers(root, SCHEMA)
    assert answers["village"] == "អូរតាគាំ"
    assert answers["member"] == [{"voice": "2.m4a"}, {"voice": ""}, {"voice": "3.m4a"}]
    assert answers["meta"] == {
        "instanceID": "uuid:2",
        "deprecatedID": "uuid:1",
        "audit": "audit.csv",
    }
