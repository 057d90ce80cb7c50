"""Which texts may be used: consent, read-back, two people, masks; on both databases."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM, Actor, Role
from service.consent import actions as consent
from service.consent.periods import Periods
from service.facts.scopes import bits
from service.facts.tables import Consent
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    CONSENT_MISSING,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_READ_BACK,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    STORY_GONE,
    Problem,
)
from service.persons.actions import today
from service.testimonies.actions import desk, masking, publishing, using, writing
from service.testimonies.actions.writing import Written
from service.testimonies.queries import texts, uses
from service.testimonies.queries.library import Filters
from service.testimonies.tables import ToldMask, ToldText, ToldUse
from service.testimonies.terms import Audience, Kind, Means, Naming, Wanted
from tests.factories import a_coordinator
from tests.integration.testimonies.conftest import CODE, NAME, VILLAGE, WORDS, Stories

pytestmark = pytest.mark.each_database
HERE, BY_PLACE = Wanted(), Wanted(naming=Naming.PROVINCE)
ABROAD = Wanted(audience=Audience.ABROAD)
FULL, FIRST = Wanted(naming=Naming.FULL_NAME), Wanted(naming=Naming.FIRST_NAME)
GOVERNMENT = Wanted(audience=Audience.GOVERNMENT)
YES = {"c_publish_name": "yes"}


@pytest.mark.parametrize(
    ("said", "may"),
    [
        ({}, [HERE, BY_PLACE]),
        ({"c_quote_anon": "no"}, []),
        ({"c_advocacy_intl": "yes", "attribution": "none"}, [HERE, ABROAD]),
        ({"c_share_gov": "yes", "attribution": "none"}, [HERE, GOVERNMENT]),
        (YES | {"attribution": "full_name"}, [HERE, FULL, FIRST]),
        (YES | {"attribution": "first_name"}, [HERE, FIRST]),
        (YES | {"attribution": "none"}, [HERE]),
        ({"attribution": "full_name"}, [HERE]),
        ({"age_band": "1217", "guardian_ok": "yes", "child_assent": "yes"}, [HERE, BY_PLACE]),
    ],
)
def test_each_use_needs_what_the_narrator_allowed_for_it(
    stories: Stories, said: dict[str, str], may: list[Wanted]
) -> None:
    version = stories.text(stories.tell(**said))
    every = [HERE, BY_PLACE, ABROAD, FULL, FIRST, GOVERNMENT]
    assert [one for one in every if stories.usable(one) == [version]] == may
    for one in every:
        if one in may:
            stories.use(version, one)
        else:
            assert refused(lambda one=one: stories.use(version, one)) is CONSENT_MISSING


def test_of_a_child_without_its_own_yes_nobody_makes_a_text(stories: Stories) -> None:
    record = stories.tell(age_band="1217", guardian_ok="yes", child_assent="no")
    assert refused(lambda: stories.write(record)) is CONSENT_MISSING


def test_all_for_whom_a_record_speaks_must_allow_it(stories: Stories) -> None:
    version = stories.text(stories.tell())
    assert stories.usable(HERE) == [version]
    with unit_of_work() as session:
        session.execute(sa.update(Consent).values(scopes=bits({"store", "stats"})))
    assert stories.usable(HERE) == []


def test_it_ends_on_the_day_that_the_narrator_said(stories: Stories) -> None:
    last = today() + dt.timedelta(days=10)
    version = stories.text(stories.tell(review_by=last.isoformat()))
    use = stories.use(version, HERE)
    noon = dt.datetime.combine(last, dt.time(5), dt.UTC)
    with clock.frozen(noon):
        assert stories.usable(HERE) == [version]
        assert story(stories, use).words == {"km": WORDS}
    with clock.frozen(noon + dt.timedelta(days=1)):
        assert stories.usable(HERE) == []
        assert refused(lambda: story(stories, use)) is STORY_GONE


def test_what_is_asked_again_later_counts_and_an_edit_alone_widens_nothing(
    stories: Stories,
) -> None:
    first = f"uuid:{uuid.uuid4()}"
    version = stories.text(stories.tell(first, attribution="none"))
    second = f"uuid:{uuid.uuid4()}"
    stories.tell(second, edits=first, attribution="province", c_advocacy_intl="yes")
    assert (stories.usable(BY_PLACE), stories.usable(ABROAD)) == ([], [])
    assert stories.usable(HERE) == [version]
    stories.tell(f"uuid:{uuid.uuid4()}", edits=second, c_quote_anon="no")
    assert stories.usable(HERE) == []


# --- read-back ----------------------------------------------------------------------------------
def test_nothing_is_usable_before_it_was_read_back_and_released_by_another(
    stories: Stories,
) -> None:
    version = stories.write(stories.tell())
    assert stories.usable(HERE) == []
    assert refused(lambda: stories.release(version)) is NOT_READ_BACK
    stories.read_back(version)
    assert stories.usable(HERE) == []
    assert refused(lambda: stories.use(version, HERE)) is CONSENT_MISSING
    assert refused(lambda: stories.release(version, stories.writer)) is SECOND_PERSON_NEEDED
    stories.release(version)
    assert stories.usable(HERE) == [version]
    with reading() as session:
        found = texts.find_version(session, stories.project_id, version)
    assert found is not None
    assert (found.read_by, found.approved_how, found.approved_language, found.approved_on) == (
        901, "read_aloud", "khmer", today(),
    )  # fmt: skip
    assert did() == ["written", "read_back", "released"]


def test_exactly_this_text_is_approved_and_released(stories: Stories) -> None:
    version = stories.write(stories.tell())
    before = stories.shown(version)
    stories.read_back(version)
    mask(stories, version)
    assert refused(lambda: stories.read_back(version, seen=before)) is REVIEW_OUTDATED
    assert refused(lambda: stories.release(version)) is NOT_READ_BACK
    assert refused(lambda: stories.release(version, seen=before)) is REVIEW_OUTDATED
    stories.read_back(version)
    stories.release(version)
    assert stories.usable(HERE) == [version]
    assert refused(lambda: stories.use(version, HERE, seen=before)) is REVIEW_OUTDATED


def test_a_text_lies_sealed_under_a_key_of_its_own(stories: Stories) -> None:
    record = stories.tell()
    first, second = stories.write(record), stories.write(record)
    with reading() as session:
        rows = [texts.find_version(session, stories.project_id, one) for one in (first, second)]
    assert len({row.key_pk for row in rows if row}) == 2
    assert not any(word.encode() in row.sealed for row in rows if row for word in WORDS.split())
    assert stories.shown(first) != stories.shown(second), "the same words, elsewhere"


# --- masks --------------------------------------------------------------------------------------
def test_what_is_masked_takes_the_text_out_of_use_and_two_people_show_it_again(
    stories: Stories,
) -> None:
    version = stories.text(stories.tell())
    use = stories.use(version, HERE)
    mask(stories, version)
    assert stories.usable(HERE) == []
    assert refused(lambda: story(stories, use)) is STORY_GONE
    stories.read_back(version)
    stories.release(version)
    assert refused(lambda: story(stories, use)) is STORY_GONE, "another text went out by it"
    masked = "ខ្ញុំដើរបានម្តងទៀត នៅ[…]។ […]ជាផ្ទះខ្ញុំ។"
    assert story(stories, stories.use(version, HERE)).words == {"km": masked}
    with reading() as session:
        redaction = session.scalars(sa.select(ToldMask.redaction_pk)).one()
    assert lift(stories, redaction) is False
    assert refused(lambda: lift(stories, redaction)) is SECOND_PERSON_NEEDED
    assert stories.usable(HERE) == [version]
    assert lift(stories, redaction, second=True) is True
    assert stories.usable(HERE) == [], "it was released masked"
    with unit_of_work() as session:
        [text] = desk.open_desk(
            session, stories.writer, stories.project_id, record_of(version)
        ).texts
    assert (text.words, text.is_read_back, text.is_released) == (WORDS, False, False)
    assert did()[-2:] == ["lift_asked", "lifted"]


def test_what_was_read_back_last_is_the_text_that_counts(stories: Stories) -> None:
    version = stories.text(stories.tell())
    mask(stories, version)
    stories.read_back(version)
    with reading() as session:
        redaction = session.scalars(sa.select(ToldMask.redaction_pk)).one()
    lift(stories, redaction)
    lift(stories, redaction, second=True)
    assert stories.usable(HERE) == [], "the narrator heard it masked since it was released"
    stories.read_back(version)
    assert stories.usable(HERE) == [version]


# --- taken back ---------------------------------------------------------------------------------
def test_what_is_taken_back_is_gone_at_once_and_its_uses_are_told(stories: Stories) -> None:
    record = stories.tell()
    version = stories.text(record)
    web, printed = stories.use(version, HERE), stories.use(version, HERE, Means.PRINT)
    with reading() as session:
        found = texts.find_version(session, stories.project_id, version)
    assert found is not None
    key = found.key_pk
    asked = consent.ask_by_code(stories.project_id, CODE, network="n", blobs=stories.blobs)
    assert stories.usable(HERE) == []
    assert refused(lambda: story(stories, web)) is STORY_GONE
    assert refused(lambda: paper(stories, printed)) is STORY_GONE
    assert keys.current().find(stories.project_id, key) is None
    with reading() as session:
        for table in (ToldText, ToldMask):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        told = uses.ended_by(session, stories.project_id, asked.id)
        assert [(one.use_pk, one.means) for one in told] == [(web, "web"), (printed, "print")]
        left = session.execute(sa.select(ToldUse.record_pk, ToldUse.version_pk)).all()
        assert left == [(None, None)] * 2, "of whom it was is kept nowhere"


def test_of_uses_that_were_taken_back_those_end_that_needed_them(stories: Stories) -> None:
    version = stories.text(stories.tell(c_advocacy_intl="yes"))
    here, abroad = stories.use(version, HERE), stories.use(version, ABROAD)
    asked = consent.ask_by_code(
        stories.project_id, CODE, network="n", blobs=stories.blobs, scopes=["advocacy_intl"]
    )
    assert refused(lambda: story(stories, abroad)) is STORY_GONE
    assert story(stories, here).words == {"km": WORDS}
    with reading() as session:
        told = uses.ended_by(session, stories.project_id, asked.id)
        assert [one.use_pk for one in told] == [abroad]


def test_a_use_that_the_office_ends_is_gone(stories: Stories) -> None:
    use = stories.use(stories.text(stories.tell()), HERE)
    with unit_of_work() as session:
        using.end(session, stories.writer, stories.project_id, use)
    assert refused(lambda: story(stories, use)) is STORY_GONE
    assert refused(lambda: story(stories, uuid.uuid4())) is NOT_FOUND


def test_texts_go_when_the_period_of_what_was_told_is_over(stories: Stories) -> None:
    record = stories.tell()
    version = stories.text(record)
    use = stories.use(version, HERE)
    with unit_of_work() as session:
        consent.set_periods(session, SYSTEM, stories.project_id, Periods(testimony_months=6))
    for days in range(150, 195, 5):
        with clock.frozen(clock.now() + dt.timedelta(days=days)):
            assert consent.erase_what_is_over(stories.project_id, stories.blobs)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ToldText)) == 0
    assert refused(lambda: story(stories, use)) is STORY_GONE
    later = stories.write(record, "later")
    with clock.frozen(clock.now() + dt.timedelta(days=195)):
        assert consent.erase_what_is_over(stories.project_id, stories.blobs)
    assert refused(lambda: stories.read_back(later, seen="-")) is NOT_FOUND


# --- the library --------------------------------------------------------------------------------
def test_the_library_is_narrowed_and_ends_where_the_reader_s_area_does(stories: Stories) -> None:
    version = stories.text(stories.tell())
    for filters, there in (
        (Filters(language="km"), True), (Filters(language="en"), False),
        (Filters(tells_of="life_after"), True), (Filters(tells_of="hope_message"), False),
        (Filters(province="02"), True), (Filters(province="12"), False),
    ):  # fmt: skip
        assert (stories.usable(HERE, filters=filters) == [version]) is there, filters


def test_a_name_is_read_from_the_record_and_only_as_far_as_it_was_allowed(
    stories: Stories,
) -> None:
    version = stories.text(stories.tell(c_publish_name="yes", attribution="full_name"))
    assert [story(stories, stories.use(version, one)).name for one in (FULL, FIRST, HERE)] == [
        NAME, NAME.split()[1], "",
    ]  # fmt: skip
    with unit_of_work() as session:
        opened = using.open_text(session, stories.writer, stories.project_id, version, FULL)
    assert (opened.name, opened.words) == (NAME, WORDS)
    [(purpose, classes)] = [(one["purpose"], one["classes"]) for one in entries("identity.read")]
    assert (purpose, classes) == ("name", ["identity", "testimony"])


def test_a_translation_stands_beside_its_text_once_it_may_be_used_as_well(stories: Stories) -> None:
    record = stories.tell()
    version = stories.text(record)
    use, words = stories.use(version, HERE), "I can walk again."
    translation = stories.write(
        record, words, kind=Kind.TRANSLATION, language="en", source_pk=version
    )
    assert story(stories, use).words == {"km": WORDS}
    stories.read_back(translation)
    stories.release(translation)
    assert story(stories, use).words == {"km": WORDS, "en": words}
    assert story(stories, stories.use(translation, HERE)).words == {"en": words, "km": WORDS}


def test_an_advocate_writes_and_reads_back_what_she_sent_and_releases_nothing(
    stories: Stories,
) -> None:
    record = stories.tell()
    hers, not_hers = (
        Actor(
            id=key, name="សុខា", roles={stories.project_id: frozenset({Role.ADVOCATE})},
            is_fresh=True,
        )
        for key in (stories.phone.id, 99_999)
    )  # fmt: skip
    given = Written(kind=Kind.TRANSCRIPT, language="km", words=WORDS)
    with unit_of_work() as session:
        version = writing.write(session, hers, stories.project_id, record, given)
    for actor, why in ((hers, NOT_ALLOWED), (not_hers, NOT_ALLOWED)):
        assert refused(lambda actor=actor: stories.release(version, actor)) is why
    with unit_of_work() as session:
        asked = (session, not_hers, stories.project_id, record)
        assert refused(lambda: writing.write(*asked, given)) is NOT_FOUND
        assert refused(lambda: desk.open_desk(*asked)) is NOT_FOUND


def test_another_project_s_coordinator_finds_none(stories: Stories) -> None:
    version = stories.text(stories.tell())
    stranger = a_coordinator(stories.project_id + 1)
    with reading() as session:
        assert (
            refused(lambda: using.open_text(session, stranger, stories.project_id, version, HERE))
            is NOT_FOUND
        )


# --- help ---------------------------------------------------------------------------------------
def refused(act: object) -> object:
    with pytest.raises(Problem) as raised:
        act()  # type: ignore[operator]
    return raised.value.kind


def story(stories: Stories, use: uuid.UUID) -> publishing.Story:
    with reading() as session:
        return publishing.published(session, stories.project_id, use)


def paper(stories: Stories, use: uuid.UUID) -> publishing.Story:
    with reading() as session:
        return publishing.paper(session, stories.project_id, use)


def mask(stories: Stories, version: uuid.UUID) -> None:
    with unit_of_work() as session:
        masking.mask(session, stories.writer, stories.project_id, version, VILLAGE)


def lift(stories: Stories, redaction: uuid.UUID, *, second: bool = False) -> bool:
    actor = stories.second if second else stories.writer
    with unit_of_work() as session:
        return masking.lift(session, actor, stories.project_id, redaction)


def record_of(version: uuid.UUID) -> uuid.UUID:
    with reading() as session:
        query = sa.select(ToldText.record_pk).where(ToldText.version_pk == version)
        return session.scalars(query).one()


def entries(action: str) -> list[dict[str, object]]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        return list(session.scalars(query.order_by(AuditEntry.at, AuditEntry.entry_pk)))


def did() -> list[object]:
    """What was written down of texts, in its order."""
    with reading() as session:
        query = sa.select(AuditEntry.details).where(
            AuditEntry.action.in_(("testimony.write", "testimony.release"))
        )
        rows = session.scalars(query.order_by(AuditEntry.at, AuditEntry.entry_pk))
        return [one["what"] for one in rows]
