"""A phone's multipart upload, read strictly and as a stream: memory stays flat for any size.

The framework's own form parser is not used: on a cut or broken body it answers with no files and
no error, and the record would be lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import multipart

from service.foundation.blobs import CHUNK
from service.foundation.problems import (
    BODY_TOO_LARGE,
    MALFORMED_BODY,
    MISSING_XML_PART,
    TOO_MANY_PARTS,
    UNSUPPORTED_MEDIA_TYPE,
    XML_TOO_LARGE,
    Problem,
)
from service.intake.envelope import ArrivedFile, Bytes

XML_PART = "xml_submission_file"
MAX_PARTS = 1000
MAX_XML_BYTES = 4 * 1024 * 1024


@dataclass(kw_only=True)
class Parts:
    """What a body held. `discard` it unless every file was taken over."""

    xml: bytes = b""
    files: list[ArrivedFile] = field(default_factory=list)

    def discard(self) -> None:
        for file in self.files:
            file.content.discard()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bytes of the whole body."""

    body: int


class Receiver(Protocol):
    """Who decides where each file goes."""

    def xml(self, xml: bytes) -> None:
        """The XML part has ended."""

    def draft(self, filename: str, field_name: str) -> Bytes | None:
        """Where to put a file that begins; None: nowhere."""
        ...


def read(
    stream: BinaryIO,
    content_type: str,
    content_length: int | None,
    receiver: Receiver,
    limits: Limits,
    xml_part: str = XML_PART,
) -> Parts:
    """All parts of the body, of which one is XML; each file in a draft of its own, unless the
    receiver wants none of it. Raises a Problem, leaving nothing behind."""
    kind, options = multipart.parse_options_header(content_type)
    if kind != "multipart/form-data":
        raise Problem(UNSUPPORTED_MEDIA_TYPE, given=kind or "-", expected="multipart/form-data")
    if content_length is not None and content_length > limits.body:
        raise _too_large(limits)
    collector, body = _Collector(receiver, xml_part), Counted(stream, content_length, limits)
    try:
        _feed(collector, body.read, options.get("boundary", ""))
        body.finish()
    except BaseException:
        collector.abandon()
        raise
    if not collector.has_xml:
        collector.abandon()
        raise Problem(MISSING_XML_PART, part=xml_part)
    return collector.parts


def _feed(collector: _Collector, read_some: Callable[[int], bytes], boundary: str) -> None:
    try:
        parser = multipart.PushMultipartParser(
            boundary,
            max_segment_count=MAX_PARTS,
            max_header_size=8192,
            header_charset="latin-1",  # every byte: a name that is no UTF-8 loses no record
            strict=True,
        )
        for event in parser.parse_blocking(read_some, CHUNK):
            if isinstance(event, multipart.MultipartSegment):
                collector.start(event)
            elif event is None:
                collector.end()
            else:
                collector.data(event)
    except multipart.ParserLimitReached as error:
        if "count" in str(error) and "header" not in str(error):
            raise Problem(TOO_MANY_PARTS, limit=MAX_PARTS) from error
        raise Problem(MALFORMED_BODY) from error
    except (multipart.MultipartError, UnicodeError, OSError) as error:
        raise Problem(MALFORMED_BODY) from error


def _too_large(limits: Limits) -> Problem:
    return Problem(BODY_TOO_LARGE, limit_mb=limits.body // 1_000_000)


class Counted:
    """The body, no further than its length, and with its length enforced where none was given."""

    def __init__(self, stream: BinaryIO, length: int | None, limits: Limits) -> None:
        self._stream, self._left, self._limits, self._seen = stream, length, limits, 0

    def read(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
            if size == 0:
                return b""
        chunk = self._stream.read(size)
        if self._left is not None:
            self._left -= len(chunk)
        self._seen += len(chunk)
        if self._seen > self._limits.body:
            raise _too_large(self._limits)
        return chunk

    def finish(self) -> None:
        """Read past what follows the last boundary: unread bytes would reset the connection. Where
        less came than was announced the upload was cut, however whole it looks."""
        try:
            while self.read(CHUNK):
                pass
        except OSError as error:
            raise Problem(MALFORMED_BODY) from error
        if self._left:
            raise Problem(MALFORMED_BODY)


def _is_file(segment: multipart.MultipartSegment) -> bool:
    """Some clients say a file's name as that of the field alone, or as `filename*`."""
    if segment.filename is not None:
        return True
    is_plain = segment.content_type in (None, "text/plain")
    return not is_plain or "filename*" in segment.header("Content-Disposition", "").casefold()


def _text(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "replace")


class _Collector:
    """Puts each part where it belongs: the XML in memory, files in drafts, plain fields nowhere."""

    def __init__(self, receiver: Receiver, xml_part: str) -> None:
        self.parts = Parts()
        self._xml_part = xml_part
        self.has_xml = False
        self._receiver = receiver
        self._xml: bytearray | None = None
        self._draft: Bytes | None = None
        self._names = ("", "")

    def start(self, segment: multipart.MultipartSegment) -> None:
        if segment.name == self._xml_part:
            if self.has_xml:
                raise Problem(MALFORMED_BODY)
            self.has_xml, self._xml = True, bytearray()
        elif _is_file(segment):
            self._names = (_text(segment.filename or ""), _text(segment.name or ""))
            self._draft = self._receiver.draft(*self._names)

    def data(self, chunk: bytes) -> None:
        if self._xml is not None:
            self._xml += chunk
            if len(self._xml) > MAX_XML_BYTES:
                raise Problem(XML_TOO_LARGE, limit_mb=MAX_XML_BYTES // (1024 * 1024))
        elif self._draft is not None:
            self._draft.write(chunk)

    def end(self) -> None:
        if self._xml is not None:
            self.parts.xml, self._xml = bytes(self._xml), None
            self._receiver.xml(self.parts.xml)
        elif self._draft is not None:
            self.parts.files.append(
                ArrivedFile(filename=self._names[0], field_name=self._names[1], content=self._draft)
            )
            self._draft = None

    def abandon(self) -> None:
        if self._draft is not None:
            self._draft.discard()
        self.parts.discard()
