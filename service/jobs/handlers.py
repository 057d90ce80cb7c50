"""What happens after what: the whole asynchronous life on one page.

A job is an event and the id of what it is about. Handlers get a batch of jobs of one event and
must be safe to run again.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from service.accounts import actions as account_actions
from service.accounts import queries as accounts
from service.cases import actions as cases
from service.consent import actions as consent
from service.dialogue import actions as dialogue
from service.dialogue.actions import feeding, meeting
from service.entities import actions as entities
from service.facts import actions as facts
from service.forms import actions as forms
from service.foundation import audit, ids, job_queue
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import Job
from service.foundation.sealing import Signer
from service.foundation.settings import Secrets
from service.intake import actions as intake
from service.moving.actions.runs import Limits as MoveLimits
from service.persons import actions as persons
from service.releases import actions as releases
from service.review.actions import deciding as review
from service.review.actions import flagging
from service.review.actions.parting_stored import part_stored
from service.treaty import actions as treaty
from service.treaty.actions import scans


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What handlers may need besides the database."""

    secrets: Secrets
    blobs: LocalBlobs
    move_limits: MoveLimits | None = None
    """None: nothing is fetched from other servers."""


Handler = Callable[[Tools, Sequence[Job]], None]


def link_edits(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Edits that came before their base take their place."""
    for project_id, keys in _by_project(jobs):
        intake.link_waiting_edits(project_id, keys)


def project(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Facts follow what was received."""
    for project_id, keys in _by_project(jobs):
        facts.project_received(project_id, sorted(set(keys)))


def forget_changes(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: whose facts changed, as nobody follows it for longer."""
    facts.forget_changes()


def follow_persons(_tools: Tools, jobs: Sequence[Job]) -> None:
    """So do the persons whom records name, and with whom each is compared."""
    for project_id, keys in _by_project(jobs):
        persons.follow(project_id, sorted(set(keys)))


def follow_persons_and_cases(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Both, of new records that name people: they are opened once."""
    for project_id, keys in _by_project(jobs):
        named = persons.follow(project_id, sorted(set(keys)))
        cases.follow(project_id, sorted(set(keys)), named=named)


def fill_persons(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Page by page, those of records that came before anybody was compared."""
    for job in jobs:
        persons.fill_page(job.project_id, job.subject)


def look_for_persons(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: whether there may be such records."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        persons.fill_missing(project_id)


def apply_entities(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Entities follow too, each record once."""
    for project_id, keys in _by_project(jobs):
        entities.apply_received(project_id, sorted(set(keys)))


def follow_records(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Lists on phones follow what became of records."""
    for project_id, keys in _by_project(jobs):
        entities.follow(project_id, sorted(set(keys)))


def follow_cases(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Cases follow what people told, and what visits said."""
    for project_id, keys in _by_project(jobs):
        cases.follow(project_id, sorted(set(keys)))


def fold_cases(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Cases that somebody changed. The subject of such a job is the case's key."""
    for project_id, keys in _by_project(jobs):
        cases.fold_again(project_id, sorted(set(keys)))


def join_cases(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Cases of persons who were joined, or are no more. The subject is a visit of `persons`."""
    for project_id, keys in _by_project(jobs):
        cases.follow_joins(project_id, sorted(set(keys)))


def open_late_cases(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Page by page, for those who told needs and have none."""
    for job in jobs:
        cases.open_page(job.project_id, job.subject)


def look_after_cases(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: cases that nobody opened yet, and those that are done with."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        cases.round_of_the_day(project_id)


def follow_treaty(tools: Tools, jobs: Sequence[Job]) -> None:
    """So do signatures of the People's Treaty; what the log says since is signed."""
    for project_id, keys in _by_project(jobs):
        treaty.follow(project_id, sorted(set(keys)))
    treaty.sign_all(Signer(tools.secrets.audit_key))


def settle_treaty(tools: Tools, jobs: Sequence[Job]) -> None:
    """Page by page, where something changed for all who signed."""
    for job in jobs:
        treaty.settle_page(job.project_id, job.subject)
    treaty.sign_all(Signer(tools.secrets.audit_key))


def fill_treaty(tools: Tools, jobs: Sequence[Job]) -> None:
    """Page by page, those of records that came before signatures were followed."""
    for job in jobs:
        treaty.fill_page(job.project_id, job.subject)
    treaty.sign_all(Signer(tools.secrets.audit_key))


def look_for_signers(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: whether there may be such records."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        treaty.fill_missing(project_id)


def flag_again(_tools: Tools, jobs: Sequence[Job]) -> None:
    """What about them wants a second look, by the facts as they are now."""
    for project_id, keys in _by_project(jobs):
        flagging.look_again(project_id, sorted(set(keys)))


def look_back_for_flags(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: whether a record of these days was passed over."""
    flagging.look_back()


def apply_awaited(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Records that waited for an entity, or for a person."""
    for project_id, keys in _by_project(jobs):
        entities.apply_again(project_id, sorted(set(keys)))


def erase_deleted_entities(tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: what was typed into lists and deleted a month ago."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        consent.erase_deleted_entities(project_id, tools.blobs)
        entities.forget_requests(project_id)


def force_entities(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: what waited too long for its predecessor is applied without it."""
    entities.force_backlog()


def forget_pictures(tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: pictures of sheets whose day has come."""
    scans.forget(tools.blobs)


def sign_audit_heads(tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day, of every project and of the installation."""
    signer = Signer(tools.secrets.audit_key)
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in (audit.NO_PROJECT, *projects):
        with unit_of_work() as session:
            audit.sign_day(session, signer, project_id)


def erase_late(tools: Tools, jobs: Sequence[Job]) -> None:
    """Edits whose base was erased go with it."""
    for project_id, keys in _by_project(jobs):
        consent.erase_late(project_id, keys, tools.blobs)


def erase_refused(tools: Tools, jobs: Sequence[Job]) -> None:
    """Of whoever refused that the record be kept, the refusal alone is."""
    for project_id, keys in _by_project(jobs):
        consent.erase_refused(project_id, sorted(set(keys)), tools.blobs)


def finish_erasing(tools: Tools, jobs: Sequence[Job]) -> None:
    """What a kill left of an erasure, or somebody who read while the log was to be emptied."""
    for job in jobs:
        state = consent.finish_left(job.project_id, job.subject, tools.blobs)
        if state != "done":
            raise RuntimeError("an erasure is not finished yet")


def forget_codes(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: codes that no record came with for half a year."""
    consent.forget_codes()


def tell_communes(_tools: Tools, jobs: Sequence[Job]) -> None:
    """What goes back to communes, on phones: once for all that changed."""
    for project_id, _ in _by_project(jobs):
        feeding.refresh(project_id)


def tell_all_communes(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: communes from which somebody told for the first time."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    for project_id in projects:
        feeding.refresh(project_id)


def destroy_words(_tools: Tools, jobs: Sequence[Job]) -> None:
    """Of removed meetings. The subject of such a job is the key of their words."""
    for project_id, keys in _by_project(jobs):
        meeting.destroy(project_id, sorted(set(keys)))


def forget_reviews(_tools: Tools, jobs: Sequence[Job]) -> None:
    """What was said of a record goes with it."""
    for project_id, _ in _by_project(jobs):
        with unit_of_work() as session:
            review.drop_erased(session, project_id)


def forget_trials(_tools: Tools, jobs: Sequence[Job]) -> None:
    """What was sent to try a draft goes with it. The subject of such a job is the draft's key."""
    for project_id, keys in _by_project(jobs):
        intake.forget_trials(project_id, [key.int for key in keys])


def forget_old_trials(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: what was sent long ago to try drafts that still are."""
    with reading() as session:
        projects = [project.id for project in accounts.list_projects(session)]
    intake.forget_old_trials(projects)


def overwrite_erased(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day, where something was erased: what PostgreSQL keeps of it in its tables."""
    consent.overwrite_erased()


def overwrite_soon(_tools: Tools, jobs: Sequence[Job]) -> None:
    """In the minute after an erasure; for all of a batch at once."""
    consent.overwrite_soon(jobs[-1].project_id, jobs[-1].subject)


def forget_traces(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: from where people signed in, a month after."""
    account_actions.forget_traces()


def count_shares(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: how much of the disk projects use."""
    intake.count_anew()


def look_at_periods(_tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: each project is looked at for what was kept for long enough."""
    with unit_of_work() as session:
        for one in accounts.list_projects(session):
            job_queue.enqueue(
                session, project_id=one.id, event=consent.PERIOD_LOOK, subject=ids.new_uuid()
            )


def erase_what_is_over(tools: Tools, jobs: Sequence[Job]) -> None:
    """What is left when its time is up goes to the end of the queue."""
    end = time.monotonic() + FILES_S

    def is_enough() -> bool:
        return time.monotonic() > end

    for project_id in sorted({job.project_id for job in jobs}):
        is_apart = part_stored(project_id, is_enough)
        if not (is_apart and consent.erase_what_is_over(project_id, tools.blobs, is_enough)):
            with unit_of_work() as session:
                job_queue.enqueue(
                    session,
                    project_id=project_id,
                    event=consent.PERIOD_LOOK,
                    subject=ids.new_uuid(),
                )


FILES_S = 45
"""How long one batch may prepare or erase: less than its lease, and no longer than facts of edits
may wait. What is left goes to the end of the queue."""


def prepare_files(tools: Tools, jobs: Sequence[Job]) -> None:
    """Clean copies and previews of the files that came."""
    end = time.monotonic() + FILES_S
    for job in jobs:
        if not intake.prepare_files(
            tools.blobs, job.project_id, job.subject, lambda: time.monotonic() > end
        ):
            with unit_of_work() as session:
                job_queue.enqueue(
                    session, project_id=job.project_id, event=job.event, subject=job.subject
                )


def _by_project(jobs: Sequence[Job]) -> Iterable[tuple[int, list[uuid.UUID]]]:
    keys: dict[int, list[uuid.UUID]] = defaultdict(list)
    for job in jobs:
        keys[job.project_id].append(job.subject)
    return keys.items()


def drop_stale_pieces(tools: Tools, _jobs: Sequence[Job]) -> None:
    """Once a day: pieces of files whose rest never came."""
    intake.drop_stale(tools.blobs)


DAY_BEGAN = "day.began"

AFTER: dict[str, list[Handler]] = {
    intake.RECEIVED: [
        link_edits,
        erase_late,
        project,
        erase_refused,
        follow_persons,
        apply_entities,
        follow_records,
        follow_treaty,
        follow_cases,
        flag_again,
    ],
    facts.REPLACED: [project],
    persons.TOLD: [follow_persons_and_cases],
    persons.FILL: [fill_persons],
    entities.CLAIMED: [apply_entities, follow_cases],
    entities.WAITING: [apply_awaited, follow_cases],
    treaty.TOLD: [follow_treaty],
    treaty.CHANGED: [settle_treaty],
    treaty.FILL: [fill_treaty],
    cases.TOLD: [follow_treaty, follow_cases],
    cases.CHANGED: [fold_cases],
    cases.LATE: [open_late_cases],
    cases.JOINED: [join_cases],
    releases.PUBLISHED: [tell_communes],
    dialogue.TOLD: [tell_communes],
    dialogue.REMOVED: [destroy_words],
    intake.FILES_ARRIVED: [prepare_files],
    DAY_BEGAN: [
        sign_audit_heads,
        forget_codes,
        forget_traces,
        drop_stale_pieces,
        count_shares,
        overwrite_erased,
        look_at_periods,
        forget_changes,
        forget_old_trials,
        force_entities,
        erase_deleted_entities,
        look_for_persons,
        look_for_signers,
        forget_pictures,
        look_after_cases,
        look_back_for_flags,
        tell_all_communes,
    ],
    consent.PERIOD_LOOK: [erase_what_is_over],
    consent.STRUCK: [forget_reviews],
    consent.ERASED: [finish_erasing, forget_reviews],
    consent.GONE: [overwrite_soon],
    forms.DRAFT_ENDED: [forget_trials],
}
SLOW_EVENTS = frozenset({intake.FILES_ARRIVED, consent.PERIOD_LOOK, consent.GONE})
"""Worked off after the others of a batch."""
