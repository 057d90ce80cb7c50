"""Files of a record, as Kobo and Ona list them beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from service.moving.source import Http, said

NAMES = ("media_file_basename", "name", "filename")
"""Where the name may stand; the last holds a path on the server."""


def opener(http: Http, rows: Sequence[Any]) -> Callable[[str], Iterator[bytes] | None]:
    """Opens a file by the name that the record gives it."""
    places: dict[str, str] = {}
    for row in rows:
        if row.get("is_deleted"):
            continue
        for key in NAMES:
            name = said(row, key).rsplit("/", 1)[-1]
            if name and said(row, "download_url"):
                places.setdefault(unicodedata.normalize("NFC", name), said(row, "download_url"))

    def open_file(name: str) -> Iterator[bytes] | None:
        # Django puts an underscore for a blank, and takes other signs out, when it keeps a file.
        for held in (name, _as_django(name)):
            if held in places:
                return http.pieces(places[held])
        return None

    return open_file


def _as_django(name: str) -> str:
    return "".join(sign for sign in name.replace(" ", "_") if sign.isalnum() or sign in "-_.")
