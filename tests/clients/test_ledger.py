"""The ledger tells what was promised, whatever happened to the server."""

from __future__ import annotations

from pathlib import Path

from tests.clients.ledger import Ledger


def test_intents_and_acknowledgments_are_on_the_disk_when_the_call_returns(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.intend("uuid:1", "household 1")
        ledger.acknowledge("uuid:1", 201)
        ledger.intend("uuid:2", "household 2")
        entries = ledger.entries()
    assert (entries["uuid:1"].acknowledged, entries["uuid:2"].acknowledged) == (1, 0)
    assert entries["uuid:1"].statuses == [201]
    assert entries["uuid:2"].record == "household 2"
