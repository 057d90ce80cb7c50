"""Projects: bodies of work with forms, people and phones of their own."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.accounts import policy, queries
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.tables import Project
from service.foundation import audit, clock, ids
from service.foundation.problems import ALREADY_EXISTS, INVALID_PARAMETER, PROJECT_UNKNOWN, Problem


def create_project(session: Session, actor: Actor, name: str, language: str = "km") -> Project:
    """A project with a slug made from its name, or numbered where the name has no Latin letters.
    Raises ALREADY_EXISTS, INVALID_PARAMETER."""
    policy.demand(actor, Act.PROJECT_CREATE)
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not name:
        raise Problem(INVALID_PARAMETER, name="name", reason="a project needs a name")
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60]
    project = Project(
        name=name,
        slug=slug or f"new-{ids.new_uuid().hex}",
        language=language,
        created_at=clock.now(),
    )
    session.add(project)
    flush_new(session, f"Project “{name}”")
    if not slug:
        project.slug = f"project-{project.id}"
        flush_new(session, f"Project “{project.slug}”")
    audit.record(
        session,
        project_id=project.id,
        actor_id=actor.id,
        action=Act.PROJECT_CREATE,
        subject=project.id,
    )
    return project


def get_project(session: Session, project_id: int) -> Project:
    """Raises PROJECT_UNKNOWN. For the host's shell: others are not told what is there."""
    project = queries.find_project(session, project_id)
    if project is None:
        raise Problem(PROJECT_UNKNOWN, project_id=project_id)
    return project


def flush_new(session: Session, what: str) -> None:
    """Write what was added; a name or address taken before is ALREADY_EXISTS."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Problem(ALREADY_EXISTS, what=what) from error
