"""Blobs that no row names are swept up; those that a row names, and young ones, stay."""

from __future__ import annotations

import datetime as dt
import os

from flask import Flask

from service.exports.queries import runs
from service.foundation import clock
from service.foundation.blobs import LocalBlobs
from service.intake import actions
from tests.factories import a_phone, an_instance


def test_only_old_orphans_go(app: Flask) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    phone = a_phone(app.test_client())
    phone.send(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": b"named by a record"})
    phone.send(b"<not xml", {"b.jpg": b"named by quarantine"})
    orphan = blobs.put(b"named by nobody").sha256
    (blobs.staging / "0123abcd").write_bytes(b"left by a killed process")
    assert actions.sweep_blobs(blobs, runs.named_blobs) == 0, "all of it is young"
    with clock.frozen(clock.now() + dt.timedelta(days=2)):
        assert actions.sweep_blobs(blobs, runs.named_blobs) == 2
        assert actions.sweep_blobs(blobs, runs.named_blobs) == 0
    assert not blobs.exists(orphan)
    assert len(list(blobs.older_than(2e10))) == 2
    assert not list(blobs.staging.iterdir())


def test_an_orphan_that_arrives_again_is_young_again(app: Flask) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    path = blobs.path(blobs.put(b"twice").sha256)
    os.utime(path, (0, 0))
    blobs.put(b"twice")
    assert actions.sweep_blobs(blobs, runs.named_blobs) == 0
    assert path.exists()
