"""Names of files beside a form: what every phone can store (docs/device-sync.md)."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Iterable

from service.foundation.problems import FILE_NAME_INVALID, Problem

MAX_BYTES = 100

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_TYPES = mimetypes.MimeTypes()  # built in only: what the machine has in /etc must not matter
_OWN_TYPES = {".geojson": "application/geo+json", ".m4a": "audio/mp4", ".webp": "image/webp"}


def checked(name: str) -> str:
    """`name` in NFC. Raises Problem(FILE_NAME_INVALID)."""
    name = unicodedata.normalize("NFC", name)
    if not name.strip() or name.startswith("."):
        raise Problem(FILE_NAME_INVALID, name=name, reason="it is empty or begins with a dot")
    if _FORBIDDEN.search(name):
        raise Problem(FILE_NAME_INVALID, name=name, reason='it holds one of / \\ : * ? " < > |')
    if len(name.encode("utf-8")) > MAX_BYTES:
        raise Problem(FILE_NAME_INVALID, name=name, reason=f"it is longer than {MAX_BYTES} bytes")
    return name


def demand_distinct(names: Iterable[str]) -> None:
    """Phones store names without regard to case. Raises Problem(FILE_NAME_INVALID)."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise Problem(FILE_NAME_INVALID, name=name, reason="another file has the same name")
        seen.add(name.casefold())


def media_type(name: str) -> str:
    """The type to serve a file as."""
    dot = name.rfind(".")
    suffix = name[dot:].lower() if dot > 0 else ""
    return (
        _OWN_TYPES.get(suffix) or _TYPES.guess_type(f"x{suffix}")[0] or ("application/octet-stream")
    )
