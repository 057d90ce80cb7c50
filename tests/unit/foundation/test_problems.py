"""Codes mean one thing each, and what they mean in ODK Central: its clients branch on them."""

from __future__ import annotations

from collections import defaultdict

from service.foundation.problems import CATALOGUE

OF_CENTRAL = {
    "400.1": "malformed-body", "400.2": "field-missing", "400.3": "fields-missing",
    "400.4": "fields-unknown", "400.7": "missing-xml-part", "400.11": "field-of-other-type",
    "400.22": "unstorable-value", "400.23": "property-unknown", "400.24": "select-unsupported",
    "400.28": "entity-invalid", "400.41": "query-invalid", "400.44": "password-guessable",
    "404.3": "api-version-unknown", "404.6": "form-version-unknown", "409.16": "list-name-alike",
    "409.17": "property-name-alike", "409.19": "entity-was-deleted",
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
    "400.8": {
        "unexpected-value",
        "breakdown-not-offered",
        "invalid-parameter",
        "invalid-fields",
    },
    "401.2": {"sign-in-needed", "wrong-credentials"},
    "401.4": {"second-factor-needed", "second-factor-to-enrol"},
    "404.1": {"not-found", "form-unknown", "project-unknown", "user-unknown"},
    "404.4": {"draft-unknown", "draft-replaced", "draft-published", "draft-deleted"},
}
"""One meaning, told in several ways."""


def test_no_code_has_two_meanings() -> None:
    by_code = defaultdict(set)
    for slug, kind in CATALOGUE.items():
        by_code[kind.code].add(slug)
    assert {code: slugs for code, slugs in by_code.items() if len(slugs) > 1} == ALIKE


def test_codes_that_only_central_has_are_not_ours() -> None:
    """Of its codes that no route here has a case for, none says something else here."""
    taken = {kind.code for kind in CATALOGUE.values()}
    assert not taken & {
        "400.5", "400.6", "400.9", "400.12", "400.13", "400.14", "400.17", "400.21", "400.25",
        "400.26", "400.27", "400.31", "400.33", "400.36", "400.37", "400.38",
        "400.39", "400.42", "400.43", "401.3", "401.5", "403.2", "404.2", "404.5", "404.7",
        "404.8", "404.9", "404.11", "409.4", "409.5", "409.11", "409.12", "409.13", "409.14",
        "409.18", "409.21", "409.22", "409.23", "501.2", "501.3",
    }  # fmt: skip


def test_codes_differ_as_numbers_too() -> None:
    """Central's are numbers: to a client that reads ours as one, 404.20 would be 404.2."""
    codes = [kind.code for kind in CATALOGUE.values()]
    assert [code for code in codes if str(float(code)) != code] == []


def test_what_central_has_a_code_for_has_it_here() -> None:
    for code, slug in OF_CENTRAL.items():
        assert CATALOGUE[slug].code == code
