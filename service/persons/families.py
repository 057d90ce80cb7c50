"""Family names that are seen most: by them a name is known to be written given name first, and a
word alone to be a family name. Written by hand; a native review is due."""

from __future__ import annotations

from service.persons import from_khmer, normal, sounds

COMMON = (
    "សុខ", "ជា", "ចាន់", "គឹម", "ហេង", "លី", "លឹម", "កែវ", "គង់", "ញ៉ែម",
    "អ៊ុក", "ឈឹម", "ម៉ៅ", "សៅ", "ប្រាក់", "ពេជ្រ", "នួន", "ភួង", "យឹម", "អ៊ុំ",
    "ហ៊ុន", "តាំង", "ឡុង", "មាស", "ទេព", "វង្ស", "សេង", "ស៊ឹម", "ឃឹម", "ឆាយ",
    "រស់", "យស់", "ប៊ុន", "ទូច", "នី", "ឌួង", "អ៊ិន", "ខៀវ", "ផាន់", "ស៊ន",
    "អៀម", "សាយ", "ណុប", "ពៅ", "ឯក", "លន់", "ហោ", "ស្វាយ", "ព្រំ", "ហាក់",
    "ទិត្យ", "យ៉ន", "ឡេង", "អ៊ាង", "ញឹម", "ឆន", "កុយ", "ថន", "ងួន", "ស៊ិន",
    "លាង", "សួស", "សំ", "សាន", "ប៉ែន", "ទៀ", "អ៊ូ", "អ៊ឹង", "ឈិន", "ឈន",
    "ភឿន", "ម៉ម", "ខាត់", "ស", "សោម", "ជួន", "ជឹម", "ខុន", "ឃុន", "ចេង",
    "តាន់", "តូច", "ឡាយ", "នូ", "នុត", "ប៉ុក", "ប៉ាល់", "មួង", "យ៉ង", "យ៉េន",
    "រ៉ន", "វ៉ន", "ស៊ូ", "ស៊ុំ", "អ៊ុច", "អោក",
)  # fmt: skip

_ONE_WAY = str.maketrans("5oq.43j", "uuuuiii") | str.maketrans("", "", sounds.SELDOM + "1")
"""What Khmer and Latin spellings of short names make of one vowel: សុខ, Sok and Suk."""


def _key(heard: str) -> str:
    return heard.translate(_ONE_WAY)


_KEYS = frozenset(_key(from_khmer.heard(normal.read(name).readings[0][0])) for name in COMMON)


def is_common(heard: str) -> bool:
    """Whether these sounds are of a family name that is seen often."""
    return _key(heard) in _KEYS
