"""Publishing forms, and opening or closing them.

Publishing has two steps, so that converting a workbook (seconds, in a child process) does not
hold the database: `prepare_workbook` or `prepare_xml` outside a unit of work, `publish` inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import (
    file_names,
    openable,
    publish_rules,
    queries,
    sealed_forms,
    xform,
    xlsform,
)
from service.forms.actions.declaring import declare
from service.forms.actions.files import brought_rows, file_rows, moved_columns
from service.forms.mistakes import Words, form_invalid
from service.forms.queries.drafts import DraftFile
from service.forms.schema import FormSchema
from service.forms.sealed_forms import NONE
from service.forms.sheets import Sheets
from service.forms.states import FormState
from service.forms.tables import Form, FormVersion
from service.foundation import audit, clock, keys, sealing
from service.foundation.blobs import Blob, LocalBlobs
from service.foundation.keys import recovery
from service.foundation.problems import (
    KEY_NOT_CONFIRMED,
    KEY_NOT_NAMED,
    VERSION_EXISTS,
    Problem,
)
from service.foundation.sealing.odk import OfflineKey

UNDECLARED = (
    "Phones keep the files beside this form in clear, and nobody has declared that they say "
    "nothing about any person. If they do, take that out and publish a new version; if not, "
    "declare it next time (--no-personal-data)."
)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A form that may be published as it is. `media`: name in NFC to bytes."""

    schema: FormSchema
    xml: bytes
    media: Mapping[str, bytes]
    workbook: bytes | None = None
    converter_warnings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """All of them, the converter's too."""
    key: OfflineKey | None = None
    """Of a sealed form."""

    @property
    def fingerprint(self) -> str | None:
        return self.key.fingerprint if self.key else None


NOTHING: Mapping[str, str] = MappingProxyType({})
NOTHING_KEPT: Mapping[str, Blob] = MappingProxyType({})


def to_decide(form: Prepared) -> list[dict[str, Any]]:
    """What whoever publishes it should have thought of, as ODK Central words such things: the
    kind, and what there is to say of it in both languages."""
    told: list[tuple[str, Words, dict[str, str]]] = []
    question = publish_rules.open_testimony(form.schema)
    if question is not None:
        place = {"question": "/".join(question.path)}
        told.append(("testimonyNotSealed", publish_rules.TESTIMONY_OPEN, place))
    if publish_rules.asks_of_people(form.schema) and not recovery.was_proven(keys.current()):
        told.append(("recoveryKeyNotProven", publish_rules.PAPER_UNREAD, {}))
    return [
        {"type": kind, "details": {**place, "en": words.en, "km": words.km}}
        for kind, words, place in told
    ]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What of a form a draft brought into the store."""

    source_sha256: str | None
    files: tuple[DraftFile, ...]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A form version, now offered to phones. `hash` is OpenRosa's: md5: and 32 hex digits."""

    form_pk: int
    form_id: str
    version_pk: int
    version: str
    hash: str
    warnings: tuple[str, ...]
    is_new: bool
    """False where exactly this was published before."""
    fingerprint: str | None
    """Of the key of a sealed form."""


def prepare_workbook(
    workbook: bytes,
    filename: str,
    media: Mapping[str, bytes],
    *,
    fallback_id: str = "",
    brought: Mapping[str, str] = NOTHING,
    must_open: bool = True,
) -> Prepared:
    """Convert and check; `fallback_id` is the form ID where the workbook gives none; `brought`:
    SHA-256 of files that come as they flow (`publish`); not `must_open`: it is in use elsewhere,
    and its records want it, whatever phones say of it. Needs no database. Raises
    Problem(FORM_INVALID, FILE_NAME_INVALID)."""
    converted = xlsform.convert(workbook, filename, fallback_id=fallback_id, must_open=must_open)
    if converted.itemsets is not None and "itemsets.csv" not in brought:
        media = {"itemsets.csv": converted.itemsets, **media}
    return _prepare(converted.xml, media, workbook, converted.warnings, converted.sheets, brought)


def prepare_xml(
    xml: bytes,
    media: Mapping[str, bytes],
    *,
    brought: Mapping[str, str] = NOTHING,
    must_open: bool = True,
) -> Prepared:
    """Check an XForm that some other tool made. Its bytes are served as they are."""
    prepared = _prepare(xml, media, None, (), brought=brought)
    mistakes = list(openable.mistakes_of(xml)) if must_open else []
    if mistakes:
        raise form_invalid(mistakes)
    return prepared


def _prepare(
    xml: bytes,
    media: Mapping[str, bytes],
    workbook: bytes | None,
    warnings: tuple[str, ...],
    sheets: Sheets | None = None,
    brought: Mapping[str, str] = NOTHING,
) -> Prepared:
    named = [(file_names.checked(name), data) for name, data in media.items()]
    file_names.demand_distinct([*(name for name, _ in named), *brought])
    schema = xform.read(xml)
    mistakes = list(publish_rules.mistakes_of(schema, sheets))
    if mistakes:
        raise form_invalid(mistakes)
    hashes = {name: sealing.sha256(data).hex() for name, data in named} | dict(brought)
    return Prepared(
        schema=schema,
        xml=xml,
        media=dict(named),
        workbook=workbook,
        converter_warnings=warnings,
        warnings=(*warnings, *publish_rules.warnings_of(schema, hashes)),
        key=sealed_forms.key_of(schema),
    )


def publish(
    session: Session,
    actor: Actor | None,
    project_id: int,
    form: Prepared,
    blobs: LocalBlobs,
    new_key: str | None = None,
    *,
    tells_of_nobody: bool = False,
    stored: Stored | None = None,
    is_offered: bool = True,
    brought: Mapping[str, Blob] = NOTHING_KEPT,
) -> Published:
    """Offer a prepared form to phones, from the commit on. `stored`: what of it lies in the store
    already, for a draft brought it; `brought`: files that were sealed as they flowed in. Not
    `is_offered`: it is an earlier version, there for the records that name it, and phones keep the
    one they have.

    The same bytes and files again are the same version; other bytes under a published version
    are Problem(VERSION_EXISTS): a phone that fetches halfway would be left without the form.
    Another key than that of the version before (of a deleted form, where it had the ID), or none,
    must be named as `new_key` (fingerprint
    or "none"), else it is Problem(KEY_NOT_CONFIRMED): whoever slips in a key of their own would
    read what people tell, and lock the team out. `tells_of_nobody`: declared of the files, which
    phones fetch and keep in clear; where nobody declared it, a warning says so. (Clients of other
    makers publish without such a word: refusing would shut them out.)
    """
    actor = policy.demand(actor, Act.FORM_PUBLISH, project_id)
    source = blobs.put(form.workbook).sha256 if form.workbook is not None else None
    if stored is not None:
        source = stored.source_sha256
    kept = stored.files if stored else ()
    row = queries.get_or_insert_form(session, project_id, form.schema.form_id)
    version = FormVersion(
        form_pk=row.form_pk,
        version=form.schema.version,
        title=form.schema.title,
        xml=form.xml,
        md5=sealing.md5_hex(form.xml),
        source_sha256=source,
        warnings=list(form.warnings),
        published_at=clock.now(),
        published_by=actor.id,
        key_fingerprint=form.fingerprint,
    )
    before = queries.insert_version(session, version)
    if before is not None:
        _demand_same(session, row, before, form, kept, brought)
        return _published(row, before, is_new=False)
    count = len(form.media) + len(kept) + len(brought)
    if count and not tells_of_nobody:
        version.warnings = [*version.warnings, UNDECLARED]
    if is_offered:
        version.key_before = _key_before(session, row, form, new_key)
    session.add_all(file_rows(blobs, project_id, version.version_pk, form.media))
    session.add_all(brought_rows(project_id, version.version_pk, brought))
    queries.insert_files(session, moved_columns(project_id, version.version_pk, kept))
    came = [*form.media, *brought]
    raised = declare(session, actor, project_id, version.version_pk, form.schema, came)
    if raised:
        version.warnings = [*version.warnings, publish_rules.people_now(raised)]
    if is_offered:
        row.current_version_pk = version.version_pk
        row.public_key = form.key.text if form.key else None
    is_open = publish_rules.open_testimony(form.schema) is not None
    _record(
        session,
        actor,
        row,
        version,
        files=count,
        is_declared=tells_of_nobody,
        has_open_testimony=is_open,
    )
    session.flush()
    return _published(row, version, is_new=True)


def publish_workbook(
    session: Session,
    actor: Actor | None,
    project_id: int,
    workbook: bytes,
    filename: str,
    *,
    media: Mapping[str, bytes],
    blobs: LocalBlobs,
    tells_of_nobody: bool = False,
) -> Published:
    """Both steps at once, where nobody else waits for the database (host shell, first start)."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    prepared = prepare_workbook(workbook, filename, media)
    return publish(session, actor, project_id, prepared, blobs, tells_of_nobody=tells_of_nobody)


def publish_xml(
    session: Session,
    actor: Actor | None,
    project_id: int,
    xml: bytes,
    *,
    media: Mapping[str, bytes],
    blobs: LocalBlobs,
    tells_of_nobody: bool = False,
) -> Published:
    """Both steps for an XForm."""
    policy.demand(actor, Act.FORM_PUBLISH, project_id)
    prepared = prepare_xml(xml, media)
    return publish(session, actor, project_id, prepared, blobs, tells_of_nobody=tells_of_nobody)


def set_state(
    session: Session, actor: Actor | None, project_id: int, form: int | str, state: FormState
) -> Form:
    """Open a form, hide it (closing: records still come in), or close it, from the commit on.
    What is so already is left as it is, without an entry."""
    actor = policy.demand(actor, Act.FORM_PUBLISH, project_id)
    row = queries.get_form(session, project_id, form, lock=True)
    if row.state is not state:
        before, row.state = row.state, state
        audit.record(
            session,
            actor_id=actor.id,
            action="form.set_state",
            subject=f"form:{row.form_pk}",
            project_id=project_id,
            before=before.value,
            state=state.value,
        )
    return row


def _key_before(
    session: Session, form: Form, prepared: Prepared, new_key: str | None
) -> str | None:
    """The fingerprint that another one, or none, replaces; None where the key stays the same."""
    after = prepared.fingerprint or NONE
    if new_key is not None and sealed_forms.plain_fingerprint(new_key) != after:
        raise Problem(KEY_NOT_NAMED, form_id=form.form_id, named=new_key[:80], after=after)
    offered: Form | None = form
    if form.current_version_pk is None:  # deleted and made anew, its key would change in silence
        offered = queries.find_published_before(session, form)
    if offered is None:
        return None
    before = queries.fingerprint_offered(session, offered) or NONE
    if before == after:
        return None
    if new_key is None:
        raise Problem(KEY_NOT_CONFIRMED, form_id=form.form_id, before=before, after=after)
    return before


def _record(
    session: Session,
    actor: Actor,
    form: Form,
    version: FormVersion,
    *,
    files: int,
    is_declared: bool,
    has_open_testimony: bool,
) -> None:
    sealed = {"key": version.key_fingerprint} if version.key_fingerprint else {}
    in_clear = {"testimony": "not_sealed"} if has_open_testimony else {}
    audit.record(
        session,
        actor_id=actor.id,
        action=Act.FORM_PUBLISH,
        subject=f"form-version:{version.version_pk}",
        project_id=form.project_id,
        form_pk=form.form_pk,
        md5=version.md5,
        **sealed,
        **in_clear,
    )
    if files:
        audit.record(
            session,
            actor_id=actor.id,
            action="form.declare_files" if is_declared else "form.add_undeclared_files",
            subject=f"form-version:{version.version_pk}",
            project_id=form.project_id,
            files=files,
        )
    if version.key_before is not None:
        audit.record(
            session,
            actor_id=actor.id,
            action="form.change_key",
            subject=f"form:{form.form_pk}",
            project_id=form.project_id,
            before=version.key_before,
            after=version.key_fingerprint or NONE,
        )


def _demand_same(
    session: Session,
    form: Form,
    before: FormVersion,
    prepared: Prepared,
    kept: Sequence[DraftFile],
    flowed: Mapping[str, Blob],
) -> None:
    published = {file.name: file.sha256 for file in queries.list_files(session, before.version_pk)}
    brought = {name: sealing.sha256(data).hex() for name, data in prepared.media.items()}
    brought |= {file.name: file.sha256 for file in kept}
    brought |= {name: blob.sha256 for name, blob in flowed.items()}
    if before.xml != prepared.xml or published != brought:
        raise Problem(VERSION_EXISTS, form_id=form.form_id, version=before.version)


def _published(form: Form, version: FormVersion, *, is_new: bool) -> Published:
    return Published(
        form_pk=form.form_pk,
        form_id=form.form_id,
        version_pk=version.version_pk,
        version=version.version,
        hash=f"md5:{version.md5}",
        warnings=tuple(version.warnings),
        is_new=is_new,
        fingerprint=version.key_fingerprint,
    )
