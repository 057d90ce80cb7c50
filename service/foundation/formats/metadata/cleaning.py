"""The clean copy of a file, by its type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from service.foundation.formats import media_types as types
from service.foundation.formats.metadata import heic, jpeg, movie, png, sound, webm, webp
from service.foundation.formats.metadata.patches import NotUnderstood, Patch, applied

MAX_PICTURE = 32 * 1024 * 1024
"""Pictures are cleaned in memory; a larger one is not."""

Open = Callable[[], Iterable[bytes]]
"""The content from its beginning; may be asked for twice."""

_PICTURES: dict[str, Callable[[bytes], bytes]] = {
    types.JPEG: jpeg.clean,
    types.PNG: png.clean,
    types.WEBP: webp.clean,
    types.HEIC: heic.clean,
}
_SOUNDS: dict[str, Callable[[Iterable[bytes]], list[Patch]]] = {
    types.AMR: sound.survey_amr,
    types.AMR_WB: sound.survey_amr,
    types.WAV: sound.survey_wav,
    types.MP3: sound.survey_mp3,
}
_MOVIES = {
    types.MP4: (types.MP4, types.MP4_AUDIO),
    types.MP4_AUDIO: (types.MP4, types.MP4_AUDIO),
    types.GPP: (types.GPP, types.GPP_AUDIO),
}
"""What a file is said to be with pictures, and without."""

CLEANED_TYPES = frozenset({*_PICTURES, *_SOUNDS, *_MOVIES, types.WEBM})


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A clean copy, in pieces."""

    media_type: str
    pieces: Iterator[bytes]


def clean(media_type: str, content: Open) -> Cleaned:
    """The copy of a file of this type. Raises NotUnderstood."""
    if media_type in _PICTURES:
        cleaned = _PICTURES[media_type](_whole(content()))
        return Cleaned(media_type=media_type, pieces=iter((cleaned,)))
    if media_type in _MOVIES:
        found = movie.survey(content())
        with_pictures, without = _MOVIES[media_type]
        return Cleaned(
            media_type=with_pictures if found.has_video else without,
            pieces=applied(content(), found.patches),
        )
    if media_type == types.WEBM:
        recorded = webm.survey(content())
        return Cleaned(
            media_type=types.WEBM if recorded.has_video else types.WEBM_AUDIO,
            pieces=applied(content(), recorded.patches),
        )
    if media_type in _SOUNDS:
        patches = _SOUNDS[media_type](content())
        return Cleaned(media_type=media_type, pieces=applied(content(), patches))
    raise NotUnderstood


def _whole(pieces: Iterable[bytes]) -> bytes:
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > MAX_PICTURE:
            raise NotUnderstood
    return bytes(held)
