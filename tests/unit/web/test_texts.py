"""Both languages are complete, and pages say nothing that the catalogue does not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.accounts.actor import Role
from service.accounts.explain import WhyNot
from service.accounts.held import Reason
from service.accounts.policy import Act
from service.web.pages import texts

PAGES = Path(texts.__file__).parent
SOURCES = [*PAGES.glob("*.py"), *PAGES.glob("templates/*.html")]
SAID = re.compile(r'\b(?:t|say|text)\(\s*"([a-z_]+\.[a-z0-9_]*[a-z0-9])"[,)\s]')
PUT_TOGETHER = (
    "access.not_", "act.", "by.", "case.kind_", "case.why_", "cases.show_", "cases.state_",
    "channel.", "counting.as_", "deed.", "dialogue.news_", "dialogue.quote_", "dialogue.sees_",
    "dialogue.stands_", "links.is_", "promise.due_", "promise.is_", "promise.since_",
    "emergency.as_",
    "enrol.again_", "enrol.step_", "exports.for_", "exports.kind_", "exports.state_",
    "exports.why_", "exports.words_", "entity.decide_why_", "entity.side_",
    "figures.audience_", "file.for_", "file.kind_", "file.state_", "file.why_", "flag.", "flags.",
    "forms.means_", "forms.state_",
    "giving.level_", "holds.state_", "holds.why_",
    "list.conflict_", "list.fault_", "list.holders_", "list.means_",
    "list.news_", "list.outcome_", "list.row_", "list.telling_", "month.m", "moving.file_hint_",
    "moving.kind_", "moving.state_", "moving.verdict_", "moving.what_", "moving.why_", "nav.",
    "casualties.field_", "casualties.group_", "casualties.order_", "casualties.outcome_",
    "own.news_", "pillar.", "statistic.", "figures.complete_",
    "persons.do_", "persons.done_", "persons.said_", "phones.state_",
    "problem.s", "products.language_", "products.state_",
    "quarantine.why_", "readings.class_", "reason.", "recovery.", "removing.why_",
    "review.did_", "review.do_", "review.left_", "review.reason_", "review.stage_",
    "role.", "scope.", "sealing.alarm_", "sign_in.", "state.", "submissions.copied_",
    "taken.", "tally.now_", "telling.q_",
    "telling.record_", "telling.say_", "telling.state_", "treaty.news_", "treaty.odd_",
    "treaty.verdict_",
    "faces.", "stories.audience_", "stories.how_", "stories.kind_", "stories.language_",
    "stories.means_", "stories.medium_", "stories.news_", "releases.is_", "releases.said_by_",
    "sheets.news_", "sheets.step_", "keying.news_", "used.", "why.",
)  # fmt: skip
"""Beginnings of keys whose end is a code."""
BASIS = {
    f"figures.{name}" for name in ("persons", "unknown", "unanswered", "refused_stats", "minors")
}
REASONS = {f"emergency.{reason}" for reason in Reason}
KHMER = re.compile("[\u1780-\u17ff]")
SAME_IN_BOTH = {
    "figures.legend_zero", "moving.file_size", "moving.kind_central", "moving.kind_kobo",
    "moving.kind_ona",
}  # fmt: skip


def said() -> set[str]:
    return {key for path in SOURCES for key in SAID.findall(path.read_text("utf-8"))}


def test_every_sentence_a_page_says_is_in_the_catalogue() -> None:
    assert said() - set(texts.catalogue()) == set()


def test_nothing_in_the_catalogue_is_said_by_no_page() -> None:
    everything = "\n".join(path.read_text("utf-8") for path in SOURCES)
    quoted = BASIS | REASONS | set(re.findall(r'"([a-z_]+\.[a-z0-9_]+)"', everything))
    quoted |= {f"treaty.{name}" for name in re.findall(r'field\("(\w+)"', everything)}
    unsaid = {key for key in texts.catalogue() if not key.startswith(PUT_TOGETHER)} - quoted
    assert unsaid == set()


def test_khmer_is_khmer_and_english_is_english() -> None:
    for key, entry in texts.catalogue().items():
        if key in SAME_IN_BOTH:
            continue
        without = re.sub(r"\{[a-z_]+\}", "", entry["km"])
        if re.search(r"\w", without):
            assert KHMER.search(without), key
        assert not KHMER.search(entry["en"]), key


def test_a_key_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts.text("today.nonsense", "km")


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts.text("figures.between", "en", start="1 May 2026")


def test_every_act_role_and_reason_has_words() -> None:
    wanted = {f"act.{act.replace('.', '_')}" for act in Act}
    wanted |= {f"role.{role}" for role in Role if role is not Role.SYSTEM}
    wanted |= REASONS | {f"access.not_{why}" for why in WhyNot}
    assert wanted - set(texts.catalogue()) == set()
