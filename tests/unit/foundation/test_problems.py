"""Codes mean one thing each, and what they mean in ODK Central: its clients branch on them."""

from __future__ import annotations

from collections import defaultdict

from service.foundation.problems import CATALOGUE

OF_CENTRAL = {
    "400.8": "unexpected-value", "400.16": "form-warnings", "400.18": "odata-unparsable",
    "400.19": "deprecation-expected", "400.34": "skiptoken-gone", "400.35": "skiptoken-invalid",
    "404.1": "not-found", "409.1": "too-many-variants", "409.2": "form-closed",
    "409.3": "already-exists", "409.6": "version-exists", "409.7": "no-published-version",
    "409.8": "instance-id-taken", "409.9": "base-is-old", "409.15": "entity-version-conflict",
    "501.1": "not-implemented", "501.4": "odata-unsupported", "501.5": "odata-field-unsupported",
    "501.6": "odata-expand-unsupported", "501.11": "odata-select-expand",
}  # fmt: skip
"""Its lib/util/problem.js."""
ALIKE = {
    "400.8": {"unexpected-value", "breakdown-not-offered"},
    "401.2": {"sign-in-needed", "wrong-credentials"},
    "401.4": {"second-factor-needed", "second-factor-to-enrol"},
    "404.4": {"draft-unknown", "draft-replaced", "draft-published", "draft-deleted"},
}
"""One meaning, told in several ways."""


def test_no_code_has_two_meanings() -> None:
    by_code = defaultdict(set)
    for slug, kind in CATALOGUE.items():
        by_code[kind.code].add(slug)
    assert {code: slugs for code, slugs in by_code.items() if len(slugs) > 1} == ALIKE


def test_what_central_has_a_code_for_has_it_here() -> None:
    for code, slug in OF_CENTRAL.items():
        assert CATALOGUE[slug].code == code
