"""XML from strangers: what is read, what is refused, and what counts as the same."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from service.foundation.formats import safe_xml
from service.foundation.formats.safe_xml import Reason, XmlRefused, canonical_sha256, parse

BOMB = '<!ENTITY e0 "ha">' + "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 8))
REFUSED = {
    "external entity": (
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
        Reason.DOCTYPE,
    ),
    "internal entity": (b'<!DOCTYPE d [<!ENTITY x "y">]><d>&x;</d>', Reason.DOCTYPE),
    "entity bomb": (f"<!DOCTYPE d [{BOMB}]><d>&e7;</d>".encode(), Reason.DOCTYPE),
    "after a comment": (b"<?xml version='1.0'?><!-- <a> --> <!DOCTYPE d><d/>", Reason.DOCTYPE),
    "after a mark": (b"\xef\xbb\xbf<!DOCTYPE d><d/>", Reason.DOCTYPE),
    "UTF-16": ('<?xml version="1.0"?><!DOCTYPE d><d/>'.encode("utf-16"), Reason.NOT_UTF8),
    "UTF-16 without mark": ("<!DOCTYPE d><d/>".encode("utf-16-le"), Reason.NOT_UTF8),
    "UTF-16 big end": ("<!DOCTYPE d><d/>".encode("utf-16-be"), Reason.NOT_UTF8),
    "UTF-32": ("<!DOCTYPE d><d/>".encode("utf-32"), Reason.NOT_UTF8),
    "UTF-7": (
        b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE d+AD4-<d/>',
        Reason.NOT_UTF8,
    ),
    "Latin-1": (b'<?xml version="1.0" encoding="ISO-8859-1"?><d>\xe9</d>', Reason.NOT_UTF8),
    "bytes that are no text": (b"<d>\xff\xfe</d>", Reason.NOT_UTF8),
    "65 deep": (b"<a>" * 65 + b"</a>" * 65, Reason.TOO_DEEP),
    "200,000 deep": (b"<a>" * 200_000 + b"</a>" * 200_000, Reason.TOO_DEEP),
    "too many elements": (b"<d>" + b"<a/>" * 200_000 + b"</d>", Reason.TOO_MANY_NODES),
    "too large": (b"<d>" + b"x" * (4 << 20) + b"</d>", Reason.TOO_LARGE),
    "cut off": (b"<d><a>", Reason.MALFORMED),
    "empty": (b"", Reason.MALFORMED),
    "undeclared entity": (b"<d>&nbsp;</d>", Reason.MALFORMED),
    "two roots": (b"<d/><d/>", Reason.MALFORMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_s19_hostile_xml_is_refused_in_less_than_a_second(name: str) -> None:
    data, reason = REFUSED[name]
    start = time.perf_counter()
    with pytest.raises(XmlRefused) as refused:
        parse(data)
    assert refused.value.reason is reason
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "data",
    [
        "\ufeff<d>ភូមិ</d>".encode(),
        "<!-- first --><?go on?> <d>ភូមិ</d>".encode(),
        '<?xml version="1.0" encoding="utf-8"?>\n<d>ភូមិ</d>\n'.encode(),
        "<d><![CDATA[ភូមិ]]></d>".encode(),
        "<d>ភូ\x00មិ\x0b&#x1;</d>".encode(),
    ],
)
def test_what_phones_send_is_read(data: bytes) -> None:
    assert parse(data).text == "ភូមិ"


def test_the_word_doctype_in_an_answer_is_no_doctype() -> None:
    assert parse(b"<d><![CDATA[<!DOCTYPE x>]]></d>").text == "<!DOCTYPE x>"


def test_s19_the_limits_themselves_are_allowed() -> None:
    assert parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"
    assert len(parse(b"<d>" + b"<a/>" * 199_999 + b"</d>")) == 199_999


def test_s19_one_attribute_of_a_megabyte_is_read() -> None:
    assert len(parse(b'<d a="' + b"x" * 1_000_000 + b'"/>').get("a") or "") == 1_000_000


def test_s19_a_million_comments_do_not_stall_the_look_for_a_doctype() -> None:
    start = time.perf_counter()
    assert parse(b"<!-- -->" * 190_000 + b"<d><![CDATA[<!DOCTYPE]]></d>").tag == "d"
    assert time.perf_counter() - start < 1


def test_style_of_writing_does_not_change_the_canonical_hash() -> None:
    one = b'<?xml version="1.0"?>\n<d b="2" a="1">\n  <g>\n <q>x y</q><r></r></g>\n</d>'
    other = b"<!-- c --><d a='1' b='2'><g><q>x y</q><!-- c --><r/></g></d>\n"
    assert canonical_sha256(parse(one)) == canonical_sha256(parse(other))


@pytest.mark.parametrize(
    "other", [b"<d><q>x</q></d>", b"<d><q> x y</q></d>", b"<d><q>x y</q><q/></d>", b"<e/>"]
)
def test_another_answer_changes_the_canonical_hash(other: bytes) -> None:
    assert canonical_sha256(parse(b"<d><q>x y</q></d>")) != canonical_sha256(parse(other))


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=6))
def test_any_text_is_read_or_refused_and_whitespace_between_elements_never_counts(
    answers: list[str],
) -> None:
    root = etree.Element("d")
    for answer in answers:
        try:
            etree.SubElement(root, "q").text = answer
        except ValueError:  # not XML text: lxml refuses to write it
            return
    flat = etree.tostring(root, encoding="utf-8")
    spaced = flat.replace(b"<q", b"\n\t<q")
    assert canonical_sha256(parse(flat)) == canonical_sha256(parse(spaced))
    assert [q.text or "" for q in parse(spaced)] == answers


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(XmlRefused):
        assert canonical_sha256(parse(data))


def test_stripping_keeps_everything_legal() -> None:
    data = "<d>ភាសា\t\n&#9;&#x1F600;</d>".encode()
    assert safe_xml.strip_illegal(data) == data


def test_a_comment_inside_an_answer_cuts_nothing_off() -> None:
    root = parse(b"<d><age>4<!-- sic -->4<?x y?></age><photo><!-- new -->a.jpg</photo></d>")
    assert [(child.text, len(child)) for child in root] == [("44", 0), ("a.jpg", 0)]


def test_signs_of_equality_in_an_answer_are_no_attributes() -> None:
    drawn = "=" * 300_000
    assert parse(f"<d><a x='1'>{drawn}</a></d>".encode())[0].text == drawn


@pytest.mark.parametrize("value", ["", ">", "<".replace("<", "&lt;>")])
def test_s19_attributes_are_counted_whatever_their_values_hold(value: str) -> None:
    many = " ".join(f"a{n}='{value}'" for n in range(200_001))
    with pytest.raises(XmlRefused) as refused:
        parse(f"<d {many}/>".encode(), max_bytes=1 << 26)
    assert refused.value.reason is Reason.TOO_MANY_NODES
