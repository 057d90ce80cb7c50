"""A phone with ODK Collect on it, as far as a server can tell (docs/device-sync.md).

    phone = Phone("https://data.example.org/v1/key/T0k/projects/1", "collect:a1b2c3d4e5f6g7h8")
    phone.sync_forms()                     # list, manifests, forms, media, as *match exactly*
    phone.send(Record(xml=b"…", files={"photo.jpg": b"…"}))

Where clients and standards disagree it does what Collect does; the source of each oddity is the
table of that section.
"""

from __future__ import annotations

import enum
import hashlib
import secrets
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.collect_http import (
    COLLECT,
    Body,
    Credentials,
    Http,
    Reply,
    UnreachableError,
)
from tests.clients.collect_xml import (
    FULL_SUCCESS,
    InvalidResponseError,
    ListedForm,
    MediaFile,
    read_form_list,
    read_manifest,
    read_message,
)

BUILT_IN_LIMIT = 10_000_000
"""Bytes of a batch when no preflight announced another size."""
MOST_FILES = 101
"""Files that Collect puts into one batch, whatever their size."""
SENT = (201, 202)


class FormListError(Exception):
    """The form list could not be used; forms on the phone stay as they are."""


class DownloadError(Exception):
    """A form or one of its files could not be fetched; the form's update is abandoned."""


class Standing(enum.Enum):
    """What a listed form is to this phone."""

    ON_DEVICE = "on device"
    NEW = "new"
    UPDATED_VERSION = "updated version"
    UPDATED_HASH = "updated hash"
    UPDATED_MEDIA = "updated media"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A finalised record: read-only from here on. Files are sent in this order."""

    xml: bytes
    files: Mapping[str, bytes | Path] = field(default_factory=dict)
    name: str = "record"
    """Instance name: becomes the file name of the XML part."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """How one attempt to send one record ended. `statuses` has one entry a POST."""

    is_sent: bool
    shown: str
    """What the phone shows to the enumerator."""
    statuses: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StoredForm:
    """A blank form on the phone. Hashes are the MD5 of what was saved, not what was promised."""

    form_id: str
    version: str
    xml: bytes
    media: dict[str, bytes]

    @property
    def hash(self) -> str:
        return md5(self.xml)


class Phone:
    """One device. Keeps connections alive between calls; `close()` it."""

    def __init__(
        self,
        base_url: str,
        device_id: str = "collect:aXb2c3d4e5f6g7h8",
        *,
        user_agent: str = COLLECT,
        timeout_s: float = 60.0,
        credentials: Credentials | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.device_id = device_id
        self.http = Http(user_agent=user_agent, timeout_s=timeout_s, credentials=credentials)
        self.forms: dict[tuple[str, str], StoredForm] = {}
        self._submission_urls: dict[str, str] = {}

    def close(self) -> None:
        self.http.close()

    # --- forms -----------------------------------------------------------------------------------
    def form_list(self) -> list[ListedForm]:
        """The forms on offer. Raises FormListError with the reason that Collect would give."""
        try:
            reply = self.http.get(self._own(f"{self.base_url}/formList"))
        except UnreachableError as error:
            raise FormListError(f"can't reach the server: {error}") from error
        if reply.status == 404:
            raise FormListError("can't reach the server … did you enter the URL correctly?")
        if reply.status == 401:
            raise FormListError("a credential dialog")
        if reply.status != 200:
            raise FormListError(f"the server returned status code {reply.status}")
        _require_openrosa(reply, "formList", FormListError)
        try:
            return read_form_list(reply.body)
        except InvalidResponseError as error:
            raise FormListError(f"provided an invalid response: {error}") from error

    def manifest(self, form: ListedForm) -> list[MediaFile]:
        """The files of a form. A failure is logged by Collect and means: no files."""
        if form.manifest_url is None:
            return []
        try:
            reply = self.http.get(self._own(form.manifest_url))
            if reply.status != 200:
                return []
            _require_openrosa(reply, "manifest", InvalidResponseError)
            return read_manifest(reply.body)
        except (UnreachableError, InvalidResponseError):
            return []

    def standing(self, form: ListedForm, manifest: list[MediaFile]) -> Standing:
        """How Collect classifies a listed form: by MD5 first, then by id and version."""
        if form.hash is None:
            raise FormListError("the server did not provide a hash")
        for stored in self.forms.values():
            if stored.hash == form.hash:
                here = {md5(content) for content in stored.media.values()}
                plain = [file for file in manifest if not file.filename.endswith(".zip")]
                missing = any(file.hash not in here for file in plain)
                return Standing.UPDATED_MEDIA if missing else Standing.ON_DEVICE
        if (form.form_id, form.version) in self.forms:
            return Standing.UPDATED_HASH
        if any(form_id == form.form_id for form_id, _ in self.forms):
            return Standing.UPDATED_VERSION
        return Standing.NEW

    def download(self, form: ListedForm, manifest: list[MediaFile]) -> StoredForm:
        """Fetch a form and all its files. Compares the MD5 sums, which Collect leaves undone."""
        xml = self._fetch(form.download_url, form.hash)
        media = {file.filename: self._fetch(file.download_url, file.hash) for file in manifest}
        stored = StoredForm(form_id=form.form_id, version=form.version, xml=xml, media=media)
        self.forms[form.form_id, form.version] = stored
        return stored

    def sync_forms(self) -> dict[str, Standing]:
        """Match exactly: download what is not here, delete what is not listed. Form id -> was."""
        listed = self.form_list()
        was: dict[str, Standing] = {}
        for form in listed:
            manifest = self.manifest(form)
            was[form.form_id] = self.standing(form, manifest)
            if was[form.form_id] is not Standing.ON_DEVICE:
                self.download(form, manifest)
        kept = {form.form_id for form in listed}
        self.forms = {key: form for key, form in self.forms.items() if key[0] in kept}
        return was

    def _fetch(self, url: str, promised_md5: str | None) -> bytes:
        try:
            reply = self.http.get(self._own(url))
        except UnreachableError as error:
            raise DownloadError(f"{url}: {error}") from error
        if reply.status != 200:
            raise DownloadError(f"the server returned status code {reply.status} for {url}")
        if md5(reply.body) != promised_md5:
            raise DownloadError(f"{url}: MD5 is {md5(reply.body)}, {promised_md5} was promised")
        return reply.body

    # --- records ---------------------------------------------------------------------------------
    def start_run(self) -> None:
        """A new sending run: what the preflight of the last one said is forgotten."""
        self._submission_urls.clear()

    def send(self, record: Record) -> Sending:
        """One attempt, from the first file, whatever an earlier attempt got across."""
        try:
            url, limit = self._preflight()
            return self._post_batches(url, limit, record)
        except UnreachableError as error:
            return Sending(is_sent=False, shown=f"Error: {error}")
        except _GivenUpError as error:
            return Sending(is_sent=False, shown=str(error))

    def _preflight(self) -> tuple[str, int]:
        """Where to POST and how much at once."""
        own = self._own(f"{self.base_url}/submission")
        if own in self._submission_urls:
            return self._submission_urls[own], BUILT_IN_LIMIT
        reply = self.http.head(own)
        if reply.status == 401:
            raise _GivenUpError("a credential dialog; the whole batch stops")
        if 200 <= reply.status < 300 and reply.status != 204:
            raise _GivenUpError(f"Is this an OpenRosa submission endpoint? status {reply.status}")
        if reply.status != 204:
            return own, BUILT_IN_LIMIT  # ignored: the whole body is sent anyway
        limit = int(reply.headers.get("X-OpenRosa-Accept-Content-Length") or BUILT_IN_LIMIT)
        location = reply.headers.get("Location")
        if location is None:
            return own, limit
        self._submission_urls[own] = self._redirected(own, urllib.parse.unquote_plus(location))
        return self._submission_urls[own], limit

    def _redirected(self, own: str, location: str) -> str:
        here, there = urllib.parse.urlsplit(own), urllib.parse.urlsplit(location)
        if here.hostname != there.hostname:
            raise _GivenUpError(
                f"Unexpected redirection attempt to a different host: {there.hostname}"
            )
        return location if there.query else f"{location}?{here.query}"

    def _post_batches(self, url: str, limit: int, record: Record) -> Sending:
        statuses: list[int] = []
        shown = ""
        for batch, is_last in batches(record, limit):
            body, content_type = multipart(record, batch, is_last=is_last)
            reply = self.http.post(url, body, content_type)
            statuses.append(reply.status)
            shown = shown_for(reply)
            if reply.status not in SENT:
                return Sending(is_sent=False, shown=shown, statuses=tuple(statuses))
        return Sending(is_sent=True, shown=shown, statuses=tuple(statuses))

    def _own(self, url: str) -> str:
        """Collect appends its device id to every URL it fetches."""
        glue = "&" if "?" in url else "?"
        return f"{url}{glue}deviceID={urllib.parse.quote(self.device_id, safe='')}"


class _GivenUpError(Exception):
    """The record was not posted at all; the text is what the phone shows."""


def batches(record: Record, limit: int) -> list[tuple[list[str], bool]]:
    """File names of each POST, and whether it is the last one.

    The XML travels in each. A file joins until the next would pass the limit or the count.
    """
    made: list[tuple[list[str], bool]] = []
    names = list(record.files)
    sizes = {name: _size(record.files[name]) for name in names}
    batch: list[str] = []
    size = len(record.xml)
    for index, name in enumerate(names):
        batch.append(name)
        size += sizes[name]
        following = names[index + 1 : index + 2]
        if following and (len(batch) >= MOST_FILES or size + sizes[following[0]] > limit):
            made.append((batch, False))
            batch, size = [], len(record.xml)
    return [*made, (batch, True)]


def multipart(record: Record, names: list[str], *, is_last: bool) -> tuple[Body, str]:
    """The body of one POST and its content type: XML first, files, then the marker."""
    boundary = secrets.token_hex(16)
    body: Body = []

    def part(name: str, filename: str | None, kind: str, content: bytes | Path) -> None:
        disposition = f'form-data; name="{_quoted(name)}"'
        if filename is not None:
            disposition += f'; filename="{_quoted(filename)}"'
        head = (
            f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {_size(content)}\r\n\r\n"
        )
        body.extend([head.encode(), content, b"\r\n"])

    part("xml_submission_file", f"{record.name}.xml", "text/xml; charset=utf-8", record.xml)
    for name in names:
        part(name, name, "application/octet-stream", record.files[name])
    if not is_last:
        part("*isIncomplete*", None, "text/plain; charset=utf-8", b"yes")
    body.append(f"--{boundary}--\r\n".encode())
    return body, f"multipart/form-data; boundary={boundary}"


def shown_for(reply: Reply) -> str:
    """The words that Collect puts beside a record after a POST."""
    message = read_message(reply.body)
    if reply.status in SENT:
        return "Success" if message in (None, FULL_SUCCESS) else str(message)
    if reply.status == 200:
        return "Network login failure? Again?"
    if reply.status == 401:
        return f"Unauthorized (401) at {reply.url}"
    if message is not None:
        return f"Error: {message}"
    if reply.status == 400:
        return "make sure the form is configured to accept submissions"
    return f"Error: ({reply.status}) at {reply.url}"


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _size(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _quoted(name: str) -> str:
    """As OkHttp: raw UTF-8, with the quote and line breaks escaped."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _require_openrosa(reply: Reply, api: str, error: type[Exception]) -> None:
    if "text/xml" not in reply.content_type:
        raise error(f"not text/xml … do you need to login to your network? {reply.content_type}")
    if reply.headers.get("X-OpenRosa-Version") is None:
        raise error(f"does not correctly implement the OpenRosa {api} API")
