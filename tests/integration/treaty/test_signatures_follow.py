"""Signatures follow what was sent, count once, and the log says so; on both databases."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.consent.actions import retaining
from service.consent.periods import NOTICE
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.intake.actions.sealed import with_xml
from service.intake.queries import projecting as intake
from service.persons.actions import today
from service.review import actions as review
from service.review.removing import Why
from service.treaty import actions as treaty_actions
from service.treaty import receipts
from service.treaty.actions import managing
from service.treaty.queries import log
from service.treaty.queries.campaigns import CampaignTold
from service.treaty.queries.log import Line
from service.treaty.status import Status
from service.treaty.tables import LogEntry, SignerKey, SignerRow
from tests.conftest import drain
from tests.integration.treaty.conftest import NAMES, Treaty, line


def test_s52_who_signs_on_a_phone_counts_once_and_the_log_names_nobody(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    treaty.sign(NAMES[1], adult="under18", age_band="1217")
    treaty.sign(NAMES[3], kind="leader_commune_village")
    assert treaty.counts() == {"valid": 2, "minor": 1}
    with reading() as session:
        lines = b"".join(log.lines(session, treaty.project_id, 0, 3)).decode()
    assert not any(one in lines for name in NAMES for one in name.split())
    assert "leader" not in lines


def test_s52_one_person_on_paper_and_phone_is_suspected_and_does_not_count_twice(
    treaty: Treaty,
) -> None:
    treaty.sign(NAMES[0])
    treaty.sheet("KH-1", line(NAMES[1]), line("វិបុល សុខ"), line(NAMES[1]))
    assert treaty.statuses() == ["valid", "valid", "duplicate_suspected", "duplicate_suspected"]
    assert treaty.counts() == {"valid": 2, "duplicate_suspected": 2}


def test_a_neighbour_of_another_name_is_nobody_else(treaty: Treaty) -> None:
    for name in NAMES:
        treaty.sign(name)
    assert treaty.counts() == {"valid": 4}


def test_a_sheet_that_does_not_add_up_is_in_no_total_until_it_is_corrected(treaty: Treaty) -> None:
    sent = treaty.sheet("KH-1", line(NAMES[0]), line(NAMES[1]), declared=3)
    assert treaty.counts() == {"unreconciled": 2}
    lines = (line(NAMES[0]), line(NAMES[1]), line(status="illegible"))
    treaty.sheet("KH-1", *lines, edits=sent)
    assert treaty.counts() == {"valid": 2}


def test_a_sheet_that_was_keyed_twice_is_in_no_total_until_one_goes(treaty: Treaty) -> None:
    treaty.sheet("KH-1", line(NAMES[0]))
    again = treaty.sheet("KH-1", line(NAMES[1]))
    assert treaty.counts() == {"unreconciled": 2}
    with unit_of_work() as session:
        review.remove_record(session, SYSTEM, treaty.project_id, treaty.key(again), Why.DUPLICATE)
    drain(treaty.app)
    assert treaty.counts() == {"valid": 1, "not_counted": 1}


@pytest.mark.parametrize("answers", [{"agree": "no"}, {"c_stats": "no"}, {"c_store": "no"}])
def test_who_did_not_agree_or_may_not_be_counted_is_in_no_log(
    treaty: Treaty, answers: dict[str, str]
) -> None:
    treaty.sign(NAMES[0], **answers)
    assert treaty.all() == []
    with reading() as session:
        assert log.end(session, treaty.project_id).size == 0


def withdraw(treaty: Treaty, instance_id: str, *scopes: str) -> None:
    consent.withdraw_record(
        SYSTEM, treaty.project_id, instance_id, "person_asked", blobs=treaty.blobs,
        scopes=list(scopes),
    )  # fmt: skip
    drain(treaty.app)


def test_c_what_is_taken_back_leaves_the_count_and_a_line_that_names_nobody(treaty: Treaty) -> None:
    first = treaty.sign(NAMES[0])
    treaty.sign(NAMES[0])
    code = receipts.plain(treaty.code()) or ""
    assert treaty.statuses() == ["valid", "duplicate_suspected"]
    withdraw(treaty, first)
    assert treaty.counts() == {"withdrawn": 1, "valid": 1}  # the other one counts now
    with reading() as session:
        said = log.find(session, treaty.project_id, code)
        assert [one.now for one in said] == ["valid", "withdrawn"]
        assert session.scalar(sa.select(sa.func.count()).select_from(SignerRow)) == 1
        [left] = treaty.all()
        keys = session.scalars(sa.select(SignerKey.signer_pk).distinct()).all()
    assert keys == [left.signer_pk]


def test_c_who_takes_back_being_counted_alone_leaves_the_count(treaty: Treaty) -> None:
    sent = treaty.sign(NAMES[0])
    withdraw(treaty, sent, "stats")
    assert treaty.counts() == {"withdrawn": 1}
    treaty.sign(NAMES[0], edits=sent)
    assert treaty.counts() == {"withdrawn": 1}


def test_a_line_whose_record_went_goes_on_under_the_code_of_its_stub(treaty: Treaty) -> None:
    gone = treaty.sheet("KH-1", line(NAMES[0]))
    code = treaty.code()
    withdraw(treaty, gone)
    treaty.sheet("KH-1", line(NAMES[0]), line(NAMES[1]))
    assert treaty.code() == code
    assert treaty.statuses() == ["withdrawn", "valid"]  # taken back is taken back
    assert treaty.counts() == {"withdrawn": 1, "valid": 1}


def test_again_is_no_error_and_changes_nothing(treaty: Treaty) -> None:
    sent = treaty.sheet("KH-1", line(NAMES[0]), line(NAMES[0]))
    before = treaty.all(), treaty.counts()
    treaty_actions.follow(treaty.project_id, [treaty.key(sent)])
    treaty_actions.settle_page(treaty.project_id, uuid.UUID(int=0))
    treaty_actions.sign_all(treaty.signer)
    assert (treaty.all(), treaty.counts()) == before


def test_records_of_before_are_filled_in(treaty: Treaty) -> None:
    treaty.sign(NAMES[0])
    with unit_of_work() as session:
        session.execute(sa.delete(SignerRow))
    treaty_actions.fill_missing(treaty.project_id)
    drain(treaty.app)
    assert treaty.statuses() == ["valid"]


@pytest.mark.parametrize("change", [sa.delete(LogEntry), sa.update(LogEntry).values(place=7)])
def test_s52_the_log_cannot_be_changed(treaty: Treaty, change: sa.Delete) -> None:
    treaty.sign(NAMES[0])
    with pytest.raises(sa.exc.DBAPIError), unit_of_work() as session:
        session.execute(change)


def test_s52_a_tree_of_many_batches_is_the_tree_of_all_its_lines(treaty: Treaty) -> None:
    """Over the edge of a tile."""
    for batch in (1, 250, 10, 300):
        made = [
            Line(code=f"{batch:08}{at:08}", number=0, was=None, now=Status.VALID)
            for at in range(batch)
        ]
        with unit_of_work() as session:
            log.lock(session, treaty.project_id)
            log.append(session, treaty.project_id, made)
        treaty_actions.sign(treaty.project_id, treaty.signer)
    assert treaty.counts() == {"valid": 561}


def test_after_delivery_names_go_by_their_day_and_what_was_counted_stays(treaty: Treaty) -> None:
    given = treaty.sign(NAMES[0])
    treaty.sheet("KH-1", line(NAMES[1]), line(NAMES[2]))
    before = treaty.counts()
    key, on = treaty.key(given), today()
    later = clock.now() + NOTICE + dt.timedelta(hours=1)
    for days in range(35, 0, -5):  # the server runs
        with clock.frozen(later - dt.timedelta(days=days)):
            retaining.erase_what_is_over(treaty.project_id, treaty.blobs)

    def campaign(until: dt.date) -> None:
        told = CampaignTold(
            code="pt2026", title_en="T", title_km="ស", goal=None, begins_on=None, ends_on=None,
            delivered_on=on, names_until=until,
        )  # fmt: skip
        with unit_of_work() as session:
            managing.set_campaign(session, SYSTEM, treaty.project_id, told)
        drain(treaty.app)

    def is_held() -> bool:
        with reading() as session:
            found = intake.list_for_projection(session, treaty.project_id, [key])
            return bool(list(with_xml(treaty.project_id, found)))

    campaign(on + dt.timedelta(days=400))
    with clock.frozen(later):
        retaining.erase_what_is_over(treaty.project_id, treaty.blobs)
        assert is_held()
        campaign(on)
        retaining.erase_what_is_over(treaty.project_id, treaty.blobs)
        drain(treaty.app)
        assert not is_held()
        campaign(on)  # everybody is looked at again
        assert treaty.counts() == before == {"valid": 3}
        retaining.erase_what_is_over(treaty.project_id, treaty.blobs)  # again is no error
        assert treaty.counts() == before
