"""What `make long` runs, and `make test` does not: proofs that take minutes. CI runs both.

Whatever is named here is about the whole at once (every address as everybody, every moment of a
kill, every order), or starts servers, browsers and other people's programs. What one change breaks
is nearly always found by the rest, in a third of the time.
"""

from __future__ import annotations

from pathlib import PurePath

FOLDERS = frozenset({"tests/schedules", "tests/reliability", "tests/clients", "tests/web/browser"})
FILES = frozenset(
    {
        "tests/integration/accounts/test_tries.py",
        "tests/integration/cases/test_joined_histories.py",
        "tests/integration/cli/test_demo.py",
        "tests/integration/cli/test_serve.py",
        "tests/integration/cli/test_starting.py",
        "tests/integration/indicators/test_cubes_equal_sql.py",
        "tests/integration/indicators/test_everything_together.py",
        "tests/integration/products/test_random_packs.py",
        "tests/integration/test_acts_and_entries.py",
        "tests/integration/test_swapped.py",
        "tests/unit/disclosure/test_histories.py",
        "tests/web/test_api_tokens.py",
        "tests/web/test_csrf.py",
        "tests/web/test_gate_everywhere.py",
        "tests/web/test_hostile_requests.py",
        "tests/web/test_order_of_arrival.py",
        "tests/web/test_rooms_forget.py",
        "tests/web/test_unstorable_text.py",
        "tests/web/test_withdrawn_everywhere.py",
    }
)
TESTS = frozenset(
    {
        "test_s12_every_route_answers_every_caller_as_the_matrix_says",
        "test_s12_things_of_another_area_look_like_none_at_all",
        "test_s45_s49_an_erasure_that_is_killed_anywhere_is_finished_at_the_next_start",
        "test_s45_s49_killed_anywhere_it_is_finished_at_the_next_start",
        "test_s49_killed_anywhere_it_is_finished_at_the_next_start_or_look",
        "test_s45_s49_a_refusal_whose_erasing_is_killed_is_erased_at_the_next_start",
        "test_s45_a_backup_that_is_put_back_is_erased_again_before_the_first_answer",
        "test_s12_what_is_foreign_and_what_is_missing_have_one_body",
        "test_s13_no_method_opens_what_its_route_keeps_shut",
        "test_s13_a_header_does_not_change_the_method",
        "test_s29_s32_every_answer_carries_what_browsers_must_not_do",
        "test_s51_figures_of_an_area_are_rows_of_the_whole_table_and_nothing_else",
        "test_every_breakdown_on_offer_can_be_shown",
        "test_what_is_not_counted_exactly_is_protected_as_if_it_were",
        "test_the_explanation_agrees_with_the_door_over_all_combinations",
        "test_who_knows_everybody_and_has_the_database_but_no_key_names_next_to_nobody",
        "test_every_table_loses_and_regains_its_keys_and_indexes",
    }
)


def is_long(path: PurePath, name: str) -> bool:
    """`path`: of the file, from the root; `name`: of the test, without its case."""
    folders = {str(one) for one in path.parents}
    return str(path) in FILES or bool(folders & FOLDERS) or name in TESTS
