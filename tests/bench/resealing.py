"""How long it takes to seal records anew, after the trustees changed.

    .venv/bin/python -m tests.bench.resealing 100000

Records as phones seal them, of some 2 KB of words each, exported into folders; made anew where the
private key is (3,072 bits, as trustees hold it), on all processors. Taking them in on the server
is one update a record, and measured by `tests/integration/cli/test_resealing.py` alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import orjson

from service.cli.sealed import folder, resealing
from service.foundation import clock
from service.foundation.sealing import trustees
from service.foundation.sealing.odk import read_public_key
from service.foundation.sealing.odk_opening import read_private_key
from tests.clients import collect_sealing

RECORDS = 10_000
WORDS = "ខ្ញុំដើរបានម្តងទៀត នៅភូមិស្នឹង។ " * 24
MADE = 500
"""So many differ; the others are copies of them, which cost the same to open."""


def exported(place: Path, records: int, public: str) -> None:
    made = [
        collect_sealing.sealed(
            f"<data id='testimony'><words>{WORDS}</words></data>".encode(), {}, public=public,
            form_id="testimony", version="1", instance_id=f"uuid:{number}",
        )
        for number in range(min(records, MADE))
    ]  # fmt: skip
    told = []
    for number in range(1, records + 1):
        one, name = made[number % len(made)], f"{number:06}"
        folder.new(place / name)
        xml = one.xml if isinstance(one.xml, bytes) else str(one.xml).encode()
        folder.write(place / name / folder.MANIFEST, [xml])
        for file, content in one.files.items():
            folder.write(place / name / file, [bytes(content)])  # type: ignore[arg-type]
        told.append({"folder": name, "record": name, "files": {}})
    index = {"project": 1, "form_id": "testimony", "records": told}
    folder.write(place / folder.INDEX, [orjson.dumps(index)])


def run(records: int) -> None:
    old, new = (trustees.make(3, 5, clock.today()) for _ in range(2))
    key = read_private_key(trustees.unlock(old.locked, old.shares[:3]))
    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place) / "out", Path(place) / "anew"
        folder.new(source)
        folder.new(out)
        exported(source, records, old.public)
        began = time.perf_counter()
        public = read_public_key(new.public)
        done = [one.folder for one in resealing.reseal_all(source, key, public, out)]
        resealing.write_index(source, out, public, done)
        seconds = time.perf_counter() - began
        whole = len(list(out.glob("*.xml")))
    print(
        f"{whole:,} of {records:,} records sealed anew in {seconds:.0f} s "
        f"({seconds / records * 1000:.2f} ms each; 100,000 in {seconds / records * 1e5:.0f} s)"
    )


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS)
