"""What ODK Collect reads from a server, and where it gives up.

Collect's own sentences are in the errors, so that a failing test reads like the phone's screen.
Source: getodk/collect, `Kxml2OpenRosaResponseParser.kt`, `ResponseMessageParser.java`.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

LIST_NS = "{http://openrosa.org/xforms/xformsList}"
MANIFEST_NS = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE_NS = "{http://openrosa.org/http/response}"
FULL_SUCCESS = "full submission upload was successful!"


class InvalidResponseError(Exception):
    """The phone shows: the server provided an invalid response. Nothing on it has changed."""


@dataclass(frozen=True, kw_only=True)
class ListedForm:
    """One entry of the form list. `hash` is the MD5 in hex, None if the server gave none."""

    form_id: str
    name: str
    version: str
    hash: str | None
    download_url: str
    manifest_url: str | None


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """One entry of a manifest. `type` is "entityList", "approvalEntityList" or absent."""

    filename: str
    hash: str
    download_url: str
    type: str | None
    integrity_url: str | None


def read_form_list(body: bytes) -> list[ListedForm]:
    """One bad entry makes the whole list invalid."""
    root = _parse(body)
    if root.tag != f"{LIST_NS}xforms":
        raise InvalidResponseError(f"the root element is {root.tag}")
    return [_listed_form(entry) for entry in root if entry.tag == f"{LIST_NS}xform"]


def _listed_form(entry: ET.Element) -> ListedForm:
    def text(name: str) -> str:
        return (entry.findtext(f"{LIST_NS}{name}") or "").strip()

    for name in ("formID", "name", "downloadUrl"):
        if not text(name):
            raise InvalidResponseError(f"a form without {name}")
    if entry.find(f"{LIST_NS}hash") is not None and not text("hash"):
        raise InvalidResponseError("an empty hash: Collect stops with a null dereference")
    digest = text("hash")
    return ListedForm(
        form_id=text("formID"),
        name=text("name"),
        version=text("version"),
        hash=digest[4:] if digest.startswith("md5:") else None,
        download_url=text("downloadUrl"),
        manifest_url=text("manifestUrl") or None,
    )


def read_manifest(body: bytes) -> list[MediaFile]:
    """One incomplete entry drops the whole manifest."""
    root = _parse(body)
    if root.tag != f"{MANIFEST_NS}manifest":
        raise InvalidResponseError(f"the root element is {root.tag}")
    return [_media_file(entry) for entry in root if entry.tag == f"{MANIFEST_NS}mediaFile"]


def _media_file(entry: ET.Element) -> MediaFile:
    def text(name: str) -> str:
        return (entry.findtext(f"{MANIFEST_NS}{name}") or "").strip()

    for name in ("filename", "hash", "downloadUrl"):
        if not text(name):
            raise InvalidResponseError(f"a media file without {name}")
    return MediaFile(
        filename=text("filename").rsplit("/", 1)[-1],
        hash=text("hash")[4:],  # cut blindly, whatever the four characters are
        download_url=text("downloadUrl"),
        type=entry.get("type"),
        integrity_url=text("integrityUrl") or None,
    )


def read_message(body: bytes) -> str | None:
    """The sentence that the phone shows after a POST; None if it finds none."""
    if b"OpenRosaResponse" not in body:
        return None
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        return None
    found = root.findtext(f"{RESPONSE_NS}message")
    return found.strip() if found else None


def _parse(body: bytes) -> ET.Element:
    try:
        return ET.fromstring(body)
    except ET.ParseError as error:
        raise InvalidResponseError(str(error)) from error
