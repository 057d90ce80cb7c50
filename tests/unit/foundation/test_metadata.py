"""S-25: of place, time and owner nothing is left; picture and sound are what they were."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pillow_heif
import pytest
from PIL import Image

from service.foundation.formats import media_types, metadata, pictures
from service.foundation.formats.metadata import NotUnderstood, boxes, orientation
from tests import media_files
from tests.media_files import CANARIES, EVERY, traces

pillow_heif.register_heif_opener()
PICTURES = ("jpeg", "png", "webp", "heic")
MOVIES = ("mp4", "3gp", "m4a")


def in_pieces(data: bytes, size: int = 777) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def cleaned(data: bytes, media_type: str, size: int = 777) -> bytes:
    return b"".join(metadata.clean(media_type, lambda: in_pieces(data, size)).pieces)


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as opened:
        return opened.mode, opened.size, opened.tobytes()


def test_every_canary_is_planted_somewhere() -> None:
    planted = {canary for make, _ in EVERY.values() for canary in traces(make())}
    assert planted == set(CANARIES)
    assert all(traces(make()) for name, (make, _) in EVERY.items() if name != "amr")


@pytest.mark.parametrize("name", EVERY)
def test_s25_no_clean_copy_holds_a_coordinate_or_a_name(name: str) -> None:
    make, media_type = EVERY[name]
    copy = cleaned(make(), media_type)
    assert traces(copy) == []
    for word in (b"Samsung", b"xmpmeta", b"Photoshop", b"camm", b"loci", b"mdta", b"INFO", b"TAG"):
        assert word not in copy
    assert media_types.sniff(copy[: media_types.HEAD]) == media_type
    assert cleaned(copy, media_type) == copy


@pytest.mark.parametrize("name", EVERY)
def test_the_size_of_the_pieces_changes_nothing(name: str) -> None:
    make, media_type = EVERY[name]
    data = make()
    assert cleaned(data, media_type, 1) == cleaned(data, media_type, 65_536)


@pytest.mark.parametrize("name", PICTURES)
def test_s25_pictures_decode_to_the_same_pixels(name: str) -> None:
    make, media_type = EVERY[name]
    data = make()
    assert pixels(cleaned(data, media_type)) == pixels(data)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("make", [media_files.jpeg, media_files.png, media_files.webp])
def test_pictures_stay_the_right_way_up_and_keep_their_colours(make: object, turned: int) -> None:
    data = make(turned)  # type: ignore[operator]
    with Image.open(io.BytesIO(cleaned(data, media_types.sniff(data)))) as opened:
        assert opened.getexif().get(0x0112, 1) == turned
        assert set(opened.getexif()) <= {0x0112}
        assert opened.info["icc_profile"] == media_files.colours()


def test_a_progressive_picture_is_cleaned_too() -> None:
    data = media_files.jpeg(progressive=True)
    assert pixels(cleaned(data, media_types.JPEG)) == pixels(data)


def test_a_heic_of_tiles_keeps_all_tiles_and_nothing_else() -> None:
    made = pillow_heif.from_pillow(media_files.a_picture(1200, 700))
    made.info["exif"] = media_files.exif(1).tobytes()
    made.add_from_pillow(media_files.a_picture(64, 64))  # a second picture
    out = io.BytesIO()
    made.save(out, quality=60, primary_index=0)
    data = out.getvalue()
    copy = cleaned(data, media_types.HEIC)
    assert traces(copy) == []
    assert pixels(copy) == pixels(data)
    assert len(list(Image.open(io.BytesIO(data)).info)) >= 1
    assert pillow_heif.open_heif(copy).info.get("exif") in (None, b"")


def test_what_follows_the_end_of_a_picture_is_gone() -> None:
    for name in ("jpeg", "png", "webp"):
        make, media_type = EVERY[name]
        clean = cleaned(make(), media_type)
        assert cleaned(clean + b"PK\3\4<html>", media_type) == clean


# --- sound and video ----------------------------------------------------------------------------
def kept_boxes(data: bytes) -> dict[bytes, int]:
    found: dict[bytes, int] = {}

    def look(start: int, end: int) -> None:
        for one in boxes.walk(data, start, end):
            found[one.kind] = found.get(one.kind, 0) + 1
            if one.kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                look(one.inside, one.end)

    look(0, len(data))
    return found


@pytest.mark.parametrize("name", MOVIES)
def test_s25_every_sample_of_sound_and_picture_stays_where_it_was(name: str) -> None:
    make, media_type = EVERY[name]
    data = make()
    copy = cleaned(data, media_type)
    assert len(copy) == len(data)
    first = data.index(media_files.SILENCE)
    assert copy[first : first + 86 * 6] == media_files.SILENCE * 86
    frame = media_files._av1()[1]
    assert copy.count(frame) == data.count(frame) == (0 if name == "m4a" else 10)
    kinds = kept_boxes(copy)
    assert kinds[b"trak"] == (1 if name == "m4a" else 2), "the track of places is gone"
    assert {b"udta", b"meta", b"uuid", b"sefd"}.isdisjoint(kinds)


@pytest.mark.parametrize("name", MOVIES)
def test_times_of_making_are_gone(name: str) -> None:
    make, media_type = EVERY[name]
    assert media_files.MADE in make()
    assert media_files.MADE not in cleaned(make(), media_type)


def test_long_offsets_are_read() -> None:
    data = media_files.movie(b"mp42", with_video=True, wide=True)
    copy = cleaned(data, media_types.MP4)
    assert traces(copy) == []
    assert copy.count(media_files.SILENCE * 86) == 1


def test_a_recording_without_pictures_is_called_sound() -> None:
    data = media_files.movie(b"isom", with_video=False)
    found = metadata.clean(media_types.MP4, lambda: (data,))
    assert found.media_type == media_types.MP4_AUDIO


@pytest.mark.parametrize("is_open", [True, False])
def test_what_a_browser_recorded_keeps_every_block_where_it_was(is_open: bool) -> None:
    data = media_files.webm(is_open=is_open, tail=b"" if is_open else media_files.NOTE)
    copy = cleaned(data, media_types.WEBM)
    assert traces(copy) == []
    assert media_files.NOTE[:7] not in copy, "nor in what a track is called by"
    assert media_files.MADE not in copy
    assert len(copy) == len(data) - (0 if is_open else len(media_files.NOTE))
    assert copy.count(media_files.SILENCE) == data.count(media_files.SILENCE) == 15
    assert copy.index(media_files.SILENCE) == data.index(media_files.SILENCE)


def test_a_voice_that_a_browser_recorded_is_called_sound() -> None:
    data = media_files.webm(with_video=False)
    found = metadata.clean(media_types.WEBM, lambda: (data,))
    assert found.media_type == media_types.WEBM_AUDIO
    assert traces(b"".join(found.pieces)) == []


def broken(name: str) -> bytes:
    return EVERY[name][0]()


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        (media_types.OGG, b"OggS\0\2"),
        (media_types.CSV, b"a,b\n"),
        (media_types.UNKNOWN, b"<svg/>"),
        (media_types.JPEG, broken("jpeg")[:900]),
        (media_types.JPEG, broken("png")),
        (media_types.PNG, broken("png")[:-900].replace(b"IDAT", b"IDAX")),
        (media_types.WEBP, broken("webp")[:-900]),
        (media_types.HEIC, broken("mp4")),
        (media_types.MP4, broken("heic")),
        (media_types.MP4, broken("mp4").replace(b"av01", b"xxxx")),
        (media_types.MP4, broken("mp4").replace(b"url \0\0\0\1", b"url \0\0\0\0")),
        (media_types.MP4, broken("mp4").replace(b"mdat", b"mdax")),
        (media_types.MP4, broken("mp4").replace(b"sefd", b"moof")),
        (media_types.MP4, broken("mp4").replace(b"stsz", b"stz2")),
        (media_types.AMR, b"#!AMR\n" + b"\x3c" + bytes(31) + media_files.NOTE),
        (media_types.WAV, broken("wav").replace(b"data", b"dato")),
        (media_types.MP3, broken("mp3") + b"\0\0\0\0"),
        (media_types.WEBM, broken("webm").replace(b"V_VP8", b"V_XYZ")),
        (media_types.WEBM, broken("webm").replace(b"A_OPUS", b"S_TEXT")),
        (media_types.WEBM, broken("webm").replace(b"OpusHead", b"OpusTags")),
        (media_types.WEBM, broken("webm").replace(b"webm", b"mkv\0")),
        (media_types.WEBM, broken("webm").replace(b"\x82\0\0\0", b"\x83\0\0\0")),
        (media_types.WEBM, broken("webm").replace(b"\x16\x54\xae\x6b", b"\x16\x54\xae\x6c")),
        (media_types.WEBM, broken("webm")[:60]),
    ],
)
def test_s25_what_is_not_understood_exactly_has_no_clean_copy(media_type: str, data: bytes) -> None:
    with pytest.raises(NotUnderstood):
        cleaned(data, media_type)


def test_samples_outside_the_media_data_are_not_believed() -> None:
    data = broken("m4a")
    at = data.index(b"stco") + 12
    for offset in (0, 8, len(data) - 2, 2**32 - 1):
        with pytest.raises(NotUnderstood):
            cleaned(data[:at] + offset.to_bytes(4, "big") + data[at + 4 :], media_types.MP4_AUDIO)


def test_a_picture_too_large_for_memory_is_not_cleaned() -> None:
    pieces = [b"\xff\xd8" + bytes(metadata.MAX_PICTURE)]
    with pytest.raises(NotUnderstood):
        metadata.clean(media_types.JPEG, lambda: pieces)


def test_orientation_is_read_in_both_orders_and_never_beyond_the_block() -> None:
    for turned in range(1, 9):
        block = orientation.tiff(turned)
        assert orientation.read(block) == turned
        for end in range(len(block) - 4):
            assert orientation.read(block[:end]) in range(1, 9)
    assert orientation.read(b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x08\0\0\0") == 8
    assert orientation.read(b"II*\0\xff\xff\xff\xff") == 1
    assert orientation.read(b"") == 1


def test_previews_hold_nothing_but_pixels() -> None:
    made = pictures.preview(media_files.jpeg())
    assert made is not None
    assert traces(made) == []
    with Image.open(io.BytesIO(made)) as opened:
        assert (opened.format, opened.size) == ("WEBP", (64, 96)), "turned as the camera said"
        assert set(opened.info) <= {"loop", "background", "timestamp", "duration"}
