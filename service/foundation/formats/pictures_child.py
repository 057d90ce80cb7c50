"""The child process that decodes one picture: standard input -> a small WebP on standard output.

Run as a script with `python -I`: it imports only Pillow, and for HEIC pi-heif or pillow-heif where
one of them is installed. A picture that makes them loop, grow or crash ends here.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
from importlib.util import find_spec
from typing import Any

MAX_MEMORY = 256 * 1024 * 1024
MAX_CPU_S = 5
MAX_PIXELS = 50_000_000
SIDE = 480
_REFUSED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.system", "os.posix_spawn")


def confine() -> None:
    """Limits, and no way out: no network, no further process, no file."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    # The soft limit is a signal of its own: at the hard one it would look killed from outside.
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(event)


def small(picture: bytes) -> bytes:
    """Raises whatever the decoder raises."""
    # Plugins by name: otherwise Pillow loads all of them to look for one.
    from PIL import Image, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    formats = [
        plugin.format
        for plugin in (
            JpegImagePlugin.JpegImageFile, PngImagePlugin.PngImageFile,
            WebPImagePlugin.WebPImageFile,
        )
    ]  # fmt: skip
    warnings.simplefilter("error")  # a picture that Pillow warns of is not decoded
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if _learn_heic():
        formats.append("HEIF")
    with Image.open(io.BytesIO(picture), formats=formats) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise ValueError
        opened.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded small at once
        turned = ImageOps.exif_transpose(opened)
        turned.thumbnail((SIDE, SIDE))
        plain = Image.new("RGB", turned.size, "white")
        has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
        if has_alpha:
            layer = turned.convert("RGBA")
            plain.paste(layer, mask=layer.getchannel("A"))
        else:
            plain.paste(turned.convert("RGB"))
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=75)
    return out.getvalue()


def _learn_heic() -> bool:
    if find_spec("pi_heif"):
        from pi_heif import register_heif_opener
    elif find_spec("pillow_heif"):
        from pillow_heif import register_heif_opener
    else:
        return False
    register_heif_opener(thumbnails=False, decode_threads=1)
    return True


def main() -> None:
    picture = sys.stdin.buffer.read()
    confine()
    sys.stdout.buffer.write(small(picture))


if __name__ == "__main__":
    main()
