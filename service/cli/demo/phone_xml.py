"""Answers as the XML that a phone would send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from service.cli.demo.people import Filled

BOUNDARY = "samleng-demo-7Q2xW9"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def instance(filled: Filled, version: str) -> bytes:
    """The record, with the root element that pyxform gives."""
    body = _nodes(filled.answers)
    edits = f"<deprecatedID>{filled.edits}</deprecatedID>" if filled.edits else ""
    return (
        "<?xml version='1.0' ?>"
        f'<data xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" '
        f'id="{filled.form_id}" version="{version}">{body}'
        f"<meta><instanceID>{filled.instance_id}</instanceID>{edits}</meta></data>"
    ).encode()


def _nodes(answers: dict[str, Any]) -> str:
    parts = []
    for name, value in answers.items():
        for each in value if isinstance(value, list) else [value]:
            inner = _nodes(each) if isinstance(each, dict) else escape(str(each))
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


def multipart(xml: bytes, files: Mapping[str, bytes] | None = None) -> bytes:
    """The body of `POST /submission`; `files` by the names that the record calls them."""
    head = (
        f"--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="xml_submission_file"; filename="demo.xml"\r\n'
        "Content-Type: text/xml\r\n\r\n"
    )
    parts = [head.encode() + xml]
    for name, content in (files or {}).items():
        said = f'Content-Disposition: form-data; name="{name}"; filename="{name}"'
        parts.append(f"{said}\r\nContent-Type: image/png\r\n\r\n".encode() + content)
    return f"\r\n--{BOUNDARY}\r\n".encode().join(parts) + f"\r\n--{BOUNDARY}--\r\n".encode()
