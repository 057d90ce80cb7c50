"""Files as phones send them, with a place and a name planted wherever cameras and recorders write
them, and some bytes beside. `CANARIES` are what no clean copy may hold."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from functools import cache

from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin

PLACE = "+13.0957+103.2022/"
OWNER = "Sok Canary"
DEGREES = ((13, 1), (5, 1), (4453, 100)), ((103, 1), (12, 1), (793, 100))
NOTE = f"{OWNER} {PLACE} 13.0957 103.2022".encode()


def _rationals(order: str) -> list[bytes]:
    return [b"".join(struct.pack(f"{order}2I", *part) for part in side) for side in DEGREES]


FIXED = [struct.pack(">i", round(value * 65536)) for value in (13.0957, 103.2022)]
"""As a 3GP's `loci` says it."""
CANARIES = [
    b"13.0957", b"103.2022", OWNER.encode(), OWNER.encode("utf-16-le"),
    *_rationals("<"), *_rationals(">"), *FIXED,
]  # fmt: skip
XMP = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<exif:GPSLatitude>{PLACE}</exif:GPSLatitude><dc:creator>{OWNER}</dc:creator></x:xmpmeta>'
    '<?xpacket end="w"?>'
).encode()  # fmt: skip


def traces(data: bytes) -> list[bytes]:
    """The canaries that are there."""
    return [canary for canary in CANARIES if canary in data]


def a_picture(width: int = 96, height: int = 64) -> Image.Image:
    """Colours that differ from corner to corner."""
    picture = Image.new("RGB", (width, height))
    picture.putdata(
        [
            (x * 255 // width, y * 255 // height, (x * y) % 256)
            for y in range(height)
            for x in range(width)
        ]
    )
    return picture


def exif(orientation: int = 6, order: str = "<") -> Image.Exif:
    made = Image.Exif()
    made.endian = order
    made[0x0112] = orientation
    made[0x010F], made[0x013B] = "Samsung", OWNER
    made[0x9C9D] = OWNER.encode("utf-16-le")  # XPAuthor
    camera = made.get_ifd(0x8769)
    camera[0x927C] = b"maker note " + NOTE
    gps = made.get_ifd(0x8825)
    gps[1], gps[2] = "N", tuple(TiffImagePlugin.IFDRational(*part) for part in DEGREES[0])
    gps[3], gps[4] = "E", tuple(TiffImagePlugin.IFDRational(*part) for part in DEGREES[1])
    return made


@cache
def colours() -> bytes:
    """Made once: a profile says when it was made."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(orientation: int = 6, *, progressive: bool = False) -> bytes:
    plain = saved(
        a_picture(), "JPEG", exif=exif(orientation), icc_profile=colours(),
        progressive=progressive, comment=NOTE,
    )  # fmt: skip

    def segment(code: int, body: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, code, len(body) + 2) + body

    more = [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xED, b"Photoshop 3.0\x008BIM" + NOTE),
        segment(0xE0, b"JFXX\0\x10" + NOTE),
        segment(0xE2, b"FPXR\0" + NOTE),
        segment(0xE7, NOTE),
    ]
    return plain[:2] + b"".join(more) + plain[2:] + mp4() + NOTE


def png(orientation: int = 6) -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", OWNER)
    notes.add_text("Comment", NOTE.decode(), zip=True)
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    plain = saved(
        a_picture(), "PNG", pnginfo=notes, exif=exif(orientation, ">"), icc_profile=colours()
    )
    return plain[:33] + chunk(b"tIME", b"\x07\xea\x0b\x1a\x0c\0\0") + plain[33:] + NOTE


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def flood() -> bytes:
    """12 KB that are a PNG of 100 megapixels."""
    header = struct.pack(">2I5B", 10_000, 10_000, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes(1 + 10_000 // 8) * 10_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


def webp(orientation: int = 6) -> bytes:
    plain = saved(
        a_picture(), "WEBP", lossless=True, exif=exif(orientation), xmp=XMP, icc_profile=colours()
    )
    more = b"NOTE" + struct.pack("<I", len(NOTE)) + NOTE + b"\0" * (len(NOTE) % 2)
    size = struct.unpack("<I", plain[4:8])[0] + len(more)
    return b"RIFF" + struct.pack("<I", size) + plain[8:] + more + NOTE


def heic() -> bytes:
    import pillow_heif

    made = pillow_heif.from_pillow(a_picture())
    made.info["exif"] = exif(1).tobytes()
    made.info["xmp"] = XMP
    out = io.BytesIO()
    made.save(out, quality=-1)
    return out.getvalue() + box(b"mpvd", NOTE)


# --- sound and video ----------------------------------------------------------------------------
def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full(kind: bytes, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


MADE = struct.pack(">2I", 0xE3A1F0C2, 0xE3A1F0C3)
"""Times of making and changing."""
SILENCE = bytes.fromhex("00c800802380")
MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _places() -> list[bytes]:
    """Everywhere that recorders write where and who."""
    xyz = PLACE.encode()
    return [
        box(
            b"udta",
            box(b"\xa9xyz", struct.pack(">2H", len(xyz), 0x15C7), xyz),
            full(b"loci", b"\x15\xc7", OWNER.encode() + b"\0\0", *reversed(FIXED), b"\0\0\0\0\0\0"),
            full(b"auth", b"\x15\xc7", OWNER.encode() + b"\0"),
            box(b"FIRM", NOTE),
        ),
        full(
            b"meta",
            full(b"hdlr", b"\0\0\0\0mdta", bytes(13)),
            full(b"keys", b"\0\0\0\1", box(b"mdta", b"com.apple.quicktime.location.ISO6709")),
            box(b"ilst", box(b"\0\0\0\1", box(b"data", b"\0\0\0\1\0\0\0\0", xyz))),
        ),
        box(b"uuid", b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac", XMP),
    ]


def _track(
    number: int, handler: bytes, head: bytes, entry: bytes, sizes: Sequence[int],
    offsets: Sequence[int], *, ticks: int, scale: int, size: tuple[int, int] = (0, 0),
    wide: bool = False,
) -> bytes:  # fmt: skip
    count = len(sizes)
    where = (
        full(b"co64", struct.pack(f">I{count}Q", count, *offsets))
        if wide
        else full(b"stco", struct.pack(f">I{count}I", count, *offsets))
    )
    table = box(
        b"stbl",
        full(b"stsd", b"\0\0\0\1", entry),
        full(b"stts", struct.pack(">3I", 1, count, ticks)),
        full(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),
        full(b"stsz", struct.pack(f">2I{count}I", 0, count, *sizes)),
        where,
    )
    volume = 0x0100 if handler == b"soun" else 0
    return box(
        b"trak",
        full(
            b"tkhd", MADE, struct.pack(">3I8xHHHxx", number, 0, ticks * count * 1000 // scale, 0, 0,
            volume), MATRIX, struct.pack(">2I", size[0] << 16, size[1] << 16), flags=3,
        ),
        box(
            b"mdia",
            full(b"mdhd", MADE, struct.pack(">2I2H", scale, ticks * count, 0x55C4, 0)),
            full(b"hdlr", b"\0\0\0\0", handler, bytes(12), OWNER.encode() + b"\0"),
            box(
                b"minf", head,
                box(b"dinf", full(b"dref", b"\0\0\0\1", full(b"url ", flags=1))), table,
            ),
        ),
        box(b"udta", box(b"name", NOTE)),
    )  # fmt: skip


def _aac() -> bytes:
    config = b"\x04\x11\x40\x15\0\0\0" + struct.pack(">2I", 64000, 64000) + b"\x05\x02\x12\x08"
    esds = full(b"esds", b"\x03\x19\0\0\0", config, b"\x06\x01\x02")
    return box(
        b"mp4a", bytes(6), b"\0\1", bytes(8), struct.pack(">4HI", 1, 16, 0, 0, 44100 << 16), esds
    )


def _av1() -> tuple[bytes, bytes]:
    """(sample entry, one picture) of a video."""
    still = saved(a_picture(), "AVIF", quality=60)
    at = still.index(b"av1C") - 4
    config = still[at : at + struct.unpack(">I", still[at : at + 4])[0]]
    frame = still[still.index(b"mdat") + 4 :]
    entry = box(
        b"av01", bytes(6), b"\0\1", bytes(16), struct.pack(">2H", 96, 64), b"\0\x48\0\0" * 2,
        bytes(4), b"\0\1", bytes((len(OWNER),)), OWNER.encode().ljust(31, b"\0"), b"\0\x18\xff\xff",
        config,
    )  # fmt: skip
    return entry, frame


def movie(brand: bytes, *, with_video: bool, media_first: bool = True, wide: bool = False) -> bytes:
    """Two seconds: pictures if asked, silence, and a track of places; notes in every corner."""
    head = box(b"ftyp", brand, b"\0\0\2\0", brand, b"isom", b"mp42")
    entry, frame = _av1() if with_video else (b"", b"")
    tracks: list[tuple[bytes, bytes, bytes, list[bytes], int, int]] = []
    if with_video:
        vmhd = full(b"vmhd", bytes(8), flags=1)
        tracks.append((b"vide", vmhd, entry, [frame] * 10, 200, 1000))
    tracks.append((b"soun", full(b"smhd", bytes(4)), _aac(), [SILENCE] * 86, 1024, 44100))
    spot = box(b"camm", bytes(6), b"\0\1", NOTE)
    tracks.append((b"meta", full(b"nmhd"), spot, [NOTE] * 3, 1000, 1000))

    def moov(base: int) -> tuple[bytes, bytes]:
        media, made = NOTE, []
        for number, (handler, header, sample, samples, ticks, scale) in enumerate(tracks, start=1):
            offsets = []
            for one in samples:
                offsets.append(base + len(media))
                media += one
            size = (96, 64) if handler == b"vide" else (0, 0)
            sizes = [len(one) for one in samples]
            made.append(
                _track(
                    number, handler, header, sample, sizes, offsets, ticks=ticks, scale=scale,
                    size=size, wide=wide,
                )
            )  # fmt: skip
        timing = struct.pack(">2I", 1000, 2000) + b"\0\1\0\0\1\0" + bytes(10)
        mvhd = full(b"mvhd", MADE, timing, MATRIX, bytes(24), struct.pack(">I", len(tracks) + 1))
        return box(b"moov", mvhd, *made, *_places()), media + NOTE

    if media_first:
        index, media = moov(len(head) + 8)
        body = box(b"mdat", media) + index
    else:
        size = len(moov(0)[0])
        index, media = moov(len(head) + size + 8)
        body = index + box(b"mdat", media)
    return head + body + box(b"free", NOTE) + _places()[2] + box(b"sefd", NOTE)


def mp4() -> bytes:
    return movie(b"isom", with_video=True)


def gpp() -> bytes:
    return movie(b"3gp4", with_video=True, media_first=False)


def m4a() -> bytes:
    return movie(b"M4A ", with_video=False)


def amr() -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50


def wav() -> bytes:
    def part(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    sound = part(b"fmt ", struct.pack("<2H2I2H", 1, 1, 8000, 16000, 2, 16))
    notes = part(b"LIST", b"INFOIART" + struct.pack("<I", len(NOTE)) + NOTE)
    body = b"WAVE" + sound + notes + part(b"data", bytes(range(256)) * 8) + part(b"bext", NOTE)
    return b"RIFF" + struct.pack("<I", len(body)) + body + NOTE


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x64" + bytes(417 - 4)
    tag = NOTE.ljust(200, b"\0")
    first = b"ID3\x03\0\0" + bytes((0, 0, len(tag) >> 7, len(tag) & 127)) + tag
    return first + frame * 8 + b"TAG" + NOTE[:125].ljust(125, b"\0")


def element(kind: int, *parts: bytes, is_open: bool = False) -> bytes:
    """Of EBML; `is_open`: it does not say how long it is."""
    body = b"".join(parts)
    size = b"\x01" + b"\xff" * 7 if is_open else b"\x08" + len(body).to_bytes(4, "big")
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + size + body


def _number(kind: int, value: int, size: int = 1) -> bytes:
    return element(kind, value.to_bytes(size, "big"))


OPUS = b"OpusHead\x01\x01" + bytes(9)


def _webm_track(number: int, kind: int, codec: bytes, private: bytes, *more: bytes) -> bytes:
    return element(
        0xAE, _number(0xD7, number), element(0x73C5, NOTE[:7]), _number(0x83, kind),
        element(0x86, codec), element(0x63A2, private), element(0x536E, NOTE),
        element(0x22B59C, NOTE), *more,
    )  # fmt: skip


def webm(*, with_video: bool = True, is_open: bool = True, tail: bytes = b"") -> bytes:
    """As browsers record it: segment and clusters do not say how long they are."""
    head = element(
        0x1A45DFA3, _number(0x4286, 1), _number(0x42F7, 1), _number(0x42F2, 4), _number(0x42F3, 8),
        b"\x42\x82\x84webm", _number(0x4287, 4), _number(0x4285, 2),
    )  # fmt: skip
    head = head.replace(head[4:9], bytes((0x80 | len(head) - 9,)), 1)
    info = element(
        0x1549A966, _number(0x2AD7B1, 1_000_000, 4), element(0x7BA9, NOTE), element(0x4D80, NOTE),
        element(0x5741, NOTE), element(0x4461, MADE * 2), element(0x73A4, NOTE[:16]),
    )  # fmt: skip
    picture = element(0xE0, _number(0xB0, 96), _number(0xBA, 64), element(0x55B0, NOTE))
    tracks = [_webm_track(1, 2, b"A_OPUS", OPUS, element(0xE1, _number(0x9F, 1)))]
    if with_video:
        tracks.append(_webm_track(2, 1, b"V_VP8", b"", picture))
    clusters = []
    for at in range(3):
        sounds = [element(0xA3, b"\x81\0\0\x80", SILENCE) for _ in range(5)]
        group = element(0xA0, element(0xA1, b"\x82\0\0\0", b"\x9d\x01\x2a"), element(0x75A1, NOTE))
        body = (_number(0xE7, at), *sounds, *([group] if with_video else []), element(0xEC, NOTE))
        clusters.append(element(0x1F43B675, *body, is_open=is_open))
    tags = element(0x1254C367, element(0x7373, element(0x67C8, NOTE)))
    files = element(0x1941A469, NOTE * 20)
    body = (info, element(0x1654AE6B, *tracks), *clusters, tags, files, element(0x1043A770, NOTE))
    return head + element(0x18538067, *body, is_open=is_open) + tail


EVERY: dict[str, tuple[Callable[[], bytes], str]] = {
    "jpeg": (jpeg, "image/jpeg"),
    "png": (png, "image/png"),
    "webp": (webp, "image/webp"),
    "heic": (heic, "image/heic"),
    "mp4": (mp4, "video/mp4"),
    "3gp": (gpp, "video/3gpp"),
    "m4a": (m4a, "audio/mp4"),
    "amr": (amr, "audio/amr"),
    "wav": (wav, "audio/wav"),
    "mp3": (mp3, "audio/mpeg"),
    "webm": (webm, "video/webm"),
}
"""Name -> (maker, type)."""
