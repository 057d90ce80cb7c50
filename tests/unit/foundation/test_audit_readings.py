"""S-16: no act that reads who somebody is, or what they told, escapes those who watch."""

from __future__ import annotations

import runpy
from pathlib import Path

from service.accounts.actor import Scope
from service.accounts.policy import SCOPE_OF, STEP_UP, Act
from service.foundation.audit import readings
from service.foundation.audit.readings import IF_CLASSES, READINGS, Of
from tests.audit_acts import written

NO_READING = {
    "access.explain", "account.own", "answers.read", "audit.export", "audit.read", "case.change",
    "case.open", "case.override", "case.read", "case.sheet", "consent.ask",
    "consent.hear_own", "consent.hide", "consent.see_own", "hold.agree", "hold.ask", "hold.end",
    "sealed.rehearse", "sealed.reseal", "telling.bring",
    "consent.erase_again", "consent.narrow", "consent.narrow_again", "consent.refuse",
    "consent.withdraw", "copy.put_in_place", "copy.restore", "copy.set_aside", "copy.take_out",
    "db.downgrade", "device.accept_installation", "device.assign", "device.bind", "device.create",
    "device.manage", "device.renew", "device.revoke", "device.second_installation",
    "device.unassign", "emergency.end", "emergency.open", "emergency.read", "entity.apply",
    "entity.approve", "entity.change", "entity.create", "entity.delete", "entity.forget",
    "entity.import",
    "entity.preview", "entity.resolve", "entity.restore", "entity.undo_import", "entity.update",
    "entity_list.add_property", "entity_list.allow", "entity_list.create", "entity_list.end_phone",
    "entity_list.manage", "entity_list.read", "entity_list.require_approval", "entity_list.tell",
    "export.agree", "export.ask", "export.delete", "export.drop", "export.make", "exports.list",
    "factor.change", "factor.enrol", "factor.prove", "factor.recover", "factor.take_away",
    "facts.read", "facts.rebuild", "figures.counting",
    "figures.internal", "figures.read", "form.add_undeclared_files",
    "form.change_key", "form.declare_files", "form.delete", "form.delete_draft", "form.draft",
    "form.draft_file", "form.list", "form.publish", "form.read", "form.restore", "form.seal_files",
    "form.set_state", "four_eyes.agree", "four_eyes.propose",
    "health.read", "jobs.retry", "keys.recovery_export", "keys.recovery_make",
    "keys.recovery_prove", "keys.rotate", "keys.rotation_begin", "moving.begin", "moving.end",
    "moving.list", "moving.mapping_keep", "moving.stop", "passkey.add", "passkey.remove",
    "people.read",
    "person.decide", "person.pairs", "project.create",
    "project.read", "project.share", "queue.read", "readings.list", "record.read", "record.remove",
    "record.restore", "retention.erase", "retention.forget", "retention.read", "retention.set",
    "review.comment", "review.copy", "review.let_go", "review.look_at_flag", "review.state",
    "review.take_on",
    "role.answer",
    "script.create", "script.manage", "script.revoke", "script.sign_in", "script.sign_out",
    "sealed.export", "sent.list", "session.end", "session.reuse", "submission.add",
    "submission.add_files", "submission.edit", "submission.link_edit", "submission.list",
    "submission.quarantine", "submission.queue", "submission.receive", "submission.receive_erased",
    "submission.resent_after_deletion", "submission.resent_after_erasure", "submission.seal_stored",
    "submission.send", "submission.sent_open", "submission.spilled", "testimony.show",
    "user.create", "user.end_sessions", "user.grant", "user.invite", "user.manage",
    "user.revoke_grant", "user.set_password", "user.sign_in", "user.sign_in_failed",
    "user.sign_out", "user.switch_off", "user.switch_on", "withdrawal.decide", "withdrawal.read",
    "treaty.decide", "treaty.key", "treaty.manage", "treaty.read",
    "dialogue.change", "dialogue.read", "dialogue.share", "feedback.read",
    "product.list", "product.make",
    "release.freeze", "release.publish", "release.read", "testimony.library", "testimony.release",
    "testimony.use", "testimony.write",
}  # fmt: skip
"""Whose entries open neither names nor testimony. Sealed records are handed out sealed; a file
that was made or agreed to is read when somebody fetches it (`rows.export`). A sheet for a provider
leaves `identity.read` beside its own entry, as does a text of a testimony that is opened. What
somebody reads of herself, by her paper, nobody of the team reads."""

MIGRATION = Path(__file__).parents[3] / "migrations/versions/0040_who_is_one_person.py"


def test_s16_every_act_is_a_reading_or_known_to_be_none() -> None:
    known, acts = {*READINGS, *IF_CLASSES}, written() | {act.value for act in Act}
    assert acts - known - NO_READING == set(), "does it read names or testimony?"
    assert known - acts == set()
    assert NO_READING & known == set()
    assert NO_READING - acts == set()


def test_s16_what_only_a_guarded_scope_opens_is_a_reading() -> None:
    guarded = {
        act.value for act, scope in SCOPE_OF.items() if scope in (Scope.IDENTITY, Scope.TESTIMONY)
    }
    assert guarded - set(READINGS) == set()
    assert {act for act in READINGS if act in SCOPE_OF} <= {act.value for act in STEP_UP}


def test_s16_the_condition_of_the_indexes_is_that_of_the_table() -> None:
    migration = runpy.run_path(str(MIGRATION))
    for name in ("ON_SQLITE", "ON_POSTGRESQL"):
        assert migration[name] == getattr(readings, name)
        assert all(f"'{act}'" in migration[name] for act in (*READINGS, *IF_CLASSES))
    assert readings.is_reading("identity.read", {})
    assert readings.is_reading("rows.read", {"classes": "identity"})
    assert not readings.is_reading("rows.read", {"classes": ""})
    assert not readings.is_reading("form.publish", {"classes": "identity"})


def test_s16_an_entry_says_of_how_many_records_it_is() -> None:
    assert readings.records_of("identity.read", {"records": 7}) == 1
    assert readings.records_of("rows.export", {"records": 7}) == 7
    assert readings.records_of("rows.left", {"records": 70, "more": 20}) == 20
    assert readings.records_of("entity.read_names", {}) == 1, "entries of earlier releases"
    assert {*READINGS.values(), *IF_CLASSES.values()} == set(Of)
