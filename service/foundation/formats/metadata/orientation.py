"""The one fact of a camera's notes that a picture cannot be shown without: which way is up."""

from __future__ import annotations

_ENTRIES = 512
_TAG = 0x0112


def read(tiff: bytes) -> int:
    """1 to 8, as TIFF 6.0 and Exif 2.3 §4.6.4 number them; 1 where nothing sensible is said."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)  # type: ignore[arg-type]

    first = number(4, 4)
    for n in range(min(number(first, 2), _ENTRIES)):
        entry = first + 2 + 12 * n
        if number(entry, 2) == _TAG:
            value = number(entry + 8, 2)
            is_short = number(entry + 2, 2) == 3 and number(entry + 4, 4) == 1
            return value if is_short and 1 <= value <= 8 else 1
    return 1


def tiff(orientation: int) -> bytes:
    """A TIFF block that says this and nothing else."""
    entry = _TAG.to_bytes(2, "big") + b"\0\3\0\0\0\1" + orientation.to_bytes(2, "big") + b"\0\0"
    return b"MM\0*\0\0\0\x08\0\1" + entry + b"\0\0\0\0"
