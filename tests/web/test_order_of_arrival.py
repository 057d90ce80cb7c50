"""The order in which the parts of a record arrive does not matter, through HTTP, on both
databases."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.foundation import keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.foundation.sealing import sha256
from service.intake import actions as intake
from service.intake.tables import Attachment, State, Submission
from tests import unsealed
from tests.conftest import drain
from tests.factories import Phone, a_phone, an_instance

FIRST, SECOND = b"photo of the base", b"another, of the edit"
SENT = {201, 202}


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One POST: which version (1: the base), with or without the file that all of them name."""

    version: int
    photo: bytes | None = None


BASE, BASE_WITH = Sent(version=1), Sent(version=1, photo=FIRST)
EDIT, EDIT_WITH = Sent(version=2), Sent(version=2, photo=SECOND)
EDIT_OF_EDIT = Sent(version=3)


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def send(phone: Phone, chain: str, sent: Sent) -> None:
    """Each edit names the file that the base names."""
    base = f"uuid:{chain}-{sent.version - 1}" if sent.version > 1 else None
    xml = an_instance(f"uuid:{chain}-{sent.version}", photo="រូប.jpg", deprecated_id=base)
    files = {"រូប.jpg": sent.photo} if sent.photo else {}
    assert phone.send(xml, files).status_code in SENT


def state_of(chain: str) -> list[tuple[State, bool, dict[str, str]]]:
    """Of each version: its state, whether it is complete, and its files."""
    with reading() as session:
        rows = session.scalars(
            sa.select(Submission)
            .where(Submission.instance_id.like(f"uuid:{chain}-%"))
            .order_by(Submission.instance_id)
        ).all()
        assert len({row.record_pk for row in rows}) == 1
        return [
            (
                row.state,
                row.files_present == row.files_expected,
                {
                    unsealed.name(file): file.digest
                    for file in session.scalars(
                        sa.select(Attachment).where(
                            Attachment.submission_pk == row.submission_pk, Attachment.is_current
                        )
                    )
                },
            )
            for row in rows
        ]


def photo(content: bytes) -> dict[str, str]:
    return {"រូប.jpg": keys.current().digest(sha256(content)).hex()}


def complete(*contents: bytes) -> list[tuple[State, bool, dict[str, str]]]:
    """A chain of versions, all complete, whose photos are these."""
    states = [State.SUPERSEDED] * (len(contents) - 1) + [State.CURRENT]
    return [(state, True, photo(one)) for state, one in zip(states, contents, strict=True)]


def send_all(app: Flask, phone: Phone, chain: str, order: Sequence[Sent], *, at_once: bool) -> None:
    """In this order; jobs run between (`at_once`), or when all has arrived."""
    for sent in order:
        send(phone, chain, sent)
        if at_once:
            drain(app)
    drain(app)


def test_c54_an_edit_sent_again_with_the_file_that_was_missing_is_topped_up(
    app: Flask, phone: Phone
) -> None:
    send_all(app, phone, "x", (BASE_WITH, EDIT_OF_EDIT, EDIT, EDIT_WITH), at_once=False)
    assert state_of("x") == complete(FIRST, SECOND, SECOND)
    send_all(app, phone, "y", (BASE, EDIT), at_once=False)
    assert state_of("y")[-1][1:] == (False, {})
    send_all(app, phone, "y", (EDIT_WITH,), at_once=False)
    assert state_of("y")[-1] == (State.CURRENT, True, photo(SECOND))


def test_c54_a_file_that_comes_after_the_edit_reaches_the_edit(app: Flask, phone: Phone) -> None:
    send_all(app, phone, "x", (BASE, EDIT, BASE_WITH), at_once=False)
    assert state_of("x") == complete(FIRST, FIRST)


@pytest.mark.parametrize("at_once", [True, False])
def test_every_order_of_base_file_edit_and_edit_of_edit_ends_alike(
    app: Flask, phone: Phone, at_once: bool
) -> None:
    for n, order in enumerate(itertools.permutations((BASE, BASE_WITH, EDIT, EDIT_OF_EDIT))):
        send_all(app, phone, f"x{n}", order, at_once=at_once)
        assert state_of(f"x{n}") == complete(FIRST, FIRST, FIRST), order


@pytest.mark.parametrize("at_once", [True, False])
def test_a_file_that_an_edit_brought_stays_its_own_in_every_order(
    app: Flask, phone: Phone, at_once: bool
) -> None:
    parts = (BASE_WITH, EDIT, EDIT_WITH, EDIT_OF_EDIT)
    for n, order in enumerate(itertools.permutations(parts)):
        send_all(app, phone, f"x{n}", order, at_once=at_once)
        assert state_of(f"x{n}") == complete(FIRST, SECOND, SECOND), order


def test_an_edit_sent_again_before_its_base_was_linked_is_one_version(
    app: Flask, phone: Phone
) -> None:
    send_all(app, phone, "x", (EDIT, EDIT_OF_EDIT, BASE, EDIT_WITH, EDIT_OF_EDIT), at_once=False)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 3
        assert {*session.scalars(sa.select(Submission.reason))} == {None}
    assert [(state, whole) for state, whole, _ in state_of("x")] == [
        (State.SUPERSEDED, False),
        (State.SUPERSEDED, True),
        (State.CURRENT, True),
    ]


def test_files_that_came_late_are_prepared_for_the_edit_too(app: Flask, phone: Phone) -> None:
    picture = b"\xff\xd8\xff\xe0 not one that decodes"
    late = Sent(version=1, photo=picture)
    send_all(app, phone, "x", (BASE, EDIT, late), at_once=True)
    with reading() as session:
        assert len(session.scalars(sa.select(Attachment.prepared)).all()) == 2
        assert None not in session.scalars(sa.select(Attachment.prepared)).all()


@pytest.mark.each_database
def test_two_workers_that_link_one_edit_at_once_link_it_once(app: Flask, phone: Phone) -> None:
    for n in range(10):
        send(phone, f"x{n}", EDIT)
        send(phone, f"x{n}", BASE)
        with reading() as session:
            query = sa.select(Submission.submission_pk)
            keys_of = list(
                session.scalars(query.where(Submission.instance_id.like(f"uuid:x{n}-%")))
            )
        start = threading.Barrier(2)

        def link(keys_of: list[uuid.UUID] = keys_of, start: threading.Barrier = start) -> None:
            start.wait()
            intake.link_waiting_edits(phone.project_id, keys_of)

        threads = [threading.Thread(target=link) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [state for state, _, _ in state_of(f"x{n}")] == [State.SUPERSEDED, State.CURRENT]
    with reading() as session:
        assert {*session.scalars(sa.select(Submission.reason))} == {None}
        linked = sa.select(sa.func.count()).where(AuditEntry.action == "submission.link_edit")
        assert session.scalar(linked) == 10
