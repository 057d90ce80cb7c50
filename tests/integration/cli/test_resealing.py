"""Records sealed anew to other trustees, proven by who opens them then, and who no more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.cli.sealed import resealing
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import trustees
from service.foundation.sealing.trustees import Made, NotLockedError, SharesRefused
from service.intake.tables import Submission, SubmissionXml
from tests.clients.collect_sealing import KeyPair
from tests.conftest import Client
from tests.integration.cli.test_sealed import PHOTO, export, run
from tests.sealed_world import SealedWorld, a_sealed_world, publish, sealed_form

VILLAGES = ("អូរតាគាំ", "ស្នឹង", "ព្រែកនរិន្ទ")


@pytest.fixture(scope="module")
def before() -> Made:
    return trustees.make(3, 5, clock.today())


@pytest.fixture(scope="module")
def after() -> Made:
    return trustees.make(3, 5, clock.today())


def pair(made: Made) -> KeyPair:
    return KeyPair(
        public=made.public,
        fingerprint=made.locked.fingerprint,
        pem=trustees.unlock(made.locked, made.shares[:3]),
    )


@pytest.fixture
def world(app: Flask, before: Made) -> SealedWorld:
    app.test_client_class = Client
    found = a_sealed_world(app, app.test_client(), pair(before))
    for number, village in enumerate(VILLAGES, start=1):
        sent = found.record(f"uuid:{number}", {"a.jpg": PHOTO}, village=village)
        assert found.send(sent).status_code == 201
    return found


@pytest.fixture
def sheets(tmp_path: Path, before: Made) -> list[Path]:
    """The five papers of the old trustees."""
    paths = []
    for number, words in enumerate(before.shares, start=1):
        paths.append(tmp_path / f"trustee-{number}.txt")
        paths[-1].write_text(words)
    (tmp_path / "locked-key.json").write_bytes(before.locked.text())
    return paths


def reseal(world: SealedWorld, source: Path, after: Made, sheets: Sequence[Path], out: Path) -> Any:
    public = source.parent / "public-key.txt"
    public.write_text(after.public)
    words = [word for sheet in sheets for word in ("--share", sheet)]
    locked = source.parent / "locked-key.json"
    return run(
        world.app, "sealed", "reseal", source, "--to", public, "--locked", locked, *words,
        "--out", out, "--json",
    )  # fmt: skip


def take(world: SealedWorld, out: Path) -> Any:
    return run(world.app, "sealed", "take", out, "--json")


def said(done: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.rindex("{") :])
    return found


def published_anew(world: SealedWorld, after: Made) -> None:
    publish(
        world.app, world.phone.project_id, sealed_form("3", after.public),
        new_key=after.locked.fingerprint,
    )  # fmt: skip


def opened(world: SealedWorld, source: Path, pem: bytes, out: Path) -> list[str]:
    """What each record says when it is opened; "" where it is not."""
    key = source.parent / f"{out.name}.pem"
    key.write_bytes(pem)
    run(world.app, "sealed", "open", source, "--key", key, "--out", out)
    found = [out / place.name / "submission.xml" for place in sorted(source.glob("0*"))]
    return [path.read_text("utf-8") if path.exists() else "" for path in found]


def test_other_trustees_open_what_was_sealed_before_and_the_old_ones_no_more(
    world: SealedWorld, before: Made, after: Made, sheets: list[Path], tmp_path: Path
) -> None:
    exported = tmp_path / "out"
    export(world, exported)
    assert reseal(world, exported, after, sheets[:2], tmp_path / "no").exit_code == 1
    assert not (tmp_path / "no").exists() or not list((tmp_path / "no").glob("*.xml"))
    anew = tmp_path / "anew"
    done = reseal(world, exported, after, sheets[1:4], anew)
    assert done.exit_code == 0, done.output
    assert said(done)["resealed"] == len(VILLAGES)
    refused = take(world, anew)
    assert refused.exit_code == 1
    assert "publish the form with this key first" in refused.output
    published_anew(world, after)
    with reading() as session:
        old_keys = set(session.scalars(sa.select(SubmissionXml.key_pk)))
    taken = take(world, anew)
    assert taken.exit_code == 0, taken.output
    assert said(taken) == {"taken": 3, "taken_before": 0, "refused": 0}
    project_id = world.phone.project_id
    assert keys.current().held(project_id, old_keys) == frozenset(), "no backup opens the old ones"
    with reading() as session:
        sealed_to = set(session.scalars(sa.select(Submission.sealed_to)))
        entries = session.scalars(
            sa.select(AuditEntry.details).where(AuditEntry.action == "sealed.reseal")
        ).all()
    assert sealed_to == {after.locked.fingerprint}
    assert [one["records"] for one in entries] == [3]
    again = tmp_path / "again"
    export(world, again)
    texts = opened(world, again, pair(before).pem, tmp_path / "old")
    assert texts == ["", "", ""], "the old trustees open nothing that is here"
    for number, three in enumerate(combinations(after.shares, 3)):
        pem = trustees.unlock(after.locked, three)
        texts = opened(world, again, pem, tmp_path / f"new-{number}")
        assert all(village in text for village, text in zip(VILLAGES, texts, strict=True))
        photo = tmp_path / f"new-{number}" / "00001" / "a.jpg"
        assert photo.read_bytes() == PHOTO
    assert number == 9, "all ten openings"
    for two in combinations(after.shares, 2):
        with pytest.raises(SharesRefused):
            trustees.unlock(after.locked, two)
    for three in combinations(before.shares, 3):
        with pytest.raises(NotLockedError):
            trustees.unlock(after.locked, three)


def test_a_run_that_broke_off_is_gone_on_with(
    world: SealedWorld, after: Made, sheets: list[Path], tmp_path: Path
) -> None:
    exported, anew = tmp_path / "out", tmp_path / "anew"
    export(world, exported)
    assert reseal(world, exported, after, sheets[:3], anew).exit_code == 0
    first = (anew / "00001.xml").read_bytes()
    (anew / "00002.xml").unlink()
    (anew / "00003.part").write_bytes(b"<da")
    (anew / "00003.xml").unlink()
    done = reseal(world, exported, after, sheets[:3], anew)
    assert said(done)["resealed"] == 3
    assert (anew / "00001.xml").read_bytes() == first, "what is done stays done"
    published_anew(world, after)
    index = json.loads((anew / resealing.INDEX).read_text())
    part = {**index, "records": index["records"][:1]}
    (anew / resealing.INDEX).write_text(json.dumps(part))
    assert said(take(world, anew)) == {"taken": 1, "taken_before": 0, "refused": 0}
    (anew / resealing.INDEX).write_text(json.dumps(index))
    assert said(take(world, anew)) == {"taken": 2, "taken_before": 1, "refused": 0}


def test_what_was_changed_on_the_way_is_told_and_changes_nothing(
    world: SealedWorld, after: Made, sheets: list[Path], tmp_path: Path
) -> None:
    exported, anew = tmp_path / "out", tmp_path / "anew"
    export(world, exported)
    picture = exported / "00001" / "a.jpg.enc"
    content = bytearray(picture.read_bytes())
    content[40] ^= 1
    picture.write_bytes(content)
    done = reseal(world, exported, after, sheets[:3], anew)
    assert done.exit_code == 1
    assert "00001  it does not open, or was changed" in done.output
    published_anew(world, after)
    forged = (anew / "00002.xml").read_bytes().replace(b"uuid:2", b"uuid:9")
    (anew / "00002.xml").write_bytes(forged)
    taken = take(world, anew)
    assert taken.exit_code == 1
    assert said(taken) == {"taken": 1, "taken_before": 0, "refused": 1}
    index = json.loads((anew / resealing.INDEX).read_text())
    for one in index["records"]:
        one["sha256"] = resealing.hashlib.sha256((anew / one["file"]).read_bytes()).hexdigest()
    (anew / resealing.INDEX).write_text(json.dumps(index))
    assert said(take(world, anew)) == {"taken": 0, "taken_before": 1, "refused": 1}


def test_what_a_phone_sends_again_is_still_known(
    world: SealedWorld, after: Made, sheets: list[Path], tmp_path: Path
) -> None:
    sent = world.record("uuid:7", {}, village="ស្នឹង")
    assert world.send(sent).status_code == 201
    exported, anew = tmp_path / "out", tmp_path / "anew"
    export(world, exported)
    assert reseal(world, exported, after, sheets[:3], anew).exit_code == 0
    published_anew(world, after)
    assert take(world, anew).exit_code == 0
    assert world.send(sent).status_code == 202
    with unit_of_work() as session:
        count = session.scalar(sa.select(sa.func.count()).where(Submission.instance_id == "uuid:7"))
        key = session.scalar(
            sa.select(Submission.sealed_to).where(Submission.instance_id == "uuid:7")
        )
    assert (count, key) == (1, after.locked.fingerprint), "and the old manifest is not back"
