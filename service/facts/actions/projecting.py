"""Project a batch as it arrives; compute everything again at will."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import sqlalchemy as sa
from lxml import etree
from sqlalchemy.orm import Session

from service.accounts import queries as accounts
from service.facts import paper_codes, queries
from service.facts.answers import Values
from service.facts.counting import RECEIVED
from service.facts.kinds import Facts
from service.facts.people import Identity, identity_of, persons_in
from service.facts.plan import Scope, plan_for
from service.facts.projection import Context, consents_of, project
from service.facts.record_place import place_of_record
from service.facts.scopes import Given, Purpose, allows
from service.facts.signing import signers_in
from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation import audit, clock, keys
from service.foundation.db import commit_together, of_one_moment, reading, unit_of_work
from service.foundation.formats import safe_xml
from service.intake.actions.sealed import with_xml
from service.intake.arrival import Arrival, Told
from service.intake.instance import Instance
from service.intake.queries import projecting as intake
from service.intake.queries.projecting import ForProjection
from service.intake.readers import xform_xml

REPLACED = "version.replaced"
"""Of versions that edits replaced before their codes were kept (migration 0037)."""
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A submission as intake keeps it, read again; `schema` is that of its form version."""

    instance: Instance
    schema: FormSchema
    context: Context

    @cached_property
    def scope(self) -> Scope:
        """Its answers by their tags: read once for all who ask."""
        return plan_for(self.schema).read(self.instance.answers)


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """What `flask facts rebuild` prints."""

    counts: dict[str, int]
    sha256: str


def facts_of(stored: Stored) -> tuple[queries.Key, Facts]:
    """Key and facts of one submission, as `queries.replace_facts` takes them."""
    context = stored.context
    key = (context.project_id, context.submission_pk)
    return key, project(stored.instance, plan_for(stored.schema), context, stored.scope)


def at_once(arrival: Arrival) -> Told | None:
    """The facts of a new record and its place, for intake to store with it: whoever has the receipt
    is counted already. What `project_received` and `rebuild` would compute, from the same bytes.
    None where it was refused that the record be kept: a job has to see to it that it is not."""
    context = Context(
        project_id=arrival.project_id,
        submission_pk=arrival.submission_pk,
        submitter_id=arrival.submitter_id,
        received_at=arrival.received_at,
        version=arrival.instance.version,
        code_digest=partial(code_digest, arrival.project_id),
        household_key=partial(household_key, arrival.project_id),
    )
    facts = project(arrival.instance, plan_for(arrival.schema), context)
    if _refuses(facts):
        return None
    return Told(rows=queries.rows_to_store(facts), place=place_of_record(facts))


def _refuses(facts: Facts) -> bool:
    """Whether it was refused that the record be kept."""
    return any("store" in one.refused and one.ordinal == 0 for one in facts.consents)


def code_digest(project_id: int, code: str) -> str | None:
    """What stands in for the code on a person's paper: the same for every spelling of it."""
    plain = paper_codes.plain(code)
    return keys.current().stand_in("paper", project_id, plain).hex() if plain else None


def household_key(project_id: int, commune: str, code: str) -> str | None:
    """What stands in for a household: the same for every spelling of its code."""
    plain = paper_codes.plain(code)
    if not plain:
        return None
    return keys.current().stand_in("household", project_id, commune, plain).hex()[:16]


def project_received(project_id: int, keys: Sequence[uuid.UUID]) -> None:
    """Compute the facts of these submissions as they now stand, in one transaction.

    Versions that an edit replaced, deleted records and records that nobody can read here
    (encrypted, or of a form without a schema) end without facts. Whatever can be read gets its
    place, copies that wait too.
    """
    with reading() as session:
        rows = intake.list_for_projection(session, project_id, keys)
        found = list(_read_again(session, project_id, rows))
        computed = [facts_of(stored) for stored in found]
        uncounted = _uncounted(session, project_id, rows)
        places = _moved(rows, [*computed, *uncounted])
    records = {row.submission_pk: row.record_pk for row in rows}

    def write(connection: sa.Connection) -> None:
        locked = intake.lock_all(connection, project_id, keys)
        again = [key for key in keys if key not in locked.expired]
        queries.delete_facts(connection, [(project_id, key) for key in again])
        queries.forget_codes(connection, project_id, again)
        now = _decided_since(connection, project_id, found, computed, records)
        queries.insert_facts(
            connection, [facts for (_, key), facts in now if key in locked.counted]
        )
        _keep_codes(connection, uncounted, locked.kept)
        intake.mark_projected(connection, project_id, keys, clock.now())
        intake.place_submissions(connection, project_id, places)

    commit_together(write)


def _decided_since(
    connection: sa.Connection,
    project_id: int,
    found: Sequence[Stored],
    computed: Sequence[tuple[queries.Key, Facts]],
    records: Mapping[uuid.UUID, uuid.UUID],
) -> list[tuple[queries.Key, Facts]]:
    """`computed`, those anew of which scopes were taken back, or review decided, since they were
    read. Asked under the lock that whoever does so needs too: what is seen here cannot be
    outrun."""
    keys = [key for (_, key), _ in computed]
    theirs = sorted({records[key] for key in keys})
    narrowed = queries.list_narrowed(connection, project_id, theirs) if theirs else {}
    standings = queries.list_standings(connection, project_id, keys) if keys else {}
    needs = queries.list_need_states(connection, project_id, theirs) if theirs else {}
    denied = queries.list_denied(connection, project_id, theirs) if theirs else {}
    now = []
    for stored, as_read in zip(found, computed, strict=True):
        key = stored.context.submission_pk
        context = replace(
            stored.context,
            narrowed=narrowed.get(records[key], ()),
            standing=standings.get(key, RECEIVED),
            need_states=needs.get(records[key], {}),
            denied=denied.get(records[key], {}),
        )
        is_same = context == stored.context
        now.append(as_read if is_same else facts_of(replace(stored, context=context)))
    return now


def _uncounted(
    session: Session, project_id: int, rows: Sequence[ForProjection]
) -> list[tuple[queries.Key, Facts]]:
    """What the others would say: copies that wait have a place, and they, removed records and
    versions that were replaced a code, by which they are taken back."""
    schemas: Schemas = {}
    others = with_xml(project_id, [row for row in rows if not row.is_counted])
    read = (_understood(session, row, schemas) for row in others)
    return [facts_of(stored) for stored in read if stored is not None]


def allowed_by_itself(
    session: Session,
    project_id: int,
    keys: Collection[uuid.UUID],
    purposes: Collection[Purpose],
    on: dt.date,
) -> frozenset[Purpose]:
    """What copies that wait, or versions that were replaced, may all be used for by what they say
    themselves, and what was taken back of them: they have no facts, which
    `queries.allowed_of_many` could ask."""
    allowed = frozenset(purposes)
    schemas: Schemas = {}
    rows = intake.list_for_projection(session, project_id, keys)
    records = [row.record_pk for row in rows]
    narrowed = queries.list_narrowed(session.connection(), project_id, records)
    for row in with_xml(project_id, rows):
        stored = _understood(session, row, schemas)
        if stored is None:
            return frozenset()
        context = replace(stored.context, narrowed=narrowed.get(row.record_pk, ()))
        _, facts = facts_of(replace(stored, context=context))
        said = (*facts.consents, *facts.persons, *facts.signatures)
        allowed = frozenset(
            purpose
            for purpose in allowed
            if facts.consents
            and all(allows(purpose, one.scopes, one.scopes_until, on) for one in said)
        )
    return allowed if rows else frozenset()


def list_stored(
    session: Session, project_id: int, keys: Collection[uuid.UUID]
) -> Iterator[tuple[ForProjection, Stored | None]]:
    """Those of these versions that count, each with what it says; None where nobody can read it
    here. What was taken back or decided since is not in it: that is for facts."""
    schemas, parser = Schemas(), safe_xml.Again()
    rows = [row for row in intake.list_for_projection(session, project_id, keys) if row.is_counted]
    opened = {row.submission_pk: row for row in with_xml(project_id, rows)}
    for row in rows:
        is_open = row.submission_pk in opened
        if is_open:
            yield row, _understood(session, opened[row.submission_pk], schemas, parser.parse)
        else:
            yield row, None


def told_of_persons(
    session: Session, project_id: int, keys: Collection[uuid.UUID]
) -> Iterator[tuple[ForProjection, list[Scope]]]:
    """What counted submissions tell of each person, as it was answered: names, too. A person's
    place in the list is the `ordinal` of the facts. Whom to show it to is the caller's to ask."""
    for row, stored in list_stored(session, project_id, keys):
        if stored is not None:
            yield row, persons_in(stored.scope, plan_for(stored.schema))


def told_of_signers(
    session: Session, project_id: int, keys: Collection[uuid.UUID]
) -> Iterator[tuple[ForProjection, list[Values]]]:
    """The same of those who signed."""
    for row, stored in list_stored(session, project_id, keys):
        if stored is not None:
            yield row, signers_in(stored.scope, plan_for(stored.schema))


def identities_told(
    session: Session, project_id: int, keys: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, int], Identity]:
    """(submission, place of a person in it) -> who that is. The caller has asked whether it may."""
    return {
        (row.submission_pk, at): identity_of(person)
        for row, persons in told_of_persons(session, project_id, keys)
        for at, person in enumerate(persons)
    }


def list_refusing(
    session: Session, project_id: int, keys: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of these copies that wait in which it was refused that the record be kept: they have no
    facts, which `queries.list_refusals` could ask."""
    schemas: Schemas = {}
    copies = with_xml(project_id, intake.list_for_projection(session, project_id, keys))
    read = ((row.submission_pk, _understood(session, row, schemas)) for row in copies)
    return [key for key, stored in read if stored and _refuses(facts_of(stored)[1])]


def _keep_codes(
    connection: sa.Connection,
    uncounted: Sequence[tuple[queries.Key, Facts]],
    kept: Collection[uuid.UUID],
) -> None:
    queries.keep_codes_of(
        connection,
        [
            facts
            for (_, key), facts in sorted(uncounted, key=lambda one: one[0])
            if key in kept and any(one.code_digest for one in facts.consents)
        ],
    )


def _moved(
    rows: Sequence[ForProjection], computed: Sequence[tuple[queries.Key, Facts]]
) -> dict[uuid.UUID, str | None]:
    """The place of each that lies elsewhere than intake has it."""
    found = {key: place_of_record(facts) for (_, key), facts in computed}
    was = {row.submission_pk: row.place for row in rows}
    return {key: place for key, place in found.items() if place != was[key]}


def _read_again(
    session: Session, project_id: int, rows: Sequence[ForProjection]
) -> Iterator[Stored]:
    """Counted submissions whose form version says what they mean; of edits with what consent was
    in the versions before, of all with what was taken back since, and what review decided."""
    counted = [row for row in rows if row.is_counted]
    schemas: Schemas = {}
    earlier = _consents_before(session, project_id, counted, schemas)
    records = [row.record_pk for row in counted]
    narrowed = queries.list_narrowed(session.connection(), project_id, records)
    keys = [row.submission_pk for row in counted]
    standings = queries.list_standings(session.connection(), project_id, keys)
    needs = queries.list_need_states(session.connection(), project_id, records)
    denied = queries.list_denied(session.connection(), project_id, records)
    for row in with_xml(project_id, counted):
        stored = _understood(session, row, schemas)
        if stored is not None:
            context = replace(
                stored.context,
                before=earlier.get(row.submission_pk),
                narrowed=narrowed.get(row.record_pk, ()),
                standing=standings.get(row.submission_pk, RECEIVED),
                need_states=needs.get(row.record_pk, {}),
                denied=denied.get(row.record_pk, {}),
            )
            yield replace(stored, context=context)


Schemas = dict[tuple[int, str, int | None], FormSchema | None]
Parse = Callable[[bytes], etree._Element]


def _understood(
    session: Session, row: ForProjection, schemas: Schemas, parse: Parse = safe_xml.parse
) -> Stored | None:
    key = (row.form_pk, row.version, row.version_pk)
    if key not in schemas:
        schemas[key] = _schema(session, row)
    schema = schemas[key]
    root = parse(row.xml)
    if schema is None or xform_xml.is_encrypted(root):
        return None
    instance = Instance(
        form_id=schema.form_id,
        version=row.version,
        instance_id=row.instance_id,
        answers=xform_xml.answers(root, schema),
    )
    context = Context(
        project_id=row.project_id,
        submission_pk=row.submission_pk,
        submitter_id=row.submitter_id,
        received_at=row.received_at,
        version=row.version,
        code_digest=partial(code_digest, row.project_id),
        household_key=partial(household_key, row.project_id),
    )
    return Stored(instance=instance, schema=schema, context=context)


def _consents_before(
    session: Session, project_id: int, rows: Sequence[ForProjection], schemas: Schemas
) -> dict[uuid.UUID, Mapping[int, Given]]:
    """Of each edit among `rows`, what consent was in the version that it replaced."""
    records = [row.record_pk for row in rows if row.record_pk != row.submission_pk]
    if not records:
        return {}
    older = intake.list_replaced(session, project_id, records)
    by_id = {(row.record_pk, row.instance_id): row for row in with_xml(project_id, older)}
    found: dict[uuid.UUID, Mapping[int, Given]] = {}
    for row in rows:
        chain: list[ForProjection] = []
        base = by_id.get((row.record_pk, row.deprecated_id or ""))
        while base is not None and base not in chain:
            chain.append(base)
            base = by_id.get((row.record_pk, base.deprecated_id or ""))
        held: Mapping[int, Given] | None = None
        for one in reversed(chain):
            stored = _understood(session, one, schemas)
            if stored is not None:
                context = replace(stored.context, before=held)
                held = consents_of(stored.instance, plan_for(stored.schema), context)
        if held is not None:
            found[row.submission_pk] = held
    return found


def _schema(session: Session, row: ForProjection) -> FormSchema | None:
    version_pk = row.version_pk
    if version_pk is None:
        version_pk = forms.find_version_to_read_with(session, row.form_pk, row.version)
    return None if version_pk is None else forms.schema_of(session, version_pk)


def rebuild(session: Session, project_id: int) -> Rebuilt:
    """Throw away the facts of a project and compute them from what intake keeps.

    Only the host shell offers this; it reveals and changes nothing, which the checksum proves.
    Records that arrive meanwhile bring facts of their own, and are not seen here.
    """
    connection = of_one_moment(session)
    queries.delete_project_facts(connection, project_id)
    for rows in intake.stream_for_projection(connection, project_id, _BATCH):
        computed = [facts_of(one) for one in _read_again(session, project_id, rows)]
        queries.insert_facts(connection, [facts for _, facts in computed])
        places = _moved(rows, computed)
        intake.place_submissions(connection, project_id, places)
    rebuilt = describe(session, project_id)
    audit.record(
        session,
        actor_id=None,
        action="facts.rebuild",
        subject=project_id,
        project_id=project_id,
        sha256=rebuilt.sha256,
    )
    return rebuilt


def drop_uncounted(session: Session, project_id: int) -> None:
    """After a rebuild, which sees one moment: what was erased or replaced while it ran."""
    queries.delete_uncounted(session.connection(), project_id)


def forget_changes() -> None:
    """Once a day: whose facts changed, where nobody follows it any more."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        with unit_of_work() as session:
            queries.forget_changes(session, project_id)


def are_outdated(session: Session, project_id: int) -> bool:
    """Whether facts are those of a release that kept less of people."""
    return queries.are_of_before(session.connection(), project_id)


def describe(session: Session, project_id: int) -> Rebuilt:
    """Counts and SHA-256 of the facts as they stand."""
    connection = session.connection()
    return Rebuilt(
        counts=queries.count_facts(connection, project_id),
        sha256=queries.checksum(queries.canonical_rows(connection, project_id)),
    )
