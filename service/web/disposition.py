"""`Content-Disposition` as RFC 6266 has it: the only place where a stranger's file name goes. Pure.

Also which types a browser may show in place; everything else is bytes to keep.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from service.foundation.formats import media_types as types

SHOWN = frozenset(
    {types.JPEG, types.PNG, types.WEBP, types.MP4, types.MP4_AUDIO, types.GPP, types.GPP_AUDIO,
     types.OGG, types.WAV, types.MP3, types.WEBM, types.WEBM_AUDIO}
)  # fmt: skip
"""Types that browsers show or play. None of them can hold a script."""
MAX_BYTES = 120
_ATTR = "!#$&+-.^_`|~"  # RFC 5987 attr-char


def content_type(media_type: str) -> str:
    return media_type if media_type in SHOWN else types.UNKNOWN


def content_disposition(media_type: str, name: str) -> str:
    """Inline only what may be shown. The name ends as its type says, whatever was sent."""
    kind = "inline" if media_type in SHOWN else "attachment"
    full = f"{_stem(name)}.{types.EXTENSION.get(media_type, 'bin')}"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in full)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe=_ATTR)}"


def to_keep(name: str) -> str:
    """For a file of ours, under exactly this name: in ASCII for old clients besides."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ~") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTR)}"


def _stem(name: str) -> str:
    """Letters, marks, digits and a few signs of the last part of a name; never empty, never a
    name that a system keeps for itself."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = PurePosixPath(last).stem if "." in last.strip(".") else last
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "-_ ()" else "_" for c in stem)
    cut = kept.encode()[:MAX_BYTES].decode("utf-8", "ignore").strip("_ ")
    return f"file-{cut}" if cut.upper() in _RESERVED else cut or "file"


_PORTS = [f"{port}{n}" for port in ("COM", "LPT") for n in range(10)]
_RESERVED = {"CON", "PRN", "AUX", "NUL", *_PORTS}
"""Names that Windows keeps for itself."""
