"""Phones that look whether the list of forms has changed: requests a second, CPU of each."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass

import sqlalchemy as sa

from service.forms.tables import Form
from service.foundation.db import Database, unit_of_work, use
from tests import factories
from tests.bench.bench_site import BenchSite, Meter

FORMS = 20


@dataclass(frozen=True, kw_only=True)
class Polled:
    """`server_ms`, `database_ms`: CPU of one request."""

    forms: int
    count: int
    per_second: float
    server_ms: float
    database_ms: float


def fill(site: BenchSite, database: Database) -> None:
    """As many forms as a campaign has, whatever was published before."""
    use(database)
    with unit_of_work() as session:
        theirs = sa.select(sa.func.count()).where(Form.project_id == site.project_id)
        for number in range(session.scalars(theirs).one(), FORMS):
            factories.a_form(session, site.project_id, f"polled_{number}")


def run(site: BenchSite, meter: Meter, count: int) -> Polled:
    """One phone on one connection; every answer must be that nothing has changed."""
    line = http.client.HTTPConnection("127.0.0.1", site.port)
    path = f"/v1/key/{site.token}/projects/{site.project_id}/formList"
    headers = {"X-OpenRosa-Version": "1.0"}
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    forms = answer.read().count(b"<xform>")
    headers["If-None-Match"] = answer.headers["ETag"]
    for _ in range(50):
        _poll(line, path, headers)
    before, begun = meter.cpu_s(), time.perf_counter()
    for _ in range(count):
        _poll(line, path, headers)
    elapsed, after = time.perf_counter() - begun, meter.cpu_s()
    line.close()
    server, data = (1000 * (b - a) / count for a, b in zip(before, after, strict=True))
    return Polled(
        forms=forms, count=count, per_second=count / elapsed, server_ms=server, database_ms=data
    )


def _poll(line: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> None:
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    answer.read()
    if answer.status != 304:
        raise RuntimeError(f"{answer.status}: the list was sent again")


def row(found: Polled) -> str:
    return (
        f"conditional GET of a list of {found.forms} forms, {found.count:,} times: "
        f"{found.per_second:,.0f} a second; CPU ms each: server {found.server_ms:.2f}, "
        f"database {found.database_ms:.2f}"
    )
