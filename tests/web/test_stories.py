"""Testimonies in use, through HTTP: written, read back, released, used, and gone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.foundation.settings import Settings
from service.persons.actions import today
from service.testimonies import story
from service.testimonies.tables import ToldText, ToldUse
from tests.integration.testimonies.conftest import CODE, NAME, VILLAGE, WORDS, Stories, stories
from tests.web.pages_world import text_of
from tests.web.people import bearer

__all__ = ["stories"]
P = "/p/battambang"
T = f"{P}/testimonies"
YES = {"c_publish_name": "yes", "attribution": "full_name", "c_advocacy_intl": "yes"}
Headers = Mapping[str, str]


@pytest.fixture
def chanthou(stories: Stories, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, stories.project_id)


@pytest.fixture
def bopha(stories: Stories, settings: Settings) -> Headers:
    """Another coordinator."""
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, stories.project_id)


def get(stories: Stories, path: str, who: Headers | None = None, **query: str) -> TestResponse:
    return stories.phone.client.get(path, query_string={"lang": "en", **query}, headers=who)


def post(stories: Stories, path: str, who: Headers, **form: str) -> TestResponse:
    return stories.phone.client.post(f"{path}?lang=en", data=form, headers=who)


def one(column: sa.SQLColumnExpression[uuid.UUID]) -> uuid.UUID:
    with reading() as session:
        return session.scalars(sa.select(column)).one()


def seen(answer: TestResponse) -> str:
    found = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert found is not None
    return found[1]


def a_text(stories: Stories, record: uuid.UUID, by: Headers, second: Headers) -> str:
    """From the page of the record to a released text; answers its address."""
    desk = f"{T}/records/{record}"
    given = {"kind": "transcript", "language": "km", "words": WORDS}
    assert post(stories, f"{desk}/write", by, **given).status_code == 303
    text = f"{T}/texts/{one(ToldText.version_pk)}"
    assert post(stories, f"{text}/mask", by, words=VILLAGE).status_code == 303
    page = get(stories, desk, by)
    assert VILLAGE not in text_of(page)
    said = {"on": str(today()), "how": "read_aloud", "language": "khmer"}
    done = post(stories, f"{text}/read-back", by, seen=seen(page), **said)
    assert done.status_code == 303
    page = get(stories, desk, second)
    assert post(stories, f"{text}/release", second, seen=seen(page)).status_code == 303
    return text


def used(
    stories: Stories, text: str, who: Headers, means: str = "web", **wanted: str
) -> TestResponse:
    wanted = {"audience": "cambodia", "naming": "none", **wanted}
    page = get(stories, text, who, **wanted)
    assert page.status_code == 200, page.text
    going = {"means": means, "whither": "Report 2026", "seen": seen(page)}
    return post(stories, f"{text}/use", who, **wanted, **going)


def test_from_the_record_to_the_public_page_and_its_end(
    stories: Stories, chanthou: Headers, bopha: Headers
) -> None:
    record = stories.tell(**YES)
    assert "Texts of this testimony" in text_of(get(stories, f"{P}/submissions/{record}", chanthou))
    text = a_text(stories, record, chanthou, bopha)
    assert "Life afterwards" in text_of(get(stories, T, chanthou, naming="full_name"))
    assert "No text may be used so" in text_of(get(stories, T, chanthou, naming="province"))
    assert NAME not in get(stories, T, chanthou, naming="full_name").text
    assert used(stories, text, chanthou, naming="full_name").status_code == 303
    use = one(ToldUse.use_pk)
    told = f"/told/battambang/{use}"
    page = get(stories, told)
    assert page.status_code == 200
    assert NAME in text_of(page)
    assert "[…]" in text_of(page)
    assert VILLAGE not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert "Set-Cookie" not in page.headers
    for path, who in ((f"{told}/paper", None), (f"{T}/uses/{use}/paper", chanthou)):
        assert get(stories, path, who).data.startswith(b"%PDF")
    assert told in get(stories, f"{T}/uses", chanthou).text
    asked = post(stories, f"{P}/withdrawals", chanthou, way="code", code=CODE, extent="all")
    assert asked.status_code == 303, asked.text
    for path in (told, f"{told}/paper"):
        gone = get(stories, path)
        assert gone.status_code == 410
        assert NAME not in gone.text
    assert "Report 2026, " in text_of(get(stories, asked.headers["Location"], chanthou))
    assert "It was taken down at once" in text_of(get(stories, asked.headers["Location"], chanthou))
    assert "The page was taken down" in text_of(get(stories, f"{T}/uses", chanthou))
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == "testimony.use")
        assert [one["what"] for one in session.scalars(query)] == ["used"]


def test_what_was_printed_is_told_of_when_it_is_taken_back(
    stories: Stories, chanthou: Headers, bopha: Headers
) -> None:
    text = a_text(stories, stories.tell(), chanthou, bopha)
    assert used(stories, text, chanthou, "print").status_code == 303
    use = one(ToldUse.use_pk)
    assert get(stories, f"/told/battambang/{use}").status_code == 404, "print is no page"
    assert get(stories, f"{T}/uses/{use}/paper", chanthou).status_code == 200
    asked = post(stories, f"{P}/withdrawals", chanthou, way="code", code=CODE, extent="all")
    told = text_of(get(stories, asked.headers["Location"], chanthou))
    assert "It cannot be called back" in told
    assert "វាមិនអាចហៅមកវិញបានទេ" in told
    assert get(stories, f"{T}/uses/{use}/paper", chanthou).status_code == 410
    assert "leave it out of the next edition" in text_of(get(stories, f"{T}/uses", chanthou))


def test_a_use_that_is_not_allowed_any_more_is_refused_and_says_so(
    stories: Stories, chanthou: Headers, bopha: Headers
) -> None:
    text = a_text(stories, stories.tell(**YES), chanthou, bopha)
    page = get(stories, text, chanthou, audience="abroad")
    scopes = {"way": "code", "code": CODE, "extent": "some", "scope": "advocacy_intl"}
    assert post(stories, f"{P}/withdrawals", chanthou, **scopes).status_code == 303
    wanted = {"audience": "abroad", "naming": "none", "means": "web", "whither": "Geneva"}
    refused = post(stories, f"{text}/use", chanthou, **wanted, seen=seen(page))
    assert refused.status_code == 403
    assert "has not allowed this use" in text_of(refused)
    assert get(stories, text, chanthou, audience="abroad").status_code == 403
    assert used(stories, text, chanthou).status_code == 303


def test_the_office_ends_a_use(stories: Stories, chanthou: Headers, bopha: Headers) -> None:
    text = a_text(stories, stories.tell(), chanthou, bopha)
    used(stories, text, chanthou)
    use = one(ToldUse.use_pk)
    assert post(stories, f"{T}/uses/{use}/end", chanthou).status_code == 303
    assert get(stories, f"/told/battambang/{use}").status_code == 410


def test_what_is_not_done_comes_back_with_what_was_typed(
    stories: Stories, chanthou: Headers
) -> None:
    record = stories.tell()
    desk = f"{T}/records/{record}"
    typed = post(stories, f"{desk}/write", chanthou, kind="excerpt", language="xx", words=WORDS)
    assert (typed.status_code, WORDS.split()[0] in text_of(typed)) == (400, True)
    given = {"kind": "transcript", "language": "km", "words": WORDS}
    post(stories, f"{desk}/write", chanthou, **given)
    text = f"{T}/texts/{one(ToldText.version_pk)}"
    missed = post(stories, f"{text}/mask", chanthou, words="Nowhere")
    assert missed.status_code == 400
    early = post(stories, f"{text}/release", chanthou, seen=seen(get(stories, desk, chanthou)))
    assert early.status_code == 409
    assert "was not read back" in text_of(early)
    asked = {"on": str(today()), "how": "read_aloud", "language": "khmer"}
    stale = post(stories, f"{text}/read-back", chanthou, seen="another", **asked)
    assert stale.status_code == 409


def test_who_coordinates_another_area_finds_nothing(
    stories: Stories, settings: Settings, chanthou: Headers, bopha: Headers
) -> None:
    record = stories.tell()
    text = a_text(stories, record, chanthou, bopha)
    key = settings.secrets.jwt_key
    there = bearer(key, Role.COORDINATOR, stories.project_id, "12")
    here = bearer(key, Role.COORDINATOR, stories.project_id, "0204")
    for path in (text, f"{T}/records/{record}"):
        assert get(stories, path, there).status_code == 404
        assert get(stories, path, here).status_code == 200
    assert used(stories, text, chanthou).status_code == 303
    assert "Report 2026" not in get(stories, f"{T}/uses", there).text
    assert "Report 2026" in get(stories, f"{T}/uses", here).text
    ended = f"{T}/uses/{one(ToldUse.use_pk)}/end"
    assert post(stories, ended, there).status_code == 404
    assert post(stories, ended, here).status_code == 303
    assert "No text may be used so" in text_of(get(stories, T, there))
    assert "Life afterwards" in text_of(get(stories, T, here))


def test_the_name_is_for_whoever_may_see_names_and_a_stolen_session_is_not_enough(
    stories: Stories, settings: Settings, chanthou: Headers, bopha: Headers
) -> None:
    text = a_text(stories, stories.tell(**YES), chanthou, bopha)
    assert NAME in text_of(get(stories, text, chanthou, naming="full_name"))
    stale = bearer(settings.secrets.jwt_key, Role.COORDINATOR, stories.project_id, is_fresh=False)
    answer = get(stories, text, stale, naming="full_name")
    assert NAME not in answer.text
    advocate = bearer(settings.secrets.jwt_key, Role.ADVOCATE, stories.project_id)
    assert get(stories, text, advocate).status_code in (403, 404)


def test_programs_read_which_texts_may_be_used_and_no_words(
    stories: Stories, chanthou: Headers, bopha: Headers
) -> None:
    text = a_text(stories, stories.tell(**YES), chanthou, bopha)
    api = f"/v1/projects/{stories.project_id}/testimonies"

    def ask(**query: str) -> TestResponse:
        return stories.phone.client.get(api, query_string=query, headers=chanthou)

    [item] = ask(audience="abroad", attribution="first_name").json["items"]
    assert item == {
        "id": text.rpartition("/")[2], "form": "transcript", "kind": "life_after",
        "language": "km", "province": "02", "until": item["until"],
        "attributions": ["full_name", "first_name", "none"],
    }  # fmt: skip
    assert ask(audience="government").json == {"items": [], "cursor": None}
    assert ask(province="12").json["items"] == ask(language="en").json["items"] == []
    assert ask(audience="everybody").status_code == 400


def test_a_pdf_holds_the_words_in_both_languages_and_nobody_who_made_it() -> None:
    part = {"title": "ជីវិតក្រោយមក", "words": WORDS, "by": NAME, "promise": "…", "language": "km"}
    made = story.make([part, {**part, "language": "en", "words": "I walk.\n\nAgain."}])
    assert made == story.make([part, {**part, "language": "en", "words": "I walk.\n\nAgain."}])
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 2
    for trace in (b"/Author", b"/CreationDate", b"/ModDate", b"CreateDate", b"ModifyDate"):
        assert trace not in made, trace
