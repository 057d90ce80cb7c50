"""Measuring what `checks` judges. Of one project, or (for the host's shell) of all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import urlsplit

from service.accounts import queries as accounts
from service.checkup.vitals import Certificate, Vitals
from service.consent import queries as consent
from service.consent.withdrawal import DATA_BACKUPS_DAYS, KEY_BACKUPS_DAYS
from service.forms.queries import rehearsals
from service.foundation import audit, certificates, clock, db, job_queue, keys, machine, parsers
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.durability import NotDurableError
from service.foundation.keys import KeyRingError, recovery
from service.foundation.settings import Settings
from service.intake.queries import shares, waiting

COPIES_LIVE = dt.timedelta(days=KEY_BACKUPS_DAYS)
BACKUPS_LIVE = dt.timedelta(days=DATA_BACKUPS_DAYS)


def look(settings: Settings, blobs: LocalBlobs, project_id: int | None = None) -> Vitals:
    """What this machine, its database and its keys tell. Cheap: a page asks it each time."""
    room = blobs.room()
    vitals = Vitals(
        now=clock.now(),
        data_dir=str(settings.data_dir),
        free_bytes=room.free,
        floor_bytes=settings.floor_bytes(room.disk),
        old_parsers=tuple(parsers.too_old(parsers.versions())),
        log_bytes=db.current().log_bytes(),
        is_root=machine.is_root(),
        is_public=settings.public_url.startswith("https://"),
    )
    return _of_withdrawals(_of_keys(_of_database(vitals, project_id)), project_id)


def _of_database(vitals: Vitals, project_id: int | None) -> Vitals:
    try:
        weak = tuple(db.current().weak_settings())
        chosen = _chosen(project_id)
        with reading() as session:
            found = [waiting.look(session, each) for each in chosen]
            rehearsals_due = sum(
                key.is_due(vitals.now)
                for each in chosen
                for key in rehearsals.list_keys(session, each)
            )
            fullest = max((shares.find_share(session, each).percent for each in chosen), default=0)
            buried = job_queue.count(session)["buried"]
            kept_here = audit.kept_here_since(session, _logs(chosen, project_id))
            is_erased = consent.has_erased_since(session, vitals.now - COPIES_LIVE)
        kept_longer = db.current().log_kept_longer() if is_erased else ()
    except NotDurableError as error:  # refused when it was opened: nothing more can be asked
        return replace(vitals, weak_settings=(str(error).rstrip("."),))
    return replace(
        vitals,
        weak_settings=weak,
        log_kept_longer=kept_longer,
        buried=buried,
        rehearsals_due=rehearsals_due,
        heads_kept_here_since=kept_here,
        fullest_share=fullest,
        queued=sum(one.queued for one in found),
        quarantined=sum(one.quarantined for one in found),
        newest_received_at=max(
            (one.newest_received_at for one in found if one.newest_received_at), default=None
        ),
    )


def _chosen(project_id: int | None) -> list[int]:
    if project_id is not None:
        return [project_id]
    with reading() as session:
        return [each.id for each in accounts.list_projects(session)]


def _logs(chosen: list[int], project_id: int | None) -> list[int]:
    """Of all projects: that of the installation, too."""
    return chosen if project_id is not None else [audit.NO_PROJECT, *chosen]


def _of_keys(vitals: Vitals) -> Vitals:
    store = keys.current()
    try:
        copy, since = recovery.find(store), store.newest_wrapping_key_at()
        store.ring.ids()
    except KeyRingError as error:
        return replace(vitals, keys_fault=str(error).rstrip("."))
    except NotDurableError:
        return vitals  # told of the database already
    return replace(
        vitals,
        has_recovery_key=copy is not None,
        was_recovery_proven=copy is not None and copy.proven_at is not None,
        is_recovery_proven=copy is not None and copy.is_proven(vitals.now),
        is_copy_kept=copy is None or copy.proven_at is None or copy.is_kept,
        wraps_since=since,
        unsealable_at=store.noted_at(keys.UNSEALABLE),
    )


def _of_withdrawals(vitals: Vitals, project_id: int | None) -> Vitals:
    """The first erasure since the wrapping keys were replaced; of all, while that is under way.
    And what the list of erasures does not know of, while a backup could bring it back."""
    if vitals.keys_fault:
        return vitals
    try:
        since = vitals.wraps_since if len(keys.current().ring.ids()) == 1 else None
        chosen = _chosen(project_id)
        with reading() as session:
            erased_at = consent.find_oldest_erased(session, chosen, since)
            done = consent.list_done(session, chosen, vitals.now - BACKUPS_LIVE)
    except NotDurableError:
        return vitals
    listed = keys.current().erasures.withdrawals() if done else frozenset()
    unlisted = sum(one.hex not in listed for one in done)
    return replace(vitals, erased_at=erased_at, unlisted=unlisted)


def with_certificate(vitals: Vitals, settings: Settings) -> Vitals:
    """Asks the public address, where that is https: too slow for a page."""
    address = urlsplit(settings.public_url)
    if address.scheme != "https" or not address.hostname:
        return vitals
    try:
        ends_at = certificates.ends_at(address.hostname, address.port or 443)
    except certificates.RefusedError as error:
        found = Certificate(host=address.hostname, refused=str(error))
    except OSError as error:
        why = error.strerror or type(error).__name__
        found = Certificate(host=address.hostname, silent=why)
    else:
        found = Certificate(host=address.hostname, ends_at=ends_at)
    return replace(vitals, certificate=found)
