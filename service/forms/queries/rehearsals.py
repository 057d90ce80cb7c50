"""When trustees last showed that their sheets open the key of a sealed form: by the audit log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.queries.offered import IS_CURRENT, IS_OF_FORM, STANDS
from service.forms.tables import Form, FormVersion
from service.foundation.audit import AuditEntry

REHEARSED = "sealed.rehearse"
YEAR = dt.timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """One of them. `took_part`: the numbers of their sheets, which say of nobody who it is."""

    at: dt.datetime
    took_part: str
    opened: bool


@dataclass(frozen=True, kw_only=True)
class KeyTold:
    """A key to which forms are sealed that phones are offered."""

    fingerprint: str
    titles: tuple[str, ...]
    since: dt.datetime
    """When it was first published here."""
    rehearsals: tuple[Rehearsal, ...]
    """Newest first."""

    def is_due(self, now: dt.datetime) -> bool:
        shown = [one.at for one in self.rehearsals if one.opened]
        return max([self.since, *shown]) < now - YEAR


def list_keys(session: Session, project_id: int) -> list[KeyTold]:
    """The keys of a project, by fingerprint."""
    current = sa.select(FormVersion.key_fingerprint, FormVersion.title).join(Form, IS_CURRENT)
    sealed = (Form.project_id == project_id, FormVersion.key_fingerprint.is_not(None))
    rows = session.execute(current.where(*sealed, STANDS).order_by(FormVersion.title)).all()
    if not rows:
        return []
    titles: dict[str, list[str]] = {}
    for fingerprint, title in rows:
        titles.setdefault(str(fingerprint), []).append(title)
    first = (
        sa.select(FormVersion.key_fingerprint, sa.func.min(FormVersion.version_pk))
        .join(Form, IS_OF_FORM)
        .where(Form.project_id == project_id, FormVersion.key_fingerprint.in_(titles))
        .group_by(FormVersion.key_fingerprint)
    )
    firsts = {row[0]: row[1] for row in session.execute(first)}
    published = sa.select(FormVersion.version_pk, FormVersion.published_at)
    of_firsts = published.where(FormVersion.version_pk.in_(firsts.values()))
    since = {row[0]: row[1] for row in session.execute(of_firsts)}
    done = _rehearsals(session, project_id)
    return [
        KeyTold(
            fingerprint=key,
            titles=tuple(titles[key]),
            since=since[firsts[key]],
            rehearsals=tuple(done.get(key, ())),
        )
        for key in sorted(titles)
    ]


def _rehearsals(session: Session, project_id: int) -> dict[str, list[Rehearsal]]:
    entries = session.execute(
        sa.select(AuditEntry.at, AuditEntry.subject, AuditEntry.details)
        .where(AuditEntry.project_id == project_id, AuditEntry.action == REHEARSED)
        .order_by(AuditEntry.at.desc())
    )
    found: dict[str, list[Rehearsal]] = {}
    for at, subject, details in entries:
        one = Rehearsal(at=at, took_part=details["took_part"], opened=details["opened"])
        found.setdefault(subject.removeprefix("key:"), []).append(one)
    return found
