"""Many connections sending filled-in needs assessments, and how long each waited."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from service.cli.demo import people, phone_xml
from tests.bench import persons
from tests.bench.bench_site import FORM_ID, BenchSite, Meter
from tests.golden.names.pairs import lists

NAMES = lists()
MIN_XML_BYTES = 3800
"""The figures are for records of about 4 KB; smaller households are passed over."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run. Latencies in ms; CPU in ms a submission, `all_ms` with facts computed."""

    connections: int
    count: int
    per_second: float
    server_ms: float
    database_ms: float
    all_ms: float
    p50: float
    p95: float
    p99: float
    refused: int
    facts_behind_s: float


def bodies(seed: int, count: int, version: str) -> Iterator[bytes]:
    """Multipart bodies of about 4 KB, each a household of its own."""
    number = made = 0
    while made < count:
        filled = named(people.household(seed, number), seed, number)
        number += 1
        record = phone_xml.instance(filled, version)
        if len(record) >= MIN_XML_BYTES:
            made += 1
            yield phone_xml.multipart(record)


def named(filled: people.Filled, seed: int, number: int) -> people.Filled:
    """With names as many as a country has: a demonstration makes do with two hundred, of whom
    everybody is like hundreds."""
    rng = Random(f"names {seed} {number}")
    for person in filled.answers.get("person", ()):
        if "name" in person:
            person["name"] = persons.named(rng, NAMES["family"], NAMES["given"])
    return filled


def run(
    site: BenchSite,
    meter: Meter,
    *,
    connections: int,
    count: int,
    seed: int,
    waits_for: bool = True,
) -> Result:
    """Send `count` new records over `connections` sockets; then wait until facts are computed, and
    whatever else follows."""
    requests = [_request(site, body) for body in bodies(seed, count, site.version)]
    waits: list[float] = []
    refused: list[bytes] = []
    lock, left = threading.Lock(), iter(requests)

    def work() -> None:
        with socket.create_connection(("127.0.0.1", site.port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with lock:
                    request = next(left, None)
                if request is None:
                    return
                begun = time.perf_counter()
                line.sendall(request)
                answer = _answer(line)
                waits.append(time.perf_counter() - begun)
                if not answer.startswith(b"HTTP/1.1 201"):
                    refused.append(answer)

    before = meter.cpu_s()
    begun = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, sent = time.perf_counter() - begun, meter.cpu_s()
    if waits_for:
        _wait_for_facts(site)
    behind, done = time.perf_counter() - begun - elapsed, meter.cpu_s()
    waits.sort()
    return Result(
        connections=connections,
        count=count,
        per_second=count / elapsed,
        server_ms=1000 * (sent[0] - before[0]) / count,
        database_ms=1000 * (sent[1] - before[1]) / count,
        all_ms=1000 * (sum(done) - sum(before)) / count,
        p50=1000 * percentile(waits, 50),
        p95=1000 * percentile(waits, 95),
        p99=1000 * percentile(waits, 99),
        refused=len(refused),
        facts_behind_s=behind,
    )


def percentile(waits: Sequence[float], share: int) -> float:
    """Of sorted waits: what `share` in a hundred did not exceed."""
    return waits[min(len(waits) * share // 100, len(waits) - 1)]


def _request(site: BenchSite, body: bytes) -> bytes:
    path = f"/v1/key/{site.token}/projects/{site.project_id}/submission?deviceID=collect%3Abench"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nX-OpenRosa-Version: 1.0\r\n"
        f"Content-Type: {phone_xml.CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _answer(line: socket.socket) -> bytes:
    data = b""
    while True:
        data += line.recv(65536)
        head, found, rest = data.partition(b"\r\n\r\n")
        if found:
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            if len(rest) >= length:
                return data


def _wait_for_facts(site: BenchSite, within_s: float = 300) -> None:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{site.url}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        if "samleng_jobs_waiting 0.0" in text:
            return
        time.sleep(0.1)
    raise TimeoutError("facts were not computed in time")


def upload_of_200_mb(site: BenchSite, meter: Meter) -> tuple[float, float]:
    """(MB before, highest MB while a record with a 200 MB film arrives)."""
    filled = people.household(1, 1)
    film = f"film-{filled.instance_id[-8:]}.mp4"
    record = (
        f'<data id="treaty_signature" version="{site.version}"><photo>{film}</photo>'
        f"<meta><instanceID>{filled.instance_id}-film</instanceID></meta></data>"
    )
    boundary = phone_xml.BOUNDARY
    head = (
        phone_xml.multipart(record.encode()).removesuffix(f"--{boundary}--\r\n".encode())
        + (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{film}"; filename="{film}"\r\n'
            "Content-Type: video/mp4\r\n\r\n"
        ).encode()
    )
    tail = f"\r\n--{boundary}--\r\n".encode()
    piece = bytes(range(256)) * 4096
    pieces = 190
    before = highest = meter.memory_mb()
    request = _request(site, b"")
    length = len(head) + len(piece) * pieces + len(tail)
    request = request.replace(b"Content-Length: 0", f"Content-Length: {length}".encode())
    with socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(request + head)
        for _ in range(pieces):
            line.sendall(piece)
            highest = max(highest, meter.memory_mb())
        line.sendall(tail)
        answer = _answer(line)
        highest = max(highest, meter.memory_mb())
    if not answer.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(f"the film was refused: {answer[:300]!r}")
    return before, highest


__all__ = ["FORM_ID", "Result", "bodies", "run", "upload_of_200_mb"]
