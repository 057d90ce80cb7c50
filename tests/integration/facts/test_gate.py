"""One gate: every scope with every output, with and without consent, and nobody goes round it."""

from __future__ import annotations

import ast
import datetime as dt
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from service.facts import queries, scopes, tables
from service.facts.counting import Counting
from service.facts.scopes import NEEDS, Purpose
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.indicators import actions as indicators
from service.indicators.actions.following import figures_of
from service.indicators.catalogue import INDICATORS, Count
from service.indicators.counting import Scope
from service.indicators.measures import Kind
from tests.factories import a_coordinator
from tests.integration.indicators import phum_thmei
from tests.integration.indicators.villages import Village
from tests.test_architecture import modules

KINDS = (tables.Person, tables.Need, tables.Signature, tables.Household, tables.Consent)
DAY = dt.date(2026, 11, 24)
BEFORE, AFTER = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


def a_fact(village: Village, kind: type[Any], held: frozenset[str], **terms: Any) -> None:
    """One row of a kind whose subject gave these scopes."""
    shared = village.arrive(stats="stats" in held, scopes=scopes.bits(held), **terms)
    person = {
        "sex": "female", "age_band": "1859", "disability": "yes", "victim_type": "not_victim",
        "device": "not_asked", "remoteness": "r1",
    }  # fmt: skip
    own: dict[type[Any], dict[str, Any]] = {
        tables.Person: {
            **person, "ordinal": 0, "open_needs": 1, "age_known": "exact",
        },
        tables.Need: {
            **person, "person_ordinal": 0, "need_code": "psy_peer", "status": "unmet",
            "is_open": True, "priority": "p3", "barriers": [],
        },
        tables.Signature: {
            "ordinal": 0, "line_status": "valid", "kind": "citizen", "mark": "signature",
            "sex": "male", "age_band": "1859",
        },
        tables.Household: {
            "head_sex": "male", "remoteness": "r1", "remoteness_rule": 1, "phone_signal": "none",
        },
        tables.Consent: {
            "ordinal": 0, "granted": sorted(held), "refused": [], "method": "signature",
            "is_proxy": False,
        },
    }  # fmt: skip
    village.session.execute(sa.insert(kind), {**shared, **own[kind]})


def count(kind: type[Any], purpose: Purpose, project_id: int) -> int:
    with reading() as session:
        seen = queries.usable(kind, purpose, project_id, DAY)
        return session.scalar(sa.select(sa.func.count()).select_from(seen)) or 0


@pytest.mark.parametrize("kind", KINDS)
def test_s44_each_purpose_sees_whom_all_its_scopes_allow_and_nobody_else(
    database: Database, kind: type[Any]
) -> None:
    everything = frozenset(scopes.CONSENT_SCOPE)
    with unit_of_work() as session:
        village = Village(session)
        a_fact(village, kind, frozenset())  # nobody asked: no consent, no use
        a_fact(village, kind, everything)
        for scope in sorted(everything):
            a_fact(village, kind, everything - {scope})
        a_fact(village, kind, everything, stats_until=BEFORE, scopes_until=BEFORE)
        a_fact(village, kind, everything, stats_until=DAY, scopes_until=DAY)
        a_fact(village, kind, everything, standing="rejected")
        a_fact(village, kind, everything, project_id=village.project_id)
    for purpose in Purpose:
        allowed = 3 + len(everything) - len(NEEDS[purpose])
        assert count(kind, purpose, village.project_id) == allowed, purpose
        assert count(kind, purpose, village.project_id + 1) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_s44_of_a_child_for_whom_not_both_agreed_codes_are_read_and_counted_alone(
    database: Database, kind: type[Any]
) -> None:
    everything = frozenset(scopes.CONSENT_SCOPE)
    with unit_of_work() as session:
        village = Village(session)
        a_fact(village, kind, everything)
        rows = sa.update(kind).values(scopes=scopes.bits(everything) | scopes.CODES_ALONE)
        session.execute(rows)
    seen = {one for one in Purpose if count(kind, one, village.project_id)}
    assert seen == {Purpose.CODES, Purpose.COUNT}


def test_s44_the_complement_of_the_gate_is_everybody_else(database: Database) -> None:
    with unit_of_work() as session:
        village = Village(session)
        a_fact(village, tables.Person, frozenset())
        a_fact(village, tables.Person, frozenset({"stats"}), stats_until=BEFORE)
        a_fact(village, tables.Person, frozenset({"stats"}), stats_until=AFTER)
        a_fact(village, tables.Person, frozenset({"stats"}))
    with reading() as session:
        rest = queries.not_usable(tables.Person, Purpose.COUNT, village.project_id, DAY)
        assert session.scalar(sa.select(sa.func.count()).select_from(rest)) == 2
    assert count(tables.Person, Purpose.COUNT, village.project_id) == 2


@pytest.mark.parametrize("terms", [{"stats": False}, {"stats_until": dt.date(2026, 1, 1)}])
def test_s44_no_figure_counts_whom_consent_does_not_cover_today(
    database: Database, terms: dict[str, Any]
) -> None:
    """A world in which every figure counts somebody, and in which then nobody may be counted."""
    with unit_of_work() as session:
        village = phum_thmei.settle(session)
        for kind in tables.OfSubmission.__subclasses__():
            session.execute(sa.update(kind).values(**terms))
    actor = a_coordinator(village.project_id)
    for indicator, one in INDICATORS.items():
        by = () if () in one.grid else one.grid[0]
        with reading() as session:
            table = indicators.show(
                session, actor, village.project_id, indicator, by, "internal"
            ).as_dict()
        assert [row["n"] for row in (*table["cells"], *table["totals"]) if row["n"]] == []
        assert table.get("statistics", {"rows": []})["rows"] == []
        assert table["basis"].get("unanswered") in (None, 0)
        assert table["basis"]["refused_stats"], indicator


def test_what_stands_in_a_record_needs_everybodys_yes(database: Database) -> None:
    held = frozenset({"store", "publish_name"})
    with unit_of_work() as session:
        village = Village(session)
        a_fact(village, tables.Consent, held)
        shared = session.execute(sa.select(tables.Consent.submission_pk)).scalar_one()
        a_fact(village, tables.Person, held)  # of a record that asked nothing
        lonely = session.execute(sa.select(tables.Person.submission_pk)).scalar_one()

    def may(pk: Any, purpose: Purpose) -> bool:
        with reading() as session:
            return queries.may_use(session, village.project_id, pk, purpose, DAY)

    assert may(shared, Purpose.NAME)
    assert not may(shared, Purpose.PHOTO)
    assert not may(lonely, Purpose.NAME)
    with unit_of_work() as session:  # a child in the same house, of whom the guardian said no
        session.execute(
            sa.update(tables.Person).values(submission_pk=shared, scopes=scopes.bits({"store"}))
        )
    assert not may(shared, Purpose.NAME)
    assert may(shared, Purpose.WORK)


# --- nobody goes round it -----------------------------------------------------------------------
FACTS = {kind.__name__ for kind in tables.OfSubmission.__subclasses__()} | {"RemovedCode"}
RAW = {
    "SubmissionXml", "Attachment", "PreparedFile", "Quarantined", "QuarantinedFile",
    "TrialRecord", "EntityVersion",
}  # fmt: skip
OWNERS = {
    "service.facts.tables": "declares them",
    "service.facts.queries.gate": "is the gate",
    "service.facts.queries.storing": "writes them, and sums them up",
    "service.facts.queries.taken_back": "finds records by the stand-in of a code",
    "service.facts.queries.kept": "says which records were refused, to be erased; keeps the tally",
    "service.facts.kinds": "the facts as projection makes them: no tables",
    "service.facts.projection": "makes them",
    "service.facts.people": "makes them",
    "service.facts.incidents": "makes them",
    "service.facts.follow_ups": "makes them",
    "service.facts.reports": "makes them",
    "service.facts.signing": "makes them",
    "service.facts.circumstances": "makes them",
    "service.consent.queries": "finds records by the stand-in of a code; reads no answer",
    "service.intake.tables": "declares what arrived",
    "service.intake.queries.receiving": "stores it; reads digests, names of blobs",
    "service.intake.queries.projecting": "hands it to projection, which obeys consent",
    "service.intake.queries.listing": "names, sizes and times of files; no content",
    "service.intake.queries.sealed_records": "ciphertext for whoever holds a key kept offline; the "
    "server cannot read in it what was allowed",
    "service.intake.queries.sealing": "seals what an earlier release stored in clear",
    "service.intake.queries.preparing": "finds clean copies; `review` asks the gate and hands out",
    "service.intake.queries.erasing": "erases it",
    "service.exports.queries.records": "hands XML, still sealed, to `exports.actions.source`, "
    "which asks the gate of each record before it reads it",
    "service.intake.queries.trials": "keeps and throws away what was sent to try a draft, sealed",
    "service.exports.queries.trials": "hands it, still sealed, to `exports.actions.trying`, which "
    "masks names and testimony whatever the scope",
    "service.entities.tables": "declares versions of entities",
    "service.entities.queries.storing": "versions, still sealed, for `entities.actions`, which ask "
    "of the records that an entity came from",
    "service.entities.queries.listing": "the same, page by page",
    "service.entities.queries.by_record": "which entities came from records, and erases them",
    "service.entities.queries.changes": "which entities came from records; no content",
    "service.intake.queries.form_logs": "finds logs of how forms were filled in, still sealed, for "
    "`exports.actions.form_logs`: of records of which `source` asked the gate, cell by cell",
    "service.intake.queries.ageing": "finds by its time what is to be erased; no content",
    "service.intake.queries.shares": "adds up sizes; no content",
    "service.testimonies.queries.files": "which clean copies may be used today, by the gate's own "
    "table; no content",
    "service.review.queries.readings": "says of what kind a file was that somebody opened; no "
    "content",
    "service.intake.queries.counting": "counts; no content",
    "service.intake.queries.senders": "ids, names of files and times; no content",
    "service.intake.queries.held": "says which files are here; no content",
    "service.intake.queries.parts": "pieces of files on their way in; no content is handed out",
    "service.intake.queries.waiting": "counts what waits for a person; no content",
    "service.indicators.queries.selecting": "hands codes with the terms of each row to "
    "`indicators.counting`, which asks of each whether it may be counted",
    "service.intake.queries.told": "parts of records, still sealed; what goes before names does",
}
"""Who may name these tables without passing the gate, and why."""
GATE = {"usable", "not_usable"}


def _uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Places where a table of facts is used for anything but being handed to the gate."""
    handed = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in GATE
        for argument in node.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _name(node.value) in FACTS | RAW:
            yield _name(node.value), node.lineno
        elif isinstance(node, ast.Call):
            for argument in node.args:
                if id(argument) not in handed and _name(argument) in FACTS | RAW:
                    yield _name(argument), node.lineno


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_s44_no_query_on_facts_or_on_what_was_sent_stands_outside_the_gate() -> None:
    wrong = [
        f"{module}:{line} uses {name}"
        for module, tree in modules().items()
        if module not in OWNERS
        for name, line in _uses(tree)
    ]
    assert wrong == []


def test_s44_raw_sql_names_no_fact_outside_the_gate() -> None:
    tables_of_facts = "|".join([*queries.TABLES, "submission_xml", "attachments", "prepared_files"])
    sql = re.compile(rf"\b(?:from|join|into|update)\s+(?:{tables_of_facts})\b", re.I)
    wrong = [
        f"{module}:{node.lineno}"
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and sql.search(node.value)
    ]
    assert wrong == []


def test_s44_whoever_hands_files_out_asks_the_gate() -> None:
    asking = {
        module
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in {"find_prepared", "list_made_with"}
    }
    gates = {
        "service.review.actions": "may_use",
        "service.consent.actions.own": "allowed_of_many",
        "service.testimonies.actions.filing": "usable",
        "service.testimonies.actions.publishing": "usable",
    }
    assert asking == set(gates)
    for module, gate in gates.items():
        assert gate in {_name(node) for node in ast.walk(modules()[module])}


def test_s44_logs_of_forms_are_opened_by_the_one_reading_that_masks_them() -> None:
    opening = {
        module
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "service.intake.actions"
        and "form_logs" in {one.name for one in node.names}
    }
    assert opening == {"service.exports.actions.form_logs"}


@pytest.mark.parametrize(
    "source",
    [
        "sa.select(Person.sex)",
        "sa.select(Person)",
        "session.get(Need, 1)",
        "tables.Signature.kind",
        "sa.select(sa.func.count()).select_from(SubmissionXml)",
    ],
)
def test_s44_a_way_round_is_seen(source: str) -> None:
    assert list(_uses(ast.parse(source)))


def test_s44_the_list_of_those_who_may_is_not_longer_than_it_must_be() -> None:
    named = {module for module, tree in modules().items() if list(_uses(tree))}
    makers = {name for name in OWNERS if OWNERS[name].startswith(("makes", "the facts"))}
    declaring = {"service.facts.tables", "service.intake.tables", "service.entities.tables"}
    assert set(OWNERS) - makers <= named | declaring


def test_s44_figures_read_no_fact_without_its_terms(database: Database) -> None:
    """What is really asked of the database, whatever the source says: facts come with whether they
    may be counted, to where that is asked of each (`counting`, below)."""
    with unit_of_work() as session:
        village = Village(session)
        village.household({"needs": ["psy_peer"]})
        village.signature()
    asked: list[str] = []

    def listen(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        asked.append(sql)

    sa.event.listen(database.reader, "before_cursor_execute", listen)
    with reading() as session:
        for one in INDICATORS.values():
            actor = a_coordinator(village.project_id)
            for by in one.grid[:4]:
                indicators.show(session, actor, village.project_id, one.id, by, "internal")
    sa.event.remove(database.reader, "before_cursor_execute", listen)
    names = "|".join(kind.__tablename__ for kind in tables.OfSubmission.__subclasses__())
    reads = re.compile(rf"FROM ({names})\s")
    of_facts = [found for sql in asked if (found := reads.search(sql))]
    assert len(of_facts) == len(Kind), "once for all tables"
    for found in of_facts:
        # What is read beside a person (needs, incident, household) is of the same record.
        sql, table = found.string, found.group(1)
        for term in ("standing", "stats", "stats_until"):
            assert f"{table}.{term}" in sql.partition("FROM")[0], sql


@pytest.mark.parametrize("approved_only", [False, True])
@pytest.mark.parametrize("kind", [tables.Person, tables.Need, tables.Signature])
def test_s44_figures_count_what_the_gate_lets_through_and_refuse_what_it_does_not(
    database: Database, kind: type[Any], approved_only: bool
) -> None:
    """Every standing, with and without consent, and on each side of its last day."""
    count_of = {
        tables.Person: Count.ASSESSED,
        tables.Need: Count.OPEN_NEED,
        tables.Signature: Count.VALID_SIGNATURE,
    }[kind]
    terms = itertools.product(
        ("received", "approved", "rejected"), (True, False), (None, BEFORE, DAY, AFTER)
    )
    with unit_of_work() as session:
        village = Village(session)
        if approved_only:
            chosen = Counting.APPROVED_ONLY
            queries.put_policy(session, village.project_id, chosen, clock.now(), None)
        for number, (standing, stats, until) in enumerate(terms):
            held = frozenset({"stats"}) if stats else frozenset[str]()
            month = dt.date(2000 + number, 1, 1)  # tells them apart
            given = {"standing": standing, "stats_until": until, "happened_on": month}
            a_fact(village, kind, held, **given)
    scope = Scope(project_id=village.project_id, as_of=DAY, approved_only=approved_only)
    with reading() as session:
        with figures_of(session, village.project_id) as figures:
            counted = {one.codes[0] for one in figures.group(scope, count_of, ("year",)).groups}
            refused = set(figures.count_refused(scope, count_of))
        seen = queries.usable(kind, Purpose.COUNT, village.project_id, DAY)
        others = queries.not_usable(kind, Purpose.COUNT, village.project_id, DAY)
        let_through = set(session.scalars(sa.select(seen.month)))
        not_let_through = set(session.scalars(sa.select(others.month)))
    assert counted == {month[:4] for month in let_through}
    assert 0 < len(counted) < 24
    if kind is not tables.Need:  # refusals are counted of people
        assert refused == not_let_through
        assert refused


@pytest.mark.parametrize("closing", [0, scopes.CODES_ALONE])
def test_s44_what_has_no_rows_yet_is_judged_by_the_same_rule(
    database: Database, closing: int
) -> None:
    """Of a copy that waits (`scopes.allows`)."""
    everything = frozenset(scopes.CONSENT_SCOPE)
    given = [frozenset[str](), everything, *(everything - {one} for one in sorted(everything))]
    days = (None, BEFORE, DAY, AFTER)
    with unit_of_work() as session:
        village = Village(session)
        for held in given:
            for until in days:
                a_fact(village, tables.Person, held, scopes_until=until)
        closed = tables.Person.scopes.bitwise_or(closing)
        session.execute(sa.update(tables.Person).values(scopes=closed))
    for purpose in set(Purpose) - {Purpose.COUNT}:
        may = [
            scopes.allows(purpose, scopes.bits(held) | closing, until, DAY)
            for held in given
            for until in days
        ]
        assert count(tables.Person, purpose, village.project_id) == sum(may), purpose
