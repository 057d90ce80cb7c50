"""F1 of a way to compare names, its threshold chosen on one half, counted on the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz, utils
from rapidfuzz.distance import JaroWinkler

from service.persons import blocking, names, normal
from service.persons.matching import Described
from service.persons.years import YearRange
from tests.golden.names.pairs import Pair, everything, halves

Scorer = Callable[[str, str], float]


def ours(a: str, b: str) -> float:
    return names.likeness(normal.read(a), normal.read(b)).score


def _of(score: Callable[..., float], scale: float) -> Scorer:
    return lambda a, b: score(a, b, processor=utils.default_process) / scale


PLAIN: dict[str, Scorer] = {
    "ratio": _of(fuzz.ratio, 100),
    "token_sort_ratio": _of(fuzz.token_sort_ratio, 100),
    "token_set_ratio": _of(fuzz.token_set_ratio, 100),
    "partial_ratio": _of(fuzz.partial_ratio, 100),
    "WRatio": _of(fuzz.WRatio, 100),
    "Jaro-Winkler": _of(JaroWinkler.normalized_similarity, 1),
}
"""RapidFuzz as it comes, with its own preparation of text (small letters, no punctuation)."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def measure(pairs: list[Pair], scores: list[float], threshold: float) -> Measure:
    said = [score >= threshold for score in scores]
    right = sum(yes and pair.same for yes, pair in zip(said, pairs, strict=True))
    return Measure(
        precision=right / max(1, sum(said)), recall=right / sum(pair.same for pair in pairs)
    )


def best_threshold(pairs: list[Pair], scores: list[float]) -> float:
    """Of a hundred, the one with the highest F1."""
    tried = [step / 100 for step in range(101)]
    return max(tried, key=lambda threshold: measure(pairs, scores, threshold).f1)


@dataclass(frozen=True, kw_only=True)
class Compared:
    name: str
    threshold: float
    tuned: Measure
    held_out: Measure


def compare(
    name: str, score: Scorer, threshold: float | None = None, scripts: str = ""
) -> Compared:
    """With the best threshold of the tuning half, if none is given; of pairs in these scripts."""
    tuning, held = halves([p for p in everything() if scripts in {"", p.scripts}])
    of_tuning = [score(pair.a, pair.b) for pair in tuning]
    of_held = [score(pair.a, pair.b) for pair in held]
    chosen = best_threshold(tuning, of_tuning) if threshold is None else threshold
    return Compared(
        name=name,
        threshold=chosen,
        tuned=measure(tuning, of_tuning, chosen),
        held_out=measure(held, of_held, chosen),
    )


def compared() -> list[Compared]:
    return [
        compare("ours", ours, names.PERHAPS),
        *(compare(f"RapidFuzz {name}", score) for name, score in PLAIN.items()),
    ]


def table() -> str:
    tuning, held = halves(everything())
    counts = ", ".join(
        f"{name} {sum(p.same for p in half)} pairs and {sum(not p.same for p in half)} non-pairs"
        for name, half in (("tuning half", tuning), ("held out", held))
    )
    lines = [
        counts,
        "",
        "| Way | threshold | F1 tuning | F1 held out | precision | recall |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {c.name} | {c.threshold:.2f} | {c.tuned.f1:.3f} | {c.held_out.f1:.3f} "
        f"| {c.held_out.precision:.3f} | {c.held_out.recall:.3f} |"
        for c in compared()
    ]
    lines += ["", "| Scripts | ours, held out | best of RapidFuzz |", "|---|---|---|"]
    for scripts in ("latin", "khmer", "both"):
        ours_there = compare("ours", ours, names.PERHAPS, scripts).held_out.f1
        best = max(compare(name, way, None, scripts).held_out.f1 for name, way in PLAIN.items())
        lines.append(f"| {scripts} | {ours_there:.3f} | {best:.3f} |")
    everywhere = everything()
    lines.append("")
    lines += [
        f"Of all pairs, blocking lets {blocking_recall(everywhere, '01020304', there):.1%} meet "
        f"{where}."
        for where, there in (
            ("in a village", "01020304"),
            ("in a commune", "01020305"),
            ("in a province", "01050101"),
            ("in the country", "17010101"),
        )
    ]
    return "\n".join(lines)


def blocking_recall(pairs: list[Pair], place_a: str, place_b: str) -> float:
    """Share of pairs that come to be compared at all, living here and there, born about 1970."""
    born = YearRange(first=1969, last=1971)

    def keys(name: str, place: str) -> set[int]:
        person = Described(name=normal.read(name), sex="female", born=born, place=place)
        return set(blocking.pair_keys(1, person, _stand_in))

    same = [pair for pair in pairs if pair.same]
    met = [bool(keys(pair.a, place_a) & keys(pair.b, place_b)) for pair in same]
    return sum(met) / len(same)


def _stand_in(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()
