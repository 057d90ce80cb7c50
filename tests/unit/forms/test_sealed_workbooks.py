"""What a workbook says of keys and of what stays on the phone, told by sheet and cell (S-61)."""

from __future__ import annotations

from typing import Any

import pytest

from service.forms import actions, sealed_forms
from service.foundation.problems import FORM_INVALID, Problem
from service.foundation.sealing import odk
from tests.sealed_world import KEYS
from tests.unit.forms.workbooks import CHOICES, HEADER, workbook

CLASSED = (*HEADER, "bind::samleng:class")
NAME = ("text", "who", "ឈ្មោះ", None, None, None, "identity")
SETTINGS = {
    "form_title": "តម្រូវការ",
    "form_id": "needs",
    "version": "1",
    "namespaces": 'samleng="https://samleng.org/xforms"',
}


def form(**settings: str) -> bytes:
    """A form that asks a name, with these settings beside the usual ones."""
    chosen = SETTINGS | settings
    return workbook(
        survey=[CLASSED, NAME], choices=CHOICES, settings=[list(chosen), list(chosen.values())]
    )


def mistakes(data: bytes) -> list[dict[str, Any]]:
    with pytest.raises(Problem) as refused:
        actions.prepare_workbook(data, "needs.xlsx", {})
    assert refused.value.kind is FORM_INVALID
    found: list[dict[str, Any]] = refused.value.context["details"]
    assert all(told["fix"] and told["fix_km"] and told["message_km"] for told in found)
    return found


@pytest.mark.parametrize(
    ("settings", "cell"),
    [({}, "E1"), ({"auto_delete": ""}, "E2"), ({"auto_delete": "false"}, "E2")],
)
def test_s61_a_form_with_a_name_wants_auto_delete_in_a_cell_that_is_named(
    settings: dict[str, str], cell: str
) -> None:
    [told] = mistakes(form(**settings))
    assert (told["sheet"], told["cell"], told["text"]) == ("settings", cell, "who")
    assert "auto_delete" in told["fix"]


def test_s61_the_xform_carries_the_attribute_and_the_key() -> None:
    made = actions.prepare_workbook(
        form(auto_delete="true", public_key=KEYS.public), "needs.xlsx", {}
    )
    assert b'auto-delete="true"' in made.xml
    assert KEYS.public.encode() in made.xml
    assert made.fingerprint == KEYS.fingerprint


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("-----BEGIN PUBLIC KEY-----", "characters that a key cannot hold"),
        (KEYS.public[:-8], "not all of it"),
    ],
    ids=["a line of the file", "cut"],
)
def test_a_key_that_is_none_is_told_by_its_cell(key: str, says: str) -> None:
    [told] = mistakes(form(auto_delete="true", public_key=key))
    assert (told["sheet"], told["cell"]) == ("settings", "F2")
    assert says in told["message"]


def test_a_private_key_is_refused_and_never_repeated() -> None:
    bare = b"".join(KEYS.pem.splitlines()[1:-1]).decode()
    [told] = mistakes(form(auto_delete="true", public_key=bare))
    assert "PRIVATE" in told["message"]
    assert bare[40:60] not in str(told)


def test_every_fault_of_a_key_has_words() -> None:
    assert set(sealed_forms._FAULTS) == set(odk.KeyFault)
