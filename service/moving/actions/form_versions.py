"""Forms of a source: each version that is not here is published, the oldest first."""

from __future__ import annotations

from collections.abc import Mapping

from service.forms import actions as forms
from service.forms import queries as form_queries
from service.forms.actions import Prepared
from service.forms.states import FormState
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    FILE_NAME_INVALID,
    FORM_DELETED,
    FORM_INVALID,
    KEY_NOT_CONFIRMED,
    SOURCE_STRANGE,
    SOURCE_TOO_LARGE,
    VERSION_EXISTS,
    Problem,
)
from service.foundation.sealing import sha256
from service.moving.actions.door import Door
from service.moving.actions.form_files import FormFiles
from service.moving.plan import Offered, Row, Verdict, What, Why, is_offered
from service.moving.queries import here
from service.moving.source import Definition, Source, SourceForm, SourceVersion

_REASONS = {
    VERSION_EXISTS: Why.OTHER_CONTENT,
    FORM_DELETED: Why.FORM_DELETED,
    KEY_NOT_CONFIRMED: Why.KEY_NOT_CONFIRMED,
    FORM_INVALID: Why.FORM_INVALID,
    FILE_NAME_INVALID: Why.FORM_INVALID,
    SOURCE_STRANGE: Why.NOT_GIVEN,
    SOURCE_TOO_LARGE: Why.TOO_LARGE,
}


def bring(
    door: Door,
    source: Source,
    form: SourceForm,
    *,
    is_dry: bool,
    makes: set[str] | None = None,
) -> list[Row]:
    """One row for each version. `makes` gets the names of lists to which those that come belong."""
    try:
        versions = source.versions(form)
    except Problem as problem:
        return [_refused(form.form_id, "", _reason(problem))]
    names = [one.version for one in versions]
    with reading() as session:
        offered = here.find_offered(session, door.project_id, form.form_id)
    rows = []
    for version in versions:
        if version.fault:
            rows.append(_refused(form.form_id, version.version, Why(version.fault)))
            continue
        try:
            row, offered = _bring(
                door, source, form, version, names, offered, is_dry=is_dry, makes=makes
            )
        except Problem as problem:
            row = _refused(form.form_id, version.version, _reason(problem))
        rows += [row] if row else []
    return rows


def _reason(problem: Problem) -> Why:
    """Raises it anew where it is not about this form alone."""
    if problem.kind not in _REASONS:
        raise problem
    return _REASONS[problem.kind]


def _bring(
    door: Door,
    source: Source,
    form: SourceForm,
    version: SourceVersion,
    names: list[str],
    offered: Offered | None,
    *,
    is_dry: bool,
    makes: set[str] | None,
) -> tuple[Row | None, Offered | None]:
    """What becomes of a version, and which one is offered then."""
    definition = source.definition(form, version)
    if definition is None:
        return None, offered
    with FormFiles(door, definition.media, is_kept=not is_dry) as files:
        files.fetch()
        prepared = _prepared(definition, form.form_id, files.hashes)
        verdict, why = _plan(door.project_id, prepared, files.hashes, names, offered)
        if verdict is Verdict.NEW and not is_dry:
            door.demand_room(len(definition.content))
            _publish(door, prepared, files, is_offered=why is not Why.NOT_OFFERED)
            if definition.is_hidden:
                _hide(door, prepared)
    if verdict is Verdict.NEW and makes is not None:
        makes.update(spec.list_name for spec in prepared.schema.entities)
    if verdict is Verdict.NEW and why is not Why.NOT_OFFERED:
        offered = Offered(prepared.schema.version, prepared.fingerprint)
    row = Row(
        what=What.FORM,
        form_id=prepared.schema.form_id,
        name=prepared.schema.version,
        verdict=verdict,
        why=why,
    )
    return row, offered


def _refused(form_id: str, version: str, why: Why) -> Row:
    return Row(
        what=What.FORM,
        form_id=form_id,
        name=version,
        verdict=Verdict.REFUSED,
        why=why,
    )


def _prepared(definition: Definition, form_id: str, hashes: Mapping[str, str]) -> Prepared:
    if definition.is_workbook:
        return forms.prepare_workbook(
            definition.content,
            definition.filename,
            {},
            fallback_id=form_id,
            brought=hashes,
            must_open=False,
        )
    return forms.prepare_xml(definition.content, {}, brought=hashes, must_open=False)


def _plan(
    project_id: int,
    prepared: Prepared,
    hashes: Mapping[str, str],
    names: list[str],
    offered: Offered | None,
) -> tuple[Verdict, Why]:
    schema = prepared.schema
    with reading() as session:
        if form_queries.is_deleted(session, project_id, schema.form_id):
            return Verdict.REFUSED, Why.FORM_DELETED
        found = here.find_version(session, project_id, schema.form_id, schema.version)
        files = form_queries.list_files(session, found[0]) if found else []
    if found is None:
        if not is_offered(offered and offered.version, names, schema.version):
            return Verdict.NEW, Why.NOT_OFFERED
        if offered is not None and offered.fingerprint != prepared.fingerprint:
            return Verdict.REFUSED, Why.KEY_NOT_CONFIRMED
        return Verdict.NEW, Why.NOTHING
    brought = {name: sha256(data).hex() for name, data in prepared.media.items()} | dict(hashes)
    if found[1] == prepared.xml and {one.name: one.sha256 for one in files} == brought:
        return Verdict.SAME, Why.NOTHING
    return Verdict.REFUSED, Why.OTHER_CONTENT


def _hide(door: Door, prepared: Prepared) -> None:
    with unit_of_work() as session:
        form_id = prepared.schema.form_id
        forms.set_state(session, door.actor, door.project_id, form_id, FormState.CLOSING)


def _publish(door: Door, prepared: Prepared, files: FormFiles, *, is_offered: bool) -> None:
    brought = files.commit()
    with unit_of_work() as session:
        forms.publish(
            session,
            door.actor,
            door.project_id,
            prepared,
            door.blobs,
            is_offered=is_offered,
            brought=brought,
        )
