"""Pictures, voices and films in use, through HTTP: looked at, written down, shown, and gone."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa

from service.accounts.actor import Role
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Part, PreparedFile
from service.testimonies.queries import pictures
from service.testimonies.tables import ToldUse
from service.testimonies.terms import Faces
from tests import media_files
from tests.integration.testimonies.conftest import CODE, NAME, WORDS, Stories, stories
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_stories import Headers, a_text, get, one, post, used

__all__ = ["stories"]
P = "/p/battambang"
T = f"{P}/testimonies"
ALL = {"c_photo": "yes", "c_voice": "yes", "c_video": "yes", "c_publish_name": "yes",
       "attribution": "full_name"}  # fmt: skip
MEDIA = {
    "photo": ("p.jpg", media_files.jpeg()),
    "audio": ("v.wav", media_files.wav()),
    "video": ("f.webm", media_files.webm()),
}
KINDS = {"picture": "image/", "sound": "audio/", "video": "video/"}


@pytest.fixture
def chanthou(stories: Stories, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, stories.project_id)


def copies() -> dict[str, uuid.UUID]:
    """Medium -> the clean copy."""
    with reading() as session:
        rows = session.execute(
            sa.select(PreparedFile.media_type, PreparedFile.prepared_pk).where(
                PreparedFile.part == Part.COPY
            )
        ).all()
    return {
        medium: key for medium, begins in KINDS.items() for kind, key in rows
        if kind.startswith(begins)
    }  # fmt: skip


def look_at(stories: Stories, record: uuid.UUID, faces: Faces = Faces.AGREED) -> None:
    for medium in KINDS:
        with unit_of_work() as session:
            pictures.put(
                session,
                {
                    "project_id": stories.project_id, "prepared_pk": copies()[medium],
                    "record_pk": record, "faces": faces.value, "looked_by": None,
                    "looked_at": clock.now(),
                },
            )  # fmt: skip


def use(
    stories: Stories, who: Headers, medium: str, means: str = "web", **more: str
) -> tuple[int, uuid.UUID | None]:
    """Status, and the use that was written down."""
    at = f"{T}/files/{copies()[medium]}"
    given = {"audience": "cambodia", "naming": "none", **more}
    answer = post(stories, f"{at}/use", who, means=means, whither="Report 2026", **given)
    with reading() as session:
        found = session.scalars(
            sa.select(ToldUse.use_pk).order_by(ToldUse.use_pk.desc()).limit(1)
        ).first()
    return answer.status_code, found if answer.status_code == 303 else None


@pytest.mark.parametrize("medium", KINDS)
def test_a_file_goes_out_is_shown_and_is_gone_when_it_is_taken_back(
    stories: Stories, chanthou: Headers, medium: str
) -> None:
    record = stories.tell(media=MEDIA, **ALL)
    look_at(stories, record)
    listed = get(stories, T, chanthou)
    assert f"{T}/files/{copies()[medium]}?audience=cambodia" in listed.text
    page = get(stories, f"{T}/files/{copies()[medium]}", chanthou)
    assert page.status_code == 200
    assert "Use this" in text_of(page)
    (own,) = re.findall(r'(?:src|href)="(/p/battambang/files/[^"]+)"', page.text)
    assert get(stories, own, chanthou).mimetype.startswith(KINDS[medium])
    status, key = use(stories, chanthou, medium)
    assert status == 303
    told = f"/told/battambang/{key}"
    public = get(stories, told)
    assert public.status_code == 200
    assert f'src="{told}/file"' in public.text
    assert "Whoever is seen or heard here allowed it" in text_of(public)
    assert NAME not in public.text
    shown = get(stories, f"{told}/file")
    assert shown.status_code == 200
    assert shown.mimetype.startswith(KINDS[medium])
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in shown.headers
    assert media_files.traces(shown.data) == [], "nothing of the camera's notes"
    part = stories.phone.client.get(f"{told}/file", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, shown.data[:4])
    handed = get(stories, f"{T}/uses/{key}/file", chanthou)
    assert handed.status_code == 200
    assert media_files.traces(handed.data) == []
    listed = get(stories, f"{T}/uses", chanthou)
    assert told in listed.text
    asked = post(stories, f"{P}/withdrawals", chanthou, way="code", code=CODE, extent="all")
    for path in (told, f"{told}/file"):
        gone = get(stories, path)
        assert gone.status_code == 410
        assert gone.mimetype == "text/html"
    words = {"picture": "Picture", "sound": "Voice", "video": "Film"}[medium]
    paper = text_of(get(stories, asked.headers["Location"], chanthou))
    assert f"{words}, Public page: Report 2026, " in paper
    assert "It was taken down at once" in paper
    with reading() as session:
        rows = session.execute(sa.select(ToldUse.record_pk, ToldUse.prepared_pk)).all()
        noted = session.scalars(
            sa.select(AuditEntry.details).where(AuditEntry.action == "testimony.use")
        ).all()
    assert rows == [(None, None)], "the use stays, and leads to nobody"
    assert noted[0]["medium"] == medium


def test_what_was_printed_is_told_of_and_cannot_be_called_back(
    stories: Stories, chanthou: Headers
) -> None:
    look_at(stories, stories.tell(media=MEDIA, **ALL))
    status, key = use(stories, chanthou, "picture", means="print")
    assert status == 303
    assert get(stories, f"/told/battambang/{key}").status_code == 404
    assert get(stories, f"/told/battambang/{key}/file").status_code == 404
    asked = post(stories, f"{P}/withdrawals", chanthou, way="code", code=CODE, extent="all")
    paper = text_of(get(stories, asked.headers["Location"], chanthou))
    assert "Picture, Print: Report 2026, " in paper
    assert "It cannot be called back" in paper


@pytest.mark.parametrize(
    ("medium", "otherwise"),
    [("picture", {"c_photo": "no"}), ("sound", {"c_voice": "no"}), ("video", {"c_video": "no"})],
)
def test_each_medium_has_a_consent_of_its_own(
    stories: Stories, chanthou: Headers, medium: str, otherwise: dict[str, str]
) -> None:
    look_at(stories, stories.tell(media=MEDIA, **{**ALL, **otherwise}))
    listed = get(stories, T, chanthou).text
    for one_of, key in copies().items():
        assert (f"/files/{key}?" in listed) == (one_of != medium)
    assert use(stories, chanthou, medium)[0] == 403
    assert get(stories, f"{T}/files/{copies()[medium]}", chanthou).status_code == 403
    other = "sound" if medium != "sound" else "picture"
    status, _ = use(stories, chanthou, other, audience="abroad")
    assert status == 403, "abroad was not asked"


@pytest.mark.parametrize("medium", KINDS)
def test_no_face_and_no_name_goes_out_that_nobody_looked_for(
    stories: Stories, chanthou: Headers, medium: str
) -> None:
    record = stories.tell(media=MEDIA, **ALL)
    assert use(stories, chanthou, medium)[0] == 403
    look_at(stories, record, Faces.OTHERS)
    assert use(stories, chanthou, medium)[0] == 403
    look_at(stories, record, Faces.COVERED)
    status, key = use(stories, chanthou, medium)
    assert status == 303
    look_at(stories, record, Faces.OTHERS)
    assert get(stories, f"/told/battambang/{key}").status_code == 410, "somebody looked again"
    assert get(stories, f"/told/battambang/{key}/file").status_code == 410


def test_a_picture_stands_beside_a_text_for_the_same_people_and_goes_alone(
    stories: Stories, chanthou: Headers, settings: Settings
) -> None:
    record = stories.tell(media=MEDIA, **ALL)
    look_at(stories, record)
    bopha = bearer(settings.secrets.jwt_key, Role.COORDINATOR, stories.project_id)
    text = a_text(stories, record, chanthou, bopha)
    assert used(stories, text, chanthou).status_code == 303
    page = one(ToldUse.use_pk)
    named = {"naming": "full_name", "beside": str(page)}
    assert use(stories, chanthou, "picture", **named)[0] == 400, "nobody is named there"
    assert use(stories, chanthou, "picture", means="print", beside=str(page))[0] == 400
    status, key = use(stories, chanthou, "picture", beside=str(page))
    assert status == 303
    shown = get(stories, f"/told/battambang/{page}")
    assert f'src="/told/battambang/{key}/file"' in shown.text
    assert WORDS.split()[0] in text_of(shown)
    assert get(stories, f"/told/battambang/{key}/file").status_code == 200
    taken = post(
        stories, f"{P}/withdrawals", chanthou, way="code", code=CODE, extent="some",
        scope="publish_photo",
    )  # fmt: skip
    assert taken.status_code == 303, taken.text
    shown = get(stories, f"/told/battambang/{page}")
    assert shown.status_code == 200, "the words were not taken back"
    assert "<img" not in shown.text
    assert get(stories, f"/told/battambang/{key}/file").status_code == 410
    paper = text_of(get(stories, taken.headers["Location"], chanthou))
    assert "Picture, Public page: Report 2026, " in paper
    assert "Text, Public page" not in paper


def test_a_page_that_ends_takes_along_what_stands_on_it(
    stories: Stories, chanthou: Headers, settings: Settings
) -> None:
    record = stories.tell(media=MEDIA, **ALL)
    look_at(stories, record)
    bopha = bearer(settings.secrets.jwt_key, Role.COORDINATOR, stories.project_id)
    assert used(stories, a_text(stories, record, chanthou, bopha), chanthou).status_code == 303
    page = one(ToldUse.use_pk)
    _, key = use(stories, chanthou, "sound", beside=str(page))
    assert get(stories, f"/told/battambang/{key}/file").status_code == 200
    assert post(stories, f"{T}/uses/{page}/end", chanthou).status_code == 303
    assert get(stories, f"/told/battambang/{key}/file").status_code == 410


def test_only_coordinators_use_files(stories: Stories, settings: Settings) -> None:
    stories.tell(media=MEDIA, **ALL)
    for role in (Role.ADVOCATE, Role.REVIEWER, Role.FIELD_WORKER):
        who = bearer(settings.secrets.jwt_key, role, stories.project_id)
        assert use(stories, who, "sound")[0] == 403
