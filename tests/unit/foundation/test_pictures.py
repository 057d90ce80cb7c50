"""S-24: decoders see strangers' pictures only in a child that can be killed."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from service.foundation.formats import confined, pictures
from tests import media_files


def test_small_pictures_are_made_of_all_kinds() -> None:
    for name in ("jpeg", "png", "webp", "heic"):
        assert pictures.preview(media_files.EVERY[name][0]()) is not None, name


def test_a_large_photo_becomes_small() -> None:
    photo = media_files.saved(Image.effect_noise((4000, 3000), 60).convert("RGB"), "JPEG")
    made = pictures.preview(photo)
    assert made is not None
    with Image.open(io.BytesIO(made)) as opened:
        assert opened.size == (480, 360)
    assert len(made) < 150_000


def test_s24_a_flood_of_pixels_in_12_kb_is_refused_soon() -> None:
    flood = media_files.flood()
    assert len(flood) < 13_000
    started = time.monotonic()
    assert pictures.preview(flood) is None
    assert time.monotonic() - started < 20


def test_s24_a_picture_that_takes_too_much_memory_is_refused() -> None:
    """49 megapixels with transparency: allowed by number, and too much for 256 MiB."""
    header = struct.pack(">2I5B", 7000, 7000, 8, 6, 0, 0, 0)
    lines = zlib.compress(bytes(1 + 4 * 7000) * 7000, 9)
    chunk = media_files.chunk
    picture = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines)
    assert pictures.preview(picture + chunk(b"IEND", b"")) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff\xe0", media_files.jpeg()[:1500], b"%!PS-Adobe", b"GIF89a" + bytes(40)],
)
def test_s24_what_is_no_picture_of_ours_is_refused(data: bytes) -> None:
    assert pictures.preview(data) is None


def test_kinds_that_phones_do_not_send_are_not_decoded() -> None:
    for kind in ("GIF", "TIFF", "BMP", "ICO", "PPM", "TGA", "AVIF"):
        assert pictures.preview(media_files.saved(media_files.a_picture(), kind)) is None, kind


def test_s24_a_child_that_does_not_come_back_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        "import sys, time\nsys.stdin.buffer.read()\nprint('x', flush=True)\ntime.sleep(60)\n"
    )
    started = time.monotonic()
    with pytest.raises(confined.ChildLost):
        confined.ask(script, b"data", 1.0)
    assert time.monotonic() - started < 10


def test_a_child_killed_from_outside_says_nothing_of_the_picture(tmp_path: Path) -> None:
    """The system was short of memory, say: whoever asked tries again."""
    script = tmp_path / "child.py"
    script.write_text("import os\nos.kill(os.getpid(), 9)\n")
    with pytest.raises(confined.ChildLost):
        confined.ask(script, b"", 10.0)


def test_s24_a_child_beyond_its_own_limits_gives_a_verdict(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    for beyond in ("while True: pass", "x = [bytes(1 << 20) for _ in range(999)]", "os.abort()"):
        script.write_text(
            "import os, sys\n"
            f"sys.path.insert(0, {str(pictures.CHILD.parent)!r})\n"
            "import pictures_child\npictures_child.MAX_CPU_S = 1\npictures_child.confine()\n"
            f"{beyond}\n"
        )
        assert confined.ask(script, b"", 60.0) == b"", beyond


def test_s24_the_child_reaches_no_network_no_process_and_no_file(tmp_path: Path) -> None:
    for attempt in (
        "import socket; socket.socket().connect(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.fork()",
        "import os; os.write(os.open('left', os.O_CREAT | os.O_WRONLY), b'x'); print('kept')",
        "x = bytes(300 * 1024 * 1024); print('kept')",
    ):
        script = tmp_path / "child.py"
        script.write_text(
            f"import sys\nsys.path.insert(0, {str(pictures.CHILD.parent)!r})\n"
            f"import pictures_child\npictures_child.confine()\n{attempt}\n"
        )
        assert confined.ask(script, b"", 10.0) == b"", attempt


def test_a_child_that_lies_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "child.py"
    script.write_text("import sys\nsys.stdout.buffer.write(b'<svg onload=alert(1)>')\n")
    monkeypatch.setattr(pictures, "CHILD", script)
    assert pictures.preview(media_files.jpeg()) is None
