"""S-44: who opens what was sent, or what entities hold, is listed; somebody new fails the build."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest

from tests.test_architecture import modules

_PLAIN = {
    "service.entities.actions.applying": "makes entities, by what their forms say; seals again",
    "service.facts.actions.projecting": "makes facts, by the consent that stands in them",
    "service.intake.actions.pieces": "puts together what came in pieces; shows nothing",
    "service.intake.actions.pulled_copies": "compares a copy that came once more; shows nothing",
    "service.intake.actions.reading_again": "for those listed below",
    "service.review.actions.parting_stored": "seals each class for itself; shows nothing",
}
"""Of records as they stand, before anything is masked."""
CALLERS: Mapping[str, Mapping[str, str]] = {
    "service.intake.queries.projecting.list_for_projection": _PLAIN,
    "service.intake.actions.sealed.with_xml": _PLAIN,
    "service.intake.actions.reading_again.find": {
        "service.intake.actions.by_program": "which files an own record names; no answer is shown",
        "service.review.actions.records": "asks right, purpose and consent, masks, and notes",
        "service.review.actions.settling": "the IDs that a copy came with; no answer is shown",
        "service.review.actions.testimony": "whether testimony was given; no answer is shown",
        "service.testimonies.actions.naming": "the name that a narrator lets be published, for "
        "whoever asked the gate of it",
    },
    "service.intake.actions.reading_again.find_many": {
        "service.intake.actions.form_logs": "the name of a log, for the one reading that masks it",
        "service.cases.actions.helping": "telephones of offices that counsel; of no person",
        "service.review.actions.comparing": "asks right, purpose and consent, masks, and notes",
        "service.consent.actions.own": "to the person, by her paper; asks consent, notes",
    },
    "service.intake.actions.form_logs.events": {
        "service.exports.actions.form_logs": "masks cell by cell, as `source` found it may",
    },
    "service.entities.actions.sealed.with_values": {
        "service.entities.actions.phones": "what a phone may hold, by consent; notes that it left",
        "service.entities.actions.pulling": "the same for apps of JSON sync",
        "service.entities.actions.reading": "asks right, purpose and consent, and notes",
    },
    "service.entities.actions.sealed.known": {
        "service.entities.actions.planning": "what a file would change; tells rows and numbers",
        "service.entities.actions.reading": "asks right, purpose and consent, and notes",
        "service.entities.actions.writing": "makes the next version; shows nothing",
    },
    "service.foundation.sealing.unseal": {
        "service.accounts.actions.digest_secrets": "secrets of phones",
        "service.accounts.actions.second_factors": "seeds of second factors",
        "service.dialogue.actions.words": "what the team wrote of meetings; nothing that was told",
        "service.entities.actions.sealed": "for those listed above",
        "service.exports.actions.trying": "what was sent to try a draft; masks whatever the scope",
        "service.intake.actions.handing_out": "comes off what the phone sealed; that stays on",
        "service.intake.actions.sealed": "for those listed above",
        "service.intake.actions.taking_resealed": "compares what was sealed anew; shows nothing",
        "service.intake.actions.showing": "the MD5 of a clean copy, for the client that asks",
        "service.moving.actions.casualty_reports": "words in a list that nobody knows",
        "service.moving.actions.runs": "what opens another server, and its pages on their way in",
        "service.persons.sealed": "what of a person is compared; shows nothing",
        "service.review.actions.comments": "the team's comments, for whoever may read them",
        "service.testimonies.actions.sealed": "texts of a testimony, masked, for those who asked "
        "right, consent and purpose, and noted",
        "service.treaty.actions.keying": "a sheet until it is a record: what two keyed otherwise",
    },
}
"""Functions that give back what a person said, unmasked: who may call each, and what becomes of
it. A module that is not here goes through one that is."""


def calls(tree: ast.Module) -> Iterator[str]:
    """`module.function` of each function of ours that is named, under whatever name it came."""
    names = {
        one.asname or one.name: f"{node.module}.{one.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for one in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            yield names[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{names.get(node.value.id, '')}.{node.attr}"


def callers(function: str) -> set[str]:
    return {module for module, tree in modules().items() if function in set(calls(tree))}


@pytest.mark.parametrize("function", CALLERS)
def test_s44_who_reads_what_is_not_masked_is_listed(function: str) -> None:
    assert callers(function) == set(CALLERS[function])


def test_s44_openers_are_not_passed_on_under_another_roof() -> None:
    """A package that hands one on would hide who calls it."""
    rooms = {name.rpartition(".")[0] for name in CALLERS}
    openers = {name.rpartition(".")[2] for name in CALLERS} - {"find", "find_many", "known"}
    passed_on = {
        (module, one.name)
        for module, tree in modules().items()
        if not module.startswith(tuple(rooms))
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module not in rooms
        for one in node.names
        if one.name in openers
    }
    assert passed_on == set()


@pytest.mark.parametrize(
    "source",
    [
        "from service.intake.actions import reading_again\nreading_again.find(s, 1, k)",
        "from service.intake.actions import reading_again as r\nr.find(s, 1, k)",
        "from service.intake.actions.reading_again import find\nfind(s, 1, k)",
        "from service.intake.actions.reading_again import find as f\nx = [f]",
    ],
)
def test_s44_a_way_round_is_seen(source: str) -> None:
    assert "service.intake.actions.reading_again.find" in set(calls(ast.parse(source)))
