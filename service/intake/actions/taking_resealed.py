"""Records that were sealed anew, for other trustees: their manifests take the place of those that
the old trustees open. The key under which the old manifest lay is destroyed: here at once, and in
every backup once the wrapping keys were rotated."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.forms import queries as forms
from service.forms import sealed_forms
from service.foundation import audit, keys
from service.foundation.db import unit_of_work
from service.foundation.formats import safe_xml
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.foundation.sealing import DataKey, Unsealable, seal, unseal
from service.intake.actions.sealed import xml_place
from service.intake.queries import sealed_records as queries
from service.intake.queries.sealed_records import OldManifest
from service.intake.readers import sealed_manifest

AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Resealed:
    """`manifest`: b"" where it is not what was sealed anew."""

    submission_pk: uuid.UUID
    manifest: bytes = field(repr=False)


@dataclass(kw_only=True)
class Taken:
    taken: int = 0
    before: int = 0
    """Taken in by an earlier run, which broke off."""
    refused: list[uuid.UUID] = field(default_factory=list)
    """Not here (any more), or not what is here."""


def take(
    actor: Actor,
    project_id: int,
    form_id: str,
    sealed_to: str,
    count: int,
    records: Iterable[Resealed],
) -> Taken:
    """Raises INVALID_PARAMETER where the form is not published with that key: whoever publishes
    has named it then."""
    policy.demand(actor, Act.SEALED_RESEAL, project_id)
    with unit_of_work() as session:
        form_pk = forms.get_form(session, project_id, form_id).form_pk
        _demand_key(session, project_id, form_pk, sealed_to)
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action=Act.SEALED_RESEAL,
            subject=f"form:{form_pk}",
            records=count,
            key=sealed_to,
        )
    told = Taken()
    for some in _parts(records):
        _take_some(project_id, form_pk, sealed_to, some, told)
    return told


def _demand_key(session: Session, project_id: int, form_pk: int, sealed_to: str) -> None:
    version = forms.find_version(session, project_id, form_pk)
    schema = forms.schema_of(session, version.version_pk) if version else None
    offered = sealed_forms.key_of(schema) if schema else None
    if offered is None or offered.fingerprint != sealed_to:
        raise Problem(INVALID_PARAMETER, name="key", reason="publish the form with this key first")


def _parts(records: Iterable[Resealed]) -> Iterator[Sequence[Resealed]]:
    waiting = iter(records)
    while some := list(islice(waiting, AT_ONCE)):
        yield some


def _take_some(
    project_id: int, form_pk: int, sealed_to: str, some: Sequence[Resealed], told: Taken
) -> None:
    """One transaction; then the keys of what was replaced go. Killed in between, the next run
    finds them beside what it took in."""
    spent = set[uuid.UUID]()
    with unit_of_work() as session:
        wanted = [one.submission_pk for one in some]
        known = queries.list_manifests(session, project_id, form_pk, wanted)
        held = keys.current().find_many(project_id, [one.key_pk for one in known.values()])
        for one in some:
            old = known.get(one.submission_pk)
            if old is not None and old.sealed_to == sealed_to:
                told.before += 1
                if old.replaced_key_pk is not None:
                    spent.add(old.replaced_key_pk)
                continue
            key = held.get(old.key_pk) if old else None
            if old is None or key is None or not _is_same(project_id, old, key, one.manifest):
                told.refused.append(one.submission_pk)
                continue
            new = keys.current().take(project_id)
            xml = seal(new, xml_place(project_id, one.submission_pk), one.manifest)
            queries.replace_manifest(session, project_id, old, xml, new.key_pk, sealed_to)
            spent.add(old.key_pk)
            told.taken += 1
    keys.current().destroy(project_id, spent)


def _is_same(project_id: int, old: OldManifest, key: DataKey, manifest: bytes) -> bool:
    """Whether nothing but key and signature is another."""
    try:
        before = unseal(key, xml_place(project_id, old.submission_pk), old.xml)
        return sealed_manifest.replaced(manifest, sealed_manifest.read(before)) == before
    except Unsealable:
        keys.unsealable(submission=str(old.submission_pk))
    except (safe_xml.XmlRefused, ValueError):
        pass
    return False
