"""When each thing that decays unseen is wrong: what to fill into its words, None where all is well.
Pure."""

from __future__ import annotations

import datetime as dt

from service.checkup.vitals import Certificate, Values, Vitals

CLOCK_SLACK = dt.timedelta(minutes=1)
"""By which clocks of machines that serve one database may differ."""
MOST_LOG_BYTES = 256 * 1024 * 1024
"""SQLite empties its log at 4 MB, unless somebody reads from it."""
HEADS_LEAVE_WITHIN = dt.timedelta(days=7)
WRAPS_FOR = dt.timedelta(days=365)
ROTATE_SOON = dt.timedelta(days=20)
ROTATE_NOW = dt.timedelta(days=30)
"""After somebody took a record back: the paper promises the 31st day."""
TOLD_FOR = dt.timedelta(days=30)
"""After the last time that something stored did not open."""
CERTIFICATE_SOON = dt.timedelta(days=21)
CERTIFICATE_NOW = dt.timedelta(days=7)
SHARE_SOON, SHARE_FULL = 80, 98
"""Percent. At the second few records fit any more."""
MB = 1_000_000


def disk(v: Vitals) -> Values | None:
    if v.free_bytes >= v.floor_bytes:
        return None
    return {"free": v.free_bytes // MB, "floor": v.floor_bytes // MB, "data_dir": v.data_dir}


def share_full(v: Vitals) -> Values | None:
    return {"percent": v.fullest_share} if v.fullest_share >= SHARE_FULL else None


def share_soon(v: Vitals) -> Values | None:
    return {"percent": v.fullest_share} if SHARE_SOON <= v.fullest_share < SHARE_FULL else None


def weak(v: Vitals) -> Values | None:
    return {"settings": ", ".join(v.weak_settings)} if v.weak_settings else None


def clock(v: Vitals) -> Values | None:
    newest = v.newest_received_at
    return {} if newest is not None and newest > v.now + CLOCK_SLACK else None


def jobs(v: Vitals) -> Values | None:
    return {"n": v.buried} if v.buried else None


def keys(v: Vitals) -> Values | None:
    return {"why": v.keys_fault} if v.keys_fault else None


def no_recovery_key(v: Vitals) -> Values | None:
    return None if v.has_recovery_key else {}


def unproven(v: Vitals) -> Values | None:
    return {} if v.has_recovery_key and not v.was_recovery_proven else None


def proven_long_ago(v: Vitals) -> Values | None:
    return {} if v.was_recovery_proven and not v.is_recovery_proven else None


def rehearsals_due(v: Vitals) -> Values | None:
    return {"n": v.rehearsals_due} if v.rehearsals_due else None


def copy_due(v: Vitals) -> Values | None:
    return None if v.is_copy_kept else {}


def rotation_due(v: Vitals) -> Values | None:
    if v.erased_at is None or v.now < v.erased_at + ROTATE_NOW:
        return None
    return {"days": (v.now - v.erased_at).days}


def rotation_soon(v: Vitals) -> Values | None:
    if v.erased_at is None or not v.erased_at + ROTATE_SOON <= v.now < v.erased_at + ROTATE_NOW:
        return None
    return {"days": (v.now - v.erased_at).days, "left": (v.erased_at + ROTATE_NOW - v.now).days + 1}


def heads(v: Vitals) -> Values | None:
    since = v.heads_kept_here_since
    if since is None or v.now < since + HEADS_LEAVE_WITHIN:
        return None
    return {"days": (v.now - since).days}


def erasures(v: Vitals) -> Values | None:
    return {"n": v.unlisted} if v.unlisted else None


def unsealable(v: Vitals) -> Values | None:
    if v.unsealable_at is None or v.now >= v.unsealable_at + TOLD_FOR:
        return None
    return {"on": v.unsealable_at.date().isoformat()}


def parsers(v: Vitals) -> Values | None:
    return {"which": ", ".join(v.old_parsers)} if v.old_parsers else None


def root(v: Vitals) -> Values | None:
    return {} if v.is_root and not v.is_public else None


def public_root(v: Vitals) -> Values | None:
    return {} if v.is_root and v.is_public else None


def log(v: Vitals) -> Values | None:
    return {"mb": v.log_bytes // MB} if v.log_bytes > MOST_LOG_BYTES else None


def log_kept(v: Vitals) -> Values | None:
    return {"which": ", ".join(v.log_kept_longer)} if v.log_kept_longer else None


def wrapping_key(v: Vitals) -> Values | None:
    if v.wraps_since is None or v.now < v.wraps_since + WRAPS_FOR:
        return None
    return {"days": (v.now - v.wraps_since).days}


def queue(v: Vitals) -> Values | None:
    return {"n": v.queued} if v.queued else None


def quarantine(v: Vitals) -> Values | None:
    return {"n": v.quarantined} if v.quarantined else None


def backup(v: Vitals) -> Values | None:
    return {} if v.backup_at is None else None


def _certificate_left(v: Vitals) -> tuple[Certificate, dt.timedelta] | None:
    if v.certificate is None or v.certificate.ends_at is None:
        return None
    return v.certificate, v.certificate.ends_at - v.now


def certificate_over(v: Vitals) -> Values | None:
    held = _certificate_left(v)
    return {"host": held[0].host} if held and held[1] <= dt.timedelta() else None


def certificate_ends(v: Vitals) -> Values | None:
    held = _certificate_left(v)
    if held is None or not dt.timedelta() < held[1] <= CERTIFICATE_NOW:
        return None
    return {"host": held[0].host, "days": held[1].days}


def certificate_ends_soon(v: Vitals) -> Values | None:
    held = _certificate_left(v)
    if held is None or not CERTIFICATE_NOW < held[1] <= CERTIFICATE_SOON:
        return None
    return {"host": held[0].host, "days": held[1].days}


def certificate_refused(v: Vitals) -> Values | None:
    held = v.certificate
    return {"host": held.host, "why": held.refused} if held and held.refused else None


def address_silent(v: Vitals) -> Values | None:
    held = v.certificate
    return {"host": held.host, "why": held.silent} if held and held.silent else None
