"""The parts of which drawings are made. No style attributes: pages forbid them, so what a class
says in a style sheet stands here as attributes, too, for paper. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH = 360
"""Of a drawing, in its own units: at 360 px one of them is a pixel."""
FONT = "Noto Sans Khmer"
SMALL, USUAL = 10.5, 12.0
"""Sizes of letters; on paper a drawing is as wide as a column."""

INK, SOFT, LINE, PAPER, HATCH = "#20272b", "#55605f", "#807a6c", "#ffffff", "#8a8f8d"
FILLS = {"c1": "#dfeceb", "c2": "#a9cdcb", "c3": "#2c7480", "c4": "#0b4753", "zero": "#ffffff"}
"""As pages.css has them."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a drawing is called, and what it shows, in a sentence."""

    title: str
    words: str


def drawing(
    parts: Iterable[str],
    height: float,
    said: Said,
    *,
    name: str,
    width: float = WIDTH,
    look: str = "drawn",
    lean: Collection[str] | None = None,
) -> str:
    """The whole. `name`: what its ids begin with, another one for each drawing of a page; letters
    and digits alone. `look`: its class in the style sheet. `lean`: for a page that has to be small,
    whose style sheet says all colours and places of letters, and which has the sentence beside the
    drawing; the patterns with which something is filled."""
    title, words = f"{name}-title", f"{name}-words"
    box = f"-1 -1 {number(width + 2)} {number(height + 2)}"
    if lean is not None:
        return (
            f'<svg class="{look}" viewBox="{box}" role="img" aria-labelledby="{title}">'
            f'<title id="{title}">{escape(said.title)}</title>'
            f"{patterns(name, lean)}{''.join(parts)}</svg>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{look}" viewBox="{box}" role="img" '
        f'aria-labelledby="{title} {words}" font-family="{FONT}">'
        f'<title id="{title}">{escape(said.title)}</title>'
        f'<desc id="{words}">{escape(said.words)}</desc>'
        f"{patterns(name)}{''.join(parts)}</svg>"
    )


def number(value: float) -> str:
    """Short, and the same on every machine."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def part(tag: str, **given: object) -> str:
    """An element without content; `_` stands for `-` in names, `class_` for class."""
    return f"<{tag}{_attributes(given)}/>"


def styled(is_lean: bool, **given: object) -> dict[str, object]:
    """What the style sheet of a page says, too: nothing where a drawing is lean."""
    return {} if is_lean else given


def text(words: str, x: float, y: float, *, size: float | None = USUAL, **given: object) -> str:
    """`size`: None where the style sheet says it."""
    said = {"fill": INK, "class_": "ink", **given}
    return f"<text{_attributes({'x': x, 'y': y, 'font_size': size, **said})}>{escape(words)}</text>"


def fitting(words: str, room: float, size: float = USUAL) -> float:
    """The size of letters, at most this one, at which words keep to the room. By the usual width
    of a letter: nobody measures here, and nobody knows the font of a reader."""
    spacing = sum(unicodedata.category(one) not in ("Mn", "Cf") for one in words)
    wide = (
        spacing * size * (_KHMER if any("\u1780" <= one <= "\u17ff" for one in words) else _LATIN)
    )
    return size if wide <= room else max(SMALLEST, size * room / wide)


_KHMER, _LATIN, SMALLEST = 0.68, 0.58, 7.0
"""Widths in letters' heights; below the smallest size nobody reads on paper."""


def group(parts: Iterable[str], **given: object) -> str:
    return f"<g{_attributes(given)}>{''.join(parts)}</g>"


def _attributes(given: Mapping[str, object]) -> str:
    found = []
    for name, value in given.items():
        if value is None:
            continue
        said = number(value) if isinstance(value, float | int) else str(value)
        found.append(f" {name.rstrip('_').replace('_', '-')}={quoteattr(said)}")
    return "".join(found)


LOOKS = ("hidden", "c1", "c2", "c3", "c4")


def patterns(name: str, looks: Collection[str] = LOOKS) -> str:
    """What fills areas: hatching for what is hidden, and a texture for each class."""
    hatch = part("path", d="M-2 2L2 -2M0 8L8 0M6 10L10 6", stroke=HATCH, stroke_width=1.2,
                 class_="hatch")  # fmt: skip
    dots = part("circle", cx=4, cy=4, r=1.5, fill=INK, class_="on-light")
    strokes = part("path", d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5", stroke=PAPER, stroke_width=1.1,
                   class_="on-dark-line")  # fmt: skip
    made = {
        "hidden": (8, PAPER, "paper-fill", hatch),
        "c1": (8, FILLS["c1"], "f1", ""),
        "c2": (8, FILLS["c2"], "f2", dots),
        "c3": (6, FILLS["c3"], "f3", strokes),
        "c4": (8, FILLS["c4"], "f4", ""),
    }
    wanted = (_pattern(f"{name}-{look}", *made[look]) for look in LOOKS if look in looks)
    return f"<defs>{''.join(wanted)}</defs>"


def _pattern(key: str, size: int, fill: str, look: str, on_it: str) -> str:
    ground = part("rect", width=size, height=size, fill=fill, class_=look)
    return (
        f'<pattern id="{key}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
        f"{ground}{on_it}</pattern>"
    )


def fill(name: str, look: str) -> str:
    """The paint of a look: hidden, zero, c1 to c4."""
    return FILLS["zero"] if look == "zero" else f"url(#{name}-{look})"
