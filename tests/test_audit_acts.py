"""S-49: every act of the audit log is in a test that would miss its entry."""

from __future__ import annotations

import re

from service.accounts.policy import Act
from tests.audit_acts import ROOT, written
from tests.integration.test_acts_and_entries import ACTS

TESTS = ROOT / "tests"
KILLED = {
    "consent.erase_again", "consent.narrow", "consent.narrow_again", "consent.withdraw",
    "device.create", "device.revoke", "entity.create", "entity.delete", "entity.import",
    "entity.restore", "entity.undo_import", "form.publish", "form.set_state",
    "keys.rotation_begin", "moving.begin", "moving.stop", "record.remove", "record.restore",
    "retention.set", "review.comment", "review.state", "script.revoke", "user.create",
    "user.grant", "user.revoke_grant",
}  # fmt: skip
"""Those that processes do until they are killed (tests/reliability/test_other_acts.py)."""

ELSEWHERE = {
    "entity.preview": "integration/entities/test_decided.py",
    "case.change": "web/test_cases_pages.py",
    "case.open": "integration/cases/test_cases_follow.py",
    "case.override": "web/test_cases_pages.py",
    "case.sheet": "web/test_cases_pages.py",
    "copy.put_in_place": "web/test_copies.py",
    "copy.restore": "web/test_copies.py",
    "copy.set_aside": "web/test_copies.py",
    "copy.take_out": "web/test_copies.py",
    "audit.export": "integration/cli/test_audit.py",
    "consent.ask": "web/test_withdrawals.py",
    "consent.hide": "integration/consent/test_holds.py",
    "consent.hear_own": "web/test_own_page.py",
    "consent.see_own": "web/test_own_page.py",
    "hold.agree": "integration/consent/test_holds.py",
    "hold.ask": "integration/consent/test_holds.py",
    "hold.end": "integration/consent/test_holds.py",
    "db.downgrade": "integration/cli/test_confirming.py",
    "device.accept_installation": "web/test_phones.py",
    "device.bind": "web/test_phones.py",
    "device.second_installation": "web/test_phones.py",
    "emergency.end": "integration/accounts/test_grants.py",
    "emergency.open": "integration/accounts/test_grants.py",
    "emergency.read": "web/test_record_access.py",
    "entity.carry": "integration/entities/test_on_phones.py",
    "entity.read_names": "web/test_pages_lists.py",
    "export.agree": "web/test_exports_page.py",
    "export.ask": "web/test_exports_page.py",
    "export.delete": "web/test_exports_page.py",
    "export.drop": "web/test_exports_page.py",
    "export.make": "web/test_exports_page.py",
    "consent.refuse": "integration/consent/test_refusing.py",
    "entity.forget": "integration/entities/test_forgotten.py",
    "factor.prove": "integration/accounts/test_passkeys.py",
    "factor.recover": "integration/accounts/test_second_factors.py",
    "factor.take_away": "integration/cli/test_confirming.py",
    "facts.read": "web/test_facts_api.py",
    "facts.rebuild": "integration/foundation/test_audit_log.py",
    "form.add_undeclared_files": "integration/forms/test_publish.py",
    "form.change_key": "integration/forms/test_sealed_forms.py",
    "form.declare_files": "integration/forms/test_publish.py",
    "form.delete": "web/test_deleted_forms.py",
    "form.delete_draft": "integration/forms/test_drafts.py",
    "form.draft": "integration/forms/test_drafts.py",
    "form.draft_file": "web/test_briefcase.py",
    "form.restore": "web/test_deleted_forms.py",
    "form.seal_files": "integration/forms/test_publish.py",
    "identity.read": "web/test_api_records.py",
    "jobs.retry": "integration/cli/test_doctor.py",
    "keys.recovery_export": "integration/cli/test_commands.py",
    "keys.recovery_make": "integration/cli/test_confirming.py",
    "keys.recovery_prove": "integration/cli/test_commands.py",
    "keys.rotate": "integration/cli/test_commands.py",
    "moving.end": "integration/cli/test_moving.py",
    "moving.mapping_keep": "web/test_casualties_page.py",
    "passkey.add": "integration/accounts/test_passkeys.py",
    "passkey.remove": "integration/accounts/test_passkeys.py",
    "person.decide": "web/test_persons.py",
    "treaty.decide": "web/test_treaty.py",
    "treaty.key": "web/test_sheets.py",
    "treaty.manage": "web/test_treaty.py",
    "person.search": "web/test_persons.py",
    "dialogue.change": "integration/dialogue/test_log.py",
    "dialogue.share": "web/test_shared.py",
    "product.make": "integration/products/test_packs_made.py",
    "release.freeze": "web/test_releases.py",
    "release.publish": "web/test_releases.py",
    "project.create": "integration/accounts/test_people.py",
    "retention.erase": "integration/consent/test_periods.py",
    "retention.forget": "integration/consent/test_periods.py",
    "review.copy": "integration/moving/test_copied_reviews.py",
    "figures.counting": "web/test_counting_policy.py",
    "four_eyes.agree": "web/test_reviewing.py",
    "four_eyes.propose": "web/test_reviewing.py",
    "review.let_go": "web/test_reviewing.py",
    "review.look_at_flag": "web/test_flags.py",
    "review.take_on": "web/test_reviewing.py",
    "role.answer": "integration/accounts/test_given_from_outside.py",
    "rows.export": "web/test_briefcase.py",
    "rows.left": "web/test_rows_as_files.py",
    "rows.read": "web/test_odata.py",
    "review.read_comments": "web/test_api_records.py",
    "sealed.export": "integration/cli/test_sealed.py",
    "sealed.reseal": "integration/cli/test_resealing.py",
    "sealed.rehearse": "web/test_trustees_page.py",
    "session.reuse": "integration/accounts/test_refreshing.py",
    "submission.add_files": "integration/test_acts_and_entries.py",
    "submission.link_edit": "web/test_order_of_arrival.py",
    "submission.quarantine": "reliability/checker.py",
    "submission.queue": "reliability/checker.py",
    "submission.receive": "reliability/checker.py",
    "submission.receive_erased": "web/test_withdrawals.py",
    "submission.resent_after_deletion": "web/test_removing.py",
    "submission.resent_after_erasure": "web/test_withdrawals.py",
    "submission.seal_stored": "integration/intake/test_sealed.py",
    "submission.sent_open": "web/test_sealed_forms.py",
    "submission.spilled": "web/test_sealed_forms.py",
    "testimony.read": "web/test_pages_files.py",
    "testimony.release": "integration/testimonies/test_usable.py",
    "testimony.use": "web/test_stories.py",
    "testimony.write": "integration/testimonies/test_usable.py",
    "user.sign_in": "integration/accounts/test_people.py",
    "user.sign_in_failed": "integration/accounts/test_second_factors.py",
}
"""Those of which a test of their own reads the entry."""


def test_s49_every_act_of_the_log_is_in_a_test() -> None:
    known = (KILLED, set(ACTS), set(ELSEWHERE))
    assert set().union(*known) == written(), "say which test would miss the entry of a new act"
    assert sum(map(len, known)) == len(set().union(*known)), "each once"


def test_s49_the_tests_that_are_said_to_read_an_entry_name_its_act() -> None:
    places = {**ELSEWHERE, **dict.fromkeys(KILLED, "reliability/test_other_acts.py")}
    silent = {act: file for act, file in places.items() if not _names(file, act)}
    assert silent == {}


def _names(file: str, act: str) -> bool:
    said = (TESTS / file).read_text("utf-8")
    words = [re.escape(act)]
    if act in {*Act}:
        words.append(rf"Act\.{Act(act).name}\b")
    return any(re.search(rf"['\"]{word}['\"]|{word}(?![\w.])", said) for word in words)
