"""Millions of facts of all kinds, made in the database by arithmetic: plausible in how many there
are of each, in how unevenly they fall on places and months, and in a third of visits to households
known already. Their submissions are there, without what was sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import sqlalchemy as sa

from service.facts import codes, places
from service.facts import queries as facts
from service.facts.needs import NEED_KINDS
from service.foundation import db
from service.foundation.db import Base
from service.foundation.prepared import InsertMany
from service.intake.tables import State

PER_VISIT = 9.2
"""Facts: the household, two and a half people, five needs, and now and then one of the others."""
SEED = 20261128
_ONE_IN = {
    "signatures": 3, "incidents": 12, "rights_issues": 20, "clearance_concerns": 25,
    "testimonies": 30, "follow_ups": 15, "sheets": 60,
}  # fmt: skip
"""Visits that brought one."""
KINDS = ("households", "persons", "needs", *_ONE_IN)
_SAID: Mapping[str, Mapping[str, list[str]]] = {
    "signatures": {"kind": ["citizen", "survivor"], "line_status": ["valid"] * 8 + ["minor"]},
    "incidents": {
        "outcome": ["killed", "injured", "injured"], "was_child": ["yes", "no", "unknown"],
        "place": ["unknown"],
    },
    "rights_issues": {
        "issue_code": ["access_health", "access_school", "discrimination"],
        "status": ["reported", "raised", "answered"], "crpd": ['["9", "25"]', '["24"]', "[]"],
        "duty_bearer": ["commune", "district"], "place_type": ["commune_hall", "school", "home"],
    },
    "clearance_concerns": {
        "answer": ["none", "cleared"], "hectares": ["lt1", "1_5", "unknown"],
        "land_use": ['["rice"]', '["rice", "house"]', "[]"],
    },
    "testimonies": {"kind": ["survivor", "family"], "read_back": ["yes", "no"]},
    "follow_ups": {
        "need_code": list(NEED_KINDS)[:6], "case_id": [f"case-{n}" for n in range(400)],
        "referral_outcome": ["received", "waiting", "none"],
    },
    "sheets": {"number": ["S1"], "campaign": ["2026"], "statement": ["1"]},
}  # fmt: skip
_made = sa.Table(
    "bench_visits",
    sa.MetaData(),
    sa.Column("project_id", sa.Integer),
    sa.Column("submission_pk", sa.LargeBinary),
    sa.Column("n", sa.BigInteger),
    sa.Column("day", sa.String),
    sa.Column("adm1", sa.String),
    sa.Column("adm2", sa.String),
    sa.Column("adm3", sa.String),
    sa.Column("home", sa.String),
    sa.Column("submitter", sa.Integer),
)
_numbers = sa.Table(
    "bench_numbers", sa.MetaData(), sa.Column("o", sa.Integer), sa.Column("z", sa.Integer)
)


def fill(database: db.Database, project_id: int, wanted: int) -> dict[str, int]:
    visits = int(wanted / PER_VISIT)
    with database.writer.connect() as connection:
        _without_keys(connection, database.is_sqlite)
        _made.create(connection)
        _numbers.create(connection)
        connection.execute(sa.insert(_numbers), [{"o": o, "z": 0} for o in range(4)])
        form_pk = connection.scalar(sa.select(sa.func.min(Base.metadata.tables["forms"].c.form_pk)))
        insert, submissions = InsertMany(_made), Base.metadata.tables["submissions"]
        rows: list[dict[str, Any]] = []
        for row in _visits(project_id, visits):
            rows.append(row)
            if len(rows) == 20_000 or row["n"] == visits:
                insert.run(connection, rows)
                arrived = [_submission(one, form_pk or 1) for one in rows]
                connection.execute(sa.insert(submissions), arrived)
                rows = []
        connection.commit()
        for kind in KINDS:
            _without_keys(connection, database.is_sqlite)
            connection.execute(_insert(kind, database.is_sqlite))
            connection.commit()
        _made.drop(connection)
        _numbers.drop(connection)
        connection.commit()
    if not database.is_sqlite:
        with database.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    with database.reading() as session:
        counted = facts.count_facts(session.connection(), project_id)
    return {kind: n for kind, n in counted.items() if n}


def _submission(visit: Mapping[str, Any], form_pk: int) -> dict[str, Any]:
    """As it stands in its table, received some days after the visit."""
    day = dt.datetime.fromisoformat(visit["day"]).replace(tzinfo=dt.UTC)
    digest = hashlib.sha256(visit["submission_pk"]).digest()
    key = uuid.UUID(bytes=visit["submission_pk"])
    return {
        "project_id": visit["project_id"],
        "submission_pk": key,
        "record_pk": key,
        "form_pk": form_pk,
        "version": "1",
        "instance_id": f"uuid:{visit['n']}",
        "state": State.CURRENT,
        "xml_digest": digest,
        "canonical_digest": digest,
        "instance_digest": digest[:16],
        "expected_files": [],
        "files_expected": 0,
        "flags": [],
        "channel": "openrosa",
        "user_agent": "",
        "received_at": day + dt.timedelta(days=visit["n"] % 12),
        "projected_at": day,
    }


def _without_keys(connection: sa.Connection, is_sqlite: bool) -> None:
    """Facts of records that were never sent."""
    if is_sqlite:
        connection.rollback()
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys = OFF")
    else:
        connection.exec_driver_sql("SET session_replication_role = replica")


def _visits(project_id: int, visits: int) -> Iterator[dict[str, Any]]:
    chance = Random(SEED)
    found = places.load()
    communes = [
        c for p in found.provinces() for d in found.children(p.code) for c in found.children(d.code)
    ]
    chance.shuffle(communes)
    first = dt.date(2022, 1, 1).toordinal()
    for n in range(1, visits + 1):
        commune = communes[int(len(communes) * chance.random() ** 2)].code
        home = n if n % 3 else chance.randrange(1, n + 1)
        yield {
            "project_id": project_id,
            "submission_pk": (n << 40).to_bytes(16, "big"),
            "n": n,
            "day": dt.date.fromordinal(first + int(1790 * chance.random() ** 0.7)).isoformat(),
            "adm1": commune[:2],
            "adm2": commune[:4],
            "adm3": commune,
            "home": f"{home * 0x9E3779B97F4A7C15 % 2**64:016x}",
            "submitter": 1 + n % 60,
        }


def _chance(salt: int, below: int, *more: Any) -> Any:
    """A number that looks like chance, of the visit and of `more`."""
    x: Any = _made.c.n * 64
    for at, one in enumerate(more):
        x = x + one * (7 + 9 * at)
    x = (x * 2654435761 + salt * 40503 * 65536) % 4294967296
    return sa.cast(x // 65536, sa.BigInteger) % below


def _one_of(chance: Any, values: list[str]) -> Any:
    return sa.case(dict(enumerate(values)), value=chance, else_=values[-1])


def _insert(kind: str, is_sqlite: bool) -> sa.Insert:
    target = Base.metadata.tables[kind]
    person, need = _numbers.alias("person"), _numbers.alias("need")
    key: Any = _made.c.submission_pk
    day: Any = sa.func.date(_made.c.day)
    if not is_sqlite:
        key = sa.cast(sa.func.encode(key, "hex"), sa.Uuid)
        day = sa.cast(_made.c.day, sa.Date)
    who = {
        "sex": _one_of(_chance(1, 40, person.c.o), ["female"] * 19 + ["male"] * 20 + ["unknown"]),
        "age_band": _one_of(
            _chance(2, 20, person.c.o),
            ["0004", "0511", "0511", "1217", "1217", *["1859"] * 11, *["60p"] * 3, "unk_adult"],
        ),
        "disability": _one_of(_chance(3, 10, person.c.o), ["yes"] * 3 + ["no"] * 6 + ["not_asked"]),
        "victim_type": _one_of(
            _chance(4, 10, person.c.o),
            ["not_victim"] * 6 + ["direct_injured", "direct_injured", "indirect_family", "unknown"],
        ),
        "device": _one_of(_chance(5, 6, person.c.o), list(codes.DEVICE)[:6]),
        "remoteness": _one_of(_chance(6, 5), ["r0", "r1", "r2", "r3", "r4"]),
        "household_key": _made.c.home,
    }
    shared: dict[str, Any] = {
        "project_id": _made.c.project_id,
        "submission_pk": key,
        "happened_on": day,
        "month": sa.func.substr(_made.c.day, 1, 7),
        "adm1": _made.c.adm1,
        "adm2": _made.c.adm2,
        "adm3": _made.c.adm3,
        "adm4": _made.c.adm3.op("||")(sa.cast(10 + _chance(13, 9), sa.String)),
        "submitter_id": _made.c.submitter,
        "stats": _chance(7, 50) > 0,
        "standing": _one_of(_chance(8, 20), ["rejected", *["approved"] * 12, "received"]),
        "scopes": sa.literal(0),
        "household_key": _made.c.home,
        "remoteness": sa.literal_column("'r1'"),
    }
    needs_of = _chance(9, 5, person.c.o)
    source: Any = _made
    values = shared | who
    if kind in ("persons", "needs"):
        people = sa.and_(person.c.z == 0, person.c.o <= _chance(10, 4))
        source = sa.join(_made, person, people)
        values |= _answers(person.c.o) | {"ordinal": person.c.o, "open_needs": needs_of}
    elif kind != "households":  # about one person
        source = sa.join(_made, person, sa.and_(person.c.z == 0, person.c.o == 0))
        values |= {"ordinal": person.c.o} | {
            name: _one_of(_chance(20 + at, len(told)), told)
            for at, (name, told) in enumerate(_SAID[kind].items())
        }
    if kind == "needs":
        source = sa.join(source, need, sa.and_(need.c.z == 0, need.c.o < needs_of))
        code = (_chance(11, len(NEED_KINDS), person.c.o) + need.c.o * 11) % len(NEED_KINDS)
        values |= {
            "person_ordinal": person.c.o,
            "need_code": _one_of(code, list(NEED_KINDS)),
            "is_open": _chance(12, 5, person.c.o, need.c.o) > 0,
            "priority": _one_of(_chance(14, 3, need.c.o), ["p1", "p2", "p3"]),
            "barriers": _one_of(
                _chance(15, 4, need.c.o), ["[]", '["distance"]', '["cost", "distance"]', "[]"]
            ),
        }
    told = {c.name: values.get(c.name, _nothing(c)) for c in target.columns}
    told = {
        name: sa.cast(value, sa.JSON) if _is_json(target, name) and not is_sqlite else value
        for name, value in told.items()
        if value is not None
    }
    picked = [value.label(name) for name, value in told.items()]
    query = sa.select(*picked).select_from(source).order_by(_made.c.n)
    if kind in _ONE_IN:
        query = query.where(_chance(30, _ONE_IN[kind]) == 0)
    return sa.insert(target).from_select(list(told), query, include_defaults=False)


def _answers(ordinal: Any) -> dict[str, Any]:
    """What households are asked of each, now and then without an answer."""
    asked = ("school", "latrine_usable", "in_group", "has_seat", "consulted", "view_changed")
    asked += ("disability_card", "cash_received", "cash_problem", "device_in_use")
    return {
        name: _one_of(_chance(40 + at, 3, ordinal), ["yes", "no", "unknown"])
        for at, name in enumerate(asked)
    }


def _is_json(table: sa.Table, name: str) -> bool:
    return isinstance(table.c[name].type, sa.JSON) or "JSON" in str(table.c[name].type)


def _nothing(column: sa.Column[Any]) -> Any:
    """What a column that no figure reads has; None: the database's own default."""
    if column.nullable or column.server_default is not None:
        return None
    if isinstance(column.type, sa.Boolean):
        return sa.literal(False)
    if isinstance(column.type, sa.Integer):
        return sa.literal(0)
    if _is_json(column.table, column.name):
        return sa.literal_column("'[]'")
    return sa.literal_column("'not_asked'")
