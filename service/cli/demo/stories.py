"""What the demonstration's coordinator wrote down of what was told, in two languages: read back,
released by a second person, and one of them on a public page."""

from __future__ import annotations

import uuid
from dataclasses import replace

from service.accounts.actor import Actor, Role
from service.accounts.reach import WHOLE
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import CONSENT_MISSING, NOT_FOUND, Problem
from service.intake.queries import listing
from service.persons.actions import today
from service.testimonies.actions import desk, using, writing
from service.testimonies.actions.using import Going
from service.testimonies.actions.writing import ReadBack, Written
from service.testimonies.queries import texts
from service.testimonies.terms import How, Kind, Means, Wanted

MOST = 4
TOLD = {
    "km": "ខ្ញុំទៅកាប់អុស ហើយឮសំឡេងផ្ទុះ។ ឥឡូវខ្ញុំដើរបានម្តងទៀត ដោយជើងសិប្បនិម្មិត។\n\n"
    "ខ្ញុំចង់ឱ្យសាលារៀនមានជម្រាល ដើម្បីកូនខ្ញុំ និងមិត្តរបស់គាត់។",
    "en": "I went to cut firewood and heard an explosion. Now I walk again, with a prosthesis.\n\n"
    "I want the school to have a ramp, for my child and her friends.",
}


def write(project_id: int, coordinator: Actor, reviewer: Actor) -> int:
    """Of whom it is allowed; answers of how many. The reviewer stands in for a second
    coordinator."""
    second = replace(reviewer, roles={project_id: frozenset({Role.COORDINATOR})})
    with reading() as session:
        told = listing.list_submissions(
            session, project_id, WHOLE, form_id="testimony", state="current", limit=MOST
        )
        records = [desk.record_key(session, project_id, one.submission_pk) for one in told]
    written = [_write(project_id, record, coordinator, second) for record in records]
    _use_one(project_id, coordinator)
    return sum(written)


def _write(project_id: int, record: uuid.UUID, writer: Actor, second: Actor) -> bool:
    first: uuid.UUID | None = None
    try:
        for language, words in TOLD.items():
            kind = Kind.TRANSLATION if first else Kind.TRANSCRIPT
            given = Written(kind=kind, language=language, words=words, source_pk=first)
            with unit_of_work() as session:
                made = writing.write(session, writer, project_id, record, given)
            first = first or made
            with reading() as session:
                version = texts.find_version(session, project_id, made)
            seen = version.shown_digest if version else ""
            heard = ReadBack(seen=seen, on=today(), how=How.READ_ALOUD, language="khmer")
            with unit_of_work() as session:
                writing.approve(session, writer, project_id, made, heard)
                writing.release(session, second, project_id, made, seen)
    except Problem as problem:
        if problem.kind not in (CONSENT_MISSING, NOT_FOUND):  # refused, or removed just now
            raise
        return False
    return True


def _use_one(project_id: int, coordinator: Actor) -> None:
    """On a page of this server, by nobody's name."""
    with unit_of_work() as session:
        found = using.list_usable(session, coordinator, project_id, Wanted()).texts
        if found:
            with_it = Going(
                wanted=Wanted(), means=Means.WEB, whither="ទំព័រសាធារណៈ", seen=found[0].digest
            )
            using.use(session, coordinator, project_id, found[0].version_pk, with_it)
