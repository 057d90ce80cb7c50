"""What is there when everything has arrived, written down so that two teams can be compared byte
for byte: ids by what they are called in every team, no keys of ours, no times of ours.

Where two devices contradict one another, who came first legitimately says which version has which
number, and whose value stands (decision 0031). Of those the same is written down for every order:
who said what, that nothing of it is lost, and that a person is asked.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.cases.naming import need_id
from service.cases.tables import Case, CaseNeed
from service.entities.actions.sealed import known
from service.entities.queries.storing import Found, find_by_digest
from service.entities.tables import Arrival, Entity
from service.entities.versions import Known, conflicts
from service.facts import queries as facts
from service.forms.tables import EntityList
from service.foundation.blobs import LocalBlobs
from service.foundation.job_queue import JobRow
from service.intake.tables import Attachment, FilePart, Submission
from tests import unsealed

CONTESTED = ("<soft>", "<hard>")
_NUMBER = re.compile(r"\d{3}-\d{3}-\d{3}")
"""Of a case."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Whose: TypeAlias = tuple[str, str]
"""A team, and what something is called in every team."""
Names: TypeAlias = Mapping[str, Whose]
Owner: TypeAlias = Mapping[Any, Whose]
"""Of submissions, by our keys."""


def endings(session: Session, project_id: int, names: Names, blobs: LocalBlobs) -> dict[str, str]:
    """{team: its state as text}. `names`: id to its team and what it is called there."""
    left = session.execute(sa.select(JobRow.event, JobRow.attempts).where(_of(JobRow, project_id)))
    assert left.all() == [], "work is left"
    found: dict[str, list[str]] = defaultdict(list)
    submissions = list(session.scalars(sa.select(Submission).where(_of(Submission, project_id))))
    owner = {row.submission_pk: names[row.instance_id.removeprefix("uuid:")] for row in submissions}
    for team, line in (
        *_records(session, project_id, submissions, owner, names, blobs),
        *_facts(session, project_id, owner, names),
        *_entities(session, project_id, names, owner),
    ):
        found[team].append(line)
    return {team: "\n".join(sorted(lines)) for team, lines in found.items()}


def digest(ending: str) -> str:
    return hashlib.sha256(ending.encode()).hexdigest()


def _of(table: Any, project_id: int) -> Any:
    return table.project_id == project_id


def _line(of_kind: str, /, **said: Any) -> str:
    return json.dumps({"is": of_kind, **said}, sort_keys=True, ensure_ascii=False)


def _records(
    session: Session,
    project_id: int,
    rows: Iterable[Submission],
    owner: Owner,
    names: Names,
    blobs: LocalBlobs,
) -> Iterator[Whose]:
    files: dict[Any, list[tuple[str, str, bool]]] = defaultdict(list)
    for file in session.scalars(sa.select(Attachment).where(_of(Attachment, project_id))):
        content = hashlib.sha256(unsealed.content(file, blobs)).hexdigest()
        files[file.submission_pk].append((unsealed.name(file), content, file.is_current))
    pieces = session.scalar(sa.select(sa.func.count()).where(_of(FilePart, project_id)))
    assert pieces == 0, "pieces are left of files that are whole"
    xml = _answers(session, project_id)
    twice: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for row in rows:
        team, name = owner[row.submission_pk]
        if name == "<twice>":
            twice[team].append((row.state, row.reason))
        is_twice = name == "<twice>"
        yield (
            team,
            _line(
                "record",
                name=name,
                answers=_named(xml[row.submission_pk], names),
                state="one of two" if is_twice else row.state,
                reason="one of two" if is_twice else row.reason,
                edits=_named(row.deprecated_id or "", names),
                of=None if is_twice else owner[row.record_pk][1] if row.record_pk in owner else "?",
                expected=row.files_expected,
                present=row.files_present,
                files=sorted(files[row.submission_pk]),
                flags=row.flags,
                channel=row.channel,
            ),
        )

    for team, both in twice.items():
        yield team, _line("two of one id", stands_and_waits=sorted(both))


def _answers(session: Session, project_id: int) -> dict[Any, str]:
    rows = session.scalars(
        sa.select(unsealed.SubmissionXml).where(_of(unsealed.SubmissionXml, project_id))
    )
    return {row.submission_pk: unsealed.opened(row, row.submission_pk).decode() for row in rows}


def _named(text: str, names: Names) -> str:
    return _UUID.sub(lambda found: names[found[0]][1] if found[0] in names else found[0], text)


def _facts(session: Session, project_id: int, owner: Owner, names: Names) -> Iterator[Whose]:
    by_text = {str(key): whose for key, whose in owner.items()}
    for kind, row in facts.canonical_rows(session.connection(), project_id):
        team, name = by_text[row["submission_pk"]]
        said = {**row, "submission_pk": name, "project_id": 0, "submitter_id": 0}
        yield team, _named(_line(f"fact {kind}", **said), names)


def _entities(session: Session, project_id: int, names: Names, owner: Owner) -> Iterator[Whose]:
    lists: dict[int, str] = {
        row.list_pk: row.name
        for row in session.scalars(sa.select(EntityList).where(_of(EntityList, project_id)))
    }
    digests = session.scalars(sa.select(Entity.digest).where(_of(Entity, project_id)))
    found = find_by_digest(session, project_id, list(digests))
    opened = known(session, project_id, found.values())
    of_cases = dict(_of_cases(session, project_id, owner))
    for key, entity in found.items():
        kept = of_cases.get(entity.entity_id)
        if kept is not None:
            team, name = kept
            yield team, _kept(name, lists[entity.list_pk], entity, opened[key], of_cases)
            continue
        team, name = names[str(entity.entity_id)]
        yield team, _entity(name, lists[entity.list_pk], entity, opened[key], names)
    for row in session.scalars(sa.select(Arrival).where(_of(Arrival, project_id))):
        if row.record_pk in owner:
            team, name = owner[row.record_pk]
            yield team, _line("arrival", of=name, outcome=row.outcome, fault=row.fault)


def _of_cases(session: Session, project_id: int, owner: Owner) -> Iterator[tuple[Any, Whose]]:
    """What lists call cases and their needs: by chance, other in every team."""
    needs: dict[Any, list[str]] = defaultdict(list)
    for row in session.scalars(sa.select(CaseNeed).where(_of(CaseNeed, project_id))):
        needs[row.case_pk].append(row.need_code)
    for case in session.scalars(sa.select(Case).where(_of(Case, project_id))):
        team, name = owner[case.record_pk]
        called = f"case of {name} {case.ordinal}"
        yield case.entity_id, (team, called)
        for code in needs[case.case_pk]:
            yield need_id(case.entity_id, code), (team, f"{code} of {called}")


def _kept(
    name: str, list_name: str, entity: Found, known: Known, of_cases: Mapping[Any, Whose]
) -> str:
    """As the server keeps it now. How often it was written on the way depends on what came
    together, and the number of a case is by chance."""
    now = {field: value for field, value in known.versions[-1].values.items() if field != "code"}
    if "case" in now:
        now["case"] = of_cases[uuid.UUID(now["case"])][1]
    now = {field: _NUMBER.sub("<number>", value) for field, value in now.items()}
    is_gone = entity.deleted_at is not None
    return _line("kept", name=name, list=list_name, values=now, is_gone=is_gone)


def _entity(name: str, list_name: str, entity: Found, known: Known, names: Names) -> str:
    if name in CONTESTED:
        return _contested(name, list_name, entity, known, names)
    versions = [
        {
            "number": one.number,
            "values": dict(one.values),
            "said": dict(one.received),
            "from": one.base_version,
            "branch": _named(str(one.branch_id), names),
            "branch from": one.branch_base,
            "conflicting": one.conflicting,
            "is_forced": one.is_forced,
        }
        for one in known.versions
    ]
    return _line("entity", name=name, list=list_name, conflict=entity.conflict, versions=versions)


def _contested(name: str, list_name: str, entity: Found, known: Known, names: Names) -> str:
    said: dict[str, set[str]] = defaultdict(set)
    for one in known.versions:
        for field, value in one.received.items():
            said[field].add(value)
    asked = {one.name for one in conflicts(known.versions, entity.resolved_to)}
    branches: dict[str, list[Any]] = defaultdict(list)
    for one in known.versions:
        branches[_named(str(one.branch_id), names)].append((one.branch_base, dict(one.received)))
    current = known.current.values
    return _line(
        "entity",
        name=name,
        list=list_name,
        conflict=entity.conflict,
        branches=branches,
        agreed={field: value for field, value in current.items() if field not in asked},
        asked=sorted(asked),
        offered={
            one.name: sorted({str(one.theirs), str(one.mine)})
            for one in conflicts(known.versions, entity.resolved_to)
        },
    )
