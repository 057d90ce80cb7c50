"""What a question may be tied to: an article or an action of a treaty, law or plan, by its key.
Pure."""

from __future__ import annotations

_CCM = ("CCM-5.1", *(f"CCM-5.2{letter}" for letter in "abcdefgh"), "CCM-7.1k")
_LAUSANNE = tuple(f"LAP-{number}" for number in range(31, 38))
_SRAAP = tuple(
    f"SRAAP-{theme}"
    for theme in ("PLAN", "MULTI", "DATA", "MED", "REF", "REHAB", "SEI", "RISK", "PART")
)
_ARTICLES = (*range(4, 10), 11, 12, 13, 16, *range(18, 22), *range(23, 34))
_CRPD = tuple(f"CRPD-{article}" for article in _ARTICLES)
_KHMER = (
    "KH-LPPRPD", "KH-QUOTA", *(f"NDSP-{number}" for number in range(1, 10)), "KH-CARD", "KH-FP",
    "KH-PDP", "KH-PLAN",
)  # fmt: skip
KEYS = (*_CCM, *_LAUSANNE, *_SRAAP, *_CRPD, *_KHMER)
"""In the order in which they are offered."""
