"""What was shown at a meeting: releases that its partners may see, and words that somebody lets be
used there, until that ends."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.dialogue.actions import meeting, showing
from service.dialogue.actions.showing import Opened, Source, State, Used
from service.disclosure.rules import Audience
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    CONSENT_MISSING,
    NOT_FOUND,
    RELEASE_NOT_FOR_PARTNER,
    RELEASE_NOT_PUBLISHED,
    REVIEW_OUTDATED,
    STORY_GONE,
    Problem,
)
from service.persons.actions import today
from service.testimonies.actions import using
from service.testimonies.tables import ToldUse
from service.testimonies.terms import Means, Naming
from service.treaty.queries import quotes
from tests.conftest import drain
from tests.integration.dialogue.conftest import Log
from tests.integration.testimonies.conftest import NAME, Stories, stories
from tests.integration.treaty.conftest import Treaty
from tests.web.test_treaty import LEADER, NAMES, treaty

__all__ = ["stories", "treaty"]


# --- releases -------------------------------------------------------------------------------------
def shown(log: Log, met: uuid.UUID, number: int) -> tuple[int, ...]:
    with unit_of_work() as session:
        showing.show_release(session, log.chanthou, log.project_id, met, number)
    with reading() as session:
        return meeting.get_meeting(session, log.chanthou, log.project_id, met).releases


def test_a_release_for_partners_is_not_for_whoever_has_no_agreement(log: Log) -> None:
    log.visits(12)
    public = log.release()
    inside = log.release(audience=Audience.PARTNER)
    frozen = log.release(published=False)
    log.partners("MAPU")
    both, one = log.meet("PDAC", "MAPU"), log.meet("MAPU")
    assert shown(log, both, public) == (public,)
    with pytest.raises(Problem) as refused:
        shown(log, both, inside)
    assert refused.value.kind is RELEASE_NOT_FOR_PARTNER
    assert "PDAC" in refused.value.text("km")
    assert shown(log, one, inside) == (inside,)
    assert shown(log, one, inside) == (inside,), "again is no error"
    for number in (frozen, 99):
        with pytest.raises(Problem) as refused:
            shown(log, one, number)
        assert refused.value.kind is RELEASE_NOT_PUBLISHED


# --- quotes ---------------------------------------------------------------------------------------
class Quoting:
    """A meeting at which words are used."""

    def __init__(self, project_id: int, *partners: str) -> None:
        self.log = Log(project_id)
        self.met = self.log.meet(*partners)

    def open(self, source: Source, key: uuid.UUID, naming: Naming = Naming.NONE) -> Opened:
        asked = (self.log.chanthou, self.log.project_id, self.met, source, key, naming)
        with unit_of_work() as session:
            return showing.open_quote(session, *asked)

    def use(
        self, source: Source, key: uuid.UUID, naming: Naming = Naming.NONE, seen: str = ""
    ) -> list[uuid.UUID]:
        read = seen or self.open(source, key, naming).seen
        used = Used(source=source, key=key, seen=read, naming=naming, means=Means.PRINT)
        with unit_of_work() as session:
            return showing.use_quote(
                session, self.log.chanthou, self.log.project_id, self.met, used
            )

    def states(self) -> list[State]:
        with reading() as session:
            found = showing.list_quotes(session, self.log.chanthou, self.log.project_id, self.met)
        return [one.state for one in found]

    def again(self, use_pk: uuid.UUID) -> Opened:
        with unit_of_work() as session:
            return showing.read_again(
                session, self.log.chanthou, self.log.project_id, self.met, use_pk
            )

    def usable(self, naming: Naming = Naming.NONE) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
        with reading() as session:
            texts, leaders = showing.list_usable(
                session, self.log.chanthou, self.log.project_id, self.met, naming
            )
        return [one.version_pk for one in texts], [one.signer_pk for one in leaders]


def test_a_text_is_used_as_every_use_is_and_its_words_are_gone_when_it_is_taken_back(
    stories: Stories,
) -> None:
    sent = f"uuid:{uuid.uuid4()}"
    record = stories.tell(sent)
    version = stories.text(record)
    there = Quoting(stories.project_id, "OPD")
    assert there.usable() == ([version], [])
    [use_pk] = there.use(Source.TEXT, version)
    with reading() as session:
        use = session.scalars(sa.select(ToldUse)).one()
        assert (use.use_pk, use.record_pk, use.means) == (use_pk, record, "print")
        assert use.whither.endswith("OPD")
        listed = using.list_uses(session, stories.writer, stories.project_id, None, 9)
        assert [one.use_pk for one in listed] == [use_pk], "the library knows of it"
    assert "ដើរបាន" in there.again(use_pk).words
    assert there.states() == [State.STANDS]
    consent.withdraw_record(SYSTEM, stories.project_id, sent, "person_asked", blobs=stories.blobs)
    assert there.states() == [State.TAKEN_BACK], "at once"
    with pytest.raises(Problem) as gone:
        there.again(use_pk)
    assert gone.value.kind is STORY_GONE
    assert there.usable() == ([], [])
    drain(stories.app)
    assert there.states() == [State.TAKEN_BACK]


def test_consent_that_ends_and_a_use_that_the_office_ends_are_told_apart(stories: Stories) -> None:
    version = stories.text(stories.tell())
    there = Quoting(stories.project_id, "OPD")
    [use_pk] = there.use(Source.TEXT, version)
    with unit_of_work() as session:
        using.end(session, stories.writer, stories.project_id, use_pk)
    assert there.states() == [State.ENDED]
    with pytest.raises(Problem) as gone:
        there.again(use_pk)
    assert gone.value.kind is STORY_GONE


def test_words_that_were_masked_since_are_others(stories: Stories) -> None:
    version = stories.text(stories.tell())
    there = Quoting(stories.project_id, "OPD")
    [_] = there.use(Source.TEXT, version)
    assert there.states() == [State.STANDS]
    with pytest.raises(Problem) as stale:
        there.use(Source.TEXT, version, seen="another")
    assert stale.value.kind is REVIEW_OUTDATED


def test_whoever_sits_at_the_table_decides_which_consent_it_needs(stories: Stories) -> None:
    """The same as in the library: government bodies and abroad were asked of by themselves."""
    named = {"c_publish_name": "yes", "attribution": "full_name"}
    version = stories.text(stories.tell(**named))
    office = Quoting(stories.project_id, "PDAC")
    network = Quoting(stories.project_id, "OPD")
    both = Quoting(stories.project_id, "OPD", "CCM")
    for closed in (office, both):
        with pytest.raises(Problem) as refused:
            closed.open(Source.TEXT, version)
        assert refused.value.kind is CONSENT_MISSING
        with pytest.raises(Problem) as refused:
            closed.use(Source.TEXT, version, seen="x")
        assert refused.value.kind is CONSENT_MISSING
        assert closed.usable() == ([], [])
    assert network.open(Source.TEXT, version, Naming.FULL_NAME).by == NAME
    assert network.use(Source.TEXT, version, Naming.FULL_NAME)
    with reading() as session:
        assert len(session.scalars(sa.select(ToldUse)).all()) == 1, "all of it or nothing"
    allowed = stories.text(stories.tell(c_share_gov="yes", c_advocacy_intl="yes"))
    table = Quoting(stories.project_id, "PDAC", "OPD", "CCM")
    assert table.usable() == ([allowed], [])
    assert len(table.use(Source.TEXT, allowed)) == 3, "one use for each that was asked"


def test_a_leaders_sentence_is_used_and_ends_with_the_consent(treaty: Treaty) -> None:
    sent = treaty.sign(NAMES[0], **LEADER)
    with reading() as session:
        [leader] = quotes.list_leaders(session, treaty.project_id, today(), limit=9)
    there = Quoting(treaty.project_id, "PARL")
    abroad = Quoting(treaty.project_id, "CCM")
    assert there.usable() == ([], [leader.signer_pk])
    assert abroad.usable() == ([], [])
    with pytest.raises(Problem) as refused:
        abroad.open(Source.LEADER, leader.signer_pk)
    assert refused.value.kind is CONSENT_MISSING
    opened = there.open(Source.LEADER, leader.signer_pk)
    assert (opened.words, opened.by) == (LEADER["quote"], f"{NAMES[0]}, ចៅអធិការ, វត្តស្វាយ")
    [use_pk] = there.use(Source.LEADER, leader.signer_pk)
    assert there.again(use_pk).words == LEADER["quote"]
    assert there.states() == [State.STANDS]
    with reading() as session:
        entries = session.scalars(sa.select(AuditEntry.action)).all()
    assert {"testimony.use", "identity.read", "dialogue.change"} <= set(entries)
    consent.withdraw_record(
        SYSTEM, treaty.project_id, sent, "person_asked", blobs=treaty.blobs,
        scopes=["publish_name"],
    )  # fmt: skip
    assert there.states() == [State.TAKEN_BACK]
    with pytest.raises(Problem) as gone:
        there.again(use_pk)
    assert gone.value.kind is STORY_GONE
    drain(treaty.app)
    with reading() as session:
        assert session.scalars(sa.select(ToldUse.withdrawal_pk)).one() is not None


def test_a_quote_of_another_meeting_or_nobodys_is_none(stories: Stories) -> None:
    version = stories.text(stories.tell())
    there, other = (Quoting(stories.project_id, "OPD") for _ in range(2))
    [use_pk] = there.use(Source.TEXT, version)
    for act in (
        lambda: other.again(use_pk),
        lambda: other.open(Source.TEXT, uuid.uuid4()),
        lambda: other.open(Source.LEADER, uuid.uuid4()),
    ):
        with pytest.raises(Problem) as refused:
            act()
        assert refused.value.kind is NOT_FOUND
