"""Consent as data: what holds, of whom, until when, and what an edit may say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import codes, scopes
from service.facts.scopes import Given, Narrowing, after_edit, in_force, read_consent
from tests.unit.facts.forms_by_hand import a_form, facts_from

DAY = dt.date(2026, 11, 20)
ALL = {f"consent.{scope}": "yes" for scope in codes.CONSENT_SCOPE}


def test_scopes_keep_their_places_for_ever() -> None:
    """They are stored as bits."""
    assert list(codes.CONSENT_SCOPE) == [
        "store", "contact", "share_case", "stats", "quote_anon", "publish_name", "publish_media",
        "advocacy_intl", "share_gov", "publish_photo", "publish_voice", "publish_video",
    ]  # fmt: skip


@given(st.sets(st.sampled_from([*codes.CONSENT_SCOPE])))
def test_scopes_survive_being_a_number(held: set[str]) -> None:
    assert scopes.scopes_of(scopes.bits(held)) == held


def test_the_record_of_consent_holds_how_it_was_given() -> None:
    said = read_consent(
        ALL
        | {
            "consent.method": "verbal_witnessed", "consent.witness": "ឈ្មោះ",
            "consent.language": "bunong", "consent.proxy": "yes", "consent.guardian": "yes",
            "consent.assent": "no", "consent.review": "2027-01-01",
        },
        DAY,
    )  # fmt: skip
    assert (said.method, said.language, said.is_proxy) == ("verbal_witnessed", "bunong", True)
    assert (said.is_witnessed, said.guardian, said.assent) == (True, True, False)
    assert (said.given_on, said.review_by) == (DAY, dt.date(2027, 1, 1))
    assert "ឈ្មោះ" not in repr(said)


def test_photo_voice_and_video_are_asked_each_alone() -> None:
    said = read_consent({"consent.publish_media": "yes", "consent.publish_voice": "no"})
    assert "publish_photo" in said.granted
    assert "publish_voice" in said.refused
    only = read_consent({"consent.publish_photo": "yes"})
    assert only.granted == ("publish_photo",)


def test_scopes_taken_back_at_a_visit_are_refused_whatever_else_was_said() -> None:
    said = read_consent(ALL | {"consent.change": "stats publish_name"})
    assert {"stats", "publish_name"} <= set(said.refused)
    assert not said.allows("stats")


# --- children -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("guardian", "assent", "held"),
    [
        ("yes", "yes", set(codes.CONSENT_SCOPE)),
        ("yes", "", {"store", "stats"}),
        ("", "yes", {"store", "stats"}),
        ("", "", {"store", "stats"}),
        ("no", "yes", set()),
        ("yes", "no", set()),
        ("maybe", "yes", {"store", "stats"}),
    ],
)
def test_of_a_child_the_guardian_and_the_child_must_agree(
    guardian: str, assent: str, held: set[str]
) -> None:
    asked = {"consent.guardian": guardian, "consent.assent": assent}
    said = read_consent(ALL | {tag: word for tag, word in asked.items() if word})
    held_now = in_force(said, is_minor=True)
    assert held_now == held
    closed = scopes.bits(held) | scopes.CODES_ALONE
    is_open = (guardian, assent) == ("yes", "yes")
    kept = scopes.stored(said, held_now, is_minor=True)
    assert kept == (scopes.bits(held) if is_open else closed)
    assert scopes.stored(said, held_now, is_minor=False) == scopes.bits(held)
    assert in_force(said) == set(codes.CONSENT_SCOPE)


@pytest.mark.parametrize(
    ("age", "guardian", "assent", "is_open"),
    [
        ("5", "yes", "", True), ("6", "yes", "", False), ("6", "yes", "yes", True),
        ("5", "", "", False), ("5", "", "yes", False), ("5", "no", "", False),
        ("5", "yes", "no", False), ("", "yes", "", False),
    ],
)  # fmt: skip
def test_for_an_infant_its_guardian_speaks_and_its_own_no_is_heard(
    age: str, guardian: str, assent: str, is_open: bool
) -> None:
    form = a_form({
        "today": "meta.date", "s": "consent.store", "c": "consent.contact", "age": "person.age",
        "known": "person.age_known", "g": "consent.guardian", "a": "consent.assent",
    })  # fmt: skip
    answers = {
        "today": "2026-11-20", "s": "yes", "c": "yes", "age": age, "g": guardian, "a": assent,
        "known": "exact" if age else "unk_child",
    }  # fmt: skip
    (person,) = facts_from(form, {name: word for name, word in answers.items() if word}).persons
    assert bool(person.scopes & scopes.CODES_ALONE) is not is_open
    assert ("contact" in scopes.scopes_of(person.scopes & ~scopes.CODES_ALONE)) is is_open


# --- time ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2026-11-20", 36, "2029-11-20"), ("2024-02-29", 24, "2026-02-28"),
     ("2026-01-31", 1, "2026-02-28"), ("2026-12-31", 2, "2027-02-28")],
)  # fmt: skip
def test_months_later(start: str, months: int, end: str) -> None:
    day = dt.date.fromisoformat(start)
    assert scopes.months_after(day, months) == dt.date.fromisoformat(end)


def test_consent_ends_by_itself_and_no_form_may_make_it_longer() -> None:
    said = read_consent(ALL, DAY)
    assert scopes.ends_on(said, 36) == dt.date(2029, 11, 20)
    early = read_consent(ALL | {"consent.review": "2027-05-01"}, DAY)
    assert scopes.ends_on(early, 36) == dt.date(2027, 5, 1)
    late = read_consent(ALL | {"consent.review": "2099-05-01"}, DAY)
    assert scopes.ends_on(late, 36) == dt.date(2029, 11, 20)


CASE = {"today": None, "c": "consent.stats", "s": "consent.store", "age": "person.age",
        "sex": "person.sex", "until": "consent.review"}  # fmt: skip


def test_a_case_is_reviewed_after_36_months_a_testimony_after_24() -> None:
    answers = {"today": "2026-11-20", "c": "yes", "s": "yes", "sex": "male"}
    (person,) = facts_from(a_form(CASE), answers).persons
    assert (person.stats_until, person.scopes_until) == (dt.date(2029, 11, 20),) * 2
    story = {**CASE, "words": "testimony.quote"}
    (told,) = facts_from(a_form(story), {**answers, "words": "…"}).testimonies
    assert told.scopes_until == dt.date(2028, 11, 20)


# --- edits --------------------------------------------------------------------------------------
def said(granted: str, **more: Any) -> Given:
    return Given(granted=tuple(granted.split()), given_on=DAY, **more)


def test_an_edit_may_narrow() -> None:
    assert after_edit(said("store stats"), said("store")).granted == ("store",)


def test_an_edit_does_not_widen() -> None:
    held = after_edit(said("store"), said("store stats quote_anon", method="signature"))
    assert held.granted == ("store",)
    assert held.refused == ("stats", "quote_anon")


@pytest.mark.parametrize(
    ("asked_on", "method", "is_wider"),
    [
        (DAY + dt.timedelta(days=1), "signature", True),
        (DAY, "signature", False),
        (DAY - dt.timedelta(days=1), "signature", False),
        (DAY + dt.timedelta(days=1), "unknown", False),
        (DAY + dt.timedelta(days=1), "not_asked", False),
        (None, "signature", False),
    ],
)
def test_only_consent_asked_again_later_widens(
    asked_on: dt.date | None, method: str, is_wider: bool
) -> None:
    now = said("store stats", method=method, asked_on=asked_on)
    assert ("stats" in after_edit(said("store"), now).granted) is is_wider


def test_an_edit_takes_no_refusal_back_and_puts_no_end_off() -> None:
    refusal = Given(refused=("store",), given_on=DAY)
    assert after_edit(refusal, said("store stats")).is_refusal
    before = said("store", review_by=dt.date(2027, 1, 1), guardian=False)
    held = after_edit(before, said("store", review_by=dt.date(2030, 1, 1), guardian=True))
    assert (held.review_by, held.guardian, held.given_on) == (dt.date(2027, 1, 1), False, DAY)


@given(
    st.lists(st.sets(st.sampled_from([*codes.CONSENT_SCOPE][1:])), min_size=2, max_size=6),
)
def test_however_often_it_is_edited_no_scope_comes_back(versions: list[set[str]]) -> None:
    held: Given | None = None
    for scopes_ in versions:
        held = after_edit(held, Given(granted=tuple(sorted(scopes_)), given_on=DAY))
    assert held is not None
    assert set(held.granted) == set.intersection(*versions)


PEOPLE = a_form(
    {"all": "consent.stats", "p/sex": "person.sex", "p/stats": "consent.stats"}, repeats=("p",)
)


def test_a_person_who_said_no_is_not_spoken_for_once_an_edit_leaves_it_out() -> None:
    from service.facts.plan import compile_plan
    from service.facts.projection import consents_of
    from service.intake.instance import Instance
    from tests.unit.facts.forms_by_hand import a_context

    first = Instance(
        form_id="by_hand", version="1", instance_id="uuid:1",
        answers={"all": "yes", "p": [{"sex": "male", "stats": "no"}, {"sex": "female"}]},
    )  # fmt: skip
    before = consents_of(first, compile_plan(PEOPLE), a_context())
    later = {"all": "yes", "p": [{"sex": "male"}, {"sex": "female"}]}
    assert [p.stats for p in facts_from(PEOPLE, later).persons] == [True, True]
    assert [p.stats for p in facts_from(PEOPLE, later, before=before).persons] == [False, True]


# --- taken back ---------------------------------------------------------------------------------
def test_what_was_taken_back_returns_only_with_a_later_consent() -> None:
    gone = (Narrowing(scopes=frozenset({"stats"}), on=DAY),)
    assert in_force(said("store stats"), narrowed=gone) == {"store"}
    same = said("store stats", method="signature", asked_on=DAY)
    assert in_force(same, narrowed=gone) == {"store"}
    later = said("store stats", method="signature", asked_on=DAY + dt.timedelta(days=1))
    assert in_force(later, narrowed=gone) == {"store", "stats"}


def test_taking_back_media_takes_each_kind_back() -> None:
    held = read_consent(ALL, DAY)
    gone = (Narrowing(scopes=frozenset({"publish_media"}), on=DAY),)
    assert not in_force(held, narrowed=gone) & {"publish_photo", "publish_voice", "publish_video"}


def test_a_signature_that_may_not_be_counted_any_more() -> None:
    form = a_form({"mark": "petition.mark", "agree": "petition.agree", "s": "consent.stats"})
    answers = {"mark": "signature", "agree": "yes", "s": "yes"}
    gone = (Narrowing(scopes=frozenset({"stats"}), on=DAY),)
    assert facts_from(form, answers).signatures[0].stats
    assert facts_from(form, answers).signatures[0].stats_until is None
    assert not facts_from(form, answers, narrowed=gone).signatures[0].stats


# --- codes on paper -----------------------------------------------------------------------------
def test_the_code_is_a_stand_in_in_the_facts() -> None:
    form = a_form({"c": "consent.code", "s": "consent.store", "sex": "person.sex"})
    answers = {"c": "7K2M-9QXT-4RWD", "s": "yes", "sex": "male"}
    found = facts_from(form, answers, code_digest=lambda code: f"<{len(code)}>")
    assert [c.code_digest for c in found.consents] == ["<14>"]
    refused = facts_from(form, {**answers, "s": "no"}, code_digest=lambda code: code)
    assert [c.code_digest for c in refused.consents] == [None]


@pytest.mark.parametrize(
    ("before", "now", "holds"),
    [
        ("none", "province", "none"),
        ("province", "none", "none"),
        ("province", "first_name", "none"),
        ("full_name", "first_name", "first_name"),
        ("first_name", "full_name", "none"),
        ("", "province", "none"),
        ("", "full_name", "full_name"),
    ],
)
def test_an_edit_says_no_more_of_a_narrator_than_was_allowed(
    before: str, now: str, holds: str
) -> None:
    """Unless the narrator was asked again, on a later day."""
    first = read_consent({"testimony.attribution": before}, dt.date(2026, 11, 1))
    edited = read_consent({"testimony.attribution": now}, dt.date(2026, 11, 1))
    assert after_edit(first, edited).attribution == holds
    again = {
        "testimony.attribution": now, "consent.date": "2026-11-09", "consent.method": "signature",
    }  # fmt: skip
    asked = read_consent(again, dt.date(2026, 11, 1))
    assert after_edit(first, asked).attribution == now
