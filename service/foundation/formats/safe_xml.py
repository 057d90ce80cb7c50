"""XML from strangers, parsed by lxml with everything dangerous refused before or after.

Only UTF-8 is read, so a DOCTYPE cannot hide in UTF-16 or UTF-7, and looking for its bytes is
exact. There are no entities, no DTD, no network, no huge trees. About 50 µs for 4 KB: it is on
the way of every submission.
"""

from __future__ import annotations

import enum
import hashlib
import re

from lxml import etree

MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 200_000
"""Elements, comments and attributes, counted before anything is built."""
MAX_DEPTH = 64


class Reason(enum.StrEnum):
    """Why XML was refused: stored with what goes to quarantine."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    DOCTYPE = "doctype"
    TOO_MANY_NODES = "too_many_nodes"
    TOO_DEEP = "too_deep"
    MALFORMED = "malformed"


class XmlRefused(Exception):  # noqa: N818 - a verdict on what was sent, not a fault here
    """XML that is not read. `detail` says where, and quotes nothing of the content."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"""\A\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_DOCTYPE_IN_PROLOG = re.compile(
    # Possessive and atomic: a megabyte of comments cannot make it backtrack.
    rb"\A(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE",
    re.DOTALL,
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,8}));")
_TAG = re.compile(rb"""<[^<>"']*(?:"[^"<]*"[^<>"']*|'[^'<]*'[^<>"']*)*>""")
_LONG_BLANKS = (b" " * 1000, b"\t" * 1000, b"\n" * 1000)
"""Somewhere beyond, the parser takes white space between elements for text."""
_is_too_deep = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")


def parse(data: bytes, max_bytes: int = MAX_BYTES, max_nodes: int = MAX_NODES) -> etree._Element:
    """The root element. White space between elements is dropped, that inside answers is kept.

    Characters that XML 1.0 forbids (some keyboards send them) are taken out for reading where
    nothing else is wrong; keep `data` if the original matters. Raises XmlRefused.
    """
    data = _checked(data, max_bytes, max_nodes)
    try:
        root = _parse(data)
    except etree.XMLSyntaxError as error:
        readable = _without_illegal(data)
        if readable == data:
            raise _refusal(error) from None
        try:
            root = _parse(readable)
        except etree.XMLSyntaxError as second:
            raise _refusal(second) from None
    if _is_too_deep(root):
        raise XmlRefused(Reason.TOO_DEEP)
    if any(run in data for run in _LONG_BLANKS):
        _drop_blanks(root)
    return root


class Again:
    """Reads bytes that `parse` has taken before, a third as dear: what they must not hold was
    looked for then, and one parser serves them all. The parser's own limits stand. For one thread
    at a time: others would wait."""

    def __init__(self) -> None:
        self._parser = _parser()

    def parse(self, data: bytes) -> etree._Element:
        """The root element."""
        try:
            return etree.fromstring(data, self._parser)
        except (etree.XMLSyntaxError, ValueError):
            return parse(data)


def canonical_sha256(root: etree._Element) -> bytes:
    """SHA-256 of the C14N form of a tree from `parse`: same meaning, same hash.

    Comments, white space between elements, the order of attributes and the style of quotes do not
    count (docs/device-sync.md, canonical hash).
    """
    try:
        form = etree.tostring(root, method="c14n", with_comments=False, with_tail=False)
    except etree.C14NError:  # a relative namespace (xmlns="myform"): C14N 1.0 refuses, 2.0 does not
        form = etree.canonicalize(root, with_comments=False).encode()
    return hashlib.sha256(form).digest()


def _drop_blanks(root: etree._Element) -> None:
    for element in root.iter():
        if len(element) and element.text and not element.text.strip():
            element.text = None
        if element.tail and not element.tail.strip():
            element.tail = None


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids."""
    return _ILLEGAL.sub("", text)


def strip_illegal(data: bytes) -> bytes:
    """UTF-8 `data` without the characters, and references to them, that XML 1.0 forbids."""
    text = legal(data.decode("utf-8"))
    return _REFERENCE.sub(_legal_reference, text).encode("utf-8")


def _legal_reference(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else int(match[2])
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
    return match[0] if legal or 0x10000 <= code <= 0x10FFFF else ""


def _without_illegal(data: bytes) -> bytes:
    try:
        return strip_illegal(data)
    except UnicodeDecodeError as error:  # the parser said so too, but not so clearly
        raise XmlRefused(Reason.NOT_UTF8, f"byte {error.start}") from None


def _checked(data: bytes, max_bytes: int, max_nodes: int) -> bytes:
    """`data` without its byte order mark, if it may be given to the parser at all."""
    if len(data) > max_bytes:
        raise XmlRefused(Reason.TOO_LARGE)
    data = data.removeprefix(_BOM)
    declared = _DECLARED.match(data[:1000])
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise XmlRefused(Reason.NOT_UTF8)
    if data.startswith((b"\0", b"<\0")):  # UTF-16 or UTF-32 without a mark is valid UTF-8 too
        raise XmlRefused(Reason.NOT_UTF8)
    if b"<!DOCTYPE" in data and _DOCTYPE_IN_PROLOG.match(data):
        raise XmlRefused(Reason.DOCTYPE)
    if _nodes(data, max_nodes) > max_nodes:
        raise XmlRefused(Reason.TOO_MANY_NODES)
    return data


def _nodes(data: bytes, enough: int) -> int:
    """An upper bound: an element needs a "<" that is not "</", an attribute a "=" in a tag. Where
    few enough are anywhere, nobody looks where they are."""
    elements = data.count(b"<") - data.count(b"</")
    if elements + data.count(b"=") <= enough:
        return elements + data.count(b"=")
    tags: list[bytes] = _TAG.findall(data)
    return elements + sum(tag.count(b"=") for tag in tags)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(  # made each time (2 µs): a shared one would serialise the threads
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_blank_text=True,
        remove_comments=True,  # one inside an answer would cut it in two
        remove_pis=True,
        collect_ids=False,
    )


def _parse(data: bytes) -> etree._Element:
    root = etree.fromstring(data, _parser())
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused(Reason.DOCTYPE)
    return root


def _refusal(error: etree.XMLSyntaxError) -> XmlRefused:
    reason = Reason.TOO_DEEP if "depth" in str(error) else Reason.MALFORMED
    return XmlRefused(reason, f"line {error.lineno}")
