"""How well names are told apart: our rules and plain RapidFuzz on names written by hand, on the
half that nobody tuned by."""

from __future__ import annotations

from collections import Counter

from service.persons import names
from tests.golden.names import measured
from tests.golden.names.pairs import by_hand, everything, halves, lists


def test_f1_is_095_and_20_points_better_than_plain_rapidfuzz() -> None:
    ours, *plain = measured.compared()
    print(f"\n{measured.table()}")
    assert ours.held_out.f1 >= 0.95
    assert ours.held_out.f1 - max(each.held_out.f1 for each in plain) >= 0.20


def test_the_threshold_is_the_best_of_the_tuning_half() -> None:
    """Within what one pair more or less would change."""
    tuning, _ = halves(everything())
    scores = [measured.ours(pair.a, pair.b) for pair in tuning]
    best = measured.best_threshold(tuning, scores)
    of_best = measured.measure(tuning, scores, best).f1
    assert of_best - measured.measure(tuning, scores, names.PERHAPS).f1 < 0.002


def test_blocking_loses_few_pairs() -> None:
    _, held_out = halves(everything())
    assert measured.blocking_recall(held_out, "01020304", "01020304") >= 0.97
    assert measured.blocking_recall(held_out, "01020304", "01020305") >= 0.90


def test_the_set_is_as_large_as_was_promised_and_both_halves_are_alike() -> None:
    pairs = everything()
    assert sum(pair.same for pair in by_hand()) >= 500
    assert sum(not pair.same for pair in pairs) >= 2000
    for half in halves(pairs):
        assert 0.45 < len(half) / len(pairs) < 0.55
        assert {pair.kind for pair in half} == {pair.kind for pair in pairs}


def test_no_pair_is_in_it_twice_or_as_pair_and_non_pair() -> None:
    counted = Counter(frozenset((pair.a, pair.b)) for pair in everything())
    assert [both for both, count in counted.items() if count > 1] == []


def test_no_two_names_of_the_lists_are_variants_of_one_another() -> None:
    """Non-pairs are put together from them."""
    same = [{pair.a, pair.b} for pair in by_hand() if pair.same]
    for of_part in lists().values():
        assert len({name for both in of_part for name in both}) == 2 * len(of_part)
        for khmer, latin in of_part:
            others = {n for both in of_part for n in both} - {khmer, latin}
            kin = set().union(*(pair for pair in same if {khmer, latin} & pair))
            assert kin & others == set(), khmer
