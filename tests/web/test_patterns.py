"""S-27: patterns that people write into forms are data. They are handed to phones, and run nowhere
here: no engine that could be kept busy with one ever sees it."""

from __future__ import annotations

import ast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.forms import actions as forms
from service.foundation.db import reading, unit_of_work
from service.intake.queries.waiting import look
from tests.conftest import drain
from tests.factories import Phone, a_project, an_instance
from tests.test_architecture import modules
from tests.unit.forms.workbooks import form

ENDLESS = "(a+)+$"
ANSWER = "a" * 50_000 + "!"
"""For which an engine that goes back would need longer than the world has."""

USES = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
FROM_A_LIST = {
    ("service.foundation.formats.media_types", "beginning"): "beginnings of files, in the module",
    ("service.moving.readers.flat", "ID_PATTERN"): "what an app's IDs are held to, in its module",
    ("service.forms.xlsform_mistakes", "known.pattern"): "sentences of pyxform, in the module",
    (
        "service.persons.from_latin",
        "'|'.join((f'(?P<r{at}>{letters})' for at, (letters, _) in enumerate(_SPELLED)))",
    ): "spellings, in the module",
    ("service.persons.from_latin", "f'{voiced}$'"): "ends of words, in the module",
}
"""Patterns that are no literal where they are used, and the list of ours that they come from."""


@pytest.mark.timeout(120)
def test_s27_a_pattern_of_a_form_is_never_run_when_published_sent_or_counted(
    app: Flask, client: FlaskClient
) -> None:
    workbook = form(
        ("text", "village", "ភូមិ", f"regex(., '{ENDLESS}')"),
        ("text", "again", "ម្តងទៀត", "", f"regex(${{village}}, '{ENDLESS}')"),
        ("calculate", "told", "", "", "", f"if(regex(${{village}}, '{ENDLESS}'), 1, 0)"),
    )
    prepared = forms.prepare_workbook(workbook, "endless.xlsx", {})
    with unit_of_work() as session:
        project = a_project(session).id
        blobs = app.extensions["samleng.blobs"]
        done = forms.publish(session, SYSTEM, project, prepared, blobs)
        made = accounts.create_app_user(session, SYSTEM, project, "ទូរសព្ទ", None)
    phone = Phone(client=client, project_id=project, token=made.token, id=made.id)
    blank = phone.client.get(f"{phone.base}/forms/{done.form_id}.xml").get_data(as_text=True)
    assert ENDLESS in blank, "the phone gets it, and checks by it"
    sent = an_instance(form_id=done.form_id, version=done.version, village=ANSWER)
    assert phone.send(sent).status_code == 201
    drain(app)
    with reading() as session:
        found = look(session, project)
    assert (found.queued, found.quarantined) == (0, 0)


def test_s27_every_pattern_in_the_code_is_ours() -> None:
    """A pattern is a literal, or a constant of its module; and no database is given one either."""
    wrong, listed = [], set()
    for module, tree in modules().items():
        constants = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in ("re", "fnmatch", "regex"):
                wrong.append(f"{module}:{node.lineno} imports from {node.module}")
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            is_of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            if node.func.attr in ("regexp_match", "regexp_replace", "similar_to"):
                wrong.append(f"{module}:{node.lineno} gives a pattern to the database")
            if node.func.attr == "op" and ast.unparse(node.args[0]) not in ("'||'", "'->'"):
                wrong.append(f"{module}:{node.lineno} {ast.unparse(node.args[0])}")
            if not is_of_re or node.func.attr not in USES:
                continue
            pattern = node.args[0]
            text = ast.unparse(pattern)
            if (module, text) in FROM_A_LIST:
                listed.add((module, text))
            elif (
                not isinstance(pattern, ast.Constant)
                and text not in constants
                and not _is_of_constants(pattern)
            ):
                wrong.append(f"{module}:{node.lineno} {text}")
    assert wrong == []
    assert listed == set(FROM_A_LIST)


def _is_of_constants(pattern: ast.expr) -> bool:
    """A literal with constants of ours in it."""
    return isinstance(pattern, ast.JoinedStr) and all(
        isinstance(part.value, ast.Name) and part.value.id.isupper()
        for part in pattern.values
        if isinstance(part, ast.FormattedValue)
    )
